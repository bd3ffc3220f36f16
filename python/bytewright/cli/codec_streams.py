"""Bytes in, compressed bytes out, and back: a piece at a time, so that memory does not grow with the file."""

from __future__ import annotations

import io
import os
import stat
from typing import IO, TYPE_CHECKING, Protocol, cast

from bytewright import _native, bpez, bwz
from bytewright.bwz.codec import native_limit
from bytewright.bwz.file import Pieces
from bytewright.cli.batch import label, naming, opened
from bytewright.cli.compression_options import SUFFIXES
from bytewright.cli.options import CommandError
from bytewright.cli.stages import Stages
from bytewright.cli.terminal import clip, file_name
from bytewright.progress import Progress
from bytewright.threads import resolve_threads

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

MAGICS = (b"\xf8BWZ", b"\xf9BWZ")
"""What `.bwz` begins with: a frame, or a skippable one."""

PIECE = 1 << 20
"""Bytes that are read, and for each thread handed out, at once."""


class Source:
    """A file that is read once from where it stands.

    Attributes:
        count: Bytes that were read so far.
        size: Bytes there are, where that is known.
    """

    def __init__(self, file: IO[bytes]) -> None:
        """Nothing is read yet."""
        self._file = file
        self._held = b""
        self.count = 0
        status = os.fstat(file.fileno())
        self.size = status.st_size if stat.S_ISREG(status.st_mode) else None

    def beginning(self, size: int) -> bytes:
        """The first bytes, which are still read afterwards."""
        self._held = self._file.read(size)
        if self.seekable():
            self._file.seek(-len(self._held), io.SEEK_CUR)
            held, self._held = self._held, b""
            return held
        return self._held

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes."""
        held, self._held = self._held, b""
        data = held + self._file.read(size - len(held) if size >= 0 else -1)
        self.count += len(data)
        return data

    def seekable(self) -> bool:
        """Whether it can seek."""
        return self._file.seekable()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Goes to a place of the file."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """The place in the file."""
        return self._file.tell()


def watched(
    pieces: Iterator[bytes], source: Source, stages: Stages, stage: str, name: str
) -> Iterator[bytes]:
    """The pieces that are made of a file, with progress.

    Args:
        pieces: The pieces.
        source: What they are made of.
        stages: Takes the reports; is finished at the end.
        stage: What is done.
        name: To which file.
    """
    what = f"{stage} {clip(file_name(label(name)), 30)}"
    try:
        stages(Progress(what, "bytes", 0, source.size))
        for piece in pieces:
            yield piece
            stages(Progress(what, "bytes", source.count, source.size))
    finally:
        stages.finish()


class Compressor(Protocol):
    """What both formats have."""

    def compress(self, data: bytes) -> bytes:
        """Takes a piece; returns what can be written."""

    def flush(self) -> bytes:
        """Returns what is left."""


def make_compressor(args: argparse.Namespace) -> Compressor:
    """A compressor for one file.

    Raises:
        CommandError: An option is for the other format.
        CodecError: An option is out of its range.
    """
    if args.format == "bpez":
        if args.level is not None:
            raise CommandError("levels are for bwz; bpez has --cycles and --minimum-frequency")
        given = {
            "block_size": args.block_size,
            "cycles": args.cycles,
            "minimum": args.minimum_frequency,
        }
        return bpez.BpezCompressor(
            **{name: value for name, value in given.items() if value is not None}, threads=args.threads
        )
    if args.cycles is not None or args.minimum_frequency is not None:
        raise CommandError("--cycles and --minimum-frequency are for --format bpez")
    return bwz.BwzCompressor(args.level, block_size=args.block_size, threads=args.threads)


def compressed(source: Source, compressor: Compressor) -> Iterator[bytes]:
    """A file, compressed."""
    while piece := source.read(PIECE):
        if out := compressor.compress(piece):
            yield out
    yield compressor.flush()


def format_of(source: Source, name: str, given: str | None) -> str:
    """The format of a compressed file: the one given, else what it begins with, else how its name ends."""
    if given is not None:
        return given
    if source.beginning(len(MAGICS[0])) in MAGICS or not name.endswith(SUFFIXES["bpez"]):
        return "bwz"
    return "bpez"


def decompressed(source: Source, form: str, args: argparse.Namespace) -> Iterator[bytes]:
    """The original of a compressed file, or the range of it that is asked for."""
    start, end = args.range or (0, None)
    limit = bwz.DEFAULT_MEMORY_LIMIT if args.memory_limit is None else args.memory_limit
    threads = resolve_threads(args.threads)
    if form == "bpez":
        yield from _cut(_bpez_pieces(source, limit, threads), start, end)
        return
    if start == 0 or not source.seekable():
        whole = Pieces(source.read, _native.Decompressor(True, native_limit(limit), threads), threads)
        yield from _cut(whole, start, end)
        return
    with bwz.BwzFile(cast("IO[bytes]", source), memory_limit=limit, threads=threads) as file:
        file.seek(start)
        pieces = iter(lambda: file.read1(PIECE * threads), b"")
        yield from _cut(pieces, 0, None if end is None else end - start)


def length(name: str, stage: str, args: argparse.Namespace) -> int:
    """How many bytes the original of a compressed file has; decodes it, and so finds whether it is whole.

    Args:
        name: The file; `-` is stdin.
        stage: What progress calls it.
        args: The arguments of the command.
    """
    with opened(name, terminal=args.force) as file, naming(label(name)):
        source = Source(file)
        pieces = decompressed(source, format_of(source, name, args.format), args)
        return sum(map(len, watched(pieces, source, Stages(args), stage, name)))


def _bpez_pieces(source: Source, limit: int, threads: int) -> Iterator[bytes]:
    decompressor = bpez.BpezDecompressor(memory_limit=limit, threads=threads)
    # All that a piece holds comes out together: 4 MB of text, or 16 GB of zeros. So it is a small one until it is clear what it holds.
    size, most = 1 << 10, PIECE * threads
    while piece := source.read(size):
        out = decompressor.decompress(piece)
        yield out
        size = min(size * 2, most) if len(out) < 4 * most else max(size // 2, 1)
    decompressor.finish()


def _cut(pieces: Iterator[bytes], start: int, end: int | None) -> Iterator[bytes]:
    """The bytes from `start` to `end` of what the pieces make together; asks for no piece behind them."""
    place = 0
    if end == start:
        return
    for piece in pieces:
        behind = place + len(piece)
        if start < behind:
            yield piece[max(start - place, 0) : None if end is None else end - place]
        if end is not None and end <= behind:
            return
        place = behind
