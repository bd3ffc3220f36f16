"""One tokenizer, eight threads, every call at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import numpy as np
import pytest

from bytewright import Tokenizer
from tests.conftest import trained

THREADS = 8
ROUNDS = 4


def found(tokenizer: Tokenizer, text: str, documents: list[str], path: Path, order: int) -> dict[str, Any]:
    """The results of every call, which begin with another one for each thread."""

    def parts() -> list[int]:
        index = tokenizer.index(text, threads=2)
        return [index.count(begin, begin + 123) for begin in range(0, len(text) - 123, 7919)]

    def whole() -> tuple[list[int], list[int]]:
        ids, offsets = tokenizer.encode_batch_to_numpy(documents, threads=3)
        return ids.tolist(), offsets.tolist()

    def from_file() -> list[int]:
        ids, _ = tokenizer.encode_files(path, threads=2)
        return list(ids.tolist())

    calls = {
        "encode": lambda: tokenizer.encode(text),
        "encode_batch": lambda: tokenizer.encode_batch(documents, threads=2),
        "encode_batch_to_numpy": whole,
        "count": lambda: tokenizer.count(text),
        "count_batch": lambda: [int(count) for count in tokenizer.count_batch(documents, threads=2)],
        "token_frequencies": lambda: tokenizer.token_frequencies(path, threads=2).tolist(),
        "index": parts,
        "encode_files": from_file,
        "decode": lambda: tokenizer.decode(tokenizer.encode(text[:5000])),
    }
    names = list(calls)
    return {name: calls[name]() for name in names[order % len(names) :] + names[: order % len(names)]}


@pytest.mark.parametrize("pattern", ["gpt2", "o200k", r"\w+|\W+", r"(?<=a)\w+|\w+|\W+"])
def test_eight_threads_on_one_tokenizer(pattern: str, text: str, tmp_path: Path) -> None:
    text = text[-60_000:]
    documents = [text[begin : begin + 3001] for begin in range(0, len(text), 3001)]
    path = tmp_path / "text"
    path.write_text(text, encoding="utf-8")
    tokenizer = trained(pattern)
    expected = found(tokenizer, text, documents, path, 0)
    assert expected["decode"] == text[:5000]
    assert expected["count"] == len(expected["encode"]) == len(expected["encode_files"])
    assert sum(expected["token_frequencies"]) == len(expected["encode_files"])
    assert np.bincount(expected["encode"], minlength=1000).tolist() == expected["token_frequencies"]
    # One that has seen nothing yet: the threads meet at its caches while these are filled.
    fresh = Tokenizer.__reduce__(tokenizer)
    fresh = fresh[0](*fresh[1])
    barrier = Barrier(THREADS)

    def work(thread: int) -> bool:
        barrier.wait()
        return all(found(fresh, text, documents, path, thread + turn) == expected for turn in range(ROUNDS))

    with ThreadPoolExecutor(THREADS) as executor:
        assert all(executor.map(work, range(THREADS)))
