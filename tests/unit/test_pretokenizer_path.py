"""What splits text: a scanner, an automaton, an engine, or several in a row."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import bytewright

from ..conftest import trained

if TYPE_CHECKING:
    from pathlib import Path

BYTE_LEVEL = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}


def split(regex: str, behavior: str = "Isolated") -> dict[str, Any]:
    return {"type": "Split", "pattern": {"Regex": regex}, "behavior": behavior, "invert": False}


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("gpt2", "scanner gpt2"),
        ("deepseek", "scanner deepseek"),
        ("kimi-k2", "scanner kimi-k2"),
        (r"\w+|\s+|[^\w\s]+", "automaton"),
        (r"\p{L}++| ?[^\s\p{L}]++|\s++$|\s+(?!\S)|\s", "automaton"),
        (r"\bword\b|.", "engine fancy-regex"),
        (r"(a)\1|.", "engine fancy-regex"),
        (None, "whole text"),
    ],
)
def test_path_of_a_pattern(pattern: str | None, path: str) -> None:
    tokenizer = trained(pattern, 300)
    assert tokenizer.pretokenizer_path == path
    assert tokenizer.decode(tokenizer.encode("The word, 12 wörds\n\n aa")) == "The word, 12 wörds\n\n aa"


@pytest.mark.parametrize(
    ("steps", "path", "pattern"),
    [
        ([split(r"\w+|\W")], "automaton", r"\w+|\W"),
        ([split(r"(?<=a)b")], "engine Oniguruma", "(?<=a)b"),
        (
            [{"type": "Digits", "individual_digits": True}, split("[\r\n]+", "MergedWithPrevious")],
            "search, automaton",
            r"Digits(one by one) → Split([\r\n]+, merged with previous)",
        ),
        (
            [{"type": "Punctuation", "behavior": "Contiguous"}, split(r"\p{N}{1,3}")],
            "search, automaton",
            r"Punctuation(contiguous) → Split(\p{N}{1,3})",
        ),
    ],
)
def test_steps_of_a_file_are_shown_in_words(
    steps: list[dict[str, Any]], path: str, pattern: str, tmp_path: Path
) -> None:
    file = tmp_path / "tokenizer.json"
    trained("gpt2", 300).save(file)
    data = json.loads(file.read_text(encoding="utf-8"))
    data["pre_tokenizer"] = {"type": "Sequence", "pretokenizers": [*steps, BYTE_LEVEL]}
    file.write_text(json.dumps(data), encoding="utf-8")
    tokenizer = bytewright.Tokenizer.load(file)
    assert (tokenizer.pretokenizer_path, tokenizer.pattern) == (path, pattern)


def test_known_files(data: Path) -> None:
    models = data / "vocabularies" / "models"
    expected = {
        "deepseek": ("scanner deepseek", "deepseek"),
        "glm-4.6": ("scanner llama3", "llama3"),
        "qwen2": ("scanner qwen2", "qwen2"),
        "mistral-nemo": ("scanner mistral-nemo", "mistral-nemo"),
        "command-r": ("search, scanner gpt2", "Digits(one by one) → Split(gpt2)"),
        "falcon": (
            "search, scanner gpt2, search, automaton",
            "Punctuation(contiguous) → ByteLevel(gpt2) → Digits → Split([0-9][0-9][0-9])",
        ),
    }
    for name, (path, pattern) in expected.items():
        tokenizer = bytewright.Tokenizer.load(models / f"{name}.tokenizer.json")
        assert (tokenizer.pretokenizer_path, tokenizer.pattern) == (path, pattern), name
