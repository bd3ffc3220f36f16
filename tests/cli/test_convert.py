"""`convert`: other formats, the same ids."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

import bytewright

from .conftest import make_text

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Call

TEXT = make_text(30, seed=11)


def test_every_format_gives_the_same_ids(call: Call, vocabulary: Path, tmp_path: Path) -> None:
    expected = bytewright.Tokenizer.load(vocabulary).encode(TEXT)
    targets: list[tuple[str, list[str], list[str]]] = [
        ("a.tiktoken", [], ["--pattern", "o200k"]),
        ("b.json", [], []),
        ("c", ["--format", "gpt2"], ["--pattern", "o200k"]),
        ("d", ["--format", "tokenizer.json"], []),
        ("e.bin", ["--format", "tiktoken"], ["--pattern", "o200k"]),
    ]
    for name, flags, pattern in targets:
        result = call("convert", vocabulary, tmp_path / name, *flags, "--json", "-q")
        assert result.code == 0, result.err
        written = json.loads(result.out)["written"]
        assert all(path.startswith(str(tmp_path / name)) for path in written)
        encoded = call(
            "encode",
            _text(tmp_path),
            "--vocabulary",
            written[0] if len(written) == 1 else tmp_path / name,
            *pattern,
        )
        assert [int(word) for word in encoded.out.split()] == expected, name


def _text(folder: Path) -> Path:
    path = folder / "text.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_says_what_a_format_leaves_out(call: Call, vocabulary: Path, tmp_path: Path) -> None:
    result = call("convert", vocabulary, tmp_path / "a.tiktoken")
    assert "note: tiktoken files do not say how text is split: load them with --pattern o200k" in result.err
    assert "note: nor do they hold special tokens" in result.err
    assert "note:" not in call("convert", vocabulary, tmp_path / "a.json").err


def test_existing_output_stays_without_force(call: Call, vocabulary: Path, tmp_path: Path) -> None:
    target = tmp_path / "a.tiktoken"
    target.write_text("precious")
    result = call("convert", vocabulary, target)
    assert (result.code, target.read_text()) == (1, "precious")
    assert call("convert", vocabulary, target, "-f").code == 0
    assert target.read_text() != "precious"


@pytest.mark.parametrize(
    ("content", "flags", "message"),
    [
        ("IQ== 0\nIQ== 1\n", ["--pattern", "gpt2"], "in.tiktoken"),
        ("IQ== 0\n!!!! 1\n", ["--pattern", "gpt2"], "line 2"),
        ("IQ== 99999999999\n", ["--pattern", "gpt2"], "line 1"),
        ("IQ== 0\n", [], "pattern"),
        ("{", [], "in.tiktoken"),
    ],
)
def test_damaged_vocabularies(
    call: Call, tmp_path: Path, content: str, flags: list[str], message: str
) -> None:
    (tmp_path / "in.tiktoken").write_text(content)
    result = call("convert", tmp_path / "in.tiktoken", tmp_path / "out.json", *flags)
    assert result.code == 1
    assert message in result.err
    assert result.err.count("\n") == 1
    assert {path.name for path in tmp_path.iterdir()} == {"in.tiktoken"}


def test_an_ending_that_names_no_format(call: Call, vocabulary: Path, tmp_path: Path) -> None:
    result = call("convert", vocabulary, tmp_path / "out")
    assert result.code == 1
    assert "add --format with one of tiktoken, tokenizer.json, gpt2" in result.err
