"""Progress of long work: a bar on the terminal, or a function of the caller's."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from typing import TYPE_CHECKING, NamedTuple, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    # What the core calls: stage, unit, done, total.
    Report = Callable[[str, str, int, int | None], None]


class Progress(NamedTuple):
    """How far long work has come.

    Attributes:
        stage: What is being done: `counting`, `merging`.
        unit: What is counted: `bytes`, `merges`, `documents`.
        done: How much is done.
        total: How much there is, where that is known.
    """

    stage: str
    unit: str
    done: int
    total: int | None


@contextlib.contextmanager
def reporting(progress: bool | Callable[[Progress], object] | None) -> Iterator[Report | None]:
    """Gives what the core is to call, and tidies the terminal up afterwards.

    Args:
        progress: A function that takes each `Progress`; `True` for a bar on stderr, `False` for nothing; `None` for a bar where stderr is a
            terminal.
    """
    if callable(progress):
        tell = progress
        yield lambda stage, unit, done, total: (tell(Progress(stage, unit, done, total)), None)[1]
        return
    if progress is None:
        progress = sys.stderr is not None and sys.stderr.isatty()
    if not progress:
        yield None
        return
    bar = Bar(sys.stderr)
    try:
        yield bar
    finally:
        bar.close()


class Bar:
    """One line that is written over again and again: stage, share, amount, rate, time left."""

    _WIDTH = 24

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._stage = ""
        self._line = ""
        self._last: tuple[str, int, int | None] = ("", 0, None)
        self._began = self._first = 0.0
        self._base = 0

    def __call__(self, stage: str, unit: str, done: int, total: int | None) -> None:
        """Takes a report."""
        now = time.monotonic()
        if stage != self._stage:
            self._end_stage(now)
            self._stage, self._began, self._base = stage, now, done
        self._last = (unit, done, total)
        seconds = now - self._began
        rate = (done - self._base) / seconds if seconds > 0.2 else 0.0
        parts = [stage]
        if total:
            share = min(done / total, 1.0)
            full = round(share * self._WIDTH)
            parts += [f"{share:4.0%}", "█" * full + "░" * (self._WIDTH - full)]
        parts.append(amount(done, unit))
        if rate > 0:
            parts.append(f"{amount(rate, unit)}/s")
            if total and total > done:
                parts.append(f"{duration((total - done) / rate)} left")
        self._show("  ".join(parts))

    def close(self) -> None:
        """Ends the line."""
        self._end_stage(time.monotonic())
        self._stage = ""

    def _end_stage(self, now: float) -> None:
        if self._stage:
            unit, done, _ = self._last
            self._show(f"{self._stage}  {amount(done, unit)} in {duration(now - self._began)}")
            self._stream.write("\n")
            self._stream.flush()
            self._line = ""

    def _show(self, line: str) -> None:
        try:
            columns = os.get_terminal_size(self._stream.fileno()).columns
        except (OSError, ValueError):
            columns = 80
        line = line[: max(columns - 1, 20)]
        self._stream.write("\r" + line + " " * (len(self._line) - len(line)))
        self._stream.flush()
        self._line = line


def amount(number: float, unit: str) -> str:
    """A number with its unit, short.

    Example:
        >>> amount(1_230_000_000, "bytes")
        '1.23 GB'
        >>> amount(31_744, "merges")
        '31,744 merges'
    """
    if unit != "bytes":
        return f"{number:,.0f} {unit}"
    prefixes = iter("kMGTPE")
    prefix = ""
    while number >= 999.5:
        number /= 1000
        prefix = next(prefixes)
    return f"{number:.3g} {prefix}B" if prefix else f"{number:.0f} B"


def duration(seconds: float) -> str:
    """A time, short.

    Example:
        >>> duration(0.42), duration(75), duration(3_700)
        ('0.4 s', '1:15', '1:01:40')
    """
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02}:{rest:02}"
    return f"{minutes}:{rest:02}"
