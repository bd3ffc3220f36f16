"""Loading and saving vocabularies."""

from __future__ import annotations

import base64
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

import bytewright

FILES = [("vocabulary.tiktoken", "gpt2"), ("tokenizer.json", None)]


@pytest.mark.parametrize(("name", "pattern"), FILES)
def test_load(
    benchmark: BenchmarkFixture,
    tokenizer: bytewright.Tokenizer,
    tmp_path: Path,
    name: str,
    pattern: str | None,
) -> None:
    tokenizer.save(tmp_path / name)
    loaded = benchmark(bytewright.Tokenizer.load, tmp_path / name, pattern=pattern)
    assert loaded.encode("one two three") == tokenizer.encode("one two three")


@pytest.mark.parametrize("cached", [False, True], ids=["anew", "cached"])
def test_load_large(
    benchmark: BenchmarkFixture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cached: bool
) -> None:
    """o200k_base, whose tables are worth keeping, made anew and as they were kept."""
    try:
        expected = bytewright.get_encoding("o200k_base")
    except bytewright.VocabularyError as error:
        pytest.skip(str(error))
    path = tmp_path / "o200k_base.tiktoken"
    path.write_bytes(ranks(expected))
    monkeypatch.setenv("BYTEWRIGHT_HOME", str(tmp_path))
    monkeypatch.delenv("BYTEWRIGHT_CACHE", raising=False)
    loaded = bytewright.Tokenizer.load(path, "o200k", cache=cached)
    assert (tmp_path / "tables").exists() == cached
    loaded = benchmark(bytewright.Tokenizer.load, path, "o200k", cache=cached)
    assert loaded.encode("one two three") == expected.encode("one two three")


def ranks(tokenizer: bytewright.Tokenizer) -> bytes:
    """The content of a `.tiktoken` file."""
    special = set(tokenizer.special_tokens.values())
    tokens = enumerate(tokenizer.vocabulary)
    return b"".join(
        b"%s %d\n" % (base64.b64encode(token), rank)
        for rank, token in tokens
        if token is not None and rank not in special
    )


NAMES = ["gpt2", "cl100k_base", "o200k_base"]


@pytest.mark.parametrize("name", NAMES)
def test_get_encoding(benchmark: BenchmarkFixture, name: str) -> None:
    """A published vocabulary in a fresh process, Python's own start included."""
    try:
        expected = bytewright.get_encoding(name).encode("one two three")
    except bytewright.VocabularyError as error:
        pytest.skip(str(error))
    script = f"import bytewright; print(bytewright.get_encoding({name!r}).encode('one two three'))"
    done = benchmark(subprocess.run, [sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stdout.decode().strip() == str(expected)


@pytest.mark.parametrize(("name", "pattern"), FILES)
def test_save(
    benchmark: BenchmarkFixture,
    tokenizer: bytewright.Tokenizer,
    tmp_path: Path,
    name: str,
    pattern: str | None,
) -> None:
    benchmark(tokenizer.save, tmp_path / name)
    assert bytewright.Tokenizer.load(tmp_path / name, pattern=pattern).vocabulary == tokenizer.vocabulary


@pytest.mark.parametrize(
    "command", [["-c", "pass"], ["-m", "bytewright", "--help"]], ids=["python", "bytewright"]
)
def test_start_up(benchmark: BenchmarkFixture, command: list[str]) -> None:
    """The command line starts within 100 ms of Python itself."""
    done = benchmark(subprocess.run, [sys.executable, *command], capture_output=True, check=True)
    assert not done.stderr
