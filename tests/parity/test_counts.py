"""Counts over the corpora: those of tiktoken's ids, and profiles as their text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import bytewright
from bytewright import Profile, ProfileError, Tokenizer
from tests.parity.test_published_vocabularies import ENCODINGS, FILES, published

CORPORA = ("wiki-en.txt", "multilingual.txt", "code.txt", "logs-json.txt", "enwik8-head.xml")
WORD = "supercalifragilisticexpialidocious"
# What they match before they split text may well stand in it: runs of spaces, and <think>.
REFUSED = {"gpt-neox-20b-tokenizer.json", "models/glm-4.6.tokenizer.json"}


def head(data: Path, corpus: str, size: int) -> bytes:
    path = data / "corpora" / corpus
    if not path.exists():
        pytest.skip(f"{path} is not there")
    with path.open("rb") as file:
        return file.read(size).decode("utf-8", "ignore").encode()


@pytest.mark.parametrize("corpus", CORPORA)
def test_frequencies_are_those_of_tiktoken(corpus: str, data: Path, tmp_path: Path) -> None:
    ours, theirs = published(data, "o200k_base")
    text = head(data, corpus, 2_000_000)
    (tmp_path / "text").write_bytes(text)
    count = ours.count_corpus(tmp_path / "text")
    ids = theirs.encode_ordinary(text.decode())  # type: ignore[attr-defined]
    expected = np.bincount(np.array(ids), minlength=ours.vocabulary_size)
    assert count.frequencies is not None
    assert (count.tokens, count.frequencies.tolist()) == (len(ids), expected.tolist())


def test_the_tokens_of_a_word(data: Path) -> None:
    ours, _ = published(data, "o200k_base")
    pieces = ["super", "cal", "if", "rag", "il", "istic", "exp", "ial", "id", "ocious"]
    assert [ours.decode([id]) for id in ours.encode(WORD)] == pieces


@pytest.mark.parametrize("name", [*ENCODINGS, *FILES])
def test_profiles_count_as_their_text(name: str, data: Path) -> None:
    if name in ENCODINGS:
        tokenizer, _ = published(data, name)
    else:
        path = data / "vocabularies" / name
        if not path.exists():
            pytest.skip(f"{path} is not there")
        tokenizer = Tokenizer.load(path)
    refused = 0
    for corpus in CORPORA:
        text = head(data, corpus, 200_000)
        profile = Profile.build([text], pattern=tokenizer, progress=False)
        try:
            found = tokenizer.count_corpus(profile)
        except ProfileError as error:
            assert "may stand in the text" in str(error)
            refused += 1
            continue
        right = tokenizer.count_corpus([text])
        assert found.frequencies is not None and right.frequencies is not None
        assert found.frequencies.tolist() == right.frequencies.tolist()
        assert (found.documents, found.bytes) == (right.documents, right.bytes)
    assert (refused > 0) == (name in REFUSED)


def test_a_profile_serves_every_vocabulary_of_its_pattern(data: Path) -> None:
    text = head(data, "multilingual.txt", 500_000)
    profile = Profile.build([text], pattern="gpt2", progress=False)
    for name in ("gpt2", "r50k_base"):
        tokenizer, _ = published(data, name)
        assert tokenizer.count_files(profile) == tokenizer.count(text, disallowed_special=())
    trained = bytewright.train(profile, 1000, progress=False)
    assert trained.count_files(profile) == trained.count(text)
