"""Progress of a command, and how long each of its stages took."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from bytewright.cli.options import want_progress

if TYPE_CHECKING:
    import argparse

    from bytewright import Progress
    from bytewright.progress import Bar


class Stages:
    """Takes reports of progress: keeps the time of each stage, and draws a bar that is gone when the work is done."""

    def __init__(self, args: argparse.Namespace, to_stdout: bool = False) -> None:
        """Starts the clock.

        Args:
            args: The arguments of a command; `-q` and a stderr that is no terminal mean no bar.
            to_stdout: Results go to stdout as they come; where that is the terminal, a bar would stand among them.
        """
        self._shows = want_progress(args) and not (to_stdout and sys.stdout.isatty())
        self._bar = self._new_bar()
        self._stage = ""
        self._begun = time.perf_counter()
        self.seconds: dict[str, float] = {}
        self.done: dict[str, int] = {}

    def __call__(self, progress: Progress) -> None:
        """Takes a report."""
        if progress.stage != self._stage:
            self._end()
            self._stage = progress.stage
        self.done[progress.stage] = progress.done
        if self._bar is not None:
            self._bar(progress.stage, progress.unit, progress.done, progress.total)

    def finish(self) -> None:
        """Ends the last stage; the terminal is as it was."""
        self._end()
        self._stage = ""

    def _end(self) -> None:
        now = time.perf_counter()
        if self._stage:
            self.seconds[self._stage] = self.seconds.get(self._stage, 0.0) + now - self._begun
            self._begun = now
            self._wipe()

    def _wipe(self) -> None:
        if self._bar is not None:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._bar = self._new_bar()

    def _new_bar(self) -> Bar | None:
        if not self._shows:
            return None
        from bytewright.progress import Bar

        return Bar(sys.stderr)
