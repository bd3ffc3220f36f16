"""Where a benchmark ran: cores, processor, versions; and the memory of this process."""

from __future__ import annotations

import contextlib
import gc
import mmap
import os
import platform
import sys
from pathlib import Path

PAGE = 4096


def cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def processor() -> str:
    """The processor's name, as the system gives it."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def describe() -> dict[str, str | int]:
    """The machine, for the head of a report."""
    return {
        "cores": cores(),
        "processor": processor(),
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def available_memory() -> int | None:
    """Bytes that can be had without swapping, where the system says."""
    try:
        for line in Path("/proc/meminfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return None


def touch(size: int) -> None:
    """Writes to `size` bytes of memory and gives them back, half of them in large pages where the system has such.

    The first touch of a page that a virtual machine has never used is paid by the host, and costs many times
    what a later one does. Small pages alone would favour those that ask for small ones: the system takes large
    ones from memory that is still whole.
    """
    available = available_memory()
    if available is not None:
        size = min(size, available // 2)
    half = size // 2 // PAGE * PAGE
    if half <= 0:
        return
    held = [_mapped(half) for _ in range(2)]
    if hasattr(mmap, "MADV_HUGEPAGE"):
        # A system built without large pages refuses.
        with contextlib.suppress(OSError):
            held[0].madvise(mmap.MADV_HUGEPAGE)
    for memory in held:
        memory[::PAGE] = b"\1" * (half // PAGE)
    for memory in held:
        memory.close()


def _mapped(size: int) -> mmap.mmap:
    """Memory that was never touched; private, for memory that may be shared has no large pages."""
    if sys.platform == "win32":
        return mmap.mmap(-1, size)
    return mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)


class PeakMemory:
    """Peak resident memory from here on, above what is resident now."""

    def __init__(self) -> None:
        gc.collect()
        self._by_status = _reset_peak()
        self._before = _resident("VmRSS") if self._by_status else _most_so_far()

    def above(self) -> int:
        """Bytes above the start."""
        peak = _resident("VmHWM") if self._by_status else _most_so_far()
        return max(0, peak - self._before)


def _reset_peak() -> bool:
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return False
    return True


def _resident(name: str) -> int:
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024
    return 0


def _most_so_far() -> int:
    import resource

    # Linux counts in kilobytes, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
