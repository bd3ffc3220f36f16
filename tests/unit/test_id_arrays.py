"""Arrays of ids: their memory is the core's, and theirs alone as long as any view of them lives."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import numpy as np
import numpy.typing as npt
import pytest

from bytewright import Tokenizer
from tests.conftest import trained

Ids = npt.NDArray[np.uint32]

#: Of more ids than this the memory is lent, and of more than four times as many used again.
LENT = 1 << 16


@pytest.fixture(scope="module")
def documents() -> list[str]:
    """Some 600,000 ids of two bytes each, no two documents alike."""
    return [f"{number} zq {number * 7919 % 104729} xj " * 20 for number in range(1500)]


@pytest.fixture(scope="module")
def path(documents: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("ids") / "text"
    place.write_text("".join(documents))
    return place


@pytest.fixture(params=["batch", "files"])
def encode(request: pytest.FixtureRequest, documents: list[str], path: Path) -> Callable[[Tokenizer], Ids]:
    """A call that gives a large array."""

    def call(tokenizer: Tokenizer) -> Ids:
        if request.param == "batch":
            return tokenizer.encode_batch_to_numpy(documents, threads=2)[0]
        return tokenizer.encode_files(path, threads=2)[0]

    return call


def others(tokenizer: Tokenizer, documents: list[str]) -> None:
    """Batches of other ids, which use memory that was given back."""
    for size in (1500, 700, 1500, 1400):
        turned = [document[::-1] for document in documents[:size]]
        tokenizer.encode_batch_to_numpy(turned, threads=2)


def test_an_array_outlives_its_tokenizer(encode: Callable[[Tokenizer], Ids], documents: list[str]) -> None:
    tokenizer = trained.__wrapped__("gpt2", 300)
    ids = encode(tokenizer)
    assert len(ids) > 4 * LENT
    kept, view, last = ids.copy(), ids[1000:-1000:3], ids[-1:]
    del tokenizer
    gc.collect()
    others(trained("gpt2", 300), documents)
    assert np.array_equal(ids, kept)
    # Views keep the memory alive by themselves.
    del ids
    gc.collect()
    others(trained("gpt2", 300), documents)
    assert np.array_equal(view, kept[1000:-1000:3])
    assert last[0] == kept[-1]


def test_arrays_are_writable_and_apart(encode: Callable[[Tokenizer], Ids], documents: list[str]) -> None:
    tokenizer = trained("gpt2", 300)
    expected = encode(tokenizer).copy()
    live = [encode(tokenizer) for _ in range(4)]
    for number, ids in enumerate(live):
        assert ids.flags.writeable and ids.flags.c_contiguous and ids.flags.aligned and not ids.flags.owndata
        assert ids.dtype == np.uint32 and ids.shape == expected.shape
        assert all(not np.shares_memory(ids, other) for other in live[:number])
    live[1][:] = 7
    live[2] += 1
    assert np.array_equal(live[0], expected) and np.array_equal(live[3], expected)
    assert (live[1] == 7).all() and np.array_equal(live[2], expected + 1)
    # What was written into memory that is used again is not seen.
    del live[1:3]
    gc.collect()
    again = [encode(tokenizer) for _ in range(3)]
    assert all(np.array_equal(ids, expected) for ids in (*again, *live))


def test_small_arrays_are_plain(documents: list[str]) -> None:
    ids, offsets = trained("gpt2", 300).encode_batch_to_numpy(documents[:3])
    assert 0 < len(ids) < LENT and ids.flags.writeable and offsets.flags.writeable
    # Either numpy owns them, or a base does that nothing else knows.
    ids[:] = 0
    assert len(set(trained("gpt2", 300).encode_batch_to_numpy(documents[:3])[0].tolist())) > 1


def test_nothing_else_is_kept_alive(encode: Callable[[Tokenizer], Ids]) -> None:
    tokenizer = trained.__wrapped__("gpt2", 300)
    gone = weakref.ref(tokenizer)
    ids = encode(tokenizer)
    del tokenizer
    gc.collect()
    assert gone() is None
    assert len(ids) > LENT


def test_an_array_may_end_on_another_thread(encode: Callable[[Tokenizer], Ids]) -> None:
    tokenizer = trained("gpt2", 300)
    expected = encode(tokenizer).copy()
    held = [encode(tokenizer)]
    thread = Thread(target=held.clear)
    thread.start()
    thread.join()
    assert not held
    found: list[bool] = []

    def work() -> None:
        found.extend(np.array_equal(encode(tokenizer), expected) for _ in range(4))

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 16


def resident() -> int:
    """Bytes of memory that this process holds."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) << 10
    raise AssertionError("no VmRSS")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc here")
def test_what_waits_to_be_used_again_is_bounded(documents: list[str]) -> None:
    tokenizer = trained("gpt2", 300)
    some = documents[:900]
    assert len(tokenizer.encode_batch_to_numpy(some, threads=1)[0]) * 4 > 1 << 20
    before = resident()
    for _ in range(4):
        # Many at once, so that each has memory of its own: some 100 MB.
        live = [tokenizer.encode_batch_to_numpy(some, threads=1)[0] for _ in range(60)]
        del live
        gc.collect()
    # Eight lists wait at most; the allocator keeps a little more.
    assert resident() - before < 64 << 20
