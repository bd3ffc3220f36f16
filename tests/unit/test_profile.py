"""Corpus profiles."""

from __future__ import annotations

import pickle
from collections import Counter
from pathlib import Path

import pytest

import bytewright
from bytewright import Profile

TEXT = ["the car", "the cat", "the rat"]


def build(source: object = TEXT, **arguments: object) -> Profile:
    return Profile.build(source, **{"pattern": "gpt2", "progress": False, **arguments})  # type: ignore[arg-type]


def test_is_not_made_by_its_class() -> None:
    with pytest.raises(TypeError, match=r"Profile\.build"):
        Profile()


def test_holds_counts_in_the_order_of_the_bytes() -> None:
    profile = build()
    assert list(profile) == list(profile.items()) == [(b" car", 1), (b" cat", 1), (b" rat", 1), (b"the", 3)]
    assert len(profile) == profile.distinct == 4
    assert profile.total == 6
    assert profile.documents == 3
    assert profile.bytes == 21
    assert profile.pattern == "gpt2"
    assert profile.normalizer is None and profile.separator is None
    assert profile.unicode_version.split(".")[0].isdigit()
    assert repr(profile) == "<Profile 4 pretokens, 6 in all, of 3 documents (21 bytes), pattern 'gpt2'>"


def test_from_pairs() -> None:
    profile = build([(b"b", 2), (b"a", 1), (b"b", 3)], pattern=None)
    assert list(profile) == [(b"a", 1), (b"b", 5)]


def test_iterates_in_chunks_as_in_one(text: str) -> None:
    pairs = [(f"word{index}".encode(), index + 1) for index in range(70_000)]
    assert list(build(pairs)) == sorted(pairs)


def test_special_tokens_are_counted_or_left_out() -> None:
    assert build(["a<s>b<s>"], special_tokens=["<s>"]).special_seen == 2
    left_out = build(["a<s>b<s>"], special_tokens=["<s>"], allow_special=True, pattern=None)
    assert list(left_out) == [(b"a", 1), (b"b", 1)]


def test_round_trip_and_equal_bytes(tmp_path: Path) -> None:
    one, other = tmp_path / "one.profile", tmp_path / "other.profile"
    build().save(one)
    build(reversed(TEXT), threads=2).save(other)
    assert one.read_bytes() == other.read_bytes()
    assert Profile.load(one) == build()
    assert hash(Profile.load(one)) == hash(build())
    assert build() != build(["the"]) and build() != build(pattern="cl100k") and build() != 3


def test_profiles_are_read_beside_text(tmp_path: Path) -> None:
    build().save(tmp_path / "a.profile")
    both = build([tmp_path / "a.profile", "the dog"])
    assert dict(both)[b"the"] == 4 and dict(both)[b" dog"] == 1


def test_merge_with_weights(tmp_path: Path) -> None:
    one, other = build([(b"a", 3), (b"b", 1)]), build([(b"a", 1), (b"c", 5)])
    assert dict(Profile.merge([(one, 1), (other, 1)])) == {b"a": 4, b"b": 1, b"c": 5}
    # Rounded half up, once, after adding: 1.5 + 0.1 and 0.5 and 0.5.
    assert dict(Profile.merge([(one, 0.5), (other, "0.1")])) == {b"a": 2, b"b": 1, b"c": 1}
    other.save(tmp_path / "b.profile")
    assert dict(Profile.merge([(one, 2), (tmp_path / "b.profile", 1)])) == {b"a": 7, b"b": 2, b"c": 5}
    assert dict(Profile.merge([(one, 2), (str(tmp_path / "b.profile"), 0)])) == {b"a": 6, b"b": 2}


def test_merge_of_shards_is_the_profile_of_the_whole(text: str) -> None:
    parts = [text[begin : begin + 9000] for begin in range(0, len(text), 9000)]
    shards = [build([part]) for part in parts]
    assert Profile.merge([(shard, 1) for shard in shards]) == build(parts)


def test_what_does_not_merge() -> None:
    with pytest.raises(bytewright.ProfileError):
        Profile.merge([(build(), 1), (build(pattern="cl100k"), 1)])
    with pytest.raises(bytewright.ProfileError):
        Profile.merge([(build(), 1), (build(normalizer="nfc"), 1)])
    for weight in (-1, "x", "", float("nan"), float("inf")):
        with pytest.raises(bytewright.ProfileError):
            Profile.merge([(build(), weight)])
    with pytest.raises(bytewright.ProfileError):
        Profile.merge([])


def test_damaged_files(tmp_path: Path) -> None:
    path = tmp_path / "a.profile"
    build([(f"word{index}".encode(), index + 1) for index in range(1000)]).save(path)
    content = path.read_bytes()
    broken = tmp_path / "b.profile"
    for damaged in (
        b"",
        b"text",
        content[:10],
        content[: len(content) // 2],
        content[:-1],
        content + b"x",
        content[: len(content) // 2]
        + bytes([content[len(content) // 2] ^ 1])
        + content[len(content) // 2 + 1 :],
    ):
        broken.write_bytes(damaged)
        with pytest.raises(bytewright.ProfileError, match=r"b\.profile"):
            Profile.load(broken)


def test_counts_what_python_counts(text: str) -> None:
    words = Counter(text.encode().split(b"\n"))
    profile = Profile.build((line for line in text.encode().split(b"\n")), pattern=None, progress=False)
    assert dict(profile) == {word: count for word, count in words.items() if word}


def test_is_not_pickled_silently_wrong() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(build())


def test_the_path_of_a_profile_is_taken_for_it(tmp_path: Path) -> None:
    documents = ["the car", "the cat", "the rat"]
    path = tmp_path / "corpus.profile"
    bytewright.Profile.build(documents, pattern="gpt2", progress=False).save(path)
    expected = bytewright.train(documents, 259, pattern="gpt2", progress=False)
    for source in (path, str(path)):
        assert bytewright.train(source, 259, progress=False) == expected
    with pytest.raises(bytewright.TrainingError, match="gpt2"):
        bytewright.train(path, 259, pattern="cl100k", progress=False)
