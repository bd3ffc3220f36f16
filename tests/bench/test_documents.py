"""Files cut into documents."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import bytewright
from bytewright.bench import documents


@given(st.text(max_size=200), st.integers(1, 20))
def test_cutting_by_characters(text: str, characters: int) -> None:
    data = text.encode("utf-8", "replace")
    ends = documents.ends_by_characters(data, characters)
    parts = [data[a:b].decode() for a, b in zip([0, *ends], ends, strict=False)]
    whole = data.decode()
    assert parts == [whole[at : at + characters] for at in range(0, len(whole), characters)]


@given(st.lists(st.sampled_from([b"a", b"<>", b"b<", b">"]), max_size=30))
def test_cutting_at_separators_loses_nothing(parts: list[bytes]) -> None:
    data = b"".join(parts)
    ends = documents.ends_by_separator(data, b"<>")
    cut = [data[a:b] for a, b in zip([0, *ends], ends, strict=False)]
    assert b"".join(cut) == data
    assert all(part.endswith(b"<>") for part in cut[:-1])
    assert all(part.count(b"<>") <= 1 for part in cut)


def test_articles_are_recognised() -> None:
    articles = b"<doc id=1>\none\n</doc>\n<doc id=2>\ntwo\n</doc>\n"
    assert documents.is_made_of_articles(articles)
    assert documents.is_made_of_articles(articles[:-10]), "the last one may be cut off"
    assert not documents.is_made_of_articles(articles.replace(b"</doc>\n<doc", b"</doc>\nother\n<doc"))
    assert not documents.is_made_of_articles(b"no articles")


def test_prepared_documents_are_those_of_the_files(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("größer" * 5, encoding="utf-8")
    (tmp_path / "b.txt").write_text("東京", encoding="utf-8")
    corpus = documents.prepare([tmp_path / "a.txt", tmp_path / "b.txt"], tmp_path, characters=7)
    read = documents.read_text(str(corpus.text), str(corpus.offsets))
    assert "".join(read) == "größer" * 5 + "東京"
    assert read[-1] == "東京" and len(read[0]) == 7
    assert corpus.count == len(read) and corpus.size == np.load(corpus.offsets)[-1]


def test_a_limit_keeps_characters_whole(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("東京" * 5, encoding="utf-8")
    for limit, characters in [(1, None), (3, 1), (5, 1), (6, 2), (100, 10)]:
        if characters is None:
            with pytest.raises(bytewright.BytewrightError, match="no text"):
                documents.prepare([tmp_path / "a.txt"], tmp_path, limit=limit)
        else:
            corpus = documents.prepare([tmp_path / "a.txt"], tmp_path, limit=limit)
            assert corpus.size == 3 * characters


def test_text_that_is_not_utf8_is_refused_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"abc\xff")
    with pytest.raises(bytewright.BytewrightError, match=r"a\.txt: byte 3"):
        documents.prepare([tmp_path / "a.txt"], tmp_path)


def test_a_nul_can_not_separate_documents_that_hold_one() -> None:
    assert documents.join_with_nul([b"a", b"b"]) == b"a\0b"
    with pytest.raises(bytewright.BytewrightError, match="document 1"):
        documents.join_with_nul([b"a", b"b\0"])
