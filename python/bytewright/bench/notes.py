"""What a benchmark has to say while it runs, and what its report ends with."""

from __future__ import annotations

import sys


class Notes:
    """Lines of progress on stderr, and notes that are kept.

    Args:
        quiet: Show nothing while it runs.
    """

    def __init__(self, quiet: bool) -> None:
        self.quiet = quiet
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        """A line of progress."""
        if not self.quiet:
            print(line, file=sys.stderr, flush=True)

    def add(self, line: str) -> None:
        """A line that the report ends with."""
        self.lines.append(line)
        self.say(line)
