"""Results that appear whole or not at all: written aside, then renamed."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO, cast

from bytewright.cli.options import CommandError

if TYPE_CHECKING:
    from collections.abc import Iterator


def refuse_existing(path: str | os.PathLike[str], force: bool) -> None:
    """Raises, before any work is done, where a file would be overwritten without `--force`.

    Raises:
        CommandError: The file is there.
        FileNotFoundError: The folder it would go into is not.
    """
    target = Path(path)
    if target.is_dir():
        raise CommandError(f"{target}: is a folder; name a file")
    if not force and target.exists() and _is_replaceable(target):
        raise CommandError(f"{target}: exists already; -f/--force overwrites it")
    if not target.parent.is_dir():
        raise FileNotFoundError(2, "No such folder", str(target.parent))


def _is_replaceable(path: Path) -> bool:
    """Whether renaming over the path makes sense: not for a device or a pipe such as /dev/null."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except FileNotFoundError:
        return True


@contextlib.contextmanager
def written_aside(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """A file that takes its name when the block ends well, and is gone when it does not.

    A link is followed, a device or pipe is written directly.
    """
    target = Path(os.path.realpath(path))
    if not _is_replaceable(target):
        with target.open("wb") as file:
            yield file
        return
    descriptor, aside = tempfile.mkstemp(prefix=f".{target.name[:200]}.", suffix=".part", dir=target.parent)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            yield cast("BinaryIO", file)
            file.flush()
            os.fchmod(file.fileno(), _mode(target))
        Path(aside).replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(aside).unlink()
        raise


def _mode(target: Path) -> int:
    """The mode of the file that is replaced, or what a new one would get."""
    try:
        return stat.S_IMODE(target.stat().st_mode)
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask


@contextlib.contextmanager
def opened(path: str | None) -> Iterator[IO[bytes]]:
    """Where results go: a file written aside, or stdout for `-` and where nothing was named."""
    if path is None or path == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    else:
        with written_aside(path) as file:
            yield file
