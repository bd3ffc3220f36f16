"""Vocabularies by name."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

import bytewright
from bytewright import catalogue
from tests.conftest import trained


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without any vocabulary."""
    monkeypatch.setenv("BYTEWRIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("BYTEWRIGHT_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path


@pytest.fixture
def toy(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """A vocabulary named `toy`, and the content of its file."""
    path = nowhere / "toy.tiktoken"
    trained("gpt2", 300, ()).save(path)
    content = path.read_bytes()
    ranks = catalogue.Ranks("https://example.org/toy.tiktoken", hashlib.sha256(content).hexdigest())
    monkeypatch.setitem(catalogue.ENCODINGS, "toy", catalogue.Encoding(ranks, "gpt2", {"<s>": 300}))
    return content


@pytest.mark.parametrize("place", ["home/toy.tiktoken", "data/vocabularies/toy.tiktoken", "cache"])
def test_is_found(place: str, nowhere: Path, toy: bytes) -> None:
    path = nowhere / place
    if place == "cache":
        path /= hashlib.sha1(b"https://example.org/toy.tiktoken").hexdigest()
    path.parent.mkdir(parents=True)
    path.write_bytes(toy)
    tokenizer = bytewright.get_encoding("toy")
    assert (len(tokenizer), tokenizer.name, tokenizer.pattern, tokenizer.special_tokens) == (
        301,
        "toy",
        "gpt2",
        {"<s>": 300},
    )
    assert bytewright.get_encoding("toy") is tokenizer


def test_missing_says_where_it_was_looked_for(nowhere: Path) -> None:
    with pytest.raises(bytewright.VocabularyError) as caught:
        bytewright.get_encoding("o200k_base")
    for part in (
        str(nowhere / "home"),
        str(nowhere / "data" / "vocabularies"),
        str(nowhere / "cache"),
        "o200k_base.tiktoken",
    ):
        assert part in str(caught.value)


def test_damaged_files_are_passed_over(nowhere: Path, toy: bytes) -> None:
    home, data = nowhere / "home" / "toy.tiktoken", nowhere / "data" / "vocabularies" / "toy.tiktoken"
    for path, content in ((home, toy[:-1]), (data, toy)):
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
    assert len(bytewright.get_encoding("toy")) == 301
    data.unlink()
    with pytest.raises(bytewright.VocabularyError, match="SHA-256"):
        bytewright.get_encoding("toy")


def test_unknown_names() -> None:
    with pytest.raises(bytewright.VocabularyError, match="o200k_base"):
        bytewright.get_encoding("o300k")
    with pytest.raises(bytewright.VocabularyError, match="no model named 'claude'"):
        bytewright.encoding_for_model("claude")


def test_models_are_those_of_tiktoken() -> None:
    model = pytest.importorskip("tiktoken.model")
    names = [*model.MODEL_TO_ENCODING, *(prefix + "x" for prefix in model.MODEL_PREFIX_TO_ENCODING)]
    for name in names:
        assert catalogue.encoding_name_for_model(name) == model.encoding_name_for_model(name), name


def test_tables_are_those_of_tiktoken(monkeypatch: pytest.MonkeyPatch) -> None:
    public = pytest.importorskip("tiktoken_ext.openai_public")
    asked: list[tuple[str, str]] = []

    def load(url: str, expected_hash: str) -> dict[bytes, int]:
        asked.append((url, expected_hash))
        return {}

    monkeypatch.setattr(public, "load_tiktoken_bpe", load)
    monkeypatch.setattr(public, "data_gym_to_mergeable_bpe_ranks", lambda **_: {})
    assert set(public.ENCODING_CONSTRUCTORS) <= set(catalogue.ENCODINGS)
    for name, make in public.ENCODING_CONSTRUCTORS.items():
        asked.clear()
        theirs, ours = make(), catalogue.ENCODINGS[name]
        special = dict(theirs["special_tokens"])
        if name == "o200k_harmony":
            assert special.pop("<|reserved_200018|>") == 200018
        assert ours.special_tokens == special, name
        if asked:
            assert (ours.ranks.url, ours.ranks.sha256) == asked[0]
        toy = trained(ours.pattern, 300, ())
        assert toy.tiktoken_pattern == theirs["pat_str"], name
