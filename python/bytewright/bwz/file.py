"""`.bwz` files, read and written as any other."""

from __future__ import annotations

import builtins
import io
import os
from typing import IO, TYPE_CHECKING, BinaryIO, TypeAlias, cast

from bytewright import _native
from bytewright.bwz.codec import (
    CONTINUE,
    DEFAULT_MEMORY_LIMIT,
    BwzCompressor,
    Mode,
    native_limit,
)
from bytewright.threads import resolve_threads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType
    from typing import Self

    from typing_extensions import Buffer

File: TypeAlias = "str | bytes | os.PathLike[str] | os.PathLike[bytes] | IO[bytes]"

_READ = 1 << 20
"""Bytes of a compressed file that are read at once for each thread, so that it finds a block or two, and bytes that a `BwzFile` keeps at hand."""

_DECODE = 8 << 20
"""Bytes that each thread decodes at once at most."""


class Pieces:
    """What a file decompresses to, in pieces that are worth all threads; none of them is empty.

    Args:
        read: Gives up to so many bytes of the file; none at its end.
        decompressor: Takes them.
        threads: Its threads.
    """

    def __init__(
        self, read: Callable[[int], bytes], decompressor: _native.Decompressor, threads: int
    ) -> None:
        """Nothing is read yet."""
        self._read = read
        self._decompressor = decompressor
        self._threads = threads
        self._ended = False

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        """The next piece. Unlike a generator, raises once more where it raised before."""
        decompressor, enough = self._decompressor, _READ * self._threads
        while True:
            data = b""
            if not self._ended and (decompressor.needs_input or decompressor.held_input < enough):
                data = self._read(enough)
                self._ended = not data
            if out := decompressor.decompress_some(data, _DECODE * self._threads):
                return out
            if self._ended:
                decompressor.finish()
                raise StopIteration


class _Reader(io.RawIOBase):
    """The original of a compressed file, as a raw stream."""

    def __init__(self, file: IO[bytes], memory_limit: int, threads: int) -> None:
        self._file = file
        self._limits = (memory_limit, threads)
        self._ready = memoryview(b"")
        self._position = 0
        self._start_with(_native.Decompressor(True, *self._limits))
        self._index: _native.Index | None = None
        self._start = file.tell() if self.seekable() else 0
        self._shifted = cast("BinaryIO", _Shifted(file, self._start))

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        seekable = getattr(self._file, "seekable", None)
        return bool(seekable and seekable())

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: Buffer, /) -> int:
        target = memoryview(buffer).cast("B")
        if not self._ready:
            self._ready = memoryview(self._decode())
        part = self._ready[: len(target)]
        target[: len(part)] = part
        self._ready = self._ready[len(part) :]
        self._position += len(part)
        return len(part)

    def _decode(self) -> bytes:
        """The next bytes; none at the end."""
        return next(self._pieces, b"")

    def _start_with(self, decompressor: _native.Decompressor) -> None:
        self._pieces: Iterator[bytes] = Pieces(self._file.read, decompressor, self._limits[1])

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        if not self.seekable():
            raise io.UnsupportedOperation("the compressed file is a pipe, and can't seek")
        if whence == io.SEEK_CUR:
            offset += self._position
        elif whence == io.SEEK_END:
            offset += self._entries().raw_length
        elif whence != io.SEEK_SET:
            raise ValueError(f"whence is 0, 1 or 2, not {whence}")
        if offset < 0:
            raise ValueError(f"negative seek position {offset}")
        if self._position <= offset <= self._position + len(self._ready):
            self._ready = self._ready[offset - self._position :]
            self._position = offset
            return offset
        point = self._entries().locate(offset, *self._limits, self._shifted)
        self._ready = memoryview(b"")
        self._position = offset
        if point is None:
            self._pieces = iter(())
        else:
            decompressor, place, skip = point
            self._start_with(decompressor)
            self._file.seek(self._start + place)
            self._ready = memoryview(self._decode())[skip:]
        return offset

    def _entries(self) -> _native.Index:
        if self._index is None:
            here = self._file.tell()
            self._index = _native.Index.read(self._shifted)
            self._file.seek(here)
        return self._index


class _Shifted:
    """A file from a place in it on."""

    def __init__(self, file: IO[bytes], start: int) -> None:
        self._file, self._start = file, start

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        place = self._file.seek(offset + self._start if whence == io.SEEK_SET else offset, whence)
        return place - self._start

    def read(self, size: int) -> bytes:
        return self._file.read(size)


class BwzFile(io.BufferedIOBase):
    r"""A compressed file, open for reading or for writing, with the methods of any binary file.

    Reading goes through all frames; with a file that can seek, so can this one: any place is found by the file's seek table, and no more than the block that it is
    in is decoded.

    Args:
        file: A path, or a binary file that is open already (and is left open).
        mode: `r`, `w`, `x` (a new file) or `a` (adds a frame), with or without `b`.
        level: For writing: as for `compress`.
        block_size: For writing: as for `compress`.
        memory_limit: For reading: the most bytes of memory to decode in.
        threads: Threads that work; by default as many as the process may use.

    Raises:
        ValueError: A mode that is none, or a limit below zero.
        CodecError: While reading: the data is damaged.

    Example:
        >>> with BwzFile(io.BytesIO(compress(bytes(range(10))))) as file:
        ...     _ = file.seek(3)
        ...     file.read(2)
        b'\x03\x04'
    """

    def __init__(
        self,
        file: File,
        mode: str = "r",
        *,
        level: int | None = None,
        block_size: int | None = None,
        memory_limit: int = DEFAULT_MEMORY_LIMIT,
        threads: int | None = None,
    ) -> None:
        self._file: IO[bytes] | None = None
        self._reader: io.BufferedReader | None = None
        self._compressor: BwzCompressor | None = None
        self._written = 0
        memory_limit = native_limit(memory_limit)
        kind = mode.replace("b", "", 1)
        if kind not in ("r", "w", "x", "a"):
            raise ValueError(f"mode is r, w, x or a, with or without b, not {mode!r}")
        if kind != "r":
            self._compressor = BwzCompressor(level, block_size=block_size, threads=threads)
        elif level is not None or block_size is not None:
            raise ValueError("level and block_size are for writing")
        self._owned = isinstance(file, (str, bytes, os.PathLike))
        opened: IO[bytes]
        if isinstance(file, (str, bytes, os.PathLike)):
            opened = builtins.open(file, f"{kind}b")  # noqa: SIM115
        elif hasattr(file, "read" if kind == "r" else "write"):
            opened = file
        else:
            raise TypeError(f"file is a path or a binary file, not {type(file).__name__}")
        self._file = opened
        self._mode = f"{kind}b"
        if kind == "r":
            reader = _Reader(opened, memory_limit, resolve_threads(threads))
            self._reader = io.BufferedReader(reader, _READ)

    @property
    def name(self) -> str | bytes:
        """The name of the file beneath."""
        return cast("str | bytes", self._opened().name)

    @property
    def mode(self) -> str:
        """`rb`, `wb`, `xb` or `ab`."""
        return self._mode

    @property
    def closed(self) -> bool:
        """Whether it is closed."""
        return self._file is None

    def _opened(self) -> IO[bytes]:
        if self._file is None:
            raise ValueError("I/O operation on closed file")
        return self._file

    def _for_reading(self) -> io.BufferedReader:
        self._opened()
        if self._reader is None:
            raise io.UnsupportedOperation("the file was opened for writing")
        return self._reader

    def _for_writing(self) -> BwzCompressor:
        self._opened()
        if self._compressor is None:
            raise io.UnsupportedOperation("the file was opened for reading")
        return self._compressor

    def readable(self) -> bool:
        """Whether it was opened for reading."""
        self._opened()
        return self._reader is not None

    def writable(self) -> bool:
        """Whether it was opened for writing."""
        self._opened()
        return self._compressor is not None

    def seekable(self) -> bool:
        """Whether it can seek: for reading, where the file beneath can."""
        self._opened()
        return self._reader is not None and self._reader.seekable()

    def fileno(self) -> int:
        """The descriptor of the file beneath."""
        return self._opened().fileno()

    def tell(self) -> int:
        """The place in the original."""
        return self._written if self.writable() else self._for_reading().tell()

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Goes to a place of the original; only where the file is read."""
        return self._for_reading().seek(offset, whence)

    def read(self, size: int | None = -1, /) -> bytes:
        """Up to `size` bytes; all that are left where none is given."""
        return self._for_reading().read(-1 if size is None else size)

    def read1(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes, without waiting for more than a piece of the file."""
        return self._for_reading().read1(size)

    def readinto(self, buffer: Buffer, /) -> int:
        """Fills a buffer; returns how many bytes there were."""
        return self._for_reading().readinto(buffer)

    def readinto1(self, buffer: Buffer, /) -> int:
        """As `readinto`, without waiting for more than a piece of the file."""
        return self._for_reading().readinto1(buffer)

    def readline(self, size: int | None = -1, /) -> bytes:
        """A line, with its end."""
        return self._for_reading().readline(-1 if size is None else size)

    def peek(self, size: int = -1, /) -> bytes:
        """Some of the bytes that come next, without going on."""
        return self._for_reading().peek(size)

    def write(self, data: Buffer, /) -> int:
        """Takes data; it reaches the file beneath when a window is full, or the file is closed."""
        compressor = self._for_writing()
        self._put(compressor.compress(data))
        size = memoryview(data).nbytes
        self._written += size
        return size

    def _put(self, data: bytes) -> None:
        if data:
            self._opened().write(data)

    def flush(self, mode: Mode = CONTINUE) -> None:
        """Flushes the file beneath; with `FLUSH_BLOCK` or `FLUSH_FRAME` all that was written goes there before, which costs compression."""
        file = self._opened()
        if self._compressor is not None:
            if mode != CONTINUE:
                self._put(self._compressor.flush(mode))
            if hasattr(file, "flush"):
                file.flush()

    def close(self) -> None:
        """Writes what is left, and closes; a file that was given open stays open."""
        file = self._file
        if file is None:
            return
        try:
            if self._compressor is not None:
                self._put(self._compressor.flush())
        finally:
            self._file = None
            if self._owned:
                file.close()

    def __enter__(self) -> Self:
        self._opened()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def open(
    file: File,
    mode: str = "rb",
    *,
    level: int | None = None,
    block_size: int | None = None,
    memory_limit: int = DEFAULT_MEMORY_LIMIT,
    threads: int | None = None,
    encoding: str | None = None,
    errors: str | None = None,
    newline: str | None = None,
) -> BwzFile | io.TextIOWrapper:
    """Opens a compressed file, as the built-in `open` does a plain one.

    Args:
        file: A path, or a binary file that is open already.
        mode: `r`, `w`, `x` or `a`, then `b` (the default) for bytes or `t` for text.
        level: For writing: as for `compress`.
        block_size: For writing: as for `compress`.
        memory_limit: For reading: the most bytes of memory to decode in.
        threads: Threads that work; by default as many as the process may use.
        encoding: For text, as for the built-in `open`.
        errors: For text, as for the built-in `open`.
        newline: For text, as for the built-in `open`.

    Raises:
        ValueError: A mode that is none, or what is for text without `t`.
    """
    text = "t" in mode
    if text and "b" in mode:
        raise ValueError(f"mode {mode!r} has both b and t")
    if not text and not (encoding is None and errors is None and newline is None):
        raise ValueError("encoding, errors and newline are for text: a mode with t")
    binary = BwzFile(
        file,
        mode.replace("t", "", 1),
        level=level,
        block_size=block_size,
        memory_limit=memory_limit,
        threads=threads,
    )
    if not text:
        return binary
    try:
        return io.TextIOWrapper(cast("BinaryIO", binary), io.text_encoding(encoding), errors, newline)
    except BaseException:
        binary.close()
        raise
