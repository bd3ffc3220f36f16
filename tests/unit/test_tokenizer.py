"""The methods of `Tokenizer`, one by one, on small vocabularies."""

from __future__ import annotations

import copy
import pickle
import threading

import numpy as np
import pytest

import bytewright
from bytewright import Tokenizer
from tests.conftest import SPECIAL, trained

LINE = "Don't stop: 東京 costs 1,234 €, naïve café 🦀!\n"


def test_is_not_made_by_its_class() -> None:
    with pytest.raises(TypeError, match=r"Tokenizer\.load"):
        Tokenizer()


def test_attributes(tokenizer: Tokenizer) -> None:
    vocabulary = tokenizer.vocabulary
    assert tokenizer.vocabulary_size == len(vocabulary) == len(tokenizer) == 1000
    assert len(tokenizer.merges) == 1000 - 256 - len(SPECIAL)
    assert {bytes([byte]) for byte in range(256)} <= set(vocabulary)
    assert tokenizer.special_tokens == {SPECIAL[0]: 998, SPECIAL[1]: 999}
    assert vocabulary[998] == SPECIAL[0].encode()
    assert 200_000 < tokenizer.memory < 10_000_000
    assert tokenizer.pattern in ("gpt2", "cl100k", "o200k")
    tokens = set(vocabulary)
    assert all(left + right in tokens for left, right in tokenizer.merges)


def test_encode_gives_ids_that_decode(tokenizer: Tokenizer) -> None:
    ids = tokenizer.encode(LINE)
    assert all(type(id) is int for id in ids)
    assert tokenizer.decode(ids) == LINE
    assert tokenizer.encode(LINE.encode()) == ids
    assert tokenizer.encode(bytearray(LINE.encode())) == ids
    assert tokenizer.encode(memoryview(LINE.encode())) == ids
    assert tokenizer.encode_ordinary(LINE) == ids
    assert tokenizer.encode_batch([LINE, LINE.encode()], threads=1) == [ids, ids]


def test_empty_inputs(tokenizer: Tokenizer) -> None:
    assert tokenizer.encode("") == []
    assert tokenizer.decode([]) == ""
    assert tokenizer.decode_bytes(np.array([])) == b""
    assert tokenizer.encode_to_numpy(b"").shape == (0,)
    assert tokenizer.encode_batch([]) == []
    ids, offsets = tokenizer.encode_batch_to_numpy([])
    assert ids.tolist() == [] and offsets.tolist() == [0]
    ids, offsets = tokenizer.encode_batch_to_numpy(["", "", "a"])
    assert offsets.tolist() == [0, 0, 0, 1]
    assert tokenizer.count("") == 0
    assert tokenizer.count_batch([]).tolist() == []
    assert tokenizer.fits("", 0)
    ids, ranges = tokenizer.encode_with_offsets("")
    assert ids == [] and ranges.shape == (0, 2)


@pytest.mark.parametrize("dtype", ["uint16", "uint32", "int64", np.uint16, np.dtype("int64")])
def test_encode_to_numpy(small: Tokenizer, dtype: str) -> None:
    ids = small.encode_to_numpy(LINE, dtype=dtype)
    assert ids.dtype == np.dtype(dtype)
    assert ids.tolist() == small.encode(LINE)
    assert ids.flags.writeable


def test_ids_that_do_not_fit_uint16() -> None:
    tokenizer = Tokenizer.from_ranks({bytes([byte]): byte for byte in range(256)} | {b"ab": 70_000}, None)
    assert tokenizer.encode_to_numpy("xab").tolist() == [120, 70_000] or len(tokenizer.encode("xab")) == 2
    with pytest.raises(bytewright.EncodeError, match="70000 at index 0 does not fit into uint16"):
        tokenizer.encode_to_numpy("ab", dtype="uint16")


def test_other_dtypes_are_refused(small: Tokenizer) -> None:
    with pytest.raises(ValueError, match="float64"):
        small.encode_to_numpy(LINE, dtype="float64")


def test_batch_to_numpy(tokenizer: Tokenizer) -> None:
    texts = [LINE, "", "x", LINE * 3]
    ids, offsets = tokenizer.encode_batch_to_numpy(texts, threads=2)
    assert ids.dtype == np.uint32 and offsets.dtype == np.int64
    for index, text in enumerate(texts):
        assert ids[offsets[index] : offsets[index + 1]].tolist() == tokenizer.encode(text)


def test_batches_take_any_iterable_but_no_lone_text(small: Tokenizer) -> None:
    assert small.encode_batch(text for text in ("a", "b")) == [small.encode("a"), small.encode("b")]
    assert small.encode_batch(np.array(["ab", "c"])) == [small.encode("ab"), small.encode("c")]
    for method in (small.encode_batch, small.encode_batch_to_numpy, small.count_batch):
        with pytest.raises(TypeError, match="put it into a list"):
            method("one text")


def test_texts_of_other_types_are_refused(small: Tokenizer) -> None:
    for wrong in (None, 3, ["a"], object()):
        with pytest.raises(TypeError, match="str or bytes"):
            small.encode(wrong)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="str or bytes"):
            small.encode_batch([wrong])  # type: ignore[list-item]


def test_counts(tokenizer: Tokenizer) -> None:
    ids = tokenizer.encode(LINE)
    assert tokenizer.count(LINE) == len(ids)
    assert tokenizer.count_batch([LINE, "", LINE * 2], threads=2).tolist() == [
        len(ids),
        0,
        tokenizer.count(LINE * 2),
    ]
    assert tokenizer.fits(LINE, len(ids))
    assert tokenizer.fits(LINE, 10**30)
    assert not tokenizer.fits(LINE, len(ids) - 1)
    assert not tokenizer.fits("", -1)


def test_lone_surrogates_become_replacement_characters(small: Tokenizer) -> None:
    for text, meant in (
        ("a\ud800b", "a\ufffdb"),
        ("\udfff", "\ufffd"),
        ("x\ud83d\ude00y", "x😀y"),
        ("\ud83d", "\ufffd"),
    ):
        assert small.encode(text) == small.encode(meant)
        assert small.encode_batch([text], threads=1) == [small.encode(meant)]


def test_invalid_utf8_comes_back_as_it_was(tokenizer: Tokenizer) -> None:
    for text in (b"\xff\xfe", b"abc\x80def", b"\xe6\x9d", b"\xf0\x9f\xa6 \xc3", bytes(range(256))):
        assert tokenizer.decode_bytes(tokenizer.encode(text)) == text


def test_equality_and_hash(small: Tokenizer) -> None:
    same = Tokenizer.from_merges(small.vocabulary[:998], small.merges, "o200k", small.special_tokens)
    assert same == small and hash(same) == hash(small) and same is not small
    assert small != trained("gpt2")
    assert small != trained("o200k", 900)
    assert small != "a tokenizer"
    assert len({small, same}) == 1


def test_copies(small: Tokenizer) -> None:
    assert copy.copy(small) is small
    assert copy.deepcopy([small])[0] is small


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_pickling(tokenizer: Tokenizer, protocol: int) -> None:
    again = pickle.loads(pickle.dumps(tokenizer, protocol))
    assert again == tokenizer
    assert again.name == tokenizer.name
    assert again.encode(LINE) == tokenizer.encode(LINE)


@pytest.mark.parametrize("pattern", [None, r"\w+|\W", r"(?i:ab)|\p{Han}{2}"])
def test_pickling_any_semantics_and_pattern(pattern: str | None) -> None:
    bytes_ = [bytes([byte]) for byte in range(256)]
    ranks = Tokenizer.from_ranks(
        {token: rank for rank, token in enumerate([*bytes_, b"ab", b"abab"])}, pattern, {"<s>": 300}, name="n"
    )
    merges = Tokenizer.from_merges(
        [*bytes_, b"ab", None, b"abab"], [(b"a", b"b"), (b"ab", b"ab")], pattern, ignore_merges=True
    )
    for tokenizer in (ranks, merges):
        again = pickle.loads(pickle.dumps(tokenizer))
        assert (
            again == tokenizer
            and again.semantics == tokenizer.semantics
            and again.pattern == tokenizer.pattern
        )
        assert again.encode("ababa 東京 abab") == tokenizer.encode("ababa 東京 abab")
    assert pickle.loads(pickle.dumps(ranks)).name == "n"


def test_repr(small: Tokenizer) -> None:
    assert repr(small) == "<Tokenizer 1,000 tokens (2 special), pattern 'o200k'>"
    long = Tokenizer.from_ranks(
        {bytes([byte]): byte for byte in range(256)}, "|".join(["[a-z]+"] * 20), name="mine"
    )
    assert (
        repr(long).startswith("<Tokenizer 'mine': 256 tokens (0 special), pattern '[a-z]+")
        and len(repr(long)) < 120
    )


def test_from_ranks_and_from_merges_refuse_what_does_not_fit() -> None:
    bytes_ = {bytes([byte]): byte for byte in range(256)}
    for ranks in (
        {**bytes_, b"ab": 97},
        {**bytes_, b"": 256},
        {**bytes_, b"ab": -1},
        {**bytes_, b"ab": 2**32},
    ):
        with pytest.raises(bytewright.VocabularyError):
            Tokenizer.from_ranks(ranks, "gpt2")
    tokens = list(bytes_)
    for merges in ([(b"a", b"b")], [(b"ax", b"b")]):
        with pytest.raises(bytewright.VocabularyError):
            Tokenizer.from_merges(tokens, merges, "gpt2")
    with pytest.raises(bytewright.VocabularyError):
        Tokenizer.from_merges([*tokens, b"a"], [], "gpt2")
    with pytest.raises(bytewright.VocabularyError, match="gpt3"):
        Tokenizer.from_ranks(bytes_, "gpt3")
    with pytest.raises(bytewright.VocabularyError, match=r"\[a-"):
        Tokenizer.from_ranks(bytes_, "[a-")
    with pytest.raises(TypeError, match="pattern"):
        Tokenizer.from_ranks(bytes_, 3)  # type: ignore[arg-type]


def test_bytes_without_a_token() -> None:
    tokenizer = Tokenizer.from_merges([bytes([byte]) for byte in range(128)], [], None)
    assert tokenizer.encode("abc") == [97, 98, 99]
    with pytest.raises(bytewright.EncodeError, match="0xC3 at byte 2") as caught:
        tokenizer.encode("abé")
    assert (caught.value.byte, caught.value.offset) == (0xC3, 2)
    with pytest.raises(bytewright.EncodeError):
        tokenizer.encode_batch(["abc", "é"], threads=2)


def test_offsets_in_bytes_and_characters(tokenizer: Tokenizer) -> None:
    ids, ranges = tokenizer.encode_with_offsets(LINE)
    assert ids == tokenizer.encode(LINE)
    assert ranges.shape == (len(ids), 2) and ranges.dtype == np.int64
    _, characters = tokenizer.encode_with_offsets(LINE, unit="characters")
    encoded = LINE.encode()
    for id, (begin, end), (first, last) in zip(ids, ranges.tolist(), characters.tolist(), strict=True):
        assert tokenizer.decode_bytes([id]) in encoded[begin:end]
        assert encoded[begin:end].decode(errors="ignore") in LINE[first:last]
        assert len(LINE[first:last].encode()) - (end - begin) < 7
    with pytest.raises(ValueError, match="lines"):
        tokenizer.encode_with_offsets(LINE, unit="lines")  # type: ignore[arg-type]


def test_offsets_count_characters_as_python_does(small: Tokenizer) -> None:
    for text in ("é" * 3, "a\ud800b", "\ud83d\ude00x", "🦀x", b"\xff\xfea"):
        _, ranges = small.encode_with_offsets(text, unit="characters")
        assert ranges[0, 0] == 0 and ranges[-1, 1] == len(text)


def test_threads_may_share_a_tokenizer(small: Tokenizer, text: str) -> None:
    expected = small.encode(text)
    results: list[list[int]] = []
    threads = [threading.Thread(target=lambda: results.append(small.encode(text))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [expected] * 4


def test_number_of_threads_is_checked(small: Tokenizer, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(bytewright.BytewrightError, match="at least 1"):
        small.encode_batch(["a"], threads=0)
    with pytest.raises(TypeError):
        small.encode_batch(["a"], threads=1.5)  # type: ignore[arg-type]
    monkeypatch.setenv("BYTEWRIGHT_THREADS", "many")
    with pytest.raises(bytewright.BytewrightError, match="BYTEWRIGHT_THREADS"):
        small.encode_batch(["a"])
    monkeypatch.setenv("BYTEWRIGHT_THREADS", "2")
    assert small.encode_batch(["a"]) == [small.encode("a")]
