"""`tour`: the main job, once through."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bytewright.cli import tour_peers, tour_text

from .conftest import make_text

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Call


def test_on_files_of_the_user(call: Call, corpus: Path) -> None:
    result = call("tour", corpus, "--vocab-size", 500)
    assert (result.code, result.err) == (0, "")
    for words in (
        "on your text",
        "train 500 tokens",
        "244 merges",
        "equal to the files, byte for byte",
        "Longest tokens",
    ):
        assert words in result.out
    assert "NOT EQUAL" not in result.out
    assert "DIFFERENT" not in result.out
    assert max(map(len, result.out.splitlines())) <= 80


def test_as_json(call: Call, corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "more.txt").write_bytes(make_text(50, 3).encode() + b"\xff\xfe not UTF-8")
    result = call("tour", corpus, tmp_path / "more.txt", "--vocab-size", 400, "--json", "-T", 2)
    facts = json.loads(result.out)
    assert facts["text"]["files"] == 2
    assert facts["threads"] == 2
    assert facts["train"]["tokens"] == 400
    assert facts["decode"]["equal"] is True
    assert facts["load"]["equal"] is True
    assert len(facts["longest"]) == 6
    assert [peer["peer"] for peer in facts["peers"]] == [
        name for name in tour_peers.BYTES if name not in tour_peers.missing()
    ]
    for peer in facts["peers"]:
        assert peer["ids_equal"] is True
        assert peer["bytes"] == corpus.stat().st_size


def test_without_peers_says_how_to_get_them(
    call: Call, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tour_peers, "find_spec", lambda name: None)
    result = call("tour", corpus, "--vocab-size", 300)
    assert result.code == 0
    assert "pip install tiktoken tokenizers" in result.out


@pytest.mark.slow
def test_on_the_standard_library(call: Call) -> None:
    result = call("tour")
    assert (result.code, result.err) == (0, "")
    assert "train 32,000 tokens" in result.out
    assert "equal to the files, byte for byte" in result.out


def test_the_standard_library_is_there_and_sorted() -> None:
    files = tour_text.standard_library()
    assert files == sorted(files)
    assert not any("site-packages" in path.parts for path in files)
    assert sum(path.stat().st_size for path in files) > 5_000_000


def test_slices_end_between_characters(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("東" * 100, encoding="utf-8")
    (tmp_path / "b.txt").write_bytes(b"\xff" * 10)
    (tmp_path / "c.txt").write_text("x" * 100, encoding="utf-8")
    files = [tmp_path / "a.txt", tmp_path / "b.txt", tmp_path / "c.txt"]
    assert tour_text.slice_of(files, 1_000) == ["東" * 100, "x" * 100]
    assert tour_text.slice_of(files, 100) == ["東" * 33]
    assert tour_text.slice_of(files, 350) == ["東" * 100, "x" * 50]


def test_refuses_what_it_cannot_compare(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("{}\n")
    (tmp_path / "empty.txt").touch()
    assert "plain text" in call("tour", tmp_path / "a.jsonl").err
    assert "hold no text" in call("tour", tmp_path / "empty.txt").err
    assert "nowhere" in call("tour", tmp_path / "nowhere").err
