"""`bytewright bench`, whole, on little text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bytewright.bench import main
from bytewright.cli.options import CommandError

TEXT = "the quick brown fox jumps over the lazy dog; größer, 東京, don't stop 123\n" * 200
QUICK = ["--runs", "1", "--touch", "0", "--vocab-size", "300", "-q", "--json"]


@pytest.fixture
def corpus(tmp_path: Path) -> str:
    place = tmp_path / "corpus.txt"
    place.write_text(TEXT, encoding="utf-8")
    return str(place)


def test_train(corpus: str, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tokenizers")
    assert main(["train", corpus, "--peers", "bytewright,tokenizers", "--characters", "1000", *QUICK]) == 0
    report = json.loads(capsys.readouterr().out)
    rows = {f"{row['peer']}:{row['mode']}": row for row in report["results"]}
    assert set(rows) == {"bytewright:documents", "tokenizers:documents"}
    assert rows["tokenizers:documents"]["ratios"]["first"] > 0
    assert any("merges equal" in note for note in report["notes"])
    assert report["corpus"][0]["bytes"] == len(TEXT.encode())


def test_encode_and_decode(corpus: str, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tiktoken")
    arguments = ["--peers", "bytewright,tiktoken", "--passes", "2", "--adversarial", "--limit", "20k"]
    assert main(["encode", corpus, *arguments, *QUICK]) == 0
    report = json.loads(capsys.readouterr().out)
    tasks = [(row["task"], row["peer"]) for row in report["results"] if row["task"] != "adversarial"]
    assert {("encode", "tiktoken"), ("decode", "tiktoken"), ("encode", "bytewright")} <= set(tasks)
    assert all(len(run["wall"]) == 2 for row in report["results"][:2] for run in row["runs"])
    slow = [row for row in report["results"] if row["task"] == "adversarial" and row["peer"] == "bytewright"]
    assert {"prose", "one letter", "random bytes"} <= {row["text"] for row in slow}


def test_documents_by_separator_train_from_the_file(corpus: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", corpus, "--peers", "bytewright", "--separator", "\\n", *QUICK]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["documents"] == 200
    assert [row["mode"] for row in report["results"]] == ["file", "documents"]


def test_a_table_without_json(corpus: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["encode", corpus, "--peers", "bytewright", *QUICK[:-1]]) == 0
    shown = capsys.readouterr().out
    assert "sha256" in shown and "bytewright:each" in shown and "decoding" in shown


def test_unknown_peers_are_named(corpus: str) -> None:
    with pytest.raises(CommandError, match="nobody"):
        main(["train", corpus, "--peers", "nobody", *QUICK])
    with pytest.raises(CommandError, match="no mode 'loud'"):
        main(["encode", corpus, "--peers", "tiktoken:loud", *QUICK])


def test_count(corpus: str, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tiktoken")
    arguments = ["--peers", "bytewright,tiktoken", "--passes", "2", *QUICK]
    assert main(["count", corpus, *arguments]) == 0
    report = json.loads(capsys.readouterr().out)
    rows = {f"{row['peer']}:{row['mode']}": row for row in report["results"]}
    ours = {f"bytewright:{mode}" for mode in ("batch", "each", "file", "frequencies")}
    assert set(rows) == ours | {"tiktoken:each"}
    assert rows["tiktoken:each"]["against"] == "bytewright:each"
    assert any(note.startswith("all counts equal") for note in report["notes"])
    assert main(["count", corpus, "--separator", "\\n", "--peers", "bytewright", *QUICK]) == 0
    assert json.loads(capsys.readouterr().out)["documents"] == 200
