"""`TextIndex`, `Appender`, `chunk`: arguments, errors, and that time does not grow with the text."""

from __future__ import annotations

import copy
import threading
from itertools import pairwise

import numpy as np
import pytest

import bytewright
from tests.conftest import trained


def test_index_is_a_slice_of_the_text(tokenizer: bytewright.Tokenizer, text: str) -> None:
    index = tokenizer.index(text)
    raw = tokenizer.index(text.encode())
    assert (len(index), len(raw)) == (len(text), len(text.encode()))
    assert index.count() == raw.count() == tokenizer.count(text)
    generator = np.random.default_rng(4)
    for begin, end in generator.integers(-len(text) - 9, len(text) + 9, (300, 2)):
        assert index.count(begin, end) == tokenizer.count(text[begin:end])
        assert raw.count(begin, end) == tokenizer.count(text.encode()[begin:end])
    assert index.count(5) == tokenizer.count(text[5:])
    assert index.count(stop=-5) == tokenizer.count(text[:-5])
    assert index.count(2**80) == 0
    with pytest.raises(TypeError):
        index.count(1.5)  # type: ignore[arg-type]


def test_index_keeps_a_copy_of_what_may_change(small: bytewright.Tokenizer) -> None:
    buffer = bytearray(b"the cat, the rat " * 100)
    text = bytes(buffer)
    indexes = [small.index(buffer), small.index(memoryview(buffer))]
    buffer[:] = b"x" * len(buffer)
    assert [index.count(7, 999) for index in indexes] == [small.count(text[7:999])] * 2
    with pytest.raises(TypeError):
        small.index(["the cat"])  # type: ignore[arg-type]


def test_special_tokens(small: bytewright.Tokenizer) -> None:
    text = "the cat, " * 100 + "<|endoftext|> the rat"
    for work in (small.index, lambda text: small.chunk(text, 10)):
        with pytest.raises(bytewright.SpecialTokenError) as caught:
            work(text)
        assert (caught.value.token, caught.value.offset) == ("<|endoftext|>", 900)
    index = small.index(text, allowed_special="all")
    assert index.count(900, 913) == 1
    for begin, end in ((899, 914), (901, 920), (890, 912)):
        assert index.count(begin, end) == small.count(text[begin:end], allowed_special="all")
    appender = small.appender()
    for character in text[:912]:
        appender.append(character)
    count = appender.count
    with pytest.raises(bytewright.SpecialTokenError) as caught:
        appender.append("> the rat")
    assert caught.value.offset == 900
    assert appender.count == count == small.count(text[:912])
    assert appender.append("| the rat") == small.count(text[:912] + "| the rat")


def test_appender_takes_halves_of_characters(small: bytewright.Tokenizer) -> None:
    appender = small.appender()
    halves = ["a\ud83d", "\ude00b", "\ud83d", "", "\ud83d", "c", "\ude00", "\ud83d"]
    for number, half in enumerate(halves):
        assert appender.append(half) == small.count("".join(halves[: number + 1]))
    assert len(appender) == len("".join(halves))
    with pytest.raises(TypeError, match="all str or all bytes"):
        appender.append(b"x")
    appender.clear()
    assert (appender.count, len(appender), appender.held) == (0, 0, 0)
    raw = "größer, 東京, 🦀".encode()
    for end in range(len(raw)):
        assert appender.append(raw[end : end + 1]) == small.count(raw[: end + 1])
    with pytest.raises(TypeError):
        appender.append(7)  # type: ignore[arg-type]


def test_an_appender_holds_little(small: bytewright.Tokenizer, text: str) -> None:
    appender = small.appender()
    appender.append(text)
    assert appender.held < 200
    other = copy.copy(appender)
    assert other.append("more") == small.count(text + "more")
    assert appender.count == small.count(text)
    own = trained(r"\w+|\W", 300).appender()
    own.append("the cat, " * 50)
    assert own.held == 450


def test_an_appender_may_be_shared(small: bytewright.Tokenizer) -> None:
    appender = small.appender()

    def work() -> None:
        for _ in range(500):
            appender.append(" the cat,")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert appender.count == small.count(" the cat," * 2000)


@pytest.mark.parametrize("overlap", [0, 1, 30, 99])
def test_chunk(tokenizer: bytewright.Tokenizer, text: str, overlap: int) -> None:
    text = text[:60_000]
    limit = 100
    pieces = list(tokenizer.chunk(text, limit, overlap))
    counts = [tokenizer.count(text[begin:end]) for begin, end in pieces]
    assert max(counts) <= limit
    assert pieces[0][0] == 0 and pieces[-1][1] == len(text)
    shared = [tokenizer.count(text[begin:end]) for (_, end), (begin, _) in pairwise(pieces)]
    assert max(shared) <= overlap
    # Near to what they may be, on the whole.
    assert sum(counts[:-1]) / len(counts[:-1]) > limit - 3
    assert sum(shared) / len(shared) >= overlap - min(3, overlap)
    borders = {0, *tokenizer.encode_with_offsets(text, unit="characters")[1][:, 1].tolist()}
    assert {place for piece in pieces for place in piece} <= borders
    raw = list(tokenizer.chunk(text.encode(), limit, overlap))
    assert raw == [(len(text[:begin].encode()), len(text[:end].encode())) for begin, end in pieces]


def test_chunk_is_lazy(small: bytewright.Tokenizer) -> None:
    text = "the cat, the rat. " * 20_000 + "\U0010ffff" * 3
    pieces = small.chunk(text, 3)
    assert next(pieces)[0] == 0
    assert iter(pieces) is pieces
    with pytest.raises(bytewright.EncodeError, match="max_tokens") as caught:
        list(pieces)
    assert caught.value.offset == len(text) - 3
    assert caught.value.tokens == small.count("\U0010ffff") > 3
    assert next(pieces, None) is None


def test_chunk_checks_its_arguments(small: bytewright.Tokenizer) -> None:
    for max_tokens, overlap in ((0, 0), (-1, 0), (3, 3), (3, -1)):
        with pytest.raises(ValueError, match="max_tokens"):
            small.chunk("the cat", max_tokens, overlap)
    with pytest.raises(TypeError):
        small.chunk("the cat", 1.5)  # type: ignore[arg-type]
    assert list(small.chunk("", 1)) == []
    assert list(small.chunk("the cat", 2**70, 2**69)) == [(0, 7)]


def test_surrogates_have_positions(small: bytewright.Tokenizer) -> None:
    text = "the cat, \ud83d\ude00 the rat \ud83d, 😀 " * 40
    index = small.index(text)
    for begin in range(60):
        for end in range(len(text) - 40, len(text)):
            assert index.count(begin, end) == small.count(text[begin:end])
    end = 0
    for begin, stop in small.chunk(text, 7, 3):
        assert begin <= end < stop and small.count(text[begin:stop]) <= 7
        end = stop
    assert end == len(text)


def test_index_asks_for_no_more_than_the_ends(small: bytewright.Tokenizer) -> None:
    """The same questions to a text a hundred times as long: the work is bounded by a wide margin, not the clock."""
    import time

    def median(length: int) -> float:
        text = "the cat sat on the mat, the rat did not. " * length
        index = small.index(text)
        times = []
        for number in range(200):
            begin = number * 17 % 997
            start = time.perf_counter()
            index.count(begin, len(text) - begin)
            times.append(time.perf_counter() - start)
        return sorted(times)[100]

    assert median(100_000) < 20 * median(1_000)
