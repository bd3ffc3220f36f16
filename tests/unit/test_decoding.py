"""Ids to text."""

from __future__ import annotations

import numpy as np
import pytest

import bytewright
from bytewright import Tokenizer

LINE = "naïve 東京 🦀 text"


def test_ids_of_any_kind(small: Tokenizer) -> None:
    ids = small.encode(LINE)
    assert small.decode(tuple(ids)) == LINE
    assert small.decode(iter(ids)) == LINE
    assert small.decode(np.int32(id) for id in ids) == LINE
    for dtype in ("uint16", "uint32", "uint64", "int16", "int32", "int64"):
        array = np.array(ids, dtype)
        assert small.decode(array) == LINE
        assert small.decode(np.repeat(array, 2)[::2]) == LINE
        assert small.decode_bytes(array[::-1].copy()[::-1]) == LINE.encode()


@pytest.mark.parametrize(
    ("ids", "index"),
    [
        ([97, 1000], 1),
        ([-1], 0),
        ([97, 2**32], 1),
        ([2**70], 0),
        (np.array([1, 2, -5]), 2),
        (np.array([2**40]), 0),
        (np.array([5000], "uint16"), 0),
    ],
)
def test_unknown_ids(small: Tokenizer, ids: list[int], index: int) -> None:
    for decode in (small.decode, small.decode_bytes):
        with pytest.raises(
            bytewright.DecodeError, match=f"at index {index} is not in the vocabulary"
        ) as caught:
            decode(ids)
        assert caught.value.index == index


def test_unused_ids() -> None:
    tokenizer = Tokenizer.from_ranks({bytes([byte]): byte for byte in range(256)} | {b"ab": 260}, None)
    with pytest.raises(bytewright.DecodeError):
        tokenizer.decode([258])
    assert tokenizer.vocabulary[258] is None
    assert (tokenizer.vocabulary_size, len(tokenizer)) == (261, 257)


def test_what_is_no_id(small: Tokenizer) -> None:
    for wrong in ([1.0], np.array([1.0]), ["a"], "abc", b"abc", [None], np.zeros((2, 2), int)):
        with pytest.raises(TypeError):
            small.decode(wrong)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        small.decode(3)  # type: ignore[arg-type]


def test_bytes_that_are_no_utf8(small: Tokenizer) -> None:
    ids = small.encode(b"a\xe6\x9db")
    assert small.decode(ids) == "a\ufffdb"
    assert small.decode(ids, errors="ignore") == "ab"
    assert small.decode(ids, errors="backslashreplace") == "a\\xe6\\x9db"
    with pytest.raises(UnicodeDecodeError):
        small.decode(ids, errors="strict")
    with pytest.raises(LookupError):
        small.decode(ids, errors="no such handler")


def test_batches(small: Tokenizer) -> None:
    texts = [LINE, "", "x"]
    assert small.decode_batch(small.encode_batch(texts)) == texts
    assert small.decode_batch([small.encode_to_numpy(text) for text in texts]) == texts


def test_stream(small: Tokenizer) -> None:
    ids = small.encode(LINE)
    decoder = small.decoder()
    pieces = [decoder.push(id) for id in ids] + [decoder.finish()]
    assert "".join(pieces) == LINE
    assert "\ufffd" not in "".join(pieces)
    assert decoder.push(ids) == LINE
    assert decoder.push(np.array(ids)) == LINE
    assert decoder.push(np.uint32(ids[0])) == small.decode(ids[:1])


def test_stream_holds_incomplete_characters_back() -> None:
    tokenizer = Tokenizer.from_ranks({bytes([byte]): byte for byte in range(256)}, None)
    decoder = tokenizer.decoder()
    assert [decoder.push(byte) for byte in "é東".encode()] == ["", "é", "", "", "東"]
    assert decoder.push([0xE6, 0x9D]) == ""
    assert decoder.finish() == "\ufffd"
    assert decoder.push(97) == "a"
    with pytest.raises(bytewright.DecodeError):
        decoder.push(256)
    assert tokenizer.decoder(errors="ignore").push([0xFF, 97]) == "a"
