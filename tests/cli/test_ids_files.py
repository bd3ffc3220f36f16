"""Ids as text: the fast way against the obvious one."""

from __future__ import annotations

import io
import random

import numpy as np
import pytest

from bytewright.cli.ids_files import DecimalText, read_ids


def obvious(documents: list[list[int]]) -> bytes:
    return "".join(" ".join(map(str, ids)) + "\n" for ids in documents).encode()


@pytest.mark.parametrize("seed", range(30))
def test_documents_in_batches(seed: int) -> None:
    chosen = random.Random(seed)
    highest = chosen.choice([0, 9, 300, 70_000])
    documents = [
        [chosen.randint(0, highest) for _ in range(chosen.choice([0, 0, 1, 2, 30]))]
        for _ in range(chosen.randint(0, 40))
    ]
    ids = [id for document in documents for id in document]
    ends = np.cumsum([len(document) for document in documents]).tolist()
    text = DecimalText(highest)
    written = b""
    start = done = 0
    while True:
        stop = min(len(ids), start + chosen.randint(0, 25))
        # A document that ends where the batch does may be said to end in the next one.
        count = sum(end < stop for end in ends[done:]) + (
            chosen.randint(0, sum(end == stop for end in ends[done:]))
        )
        if stop == len(ids):
            count = len(ends) - done
        here = np.array(ends[done : done + count], dtype=np.int64) - start
        written += b"".join(text.lines(np.array(ids[start:stop], dtype=np.uint32), here))
        start, done = stop, done + count
        if done == len(ends) and start == len(ids):
            break
    assert written == obvious(documents)


@pytest.mark.parametrize("block", [1, 7, 100, 1 << 20])
def test_text_is_read_back(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    monkeypatch.setattr("bytewright.cli.ids_files.BLOCK", block)
    chosen = random.Random(block)
    ids = [chosen.choice([0, 7, 65_535, 4_294_967_295, chosen.getrandbits(32)]) for _ in range(500)]
    text = "".join(f"{id}{chosen.choice([' ', ',', chr(10), '  ', ', '])}" for id in ids).encode()
    assert np.concatenate(list(read_ids(io.BytesIO(text), None, "x"))).tolist() == ids


def test_leading_zeros_are_numbers() -> None:
    assert np.concatenate(list(read_ids(io.BytesIO(b"007 0000000001"), "text", "x"))).tolist() == [7, 1]
