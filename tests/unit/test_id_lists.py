"""Lists of ids: their integers are made once, and belong to whoever has a list."""

from __future__ import annotations

import gc
import sys
from threading import Barrier, Thread

import pytest

from bytewright import Tokenizer

BYTES = {bytes([byte]): byte for byte in range(256)}
TEXT = "abab ab"


@pytest.fixture
def fresh() -> Tokenizer:
    """No list was made by it; `ab` is an id of which Python keeps no integer."""
    return Tokenizer.from_ranks(BYTES | {b"ab": 70_000}, None)


def test_integers_are_shared_and_given_back(fresh: Tokenizer) -> None:
    first = fresh.encode(TEXT)
    assert first == fresh.encode_to_numpy(TEXT).tolist() and {type(token) for token in first} == {int}
    before = sys.getrefcount(first[0])
    lists = [fresh.encode(TEXT), *fresh.encode_batch([TEXT, TEXT]), fresh.encode_with_offsets(TEXT)[0]]
    assert all(other == first and other[0] is first[0] for other in lists)
    held = sys.getrefcount(first[0])
    assert held == before + 3 * len(lists)
    lists.clear()
    held = sys.getrefcount(first[0])
    assert held == before


def test_lists_outlive_the_tokenizer(fresh: Tokenizer) -> None:
    expected = fresh.encode_to_numpy(TEXT).tolist()
    kept = Tokenizer.from_ranks(BYTES | {b"ab": 70_000}, None).encode(TEXT)
    gc.collect()
    assert kept == expected


def test_memory_of_high_ids_is_bounded() -> None:
    tokenizer = Tokenizer.from_ranks(BYTES, None, {"<a>": 5_000_000, "<b>": (1 << 20) - 1, "<c>": 1 << 20})
    before = tokenizer.memory
    ids = tokenizer.encode("<a>x<b><c>", allowed_special="all")
    assert ids == [5_000_000, ord("x"), (1 << 20) - 1, 1 << 20]
    # 8 bytes an id of the first million, and two integers.
    assert (1 << 20) * 8 < tokenizer.memory - before < (1 << 20) * 8 + 100


def test_threads_make_the_first_list_together(fresh: Tokenizer) -> None:
    barrier = Barrier(8)
    lists: list[list[int]] = []

    def run() -> None:
        barrier.wait()
        lists.extend(fresh.encode(TEXT) for _ in range(50))

    threads = [Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Mostly of the same integers; a thread that comes while another one makes a list makes its own.
    assert len(lists) == 400 and all(ids == lists[0] for ids in lists)
