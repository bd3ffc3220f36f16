"""`train`: files in, a vocabulary out; nothing half-written."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest

import bytewright

from .conftest import SPECIAL, VOCAB_SIZE, make_text, spawn

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Call


def test_writes_what_transformers_loads(vocabulary: Path) -> None:
    assert sorted(path.name for path in vocabulary.iterdir()) == ["tokenizer.json", "tokenizer_config.json"]
    tokenizer = bytewright.Tokenizer.load(vocabulary)
    assert len(tokenizer) == VOCAB_SIZE
    assert tokenizer.special_tokens == {SPECIAL: VOCAB_SIZE - 1}


def test_summary_for_people_and_machines(call: Call, corpus: Path, tmp_path: Path) -> None:
    result = call("train", corpus, "-o", tmp_path / "a", "--vocab-size", 500, "--json")
    assert result.code == 0
    summary = json.loads(result.out)
    assert summary["tokens"] == 500
    assert summary["merges"] == 244
    assert summary["documents"] == 1
    assert summary["bytes"] == corpus.stat().st_size
    assert [written.rpartition("/")[2] for written in summary["written"]] == [
        "tokenizer.json",
        "tokenizer_config.json",
    ]
    assert set(summary["seconds"]) >= {"counting", "merging"}
    assert "500 tokens" in result.err
    assert "longest" in result.err
    quiet = call("train", corpus, "-o", tmp_path / "b", "--vocab-size", 500, "-q")
    assert (quiet.code, quiet.out, quiet.err) == (0, "", "")


def test_does_not_depend_on_threads_order_or_the_way_in(call: Call, tmp_path: Path) -> None:
    first, second = make_text(400, seed=1), make_text(400, seed=2)
    texts = tmp_path / "texts"
    texts.mkdir()
    (texts / "a.txt").write_text(first, encoding="utf-8")
    (texts / "b.txt").write_text(second, encoding="utf-8")
    (tmp_path / "b.txt.gz").write_bytes(gzip.compress(second.encode()))
    (tmp_path / "lines.jsonl").write_text(
        "".join(json.dumps({"body": text}) + "\n" for text in (second, first)), encoding="utf-8"
    )
    ways: list[list[object]] = [
        [texts / "a.txt", texts / "b.txt", "-T", 1],
        [texts / "b.txt", texts / "a.txt", "-T", 3],
        [texts],
        [f"{texts}/*.txt"],
        [texts / "a.txt", tmp_path / "b.txt.gz"],
        [tmp_path / "lines.jsonl", "--field", "body"],
    ]
    written = []
    for number, way in enumerate(ways):
        result = call("train", *way, "-o", tmp_path / f"out{number}", "--vocab-size", 450, "-q")
        assert result.code == 0, result.err
        written.append((tmp_path / f"out{number}" / "tokenizer.json").read_bytes())
    assert len(set(written)) == 1


def test_stdin_mixes_with_files(call: Call, tmp_path: Path) -> None:
    first, second = make_text(400, seed=1), make_text(400, seed=2)
    (tmp_path / "a.txt").write_text(first, encoding="utf-8")
    (tmp_path / "both.txt").write_text(f"{first}\0{second}\0", encoding="utf-8")
    assert (
        call(
            "train",
            tmp_path / "both.txt",
            "--separator",
            r"\0",
            "-o",
            tmp_path / "x",
            "--vocab-size",
            450,
            "-q",
        ).code
        == 0
    )
    lines = "".join(json.dumps({"text": text}) + "\n\n" for text in (f"{first}\0", f"{second}\0")).encode()
    for name, data, flags in (
        ("separated", f"{first}\0{second}\0".encode(), ["--separator", r"\0"]),
        ("json", lines, ["--field", "text"]),
    ):
        done = spawn("train", "-", "-o", tmp_path / name, "--vocab-size", 450, "-q", *flags, data=data)
        assert (done.returncode, done.stderr) == (0, b"")
        assert (tmp_path / name / "tokenizer.json").read_bytes() == (
            tmp_path / "x" / "tokenizer.json"
        ).read_bytes()
    done = spawn(
        "train",
        tmp_path / "a.txt",
        "-",
        "-o",
        tmp_path / "mixed",
        "--vocab-size",
        450,
        "-q",
        data=second.encode(),
    )
    assert done.returncode == 0, done.stderr
    assert call("train", tmp_path / "a.txt", "-o", tmp_path / "one", "--vocab-size", 450, "-q").code == 0
    assert (tmp_path / "mixed" / "tokenizer.json").read_bytes() != (
        tmp_path / "one" / "tokenizer.json"
    ).read_bytes()


def test_other_formats(call: Call, corpus: Path, tmp_path: Path) -> None:
    formats = ["--format", "tiktoken", "--format", "gpt2", "--format", "tokenizer.json"]
    assert (
        call("train", corpus, "-o", tmp_path / "all", "--vocab-size", 400, "--pattern", "gpt2", *formats).code
        == 0
    )
    names = {path.name for path in (tmp_path / "all").iterdir()}
    assert names == {
        "tokenizer.json",
        "tokenizer_config.json",
        "vocabulary.tiktoken",
        "vocab.json",
        "merges.txt",
    }
    expected = bytewright.Tokenizer.load(tmp_path / "all" / "tokenizer.json")
    loaded = bytewright.Tokenizer.load(tmp_path / "all" / "vocabulary.tiktoken", pattern="gpt2")
    text = make_text(20, seed=5)
    assert loaded.encode(text) == expected.encode(text)


def test_existing_output_stays_without_force(call: Call, corpus: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "tokenizer.json").write_text("precious")
    result = call("train", corpus, "-o", folder, "--vocab-size", 400)
    assert (result.code, result.out) == (1, "")
    assert (
        result.err
        == f"bytewright train: {folder / 'tokenizer.json'}: exists already; -f/--force overwrites it\n"
    )
    assert (folder / "tokenizer.json").read_text() == "precious"
    assert call("train", corpus, "-o", folder, "--vocab-size", 400, "-f").code == 0
    assert len(bytewright.Tokenizer.load(folder)) == 400


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--vocab-size", "100"], "256"),
        (["--vocab-size", "400", "--pattern", "(unclosed"], "does not compile"),
        (["--vocab-size", "400", "--pattern", "gpt3"], "gpt2"),
        (["--vocab-size", "400", "--special-token", "a", "--special-token", "a"], "a"),
    ],
)
def test_settings_that_cannot_be_met(
    call: Call, corpus: Path, tmp_path: Path, flags: list[str], message: str
) -> None:
    result = call("train", corpus, "-o", tmp_path / "out", *flags)
    assert result.code == 1
    assert result.err.startswith("bytewright train: ")
    assert message in result.err
    assert result.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_an_empty_corpus(call: Call, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").touch()
    result = call("train", tmp_path / "empty.txt", "-o", tmp_path / "out")
    assert result.code == 1
    assert "bytewright train: " in result.err
    assert not (tmp_path / "out").exists()


def test_too_little_text_is_a_note(call: Call, tmp_path: Path) -> None:
    (tmp_path / "small.txt").write_text("the car, the cat, the rat")
    result = call("train", tmp_path / "small.txt", "-o", tmp_path / "out", "--vocab-size", 5_000)
    assert result.code == 0
    assert "5,000" in result.err
    assert "note: " in result.err
    assert len(bytewright.Tokenizer.load(tmp_path / "out")) < 300


def test_ties_first_seen(call: Call, tmp_path: Path) -> None:
    (tmp_path / "small.txt").write_text("the car\nthe cat\nthe rat\n")
    flags = ["--vocab-size", 259, "--separator", r"\n", "--pattern", r"\p{L}+", "-q"]
    for ties, merges in (("first-seen", [b"th", b"the", b"ca"]), ("smallest-ids", [b"he", b"the", b"at"])):
        assert call("train", tmp_path / "small.txt", "-o", tmp_path / ties, "--ties", ties, *flags).code == 0
        assert [left + right for left, right in bytewright.Tokenizer.load(tmp_path / ties).merges] == merges


def test_a_pattern_that_tokenizer_json_cannot_hold(call: Call, corpus: Path, tmp_path: Path) -> None:
    flags = ["--vocab-size", 300, "--pattern", r"\w+|\W"]
    refused = call("train", corpus, "-o", tmp_path / "out", *flags)
    assert refused.code == 1
    assert "with --format tiktoken" in refused.err
    assert not (tmp_path / "out").exists()
    result = call("train", corpus, "-o", tmp_path / "out", *flags, "--format", "tiktoken")
    assert result.code == 0
    assert "note: tokenizer.json can't hold this pattern" in result.err
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["vocabulary.tiktoken"]
    assert len(bytewright.Tokenizer.load(tmp_path / "out", pattern=r"\w+|\W")) == 300


def test_extend_keeps_the_merges(call: Call, corpus: Path, vocabulary: Path, tmp_path: Path) -> None:
    result = call(
        "train", corpus, "-o", tmp_path / "more", "--vocab-size", VOCAB_SIZE + 100, "--extend", vocabulary
    )
    assert result.code == 0, result.err
    old, new = bytewright.Tokenizer.load(vocabulary), bytewright.Tokenizer.load(tmp_path / "more")
    assert new.merges[: len(old.merges)] == old.merges
    assert len(new) == VOCAB_SIZE + 100
    assert new.special_tokens == old.special_tokens


def test_special_tokens_in_the_text_are_reported(call: Call, tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text(make_text(50) + SPECIAL + make_text(50) + SPECIAL, encoding="utf-8")
    flags = ["--vocab-size", 300, "--special-token", SPECIAL]
    seen = call("train", tmp_path / "text.txt", "-o", tmp_path / "a", *flags, "--json")
    assert json.loads(seen.out)["special_tokens_seen"] == 2
    assert "2 special tokens in the text" in seen.err
    allowed = call("train", tmp_path / "text.txt", "-o", tmp_path / "b", *flags, "--allow-special")
    assert allowed.code == 0
    assert "--allow-special" not in allowed.err


def test_special_tokens_first(call: Call, corpus: Path, tmp_path: Path) -> None:
    flags = [
        "--vocab-size",
        300,
        "--special-token",
        "<a>",
        "--special-token",
        "<b>",
        "--special-tokens-first",
        "-q",
    ]
    assert call("train", corpus, "-o", tmp_path / "out", *flags).code == 0
    assert bytewright.Tokenizer.load(tmp_path / "out").special_tokens == {"<a>": 0, "<b>": 1}


def test_a_full_disk_leaves_the_old_files(call: Call, corpus: Path, tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    assert call("train", corpus, "-o", tmp_path / "out", "--vocab-size", 300, "-q").code == 0
    old = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    import subprocess
    import sys

    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "bytewright",
            "train",
            str(corpus),
            "-o",
            str(tmp_path / "out"),
            "--vocab-size",
            "590",
            "-f",
            "-q",
        ],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)),
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "too large" in done.stderr.lower()
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == old
