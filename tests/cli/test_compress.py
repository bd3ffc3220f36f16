"""`bytewright compress`: its options, and pipes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bytewright import bpez, bwz

from .conftest import Call, environment, names, spawn

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_beside_the_file(call: Call, file: Path, text: bytes) -> None:
    result = call("compress", file)
    assert (result.code, result.out, result.err) == (0, "", "")
    assert names(file.parent) == ["a.txt", "a.txt.bwz"]
    assert (file.parent / "a.txt.bwz").read_bytes() == bwz.compress(text)
    assert file.read_bytes() == text


@pytest.mark.parametrize(
    ("flags", "level"),
    [("-1", 1), ("-2", 2), ("-3", 3), ("--level 2", 2), ("-9 -1", 1), ("-1k", 1), ("-qf2", 2)],
)
def test_levels(call: Call, file: Path, text: bytes, flags: str, level: int) -> None:
    assert call("compress", *flags.split(), file).code == 0
    assert (file.parent / "a.txt.bwz").read_bytes() == bwz.compress(text, level)


@pytest.mark.parametrize(
    ("flag", "level"), [("-4", 4), ("-9", 9), ("--level=0", 0), ("--level=-1", -1), ("-kf7", 7)]
)
def test_levels_that_are_none(call: Call, file: Path, flag: str, level: int) -> None:
    result = call("compress", flag, file, file.parent / "nowhere")
    assert result.code == 1
    assert result.err == f"bytewright compress: no level {level}: there are 1 (fast) to 3 (small)\n"
    assert names(file.parent) == ["a.txt"]


@pytest.mark.parametrize(("size", "number"), [("64k", 65_536), ("4096", 4096), ("1MiB", 1 << 20)])
def test_block_size(call: Call, file: Path, text: bytes, size: str, number: int) -> None:
    assert call("compress", "--block-size", size, file).code == 0
    assert (file.parent / "a.txt.bwz").read_bytes() == bwz.compress(text, block_size=number)


def test_threads_change_nothing(call: Call, file: Path, text: bytes) -> None:
    for threads in (0, 1, 3):
        assert call("compress", "--block-size", "16k", "-T", threads, "-f", file).code == 0
        assert (file.parent / "a.txt.bwz").read_bytes() == bwz.compress(text, block_size=1 << 14)


def test_bpez(call: Call, file: Path, text: bytes) -> None:
    flags = ["--cycles", 9, "--minimum-frequency", 50, "--block-size", "64k"]
    assert call("compress", "--format", "bpez", *flags, file).code == 0
    expected = bpez.compress(text, cycles=9, minimum=50, block_size=1 << 16)
    assert (file.parent / "a.txt.bpez").read_bytes() == expected
    file.unlink()
    assert call("decompress", f"{file}.bpez").code == 0
    assert file.read_bytes() == text


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--format", "bpez", "-1"], "levels are for bwz"),
        (["--cycles", "9"], "are for --format bpez"),
        (["--format", "bpez", "--cycles", "999"], "cycles is 0 to 255, not 999"),
        (["--block-size", "1000"], "block_size is a power of two"),
        (["--range", "0:3"], "--range is for decompressing"),
        (["-c", "-o", "b"], "either to stdout (-c) or to a file (-o)"),
        (["-o", "b", "a.txt"], "-o takes a single FILE"),
        (["-o", "b", "-r"], "-o takes a single FILE"),
        (["-c", "--json"], "stdout can't hold both"),
        (["-", "-"], "stdin (-) can be read once"),
    ],
)
def test_flags_that_do_not_go_together(call: Call, file: Path, flags: list[str], message: str) -> None:
    result = call("compress", file, *flags)
    assert (result.code, result.out) == (1, "")
    assert message in result.err
    assert result.err.count("\n") == 1
    assert names(file.parent) == ["a.txt"]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["-d", "-t"], "not allowed with"),
        (["--level", "high"], "invalid int value"),
        (["--block-size", "1x"], "'1x' is not a number of bytes"),
        (["-d", "--range", "5"], "'5' is not START:END"),
        (["-d", "--range", "5:3"], "'5:3' ends before it starts"),
        (["-d", "--range", "a:"], "'a' is not a number of bytes"),
        (["-T", "-1"], "argument -T/--threads"),
    ],
)
def test_wrong_usage(call: Call, flags: list[str], message: str) -> None:
    result = call("compress", *flags, "a.txt")
    assert (result.code, result.out) == (2, "")
    assert message in result.err


def test_stdin_gives_the_same_bytes(file: Path, text: bytes) -> None:
    expected = bwz.compress(text)
    for arguments in ([], ["-"], ["-c"], ["-o", "-"]):
        done = spawn("compress", *arguments, data=text)
        assert (done.returncode, done.stdout, done.stderr) == (0, expected, b"")
    assert spawn("compress", "-c", file).stdout == expected
    assert spawn("compress", "-o", file.parent / "b", data=text).returncode == 0
    assert (file.parent / "b").read_bytes() == expected
    with file.open("rb") as stream:
        command = [sys.executable, "-m", "bytewright", "compress"]
        assert subprocess.run(command, stdin=stream, capture_output=True, check=True).stdout == expected


def test_several_to_stdout_are_one_file(file: Path, text: bytes) -> None:
    done = spawn("compress", "-c", file, "-", file, data=b"between")
    assert bwz.decompress(done.stdout) == text + b"between" + text


def test_nothing_is_a_file_too(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"")
    for suffix in ("bwz", "bpez"):
        result = call("compress", "-v", "--rm", "--format", suffix, tmp_path / "a")
        assert result.code == 0
        assert result.err.startswith(f"{tmp_path}/a: -, 0 B -> ")
        assert call("decompress", "--rm", tmp_path / f"a.{suffix}").code == 0
        assert (tmp_path / "a").read_bytes() == b""


def test_verbose_and_json(call: Call, file: Path, text: bytes) -> None:
    result = call("compress", "-v", "--json", file)
    packed = len(bwz.compress(text))
    assert result.err.startswith(f"{file}: {100 * packed / len(text):.2f} %, ")
    assert result.err.endswith(f" -> {file}.bwz\n")
    (summary,) = json.loads(result.out)
    assert summary.pop("seconds") > 0
    assert summary == {
        "file": str(file),
        "out": f"{file}.bwz",
        "compressed": packed,
        "original": len(text),
        "ratio": packed / len(text),
    }


@pytest.mark.skipif(shutil.which("tar") is None, reason="no tar here")
@pytest.mark.parametrize("flags", ["", " -1 -T 1", " --format bwz"])
def test_tar(tmp_path: Path, text: bytes, flags: str) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for number in range(20):
        (folder / f"{number}.txt").write_bytes(text[number:])
    program = f"{sys.executable} -m bytewright compress{flags}"

    def tar(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = ["tar", "-I", program, *arguments]
        return subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, env=environment(), check=False
        )

    if "unrecognized" in (first := tar("-cf", "a.tar.bwz", "folder")).stderr:
        pytest.skip("a tar without -I")
    assert (first.returncode, first.stderr) == (0, "")
    shutil.move(folder, tmp_path / "before")
    done = tar("-xf", "a.tar.bwz")
    assert (done.returncode, done.stderr) == (0, "")
    for path in (tmp_path / "before").iterdir():
        assert (folder / path.name).read_bytes() == path.read_bytes()
    # tar stops reading when it has what it wants, and takes that for no error.
    done = tar("--occurrence=1", "-xf", "a.tar.bwz", "folder/0.txt")
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(shutil.which("tar") is None, reason="no tar here")
def test_a_pipe_of_tar(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("tyger")
    bytewright = f'"{sys.executable}" -m bytewright'
    script = f"tar c a.txt | {bytewright} compress | {bytewright} decompress | tar xO"
    done = subprocess.run(
        ["sh", "-c", script], cwd=tmp_path, capture_output=True, env=environment(), check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"tyger", b"")


@pytest.mark.parametrize("command", ["compress", "decompress"])
def test_other_work(call: Call, file: Path, command: str) -> None:
    assert call("compress", file).code == 0
    packed = f"{file}.bwz"
    assert call(command, "-l", packed).out == call("list", packed).out != ""
    assert call(command, "-tv", packed).err.startswith(f"{packed}: OK, ")
    assert call(command, "-dc", packed).out == file.read_text(encoding="utf-8")
