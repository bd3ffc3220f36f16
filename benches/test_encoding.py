"""Encoding, counting and decoding."""

from __future__ import annotations

from pytest_benchmark.fixture import BenchmarkFixture

import bytewright


def test_encode_to_numpy(
    benchmark: BenchmarkFixture, tokenizer: bytewright.Tokenizer, documents: list[str]
) -> None:
    text = "".join(documents)
    ids = benchmark(tokenizer.encode_to_numpy, text)
    assert tokenizer.decode(ids) == text


def test_encode_list(
    benchmark: BenchmarkFixture, tokenizer: bytewright.Tokenizer, documents: list[str]
) -> None:
    ids = benchmark(tokenizer.encode, documents[0])
    assert tokenizer.decode(ids) == documents[0]


def test_encode_batch(
    benchmark: BenchmarkFixture, tokenizer: bytewright.Tokenizer, documents: list[str]
) -> None:
    ids, offsets = benchmark(tokenizer.encode_batch_to_numpy, documents, threads=1)
    assert len(offsets) == len(documents) + 1
    assert tokenizer.decode(ids) == "".join(documents)


def test_encode_short(benchmark: BenchmarkFixture, tokenizer: bytewright.Tokenizer) -> None:
    """What one call costs, apart from the text."""
    assert len(benchmark(tokenizer.encode, "one")) >= 1


def test_count(benchmark: BenchmarkFixture, tokenizer: bytewright.Tokenizer, documents: list[str]) -> None:
    text = "".join(documents)
    assert benchmark(tokenizer.count, text) == len(tokenizer.encode_to_numpy(text))


def test_decode_bytes(
    benchmark: BenchmarkFixture, tokenizer: bytewright.Tokenizer, documents: list[str]
) -> None:
    text = "".join(documents)
    ids = tokenizer.encode_to_numpy(text)
    assert benchmark(tokenizer.decode_bytes, ids) == text.encode()


def test_one_long_word(benchmark: BenchmarkFixture, tokenizer: bytewright.Tokenizer) -> None:
    """A megabyte without a space."""
    text = "ab" * 500_000
    ids = benchmark.pedantic(tokenizer.encode_to_numpy, (text,), rounds=3)
    assert tokenizer.decode(ids) == text
