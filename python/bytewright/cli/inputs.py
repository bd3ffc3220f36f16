"""What commands read: files, globs and folders by name, and stdin as one more file."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bytewright.cli.options import CommandError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

STDIN = "/dev/stdin"
REWRITTEN = (".gz", ".xz", ".zst", ".bwz", ".jsonl", ".ndjson", ".parquet")
"""Endings of files whose bytes are not those of their text."""


@contextlib.contextmanager
def opened(names: Sequence[str]) -> Iterator[list[Path]]:
    """The files that arguments name, in their order; `-` is stdin.

    Raises:
        CommandError: Stdin is named twice.
        FileNotFoundError: A file is missing, a glob matches nothing, a folder has no files.
    """
    from bytewright.sources import expand

    if list(names).count("-") > 1:
        raise CommandError("stdin (-) can be read once, and is named twice")
    with contextlib.ExitStack() as stack:
        files: list[Path] = []
        for name in names:
            if name == "-":
                files.append(stack.enter_context(_stdin()))
            else:
                files += map(Path, expand(name))
        yield files


@contextlib.contextmanager
def _stdin() -> Iterator[Path]:
    """Stdin by a path: its own where that begins where stdin is, else a copy's."""
    try:
        descriptor = sys.stdin.fileno()
        kind = os.fstat(descriptor).st_mode
        by_path = (
            stat.S_ISFIFO(kind)
            or stat.S_ISCHR(kind)
            or (stat.S_ISREG(kind) and os.lseek(descriptor, 0, os.SEEK_CUR) == 0)
        )
    except (OSError, ValueError, AttributeError):
        by_path, descriptor = False, -1
    if by_path and descriptor == 0 and Path(STDIN).exists():
        yield Path(STDIN)
        return
    import tempfile

    # A socket can't be opened again, and a file that was read in part would be read from its beginning.
    with tempfile.NamedTemporaryFile(prefix="bytewright-stdin-") as copy:
        if sys.stdin is not None:
            shutil.copyfileobj(sys.stdin.buffer, copy)
        copy.flush()
        yield Path(copy.name)


def text_bytes(files: Sequence[Path], field: str | None) -> int | None:
    """How many bytes of text files hold, where that can be told without reading them."""
    if field is not None or any(path.suffix.lower() in REWRITTEN for path in files):
        return None
    sizes = [path.stat() for path in files]
    return sum(each.st_size for each in sizes) if all(stat.S_ISREG(each.st_mode) for each in sizes) else None
