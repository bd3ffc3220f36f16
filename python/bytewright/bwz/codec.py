"""Bytes to `.bwz` frames and back, at once or piece by piece."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from bytewright import _native
from bytewright.errors import CodecError
from bytewright.threads import resolve_threads

if TYPE_CHECKING:
    from typing_extensions import Buffer

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
    decompressor = _native.Decompressor(True, native_limit(memory_limit), resolve_threads(threads))
    if max_size is None:
        out = decompressor.decompress(data, None)
    else:
        # One byte more tells whether there is more, and no more than that is kept.
        out = decompressor.decompress(data, max_size + 1)
        if len(out) > max_size:
            raise CodecError(f"the data gives more than {max_size} bytes (max_size)")
    decompressor.finish()
    return out


def native_limit(memory_limit: int) -> int:
    """A limit of memory as native code takes it.

    Raises:
        ValueError: It is below zero.
    """
    if memory_limit < 0:
        raise ValueError(f"memory_limit is 0 or more bytes, not {memory_limit}")
    return min(memory_limit, (1 << 64) - 1)


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
        self._native = _native.Decompressor(False, native_limit(memory_limit), resolve_threads(threads))

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
