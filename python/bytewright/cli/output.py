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
    if not force and target.exists() and is_replaceable(target):
        raise CommandError(f"{target}: exists already; -f/--force overwrites it")
    if not target.parent.is_dir():
        raise FileNotFoundError(2, "No such folder", str(target.parent))


def is_replaceable(path: Path) -> bool:
    """Whether renaming over the path makes sense: not for a device or a pipe such as /dev/null."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except FileNotFoundError:
        return True


@contextlib.contextmanager
def written_aside(path: str | os.PathLike[str], like: os.stat_result | None = None) -> Iterator[BinaryIO]:
    """A file that takes its name when the block ends well, and is gone when it does not.

    A link is followed, a device or pipe is written directly.

    Args:
        path: The file.
        like: Of the file whose owner, permissions and times it gets; by default it has those of any new file, or of the one that it replaces.
    """
    target = Path(os.path.realpath(path))
    if not is_replaceable(target):
        with target.open("wb") as file:
            yield file
        return
    try:
        descriptor, aside = tempfile.mkstemp(
            prefix=f".{target.name[:50]}.", suffix=".part", dir=target.parent
        )
    except OSError as error:
        error.filename = str(path)  # not the name of a file that nobody knows of
        raise
    try:
        with os.fdopen(descriptor, "w+b") as file:
            yield cast("BinaryIO", file)
            file.flush()
            if like is None:
                os.fchmod(file.fileno(), _mode(target))
            else:
                _make_like(file.fileno(), like)
        Path(aside).replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(aside).unlink()
        raise


def _make_like(descriptor: int, other: os.stat_result) -> None:
    """Gives a file the owner, permissions and times of another, as far as the system lets us."""
    mode = other.st_mode & 0o777  # set-user-ID and its like are for programs, and this is another file
    with contextlib.suppress(OSError):
        os.fchown(descriptor, other.st_uid, -1)
    try:
        os.fchown(descriptor, -1, other.st_gid)
    except OSError:
        # Its group is another one, which may do no more than everybody.
        mode = (mode & 0o707) | (mode & (mode & 0o007) << 3)
    os.fchmod(descriptor, mode)
    os.utime(descriptor, ns=(other.st_atime_ns, other.st_mtime_ns))


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
