"""`inspect`: a vocabulary on one screen, and the tokens of a text."""

from __future__ import annotations

import csv
import io
import json
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

import bytewright

from .conftest import SPECIAL, VOCAB_SIZE, spawn

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Call

TEXT = "the néßen\n\n  東京\t🦀\n"
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


def test_summary(call: Call, vocabulary: Path) -> None:
    result = call("inspect", vocabulary)
    assert (result.code, result.err) == (0, "")
    assert f"{VOCAB_SIZE}: 256 single bytes, {VOCAB_SIZE - 257} merged, 1 special" in result.out
    assert f"{SPECIAL} ({VOCAB_SIZE - 1})" in result.out
    assert "o200k" in result.out
    assert "hand-written scanner" in result.out
    assert "longest tokens" in result.out
    assert max(map(len, result.out.splitlines())) <= 80
    assert "\x1b" not in result.out


@pytest.mark.parametrize(
    ("pattern", "shown"),
    [
        (r"\w+|\W", "automaton"),
        (r"\b\w+\b|\W", "regex engine, slow (fancy-regex)"),
        ("deepseek", "hand-written scanner (deepseek)"),
    ],
)
def test_summary_says_what_splits(call: Call, tmp_path: Path, pattern: str, shown: str) -> None:
    tokenizer = bytewright.train(["the cat sat"] * 9, 260, pattern=pattern, progress=False)
    tokenizer.save(tmp_path / "v.tiktoken")
    result = call("inspect", tmp_path / "v.tiktoken", "--pattern", pattern)
    assert (result.code, result.err) == (0, "")
    assert re.search(rf"splitter +{re.escape(shown)}\n", result.out)


def test_summary_as_json(call: Call, vocabulary: Path) -> None:
    facts = json.loads(call("inspect", vocabulary, "--json").out)
    assert facts["tokens"] == VOCAB_SIZE
    assert facts["merges"] == VOCAB_SIZE - 257
    assert facts["bytes_missing"] == []
    assert facts["special_tokens"] == {SPECIAL: VOCAB_SIZE - 1}
    assert sum(facts["lengths"].values()) == VOCAB_SIZE - 1
    assert (facts["pattern"], facts["pretokenizer_path"]) == ("o200k", "scanner o200k")
    lengths = [token["bytes"] for token in facts["longest"]]
    assert lengths == sorted(lengths, reverse=True)


def test_a_regular_expression_is_shown_as_one(call: Call, corpus: Path, tmp_path: Path) -> None:
    flags = ["--vocab-size", 300, "--pattern", r"\w+|\W", "--format", "tiktoken", "-q"]
    assert call("train", corpus, "-o", tmp_path / "out", *flags).code == 0
    out = call("inspect", tmp_path / "out", "--pattern", r"\w+|\W").out
    assert re.search(r"split by +\\w\+\|\\W\n +splitter +automaton\n", out)


def test_tokens_with_bars_in_a_pipe(call: Call, vocabulary: Path) -> None:
    result = call("inspect", vocabulary, "--text", TEXT)
    assert result.code == 0
    tokenizer = bytewright.Tokenizer.load(vocabulary)
    count = len(tokenizer.encode(TEXT))
    assert result.out.count("|") == count
    assert f"{count} tokens" in result.err
    assert "·" in result.out
    assert "→" in result.out
    assert result.out.count("↵") == TEXT.count("\n")
    assert "\x1b" not in result.out
    assert call("inspect", vocabulary, "--text", TEXT, "-q").err == ""


def test_colours_only_where_they_are_wanted(vocabulary: Path) -> None:
    plain = spawn("inspect", vocabulary, "--text", TEXT)
    assert b"\x1b" not in plain.stdout
    assert b"\x1b" not in spawn("inspect", vocabulary, "--text", TEXT, NO_COLOR="1", FORCE_COLOR="1").stdout
    coloured = spawn("inspect", vocabulary, "--text", TEXT, FORCE_COLOR="1").stdout.decode()
    assert coloured.count("\x1b[30;48;5;") == plain.stdout.count(b"|")
    # No colour goes on over the end of a line.
    for line in coloured.splitlines():
        assert not line or line.endswith("\x1b[0m")
    assert ESCAPE.sub("", coloured) == plain.stdout.decode().replace("|", "")


def test_a_file_stdin_and_an_argument_are_the_same(call: Call, vocabulary: Path, tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text(TEXT, encoding="utf-8")
    expected = call("inspect", vocabulary, "--text", TEXT).out
    assert call("inspect", vocabulary, tmp_path / "text.txt").out == expected
    assert spawn("inspect", vocabulary, "-", data=TEXT.encode()).stdout.decode() == expected


def test_text_as_json(call: Call, vocabulary: Path) -> None:
    facts = json.loads(call("inspect", vocabulary, "--text", TEXT + SPECIAL, "--allow-special", "--json").out)
    assert b"".join(bytes.fromhex(token["hex"]) for token in facts["tokens"]) == (TEXT + SPECIAL).encode()
    assert facts["tokens"][-1] == {
        "id": VOCAB_SIZE - 1,
        "text": SPECIAL,
        "hex": SPECIAL.encode().hex(),
        "special": True,
    }
    plain = json.loads(call("inspect", vocabulary, "--text", SPECIAL, "--json").out)
    assert not any(token["special"] for token in plain["tokens"])


def test_lists_of_tokens(call: Call, vocabulary: Path) -> None:
    lines = call("inspect", vocabulary, "--tokens").out.splitlines()
    assert len(lines) == VOCAB_SIZE
    assert lines[0].split()[0] == "0"
    assert lines[-1].endswith("(special)")
    rows = list(csv.DictReader(io.StringIO(call("inspect", vocabulary, "--tokens", "--csv").out)))
    tokenizer = bytewright.Tokenizer.load(vocabulary)
    assert [bytes.fromhex(row["hex"]) for row in rows] == tokenizer.vocabulary
    of_text = list(
        csv.DictReader(io.StringIO(call("inspect", vocabulary, "--text", TEXT, "--tokens", "--csv").out))
    )
    assert [int(row["id"]) for row in of_text] == tokenizer.encode(TEXT)
    assert len(json.loads(call("inspect", vocabulary, "--tokens", "--json").out)) == VOCAB_SIZE


class _Page(HTMLParser):
    """Collects the tokens of a page, and whatever it would load."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[int] = []
        self.loads: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        self.loads += [
            f"{tag} {name}={value}" for name, value in attrs if name in ("src", "href", "srcset", "data")
        ]
        if tag == "span":
            self.ids.append(int(names["data-id"] or ""))
        if tag not in ("meta", "link", "br", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_html_page_stands_alone(call: Call, vocabulary: Path, tmp_path: Path) -> None:
    text = f'{TEXT}<script src="x">alert(1)</script> & "quotes" {SPECIAL}'
    result = call("inspect", vocabulary, "--text", text, "--html", tmp_path / "page.html", "--allow-special")
    assert result.code == 0
    content = (tmp_path / "page.html").read_text(encoding="utf-8")
    page = _Page()
    page.feed(content)
    page.close()
    assert page.open == []
    assert page.loads == []
    assert "url(" not in content
    assert "@import" not in content
    assert "http:" not in content
    assert "https:" not in content
    assert page.ids == bytewright.Tokenizer.load(vocabulary).encode(text, allowed_special="all")
    assert 'class="special"' in content
    assert content.count("<script>") == 1


def test_html_is_not_overwritten_and_may_go_to_stdout(call: Call, vocabulary: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("precious")
    result = call("inspect", vocabulary, "--text", TEXT, "--html", page)
    assert (result.code, page.read_text()) == (1, "precious")
    assert "-f/--force" in result.err
    assert call("inspect", vocabulary, "--text", TEXT, "--html", page, "-f").code == 0
    shown = call("inspect", vocabulary, "--text", TEXT, "--html", "-")
    assert shown.out == page.read_text(encoding="utf-8")


def test_long_texts_are_shown_in_part(
    call: Call, vocabulary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bytewright.cli.inspect.SHOWN", 10)
    assert call("inspect", vocabulary, "--text", "12 " * 100, "--html", tmp_path / "page.html").code == 0
    content = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert content.count("<span") == 10
    assert "The first 10 tokens are shown" in content


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--text", "a", "-"], "two texts"),
        (["--html", "page.html"], "--html shows the tokens of a text"),
        (["--csv"], "--csv goes with --tokens"),
        (["nowhere.txt"], "nowhere.txt: No such file"),
    ],
)
def test_what_does_not_go_together(call: Call, vocabulary: Path, flags: list[str], message: str) -> None:
    result = call("inspect", vocabulary, *flags)
    assert result.code in (1, 2)
    assert message in result.err
    assert result.out == ""


def test_an_empty_text(call: Call, vocabulary: Path, tmp_path: Path) -> None:
    assert call("inspect", vocabulary, "--text", "").err == "0 tokens\n"
    assert call("inspect", vocabulary, "--text", "", "--html", tmp_path / "page.html").code == 0
