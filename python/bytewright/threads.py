"""How many threads work is spread over."""

from __future__ import annotations

import operator
import os

from bytewright.errors import BytewrightError


def resolve_threads(threads: int | None) -> int:
    """The number of threads that `threads` means.

    Args:
        threads: A number of at least 1; `None` means `$BYTEWRIGHT_THREADS`, else the cores that this process may use.

    Raises:
        BytewrightError: It is less than 1, or the environment variable is not a number.

    Example:
        >>> resolve_threads(3)
        3
    """
    if threads is not None:
        number = operator.index(threads)
        if number < 1:
            raise BytewrightError(f"threads is at least 1, not {number}")
        return number
    text = os.environ.get("BYTEWRIGHT_THREADS", "").strip()
    if text:
        if not (text.isascii() and text.isdigit()) or int(text) < 1:
            raise BytewrightError(f"BYTEWRIGHT_THREADS is a number of at least 1, not {text!r}")
        return int(text)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1
