"""Encoding in a forked child."""

from __future__ import annotations

import multiprocessing
import os
import warnings

import pytest

from bytewright import Tokenizer


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_encodes(small: Tokenizer, text: str) -> None:
    documents = [text[begin : begin + 5000] for begin in range(0, len(text), 5000)]
    expected = small.encode_batch(documents, threads=2)
    read, write = os.pipe()
    with warnings.catch_warnings():
        # Python warns where threads may be running; ours have ended.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        status = b"bad"
        try:
            if small.encode_batch(documents, threads=2) == expected and small.encode(text) == small.encode(
                text.encode()
            ):
                status = b"good"
        finally:
            os.write(write, status)
            os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    assert answer == b"good"


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
