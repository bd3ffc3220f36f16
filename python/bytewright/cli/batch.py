"""Files one after the other: which they are, and what happens where one of them fails."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING

from bytewright.cli import FAILED, OK, tell
from bytewright.cli.options import CommandError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator, Sequence


class Failures:
    """Tells of what goes wrong with one file, so that the next one can follow.

    Attributes:
        code: The exit code.
    """

    def __init__(self, args: argparse.Namespace) -> None:
        """Nothing has gone wrong yet.

        Args:
            args: The arguments of a command, with its name as `command`.
        """
        self._args = args
        self.code = OK

    def tell(self, error: Exception) -> None:
        """Tells of an error. Defects are raised, and so is that the reader of the output went away: nothing is worth going on for then."""
        if isinstance(error, BrokenPipeError):
            raise error
        tell(self._args.command, error, self._args.verbose)
        self.code = FAILED

    @contextlib.contextmanager
    def told(self) -> Iterator[None]:
        """A block whose errors are told."""
        try:
            yield
        except Exception as error:
            self.tell(error)


def walk(
    names: Sequence[str], recursive: bool, wanted: Callable[[str], bool], tell: Callable[[OSError], None]
) -> Iterator[str]:
    """The files that arguments name, in order.

    Args:
        names: The arguments.
        recursive: Whether a folder stands for the regular files below it, sorted; otherwise it is given as it is.
        wanted: Which of the files below a folder.
        tell: Takes the error of a folder that can't be read.

    Raises:
        CommandError: Stdin is named twice.
    """
    if list(names).count("-") > 1:
        raise CommandError("stdin (-) can be read once, and is named twice")
    for name in names:
        if not (recursive and name != "-" and Path(name).is_dir()):
            yield name
            continue
        for folder, folders, files in os.walk(name, onerror=tell):
            folders.sort()
            for path in sorted(os.path.join(folder, file) for file in files):
                if wanted(path) and _is_regular(path):
                    yield path


def _is_regular(path: str) -> bool:
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except FileNotFoundError:  # it was there a moment ago: let the one who opens it say so
        return True


@contextlib.contextmanager
def opened(name: str, terminal: bool) -> Iterator[IO[bytes]]:
    """A file.

    Args:
        name: Its name; `-` is stdin.
        terminal: Whether it may be a terminal.

    Raises:
        CommandError: It is a folder, stdin is closed, or a terminal that it may not be.
    """
    if name == "-" and sys.stdin is None:
        raise CommandError("stdin is closed")
    if name != "-" and Path(name).is_dir():
        raise CommandError(f"{name}: is a folder; -r/--recursive goes into it")
    with open(name, "rb") if name != "-" else contextlib.nullcontext(sys.stdin.buffer) as file:
        if file.isatty() and not terminal:
            raise CommandError(
                "compressed data is not read from a terminal; name a file, or force it with -f"
            )
        yield file


@contextlib.contextmanager
def naming(name: str) -> Iterator[None]:
    """A block whose errors name the file, where they name none."""
    from bytewright.errors import CodecError

    try:
        yield
    except CodecError as error:
        raise CommandError(f"{name}: {error}") from error
    except OSError as error:
        if error.filename is None:
            error.filename = name
        raise


def label(name: str) -> str:
    """What messages call the file."""
    return "<stdin>" if name == "-" else name
