"""Training and encoding beside their slow and obvious versions."""

from __future__ import annotations

import warnings

from hypothesis import given
from hypothesis import strategies as st

import bytewright
from bytewright import Tokenizer
from tests import reference
from tests.property.strategies import few_letters, pretokens

BYTES = [bytes([byte]) for byte in range(256)]


def train(source: object, vocab_size: int, **arguments: object) -> Tokenizer:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", bytewright.TrainingWarning)
        return bytewright.train(source, vocab_size, pattern=None, progress=False, **arguments)  # type: ignore[arg-type]


def first_seen(pairs: list[tuple[bytes, int]]) -> list[tuple[bytes, int]]:
    """Each pretoken once, where it was first seen."""
    counts: dict[bytes, int] = {}
    for pretoken, count in pairs:
        counts[pretoken] = counts.get(pretoken, 0) + count
    return list(counts.items())


@given(pretokens, st.integers(0, 30), st.integers(0, 6), st.sampled_from([None, 2, 3, 5]), st.integers(1, 3))
def test_smallest_ids(pairs, merges, min_frequency, longest, threads) -> None:
    tokenizer = train(
        pairs, 256 + merges, min_frequency=min_frequency, max_token_length=longest, threads=threads
    )
    assert tokenizer.merges == reference.train(
        first_seen(pairs), merges, min_frequency=min_frequency, longest=longest or 2**32
    )


@given(pretokens, st.integers(0, 30))
def test_first_seen(pairs, merges) -> None:
    tokenizer = train(pairs, 256 + merges, ties="first-seen")
    assert tokenizer.merges == reference.train(first_seen(pairs), merges, ties="first-seen")


@given(
    st.lists(few_letters.filter(bool), min_size=1, max_size=20),
    st.integers(0, 20),
    st.sampled_from(["smallest-ids", "first-seen"]),
)
def test_documents(documents, merges, ties) -> None:
    tokenizer = train(documents, 256 + merges, ties=ties)
    assert tokenizer.merges == reference.train(
        first_seen([(text, 1) for text in documents]), merges, ties=ties
    )


@given(pretokens, st.integers(1, 12), st.integers(1, 12))
def test_extending_is_training_on(pairs, first, more) -> None:
    base = train(pairs, 256 + first)
    assert train(pairs, len(base) + more, extend=base).merges == train(pairs, len(base) + more).merges


@st.composite
def merge_lists(draw: st.DrawFn) -> list[tuple[bytes, bytes]]:
    """Merges of tokens that are there by then; those whose bytes are a token already are left out."""
    tokens = [b"a", b"b", b"c", b" "]
    merges: list[tuple[bytes, bytes]] = []
    for _ in range(draw(st.integers(0, 14))):
        left, right = draw(st.sampled_from(tokens)), draw(st.sampled_from(tokens))
        if left + right not in tokens:
            merges.append((left, right))
            tokens.append(left + right)
    return draw(st.permutations(merges)) if draw(st.booleans()) else merges


@given(merge_lists(), few_letters, st.booleans())
def test_encoding_by_merges(merges, text, ignore_merges) -> None:
    vocabulary = [*BYTES, *(left + right for left, right in merges)]
    ids = {token: id for id, token in enumerate(vocabulary)}
    tokenizer = Tokenizer.from_merges(vocabulary, merges, None, ignore_merges=ignore_merges)
    expected = reference.encode_by_merges(text, ids, merges, ignore_merges) if text else []
    assert tokenizer.encode(text) == expected
    assert tokenizer.encode_with_offsets(text)[0] == expected
    assert tokenizer._native.measure_work(text)[0] == expected


@given(st.lists(few_letters.filter(lambda token: len(token) > 1), unique=True, max_size=14), few_letters)
def test_encoding_by_ranks(tokens, text) -> None:
    # Any tokens at all: those that no merges reach are found only as whole pretokens.
    ranks = {token: rank for rank, token in enumerate([*BYTES, *tokens])}
    tokenizer = Tokenizer.from_ranks(ranks, None)
    expected = reference.encode_by_ranks(text, ranks) if text else []
    assert tokenizer.encode(text) == expected
    assert tokenizer._native.measure_work(text)[0] == expected
