"""What the harness asks of a peer."""

from __future__ import annotations

import importlib.metadata
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from bytewright.bench.job import Job

Ids = npt.NDArray[np.uint32]
Offsets = npt.NDArray[np.int64]
Work = Callable[[], Any]


class UnsupportedError(Exception):
    """The peer cannot do this; the message says why."""


@dataclass(frozen=True)
class Learned:
    """A trained vocabulary.

    Attributes:
        tokens: The learned tokens (without the 256 bytes), in the order in which they were learned.
        merges: The pairs that made them, where the peer says.
    """

    tokens: list[bytes]
    merges: list[tuple[bytes, bytes]] | None


class Peer:
    """A tool under test.

    Each task has two halves: one prepares (imports, reads the documents, loads the vocabulary) and returns
    the work itself, which is all that the clock sees; the other reads the result for comparison, when the
    clock has stopped.

    Attributes:
        name: The name of the file, and what `--peers` calls it.
        distribution: What `pip install` calls it.
        train_modes, encode_modes, count_modes: Ways to call it, the default first; empty where it does not do that.
        exact_merges: Its merges must be ours, every one in order; else `tie_rule` says what differs.
        tie_rule: Which pair it merges first of those with equal counts.
    """

    name: ClassVar[str]
    distribution: ClassVar[str]
    train_modes: ClassVar[tuple[str, ...]] = ()
    encode_modes: ClassVar[tuple[str, ...]] = ()
    count_modes: ClassVar[tuple[str, ...]] = ()
    exact_merges: ClassVar[bool] = True
    tie_rule: ClassVar[str] = "as tokenizers"

    def version(self) -> str | None:
        """The installed version, or `None`."""
        try:
            return importlib.metadata.version(self.distribution)
        except importlib.metadata.PackageNotFoundError:
            return None

    def environment(self, job: Job) -> dict[str, str]:
        """Environment variables that limit the peer to `job.threads`."""
        return {
            "RAYON_NUM_THREADS": str(job.threads),
            "TOKENIZERS_PARALLELISM": "true" if job.threads > 1 else "false",
        }

    def train(self, job: Job) -> Work:
        """Prepares training."""
        raise self._cannot(job)

    def learned(self, result: Any) -> Learned:
        """What training gave."""
        raise TypeError(f"{self.name} does not train, so it did not give {result!r}")

    def encode(self, job: Job) -> Work:
        """Prepares encoding all documents."""
        raise self._cannot(job)

    def ids(self, result: Any) -> tuple[Ids, Offsets]:
        """What encoding gave: ids of all documents, and where each document begins in them, and the end."""
        arrays = [np.asarray(ids, dtype=np.uint32) for ids in result]
        return join_ids(arrays)

    def decode(self, job: Job) -> Work:
        """Prepares decoding all documents of `job.ids`."""
        raise self._cannot(job)

    def count(self, job: Job) -> Work:
        """Prepares counting the tokens of all documents; what has no way to count encodes."""
        return self.encode(job)

    def counts(self, result: Any) -> Offsets:
        """What counting gave: tokens of each document, (D,), or of all together, (1,)."""
        _, offsets = self.ids(result)
        return np.diff(offsets)

    def _cannot(self, job: Job) -> UnsupportedError:
        return UnsupportedError(f"{self.name} does not {job.task}")

    def decoded(self, result: Any) -> bytes:
        """What decoding gave: all documents, one after the other."""
        return b"".join(part if isinstance(part, bytes) else part.encode("utf-8") for part in result)


def join_ids(arrays: Sequence[Ids]) -> tuple[Ids, Offsets]:
    """Arrays of ids as one, with offsets (D + 1,)."""
    offsets = np.zeros(len(arrays) + 1, dtype=np.int64)
    np.cumsum([len(array) for array in arrays], out=offsets[1:])
    ids = np.concatenate(arrays) if arrays else np.zeros(0, dtype=np.uint32)
    return ids, offsets


def split_ids(job: Job) -> list[Ids]:
    """The ids to decode, an array a document."""
    if job.ids is None:
        raise UnsupportedError("there are no ids to decode")
    with np.load(job.ids) as stored:
        ids, offsets = stored["ids"], stored["offsets"]
    return [ids[a:b] for a, b in itertools.pairwise(offsets.tolist())]


def on_threads(work: Callable[[Any], Any], items: Sequence[Any], threads: int) -> Work:
    """`work` for each item, on a pool of threads where there are several, which starts before the clock."""
    if threads == 1:
        return lambda: [work(item) for item in items]
    from concurrent.futures import ThreadPoolExecutor

    pool = ThreadPoolExecutor(threads)
    list(pool.map(abs, range(threads * 4)))
    # Items are handed out a few at a time: one future an item would cost more than short documents do.
    size = max(1, len(items) // (threads * 16))
    parts = [items[at : at + size] for at in range(0, len(items), size)]

    def run() -> list[Any]:
        return [
            result for part in pool.map(lambda part: [work(item) for item in part], parts) for result in part
        ]

    return run
