"""Files to files: compressed or decompressed, with the habits of gzip, xz and zstd."""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol

from bytewright.cli import output
from bytewright.cli.batch import Failures, label, naming, opened, walk
from bytewright.cli.codec_streams import Source, watched
from bytewright.cli.options import CommandError
from bytewright.cli.stages import Stages
from bytewright.cli.terminal import file_name, percent, rate, seconds, size

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator


class Direction(Protocol):
    """Compressing or decompressing."""

    stage: str
    """What progress calls it."""

    decompresses: bool
    """Which of the two it is."""

    def wanted(self, name: str) -> bool:
        """Whether it is for this file, which was found in a folder."""

    def target(self, name: str) -> str:
        """The name of the file to make of one.

        Raises:
            CommandError: It is not for files of that name.
        """

    def pieces(self, source: Source, name: str) -> Iterator[bytes]:
        """What comes out."""


@dataclass(frozen=True)
class Outcome:
    """What became of a file.

    Attributes:
        file: Its name.
        out: The name of the file that was made.
        compressed: Bytes of the compressed file.
        original: Bytes of the original.
        seconds: What it took.
    """

    file: str
    out: str
    compressed: int
    original: int
    seconds: float

    def summary(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self) | {"ratio": self.compressed / self.original if self.original else None}


def convert(args: argparse.Namespace, direction: Direction) -> int:
    """Does it to each file that the arguments name.

    Returns:
        The exit code: that of the worst.

    Raises:
        CommandError: The arguments contradict each other.
    """
    _check(args)
    failures = Failures(args)
    outcomes = []
    with _ended_by_sigpipe():
        for name in walk(args.files, args.recursive, direction.wanted, failures.tell):
            with failures.told():
                outcome = _convert(name, args, direction)
                outcomes.append(outcome)
                if args.verbose:
                    sys.stderr.write(_line(outcome, args, direction))
    if args.json:
        import json

        sys.stdout.write(json.dumps([outcome.summary() for outcome in outcomes]) + "\n")
    return failures.code


def _check(args: argparse.Namespace) -> None:
    """Raises where the arguments contradict each other."""
    if args.out is not None:
        if args.stdout and args.out != "-":
            raise CommandError("the output goes either to stdout (-c) or to a file (-o)")
        if args.recursive or len(args.files) > 1:
            raise CommandError("-o takes a single FILE; -c puts several together")
    beside = args.out is None and not args.stdout
    if args.json and (args.stdout or args.out == "-" or (beside and "-" in args.files)):
        raise CommandError("stdout can't hold both the data and --json; name a file for the data with -o OUT")
    if not args.rm:
        return
    if args.range is not None:
        raise CommandError("--rm would delete more than --range keeps")
    if not beside and (args.stdout or args.out == "-" or not output.is_replaceable(Path(args.out))):
        raise CommandError("--rm needs a file that the data is kept in")


def _convert(name: str, args: argparse.Namespace, direction: Direction) -> Outcome:
    started = time.perf_counter()
    beside = args.out is None and not args.stdout and name != "-"
    if beside and not args.force:
        _check_kind(name)
    # Only compressed data is nothing for a terminal.
    with opened(name, terminal=args.force or not direction.decompresses) as file:
        out = direction.target(name) if beside else "-" if args.out is None else args.out
        if out != "-":
            output.refuse_existing(out, args.force)
        with _sink(name, file, out) as sink:
            if sink.isatty() and not (args.force or direction.decompresses):
                raise CommandError(
                    "compressed data is not written to a terminal; -o OUT names a file, -f forces it"
                )
            read, written = _copy(name, file, out, sink, args, direction)
            if args.rm and name != "-":
                # A file that is not on the disk yet is no reason to delete another.
                sink.flush()
                os.fsync(sink.fileno())
    if args.rm and name != "-":
        os.unlink(name)
    compressed, original = (read, written) if direction.decompresses else (written, read)
    taken = round(time.perf_counter() - started, 6)
    return Outcome(label(name), "<stdout>" if out == "-" else out, compressed, original, taken)


def _check_kind(name: str) -> None:
    """Raises for what is no plain file: what is made of a link would not lie beside what it leads to, and a device has no end."""
    mode = os.lstat(name).st_mode
    if stat.S_ISLNK(mode):
        raise CommandError(f"{name}: is a symbolic link; -f/--force follows it")
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise CommandError(f"{name}: is not a regular file; -f/--force reads it, -c too")


@contextlib.contextmanager
def _sink(name: str, file: IO[bytes], out: str) -> Iterator[IO[bytes]]:
    """Where the output goes; a file gets permissions and times of the one it is made from."""
    if out == "-":
        if sys.stdout is None:
            raise CommandError("stdout is closed")
        yield sys.stdout.buffer
        with naming("<stdout>"):
            sys.stdout.buffer.flush()
        return
    like = None
    if name != "-":
        status = os.fstat(file.fileno())
        like = status if stat.S_ISREG(status.st_mode) else None
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(status, os.stat(out)):
                raise CommandError(f"{name}: is the output, too")
    with naming(out), output.written_aside(out, like) as sink:
        yield sink


def _copy(
    name: str, file: IO[bytes], out: str, sink: IO[bytes], args: argparse.Namespace, direction: Direction
) -> tuple[int, int]:
    """Writes what comes out; returns how many bytes were read and written."""
    source, written = Source(file), 0
    stages = Stages(args, to_stdout=out == "-")
    with naming(label(name)):
        for piece in watched(direction.pieces(source, name), source, stages, direction.stage, name):
            with naming("<stdout>" if out == "-" else out):
                sink.write(piece)
            written += len(piece)
    return source.count, written


def _line(outcome: Outcome, args: argparse.Namespace, direction: Direction) -> str:
    """What `-v` says of a file."""
    sizes = [size(outcome.original), size(outcome.compressed)]
    before, after = reversed(sizes) if direction.decompresses else sizes
    # Of a range it is not known how much of the file it is.
    share = "" if args.range is not None else f"{percent(outcome.compressed, outcome.original)}, "
    speed = rate(outcome.original, outcome.seconds)
    return (
        f"{file_name(outcome.file)}: {share}{before} -> {after}, "
        f"{seconds(outcome.seconds)}{f' ({speed})' if speed else ''} -> {file_name(outcome.out)}\n"
    )


@contextlib.contextmanager
def _ended_by_sigpipe() -> Iterator[None]:
    """A reader that goes away ends the process by SIGPIPE: tar takes that, and no exit code, for its own doing when it has read enough."""
    try:
        yield
    except BrokenPipeError:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGPIPE)
        raise  # where the signal is blocked, or is not ours to set
