"""What a benchmark does to the machine before the clock starts."""

from __future__ import annotations

import mmap
from pathlib import Path

import pytest

from bytewright.bench import machine

LARGE = Path("/sys/kernel/mm/transparent_hugepage/enabled")


@pytest.mark.parametrize("size", [0, -1, 1, 8191, 1 << 22])
def test_touched_memory_is_given_back(size: int) -> None:
    before = machine.PeakMemory()
    machine.touch(size)
    assert before.above() <= max(size, 0) + (1 << 20)


@pytest.mark.skipif(
    not LARGE.exists() or "[never]" in LARGE.read_text(encoding="ascii"),
    reason="the system gives no large pages",
)
def test_half_of_the_memory_is_touched_in_large_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[int] = []

    class Watched(mmap.mmap):
        def close(self) -> None:
            status = Path("/proc/self/smaps_rollup").read_text(encoding="ascii")
            line = next(line for line in status.splitlines() if line.startswith("AnonHugePages"))
            found.append(int(line.split()[1]) << 10)
            super().close()

    monkeypatch.setattr(mmap, "mmap", Watched)
    machine.touch(1 << 26)
    # Of 32 MB a page or two may lie across an end.
    assert len(found) == 2 and found[0] >= found[1] + (24 << 20)
