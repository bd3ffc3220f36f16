"""`count_corpus` and what is said in terms of it: files, documents, profiles."""

from __future__ import annotations

from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import pytest

import bytewright
from bytewright import Profile, ProfileError, Progress
from tests.conftest import PATTERNS, sample_text, trained

if TYPE_CHECKING:
    from pathlib import Path


def frequencies(tokenizer: bytewright.Tokenizer, *texts: str) -> list[int]:
    ids = list(chain.from_iterable(map(tokenizer.encode_ordinary, texts)))
    return np.bincount(np.array(ids, np.int64), minlength=tokenizer.vocabulary_size).tolist()


def test_documents_files_and_profiles_in_one_source(small: bytewright.Tokenizer, tmp_path: Path) -> None:
    text = sample_text()
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    profile = Profile.build([text], progress=False)
    source = (item for item in ["one", tmp_path / "a.txt", b"two", profile, "three"])
    count = small.count_corpus(source, threads=2)
    assert (count.documents, count.bytes) == (5, 2 * len(text.encode()) + 11)
    right = frequencies(small, "one", text, "two", text, "three")
    assert count.frequencies is not None and count.frequencies.dtype == np.uint64
    assert count.frequencies.tolist() == right
    assert (count.tokens, count.distinct) == (sum(right), np.count_nonzero(right))
    assert count.bytes_per_token == count.bytes / count.tokens
    assert [(part.path, part.documents) for part in count.files] == [
        (str(tmp_path / "a.txt"), 1),
        (None, 1),
        (None, 3),
    ]
    assert [part.tokens for part in count.files] == [
        sum(frequencies(small, text)),
        sum(frequencies(small, text)),
        sum(frequencies(small, "one", "two", "three")),
    ]
    without = small.count_corpus([text], frequencies=False)
    assert (without.frequencies, without.distinct) == (None, None)
    assert without.tokens == sum(frequencies(small, text))


def test_nothing(small: bytewright.Tokenizer, tmp_path: Path) -> None:
    count = small.count_corpus([])
    assert (count.documents, count.tokens, count.distinct, count.bytes_per_token) == (0, 0, 0, None)
    assert count.frequencies is not None and count.frequencies.tolist() == [0] * small.vocabulary_size
    assert small.count_files([]) == 0
    (tmp_path / "empty.jsonl").touch()
    assert small.count_corpus(tmp_path / "empty.jsonl").documents == 0


@pytest.mark.parametrize("pattern", PATTERNS)
def test_profiles_count_as_their_text(pattern: str, tmp_path: Path) -> None:
    tokenizer = trained(pattern)
    text = sample_text()
    documents = text.splitlines(keepends=True)
    profile = Profile.build(documents, pattern=pattern, progress=False)
    right = tokenizer.count_corpus(documents)
    assert right.frequencies is not None
    profile.save(tmp_path / "corpus.profile")
    for source in (profile, tmp_path / "corpus.profile", [profile]):
        for threads in (1, 3):
            found = tokenizer.count_corpus(source, threads=threads)
            assert found.frequencies is not None
            assert (found.documents, found.bytes, found.tokens) == (
                right.documents,
                right.bytes,
                right.tokens,
            )
            assert found.frequencies.tolist() == right.frequencies.tolist()
    assert tokenizer.count_files(profile) == right.tokens
    assert tokenizer.token_frequencies([profile, tmp_path / "corpus.profile"]).tolist() == [
        2 * count for count in right.frequencies.tolist()
    ]


def test_weighted_profiles_count_what_they_hold(small: bytewright.Tokenizer) -> None:
    profile = Profile.build(["the cat sat on the mat " * 5, "größer"], progress=False)
    double = small.count_corpus(Profile.merge([(profile, 2)]))
    once = small.count_corpus(profile)
    assert (double.tokens, double.documents) == (2 * once.tokens, 2 * once.documents)
    merged = Profile.merge([(profile, Decimal("0.3"))])
    expected = sum(count * len(small.encode_ordinary(pretoken)) for pretoken, count in merged)
    found = small.count_corpus(merged)
    assert (found.tokens, found.documents) == (expected, merged.documents)


def test_profiles_of_another_kind_are_refused(small: bytewright.Tokenizer) -> None:
    with pytest.raises(ProfileError, match=r"gpt2.*o200k"):
        small.count_files(Profile.build(["the cat"], pattern="gpt2", progress=False))
    with pytest.raises(ProfileError, match=r"normaliser nfc.*normaliser none"):
        small.count_corpus(Profile.build(["the cat"], normalizer="nfc", progress=False))


def test_profiles_are_made_for_any_tokenizer(tmp_path: Path) -> None:
    pytest.importorskip("tokenizers")
    import json

    trained("gpt2").save(tmp_path / "tokenizer.json")
    parts = json.loads((tmp_path / "tokenizer.json").read_text(encoding="utf-8"))
    parts["normalizer"] = {"type": "Sequence", "normalizers": [{"type": "NFD"}, {"type": "Lowercase"}]}
    split = {"type": "Split", "pattern": {"Regex": r"\p{L}+| "}, "behavior": "Isolated", "invert": False}
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}
    parts["pre_tokenizer"] = {"type": "Sequence", "pretokenizers": [split, byte_level]}
    (tmp_path / "tokenizer.json").write_text(json.dumps(parts), encoding="utf-8")
    tokenizer = bytewright.Tokenizer.load(tmp_path)
    texts = ["The CAT größer", "l'Été à Besançon", sample_text()]
    profile = Profile.build(texts, pattern=tokenizer, progress=False)
    found, right = tokenizer.count_corpus(profile), tokenizer.count_corpus(texts)
    assert found.frequencies is not None and right.frequencies is not None
    assert found.frequencies.tolist() == right.frequencies.tolist()
    with pytest.raises(ValueError, match="leave normalizer= out"):
        Profile.build(texts, pattern=tokenizer, normalizer="nfc", progress=False)


def test_special_tokens_and_profiles(small: bytewright.Tokenizer) -> None:
    special = next(iter(small.special_tokens))
    text = f"the cat{special} sat"
    ordinary = Profile.build([text], progress=False)
    assert small.count_files(ordinary) == small.count(text, disallowed_special=())
    with pytest.raises(ProfileError, match="may stand in the text"):
        small.count_files(ordinary, allow_special=True)
    told = Profile.build([text], special_tokens=[special], progress=False)
    assert small.count_corpus(told).special_tokens_seen == 1
    with pytest.raises(ProfileError, match="does not say which"):
        small.count_files(told, allow_special=True)
    # Where none can stand, it does not matter whether they are matched.
    without = Profile.build(["the cat sat"], progress=False)
    assert small.count_files(without, allow_special=True) == small.count("the cat sat")


def test_what_is_no_source_is_named(small: bytewright.Tokenizer, tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"item 1 .* not int"):
        small.count_corpus(["a", 1])  # type: ignore[list-item]
    with pytest.raises(TypeError, match="a lone bytes"):
        small.count_corpus(b"text")  # type: ignore[arg-type]
    with pytest.raises(FileNotFoundError):
        small.count_corpus(tmp_path / "missing.txt")


def test_progress_covers_all_files(small: bytewright.Tokenizer, tmp_path: Path) -> None:
    paths = [tmp_path / name for name in "ab"]
    for path in paths:
        path.write_text(sample_text() * 10, encoding="utf-8")
    told: list[Progress] = []
    small.count_corpus(paths, progress=told.append)
    assert {(progress.stage, progress.unit, progress.total) for progress in told} == {
        ("counting", "bytes", sum(path.stat().st_size for path in paths))
    }
    assert [progress.done for progress in told] == sorted(progress.done for progress in told)

    told.clear()
    small.count_corpus((str(number) for number in range(25_000)), progress=told.append)
    assert [(progress.unit, progress.done, progress.total) for progress in told] == [
        ("documents", 10_000, None),
        ("documents", 20_000, None),
        ("documents", 25_000, None),
    ]

    def stop(_: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        small.count_files(paths, progress=stop)


def test_count_batch_takes_generators(small: bytewright.Tokenizer) -> None:
    texts = [f"text number {number}" for number in range(25_000)]
    counts = small.count_batch(text for text in texts)
    assert counts.dtype == np.int64
    assert counts.tolist() == small.count_batch(texts).tolist()
    assert small.count_batch(iter([])).shape == (0,)
    with pytest.raises(TypeError, match="str or bytes, not int"):
        small.count_batch(iter(["a", 1]))  # type: ignore[list-item]
