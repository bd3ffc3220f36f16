"""A small corpus, a vocabulary trained on it, and ways to call commands."""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pytest

from bytewright.cli import main

SPECIAL = "<|endoftext|>"
VOCAB_SIZE = 600


def make_text(lines: int, seed: int = 7) -> str:
    """Lines of made-up words in several scripts; the same for the same seed."""
    chosen = random.Random(seed)
    syllables = [
        "ba",
        "ke",
        "ri",
        "stra",
        "ßen",
        "né",
        "дом",
        "но",
        "東",
        "京",
        "क्ष",
        "한",
        "🦀",
        "the",
        "ing",
        "12",
        "'s",
    ]
    words = ["".join(chosen.choices(syllables, k=chosen.randint(1, 4))) for _ in range(400)]
    return "".join(" ".join(chosen.choices(words, k=9)) + ".\n" for _ in range(lines))


@dataclass
class Result:
    """What a command did."""

    code: int
    out: str
    err: str


Call: TypeAlias = Callable[..., Result]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    """Runs a command in this process."""

    def run(*arguments: object) -> Result:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Result(code, captured.out, captured.err)

    return run


def environment(**changes: str) -> dict[str, str]:
    """The environment without what would change colours or tracebacks."""
    left_out = ("NO_COLOR", "FORCE_COLOR", "BYTEWRIGHT_TRACEBACK")
    return {name: value for name, value in os.environ.items() if name not in left_out} | changes


def spawn(
    *arguments: object, data: bytes | None = None, **changes: str
) -> subprocess.CompletedProcess[bytes]:
    """Runs a command in a process of its own."""
    command = [sys.executable, "-m", "bytewright", *map(str, arguments)]
    return subprocess.run(
        command,
        input=data if data is not None else b"",
        capture_output=True,
        env=environment(**changes),
        check=False,
        timeout=120,
    )


def names(folder: Path) -> list[str]:
    """The names in a folder, sorted."""
    return sorted(path.name for path in folder.iterdir())


def at_terminal(*arguments: object, stream: str) -> tuple[int, str]:
    """Runs a command of which one stream, `stdin` or `stdout`, is a terminal, and stderr too; returns the exit code and what it showed."""
    terminal, end = os.openpty()
    streams: dict[str, int] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, stream: end}
    with subprocess.Popen(
        [sys.executable, "-m", "bytewright", *map(str, arguments)],
        stderr=end,
        env=environment(TERM="xterm"),
        **streams,
    ) as process:
        os.close(end)
        shown = b""
        with contextlib.suppress(OSError):  # what Linux says once nobody is left at the other end
            while data := os.read(terminal, 1 << 16):
                shown += data
    os.close(terminal)
    return process.returncode, shown.decode(errors="replace")


@pytest.fixture(scope="session")
def text() -> bytes:
    """Some 200 kB of text."""
    return make_text(2_000).encode()


@pytest.fixture
def file(tmp_path: Path, text: bytes) -> Path:
    """A text file, alone in its folder."""
    path = tmp_path / "a.txt"
    path.write_bytes(text)
    return path


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A text file of some 200 kB."""
    path = tmp_path_factory.mktemp("corpus") / "corpus.txt"
    path.write_text(make_text(2_000), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def vocabulary(corpus: Path) -> Path:
    """The folder of a vocabulary trained on `corpus`, with one special token."""
    folder = corpus.parent / "vocabulary"
    code = main(
        [
            "train",
            str(corpus),
            "-o",
            str(folder),
            "--vocab-size",
            str(VOCAB_SIZE),
            "--special-token",
            SPECIAL,
            "-q",
        ]
    )
    assert code == 0
    return folder
