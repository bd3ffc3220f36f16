"""What holds of every text."""

from __future__ import annotations

import pickle
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import bytewright
from tests.conftest import PATTERNS, trained
from tests.property.strategies import byte_texts, texts

tokenizers = st.sampled_from([*PATTERNS, None, r"\p{L}+|\s", "b+"]).map(lambda pattern: trained(pattern, 700))
any_text = st.one_of(texts, byte_texts)


def as_bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


@given(tokenizers, any_text)
def test_any_text_comes_back(tokenizer, text) -> None:
    ids = tokenizer.encode_ordinary(text)
    assert tokenizer.decode_bytes(ids) == as_bytes(text)
    assert tokenizer.decode(ids) == as_bytes(text).decode("utf-8", "replace")
    assert tokenizer.decode_bytes(np.array(ids, np.uint32)) == as_bytes(text)


@given(tokenizers, any_text)
def test_every_way_gives_the_same_ids(tokenizer, text) -> None:
    ids = tokenizer.encode_ordinary(text)
    assert tokenizer.encode_ordinary(as_bytes(text)) == ids
    assert tokenizer.encode(text, disallowed_special=()) == ids
    assert tokenizer.encode_to_numpy(text, disallowed_special=()).tolist() == ids
    assert tokenizer.encode_with_offsets(text, disallowed_special=())[0] == ids
    assert tokenizer.count(text, disallowed_special=()) == len(ids)
    assert tokenizer.fits(text, len(ids), disallowed_special=())
    assert not tokenizer.fits(text, len(ids) - 1, disallowed_special=())


@given(tokenizers, st.lists(any_text, max_size=12), st.integers(1, 4))
def test_batches_are_singles_whatever_the_threads(tokenizer, batch, threads) -> None:
    singles = [tokenizer.encode_ordinary(text) for text in batch]
    assert tokenizer.encode_batch(batch, disallowed_special=(), threads=threads) == singles
    ids, offsets = tokenizer.encode_batch_to_numpy(batch, disallowed_special=(), threads=threads)
    assert [ids[begin:end].tolist() for begin, end in pairwise(offsets)] == singles
    counts = tokenizer.count_batch(batch, disallowed_special=(), threads=threads)
    assert counts.tolist() == [len(ids) for ids in singles]
    assert tokenizer.decode_batch(singles, errors="ignore") == [
        as_bytes(text).decode(errors="ignore") for text in batch
    ]


@given(tokenizers, any_text)
def test_offsets_tile_the_text(tokenizer, text) -> None:
    content = as_bytes(text)
    ids, ranges = tokenizer.encode_with_offsets(text, disallowed_special=())
    position = 0
    for id, (begin, end) in zip(ids, ranges.tolist(), strict=True):
        token = tokenizer.decode_bytes([id])
        assert begin <= position and position + len(token) <= end
        assert token in content[begin:end]
        position += len(token)
    assert position == len(content)
    _, characters = tokenizer.encode_with_offsets(text, disallowed_special=(), unit="characters")
    if isinstance(text, str):
        for (begin, end), (first, last) in zip(ranges.tolist(), characters.tolist(), strict=True):
            before, inside = len(text[:first].encode()), len(text[first:last].encode())
            assert before <= begin and end <= before + inside


@given(tokenizers, texts)
def test_special_tokens_cut_the_text(tokenizer, text) -> None:
    special = "<|endoftext|>"
    marked = f"{text}{special}{text}{special}"
    expected: list[int] = []
    for part in marked.split(special)[:-1]:
        expected += [*tokenizer.encode_ordinary(part), tokenizer.special_tokens[special]]
    assert tokenizer.encode(marked, allowed_special={special}, disallowed_special=()) == expected


@given(tokenizers, st.lists(st.integers(0, 699), max_size=40))
def test_streams_decode_as_wholes(tokenizer, ids) -> None:
    decoder = tokenizer.decoder()
    assert "".join(decoder.push(id) for id in ids) + decoder.finish() == tokenizer.decode(ids)


@given(tokenizers)
def test_pickles_are_equal(tokenizer) -> None:
    assert pickle.loads(pickle.dumps(tokenizer)) == tokenizer


@given(st.text(st.one_of(st.characters(), st.characters(categories=["Cs"])), max_size=20))
def test_surrogates_are_read_as_utf16_reads_them(text) -> None:
    tokenizer = trained("o200k", 700)
    meant = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    assert tokenizer.encode_ordinary(text) == tokenizer.encode_ordinary(meant)


@given(tokenizers, st.lists(any_text, max_size=8), st.integers(1, 4))
def test_counts_over_a_corpus_are_lengths_of_encodings(tokenizer, batch, threads) -> None:
    ids = [id for text in batch for id in tokenizer.encode_ordinary(text)]
    count = tokenizer.count_corpus(batch, threads=threads)
    assert (count.documents, count.tokens) == (len(batch), len(ids))
    assert count.bytes == sum(len(as_bytes(text)) for text in batch)
    assert (
        count.frequencies.tolist()
        == np.bincount(np.array(ids, np.int64), minlength=tokenizer.vocabulary_size).tolist()
    )
    assert tokenizer.count_corpus(batch, frequencies=False, threads=threads).tokens == len(ids)
    profile = bytewright.Profile.build(batch, pattern=tokenizer.pattern, progress=False)
    again = tokenizer.count_corpus(profile, threads=threads)
    assert (again.documents, again.bytes, again.tokens) == (count.documents, count.bytes, count.tokens)
    assert again.frequencies.tolist() == count.frequencies.tolist()
