"""Outputs that differ are found before anything is timed."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bytewright.bench import compare
from bytewright.bench.job import Job
from bytewright.bench.peers import Learned


def learned(*merges: tuple[bytes, bytes]) -> Learned:
    return Learned([left + right for left, right in merges], list(merges))


def test_merges() -> None:
    ours = learned((b"t", b"h"), (b"th", b"e"))
    assert compare.merges(ours, learned((b"t", b"h"), (b"th", b"e"))) is None
    assert "merge 1 differs" in (compare.merges(ours, learned((b"t", b"h"), (b"h", b"e"))) or "")
    assert "2 merges of ours, 1 of theirs" in (compare.merges(ours, learned((b"t", b"h"))) or "")


def test_ids(tmp_path: Path) -> None:
    def job(name: str, *texts: list[int]) -> Job:
        place = tmp_path / f"{name}.npz"
        ids = np.array([number for text in texts for number in text], dtype=np.uint32)
        np.savez(place, ids=ids, offsets=np.cumsum([0, *map(len, texts)]))
        return Job("encode", "bytewright", "each", "", "", keep=str(place))

    ours = job("a", [1, 2], [3, 4])
    assert compare.ids(ours, job("b", [1, 2], [3, 4])) is None
    assert "document 1, token 1" in (compare.ids(ours, job("c", [1, 2], [3, 5])) or "")
    assert "document 0, token 2" in (compare.ids(ours, job("d", [1, 2, 3], [4])) or "")
    assert "documents of ours" in (compare.ids(ours, job("e", [1, 2, 3, 4])) or "")


def test_counts(tmp_path: Path) -> None:
    def job(name: str, *counts: int) -> Job:
        place = tmp_path / f"{name}.npy"
        np.save(place, np.array(counts, np.int64))
        return Job("count", "bytewright", "batch", "", "", keep=str(place))

    ours = job("a", 2, 3)
    assert compare.counts(ours, job("b", 2, 3)) is None
    assert compare.counts(ours, job("c", 5)) is None
    assert "document 1: 3 tokens of ours, 4 of theirs" in (compare.counts(ours, job("d", 2, 4)) or "")
    assert "5 tokens of ours, 6 of theirs" in (compare.counts(ours, job("e", 6)) or "")


def test_texts(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"abcd")
    job = Job("decode", "bytewright", "each", "", "", keep=str(tmp_path / "out"))
    assert compare.texts(job, b"abcd") is None
    assert "byte 2" in (compare.texts(job, b"abXd") or "")
    assert "byte 4" in (compare.texts(job, b"abcde") or "")
