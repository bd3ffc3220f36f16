"""Encoding in a forked child."""

from __future__ import annotations

import multiprocessing
import os
import warnings
from collections.abc import Callable
from threading import Event, Thread

import numpy as np
import pytest

from bytewright import Tokenizer


def in_a_child(work: Callable[[], bool]) -> bool:
    """Whether the work succeeds in a child that is forked now."""
    read, write = os.pipe()
    with warnings.catch_warnings():
        # Python warns where threads may be running; ours have ended.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        status = b"bad"
        try:
            if work():
                status = b"good"
        finally:
            os.write(write, status)
            os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    return answer == b"good"


needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")


@needs_fork
def test_a_forked_child_encodes(small: Tokenizer, text: str) -> None:
    documents = [text[begin : begin + 5000] for begin in range(0, len(text), 5000)]
    expected = small.encode_batch(documents, threads=2)
    assert in_a_child(
        lambda: (
            small.encode_batch(documents, threads=2) == expected
            and small.encode(text) == small.encode(text.encode())
        )
    )
    # The parent goes on, and forks again.
    assert small.encode_batch(documents, threads=2) == expected
    assert in_a_child(lambda: small.encode_batch(documents, threads=3) == expected)


@needs_fork
def test_memory_of_arrays_is_used_again_on_both_sides(small: Tokenizer, text: str) -> None:
    documents = [text[begin : begin + 5000] for begin in range(0, len(text), 5000)] * 8
    others = [document[::-1] for document in documents]
    expected, _ = small.encode_batch_to_numpy(documents, threads=2)
    expected = expected.copy()
    turned = small.encode_batch_to_numpy(others, threads=2)[0].copy()
    assert expected.nbytes > 1 << 20
    # One lives across the fork, the memory of another waits to be used again.
    live, _ = small.encode_batch_to_numpy(documents, threads=2)
    small.encode_batch_to_numpy(others, threads=2)

    def work() -> bool:
        good = np.array_equal(live, expected)
        for _ in range(3):
            good &= np.array_equal(small.encode_batch_to_numpy(others, threads=2)[0], turned)
            good &= np.array_equal(small.encode_batch_to_numpy(documents, threads=3)[0], expected)
        live[:] = 0
        return good

    assert in_a_child(work)
    # What the child wrote is the child's.
    assert np.array_equal(live, expected)
    assert np.array_equal(small.encode_batch_to_numpy(others, threads=2)[0], turned)
    assert in_a_child(work)


@needs_fork
def test_forks_while_another_thread_encodes(small: Tokenizer, text: str) -> None:
    documents = [text[begin : begin + 5000] for begin in range(0, len(text), 5000)] * 4
    expected, _ = small.encode_batch_to_numpy(documents, threads=2)
    stop = Event()
    wrong: list[int] = []

    def keep_on() -> None:
        while not stop.is_set():
            ids, _ = small.encode_batch_to_numpy(documents, threads=2)
            if not np.array_equal(ids, expected):
                wrong.append(len(ids))

    thread = Thread(target=keep_on)
    thread.start()
    try:
        # Locks may be held by threads that the child does not have.
        for _ in range(8):
            assert in_a_child(
                lambda: np.array_equal(small.encode_batch_to_numpy(documents, threads=2)[0], expected)
            )
    finally:
        stop.set()
        thread.join()
    assert not wrong


def test_workers_of_a_data_loader(small: Tokenizer, text: str) -> None:
    documents = [text[begin : begin + 5000] for begin in range(0, 50_000, 5000)]
    expected = [small.encode(document) for document in documents]
    for method in ("fork", "spawn"):
        if method not in multiprocessing.get_all_start_methods():
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            with multiprocessing.get_context(method).Pool(2) as pool:
                assert pool.map(small.encode, documents) == expected
