"""The same ids as tiktoken and tokenizers, with vocabularies trained here."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bytewright import Tokenizer
from tests.conftest import PATTERNS, trained
from tests.parity import texts
from tests.property.strategies import texts as any_text

tiktoken = pytest.importorskip("tiktoken")
tokenizers = pytest.importorskip("tokenizers")

PEERS: dict[str, tuple[object, object]] = {}


def peers(pattern: str):  # type: ignore[no-untyped-def]
    """The vocabulary of a pattern in tiktoken and in tokenizers."""
    if pattern not in PEERS:
        tokenizer = trained(pattern)
        PEERS[pattern] = tokenizer.to_tiktoken(), tokenizer.to_tokenizers()
    return PEERS[pattern]


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize(
    "kind",
    [
        texts.categories,
        texts.white_space,
        texts.contractions,
        texts.marks,
        texts.line_ends,
        texts.emoji,
        texts.digits_and_case,
    ],
)
def test_adversarial_strings(pattern: str, kind) -> None:  # type: ignore[no-untyped-def]
    tokenizer = trained(pattern)
    in_tiktoken, in_tokenizers = peers(pattern)
    strings = list(kind())
    assert len(strings) > 50
    ours = tokenizer.encode_batch(strings, threads=2)
    for string, ids, theirs in zip(
        strings, ours, in_tokenizers.encode_batch(strings, add_special_tokens=False), strict=True
    ):
        assert ids == in_tiktoken.encode_ordinary(string), repr(string)
        assert ids == theirs.ids, repr(string)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_longer_text(pattern: str, text: str) -> None:
    tokenizer = trained(pattern)
    in_tiktoken, in_tokenizers = peers(pattern)
    joined = "".join(texts.strings())
    for sample in (text, joined, joined[::-1]):
        ids = tokenizer.encode(sample)
        assert ids == in_tiktoken.encode_ordinary(sample)
        assert ids == in_tokenizers.encode(sample, add_special_tokens=False).ids


@given(st.sampled_from(PATTERNS), any_text)
def test_any_text(pattern: str, text: str) -> None:
    ids = trained(pattern).encode_ordinary(text)
    in_tiktoken, in_tokenizers = peers(pattern)
    assert ids == in_tiktoken.encode_ordinary(text)
    if not any(special in text for special in trained(pattern).special_tokens):
        assert ids == in_tokenizers.encode(text, add_special_tokens=False).ids


@pytest.mark.parametrize("pattern", [r"\p{L}+|\p{N}{2}|.", r"(?i:the|a)\s*|\w+|\W", r"[^a]+"])
def test_patterns_of_a_users_own(pattern: str, text: str) -> None:
    tokenizer = trained(pattern, 600)
    encoding = tokenizer.to_tiktoken()
    covered = pattern != r"[^a]+"
    for string in [*texts.digits_and_case(), text[:5000]]:
        if covered and "\n" not in string:
            assert tokenizer.encode(string) == encoding.encode_ordinary(string), repr(string)
        assert tokenizer.decode(tokenizer.encode(string)) == string


def test_the_two_semantics_differ() -> None:
    """`abc` is a token that no merges reach: `a b` has no token, `bc` merges first and `a bc` is not listed."""
    tokens = [*(bytes([byte]) for byte in range(256)), b"bc", b"abc", b"cd"]
    merges = [(b"c", b"d"), (b"b", b"c")]
    ranks = {token: rank for rank, token in enumerate(tokens)}
    by_ranks = Tokenizer.from_ranks(ranks, "gpt2")
    by_merges = Tokenizer.from_merges(tokens, merges, "gpt2")
    whole_first = Tokenizer.from_merges(tokens, merges, "gpt2", ignore_merges=True)
    expected = {
        "abc": ([257], [97, 256], [257]),
        "xabc": ([120, 257], [120, 97, 256], [120, 97, 256]),
        "bcd": ([256, 100], [98, 258], [98, 258]),
    }
    encoding = by_ranks.to_tiktoken()
    peer, peer_whole_first = by_merges.to_tokenizers(), whole_first.to_tokenizers()
    for text, (ranks_ids, merges_ids, whole_ids) in expected.items():
        assert by_ranks.encode(text) == encoding.encode_ordinary(text) == ranks_ids, text
        assert by_merges.encode(text) == peer.encode(text).ids == merges_ids, text
        assert whole_first.encode(text) == peer_whole_first.encode(text).ids == whole_ids, text
    assert len({by_ranks.semantics, by_merges.semantics, whole_first.semantics}) == 3
