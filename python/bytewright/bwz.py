r"""Compressed files: `.bwz`, in the manner of `compression.zstd` and `lzma`.

Example:
    >>> import io
    >>> from bytewright import bwz
    >>> text = b"Tyger Tyger, burning bright, " * 1000
    >>> small = bwz.compress(text)
    >>> len(small) < 200, bwz.decompress(small) == text
    (True, True)
    >>> poem = io.BytesIO()  # or the name of a file
    >>> with bwz.open(poem, "wt", encoding="utf-8") as file:
    ...     _ = file.write("In the forests of the night\n")
    >>> _ = poem.seek(0)
    >>> with bwz.open(poem, "rt", encoding="utf-8") as file:
    ...     file.read()
    'In the forests of the night\n'
"""

from __future__ import annotations

import builtins
import io
import os
from typing import IO, TYPE_CHECKING, BinaryIO, Final, Literal, TypeAlias, cast

from bytewright import _native
from bytewright.errors import CodecError, TruncatedError
from bytewright.threads import resolve_threads

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from typing_extensions import Buffer

__all__ = [
    "CONTINUE",
    "DEFAULT_LEVEL",
    "DEFAULT_MEMORY_LIMIT",
    "FLUSH_BLOCK",
    "FLUSH_FRAME",
    "MAXIMUM_LEVEL",
    "BwzCompressor",
    "BwzDecompressor",
    "BwzFile",
    "CodecError",
    "TruncatedError",
    "compress",
    "decompress",
    "open",
    "skippable_frame",
]

File: TypeAlias = "str | bytes | os.PathLike[str] | os.PathLike[bytes] | IO[bytes]"
Mode: TypeAlias = Literal[0, 1, 2]

DEFAULT_LEVEL: Final = 3
"""The level where none is given."""

MAXIMUM_LEVEL: Final = 3
"""The highest level there is."""

DEFAULT_MEMORY_LIMIT: Final = 2 << 30
"""Bytes of memory that decoding may work in where no limit is given."""

CONTINUE: Final = 0
"""`BwzCompressor.compress` may keep data back."""

FLUSH_BLOCK: Final = 1
"""All that was given comes out; the frame goes on."""

FLUSH_FRAME: Final = 2
"""All that was given comes out, and the frame ends."""

_READ = 1 << 20
"""Bytes of a file that are read at once."""

_DECODE = 4 << 20
"""Bytes that each thread decodes at once for a file that is read."""


def compress(
    data: Buffer, level: int | None = None, *, block_size: int | None = None, threads: int | None = None
) -> bytes:
    """Compresses to one frame; the bytes do not depend on the number of threads.

    Args:
        data: Any buffer.
        level: 1 (fast) to 3 (small, the default).
        block_size: The most bytes of a block, a power of two from 2**10 to 2**30. Blocks are what threads work on and what is decoded to read a range.
        threads: Threads that work; by default as many as the process may use.

    Raises:
        CodecError: There is no such level, or no such block size.

    Example:
        >>> decompress(compress(b"tyger"))
        b'tyger'
    """
    return BwzCompressor(level, block_size=block_size, threads=threads).compress(data, FLUSH_FRAME)


def decompress(
    data: Buffer,
    *,
    max_size: int | None = None,
    memory_limit: int = DEFAULT_MEMORY_LIMIT,
    threads: int | None = None,
) -> bytes:
    """Decompresses all frames, one after the other.

    Args:
        data: Any buffer.
        max_size: The most bytes that may come out.
        memory_limit: The most bytes of memory to work in, besides input and output.
        threads: Threads that work; by default as many as the process may use.

    Raises:
        CodecError: The data is damaged, or takes or gives more than it may.
        TruncatedError: It ends too early; no bytes at all are no frame.
    """
    decompressor = _native.Decompressor(True, memory_limit, resolve_threads(threads))
    if max_size is None:
        out = decompressor.decompress(data, None)
    else:
        # One byte more tells whether there is more, and no more than that is kept.
        out = decompressor.decompress(data, max_size + 1)
        if len(out) > max_size:
            raise CodecError(f"the data gives more than {max_size} bytes (max_size)")
    decompressor.finish()
    return out


def skippable_frame(content: Buffer) -> bytes:
    """A frame of which decoders take no notice, for what a program has to say about the data beside it.

    Args:
        content: Any bytes.
    """
    return _native.skippable_frame(content)


class BwzCompressor:
    """Compresses piece by piece. What comes out depends neither on the sizes of the pieces nor on the number of threads.

    Nothing comes out before a window is gathered (16 MB at level 1, 64 MB at level 3), or `flush` asks for it.

    Args:
        level: 1 (fast) to 3 (small, the default).
        block_size: As for `compress`.
        threads: Threads that work; by default as many as the process may use.

    Raises:
        CodecError: There is no such level, or no such block size.

    Example:
        >>> compressor = BwzCompressor()
        >>> frame = compressor.compress(b"tyger, ") + compressor.compress(b"tyger") + compressor.flush()
        >>> decompress(frame)
        b'tyger, tyger'
    """

    CONTINUE: Final = CONTINUE
    FLUSH_BLOCK: Final = FLUSH_BLOCK
    FLUSH_FRAME: Final = FLUSH_FRAME

    def __init__(
        self, level: int | None = None, *, block_size: int | None = None, threads: int | None = None
    ) -> None:
        level = DEFAULT_LEVEL if level is None else level
        if not 1 <= level <= MAXIMUM_LEVEL:
            raise CodecError(f"no level {level}: there are 1 (fast) to {MAXIMUM_LEVEL} (small)")
        if block_size is not None and not 0 <= block_size < 1 << 63:
            raise CodecError(f"block_size is a power of two from 2**10 to 2**30, not {block_size}")
        self._native = _native.Compressor(level, block_size, resolve_threads(threads))
        self._last: Mode = FLUSH_FRAME

    @property
    def last_mode(self) -> Mode:
        """The mode of the last call; `FLUSH_FRAME` before the first."""
        return self._last

    def compress(self, data: Buffer, mode: Mode = CONTINUE) -> bytes:
        """Takes a piece.

        Args:
            data: Any buffer.
            mode: `CONTINUE`, `FLUSH_BLOCK` or `FLUSH_FRAME`.

        Returns:
            What can be written so far; maybe nothing.
        """
        out = self._native.compress(data)
        self._last = CONTINUE
        return out if mode == CONTINUE else out + self.flush(mode)

    def flush(self, mode: Mode = FLUSH_FRAME) -> bytes:
        """Gives all that was kept back.

        Args:
            mode: `FLUSH_FRAME` ends the frame, and the next piece begins another; `FLUSH_BLOCK` goes on with it, which costs compression.
        """
        if mode not in (FLUSH_BLOCK, FLUSH_FRAME):
            raise ValueError(f"mode is FLUSH_BLOCK or FLUSH_FRAME, not {mode}")
        out = self._native.flush() if mode == FLUSH_BLOCK else self._native.finish()
        self._last = mode
        return out


class BwzDecompressor:
    """Decompresses one frame, piece by piece.

    Args:
        memory_limit: The most bytes of memory to work in, besides input and output.
        threads: Threads that work; by default as many as the process may use.

    Example:
        >>> decompressor = BwzDecompressor()
        >>> decompressor.decompress(compress(b"tyger") + b"more", max_length=2)
        b'ty'
        >>> decompressor.decompress(b""), decompressor.eof, decompressor.unused_data
        (b'ger', True, b'more')
    """

    def __init__(self, *, memory_limit: int = DEFAULT_MEMORY_LIMIT, threads: int | None = None) -> None:
        self._native = _native.Decompressor(False, memory_limit, resolve_threads(threads))

    def decompress(self, data: Buffer, max_length: int = -1) -> bytes:
        """Takes a piece.

        Args:
            data: Any buffer; may be empty while `needs_input` is false.
            max_length: The most bytes to return; -1 for all there are.

        Raises:
            CodecError: The data is damaged, or takes more memory than it may.
            EOFError: The frame has ended already.
        """
        if self._native.eof:
            raise EOFError("the frame has ended already")
        return self._native.decompress(data, None if max_length < 0 else max_length)

    @property
    def eof(self) -> bool:
        """Whether the frame has ended and all of it was returned."""
        return self._native.eof

    @property
    def needs_input(self) -> bool:
        """Whether `decompress` returns nothing before it is given more."""
        return self._native.needs_input

    @property
    def unused_data(self) -> bytes:
        """What stands behind the frame; empty before its end."""
        return self._native.unused_data


class _Reader(io.RawIOBase):
    """The original of a compressed file, as a raw stream."""

    def __init__(self, file: IO[bytes], memory_limit: int, threads: int) -> None:
        self._file = file
        self._limits = (memory_limit, threads)
        self._decompressor = _native.Decompressor(True, *self._limits)
        self._ready = memoryview(b"")
        self._position = 0
        self._ended = False
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
        most = _DECODE * self._limits[1]
        while not self._ended:
            data = b""
            if self._decompressor.needs_input:
                # Enough that all threads find a block.
                data = self._file.read(_READ * self._limits[1])
                if not data:
                    self._decompressor.finish()
                    self._ended = True
            out = self._decompressor.decompress(data, most)
            if out:
                return out
        return b""

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
        self._ended = point is None
        self._position = offset
        if point is not None:
            self._decompressor, place, skip = point
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
        ValueError: A mode that is none.
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
