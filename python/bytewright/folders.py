"""Where files are kept between processes."""

from __future__ import annotations

import os
from pathlib import Path


def home() -> Path | None:
    """`$BYTEWRIGHT_HOME`, else `~/.cache/bytewright`; nothing where this user has no home."""
    if folder := os.environ.get("BYTEWRIGHT_HOME"):
        return Path(folder)
    try:
        return Path.home() / ".cache" / "bytewright"
    except RuntimeError:
        return None


def tables(cache: bool) -> str | None:
    """The folder with the tables of large vocabularies, which need not be there; nothing where they are not to be kept.

    Args:
        cache: What the caller wants; `BYTEWRIGHT_CACHE=off` goes before it.
    """
    if not cache or os.environ.get("BYTEWRIGHT_CACHE", "").strip().lower() in ("off", "0"):
        return None
    folder = home()
    # A relative one would change with the working directory, and fill it.
    return str(folder / "tables") if folder is not None and folder.is_absolute() else None
