"""Ctrl-C, and readers that go away."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from bytewright import bwz

from .conftest import environment, make_text

if TYPE_CHECKING:
    from pathlib import Path

BYTEWRIGHT = [sys.executable, "-m", "bytewright"]


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Text with so many distinct words that training takes several times as long as any test waits, on fast machines too."""
    path = tmp_path_factory.mktemp("large") / "large.txt"
    chosen = random.Random(5)
    with path.open("w", encoding="utf-8") as file:
        for _ in range(450):
            file.write(chosen.randbytes(100_000).hex(" ", 7))
    return path


def start(*arguments: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*BYTEWRIGHT, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )


@pytest.mark.parametrize("delay", [0.4, 1.5])
def test_ctrl_c_stops_training_and_leaves_nothing(large: Path, tmp_path: Path, delay: float) -> None:
    process = start("train", large, "-o", tmp_path / "out", "--vocab-size", 2_000_000, "--pattern", "gpt2")
    time.sleep(delay)
    assert process.poll() is None, process.communicate()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert err.decode() == "bytewright train: interrupted\n"
    assert not (tmp_path / "out").exists()


ENDS = pytest.mark.parametrize(
    ("number", "code", "message"),
    [
        (signal.SIGINT, 130, "bytewright {}: interrupted\n"),
        (signal.SIGTERM, 143, ""),
        (signal.SIGHUP, 129, ""),
    ],
)


@ENDS
def test_an_end_while_stdin_is_read_leaves_nothing(
    vocabulary: Path, tmp_path: Path, number: signal.Signals, code: int, message: str
) -> None:
    process = start("encode", "--vocabulary", vocabulary, "-o", tmp_path / "ids.npy")
    time.sleep(0.7)
    process.send_signal(number)
    _, err = process.communicate(timeout=20)
    assert (process.returncode, err.decode()) == (code, message.format("encode"))
    assert list(tmp_path.iterdir()) == []


@ENDS
def test_an_end_in_the_middle_of_compression_leaves_nothing(
    large: Path, tmp_path: Path, number: signal.Signals, code: int, message: str
) -> None:
    process = start("compress", "-3", "-T", 1, "--rm", large, "-o", tmp_path / "out")
    deadline = time.monotonic() + 20
    while not list(tmp_path.iterdir()):  # it has begun to write
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.01)
    process.send_signal(number)
    _, err = process.communicate(timeout=20)
    assert (process.returncode, err.decode()) == (code, message.format("compress"))
    assert list(tmp_path.iterdir()) == []
    assert large.exists()


@pytest.mark.parametrize("command", ["compress", "decompress"])
def test_ctrl_c_while_a_pipe_is_read(tmp_path: Path, command: str) -> None:
    process = start(command, "-o", tmp_path / "out")
    time.sleep(0.7)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert (process.returncode, err.decode()) == (130, f"bytewright {command}: interrupted\n")
    assert list(tmp_path.iterdir()) == []


def test_a_reader_of_the_original_that_goes_away(tmp_path: Path) -> None:
    (tmp_path / "a.bwz").write_bytes(bwz.compress(bytes(100 << 20), 1))
    with start("cat", tmp_path / "a.bwz", tmp_path / "a.bwz") as process:
        assert process.stdout is not None and process.stderr is not None
        assert len(process.stdout.read(100)) == 100
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=20) in (141, -signal.SIGPIPE)


@pytest.mark.parametrize("command", ["encode", "inspect"])
def test_a_reader_that_goes_away_ends_it_silently(vocabulary: Path, tmp_path: Path, command: str) -> None:
    (tmp_path / "text.txt").write_text(make_text(20_000), encoding="utf-8")
    given = ["--vocabulary", vocabulary] if command == "encode" else [vocabulary]
    with start(command, *given, tmp_path / "text.txt") as process:
        assert process.stdout is not None and process.stderr is not None
        assert len(process.stdout.read(100)) == 100
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=20) in (0, 141, -signal.SIGPIPE)


def test_a_pipe_into_head_is_quiet(vocabulary: Path, corpus: Path) -> None:
    command = f'"{sys.executable}" -m bytewright encode "{corpus}" --vocabulary "{vocabulary}" | head -c 20'
    done = subprocess.run(
        ["sh", "-c", command], capture_output=True, env=environment(), check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(done.stdout) == 20


def test_a_closed_stdout_is_an_error_not_a_traceback(vocabulary: Path) -> None:
    done = subprocess.run(
        ["sh", "-c", f'"{sys.executable}" -m bytewright inspect "{vocabulary}" > /dev/full'],
        capture_output=True,
        text=True,
        env=environment(),
        check=False,
        timeout=60,
    )
    if not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full here")
    assert done.returncode == 1
    assert done.stderr.startswith("bytewright inspect: ")
    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr
