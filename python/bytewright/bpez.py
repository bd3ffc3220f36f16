"""BPEZ, the published format: frequent pairs of bytes become single bytes, then Deflate, block by block.

It is here to read and write the files of others; `bytewright.bwz` makes smaller ones, faster, and finds damage in them.

Example:
    >>> from bytewright import bpez
    >>> bpez.decompress(bpez.compress(b"banana bandana"))
    b'banana bandana'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bytewright import _native
from bytewright.bwz import DEFAULT_MEMORY_LIMIT
from bytewright.errors import CodecError, TruncatedError
from bytewright.threads import resolve_threads

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = [
    "BpezCompressor",
    "BpezDecompressor",
    "CodecError",
    "TruncatedError",
    "compress",
    "decompress",
]


def compress(
    data: Buffer,
    *,
    block_size: int = 1 << 20,
    cycles: int = 64,
    minimum: int = 3,
    threads: int | None = None,
) -> bytes:
    """Compresses; the bytes do not depend on the number of threads.

    Args:
        data: Any buffer.
        block_size: Bytes of a block, 1 to 2**30; each is compressed by itself.
        cycles: Pairs that are replaced in a block, at most; up to 255.
        minimum: A pair that occurs less often is not replaced; at least 1.
        threads: Threads that work; by default as many as the process may use.

    Raises:
        CodecError: An option is out of its range.
    """
    compressor = BpezCompressor(block_size=block_size, cycles=cycles, minimum=minimum, threads=threads)
    return compressor.compress(data) + compressor.flush()


def decompress(
    data: Buffer, *, memory_limit: int = DEFAULT_MEMORY_LIMIT, threads: int | None = None
) -> bytes:
    """Decompresses.

    Args:
        data: Any buffer.
        memory_limit: The most bytes that a block may give.
        threads: Threads that work; by default as many as the process may use.

    Raises:
        CodecError: A block is damaged, or longer than it may be.
        TruncatedError: The data ends within a block. (An end between two blocks can't be told from the right one: the format has no mark for it.)
    """
    decompressor = BpezDecompressor(memory_limit=memory_limit, threads=threads)
    out = decompressor.decompress(data)
    decompressor.finish()
    return out


class BpezCompressor:
    """Compresses piece by piece. What comes out depends neither on the sizes of the pieces nor on the number of threads.

    Args:
        block_size: As for `compress`.
        cycles: As for `compress`.
        minimum: As for `compress`.
        threads: Threads that work; by default as many as the process may use.

    Raises:
        CodecError: An option is out of its range.
    """

    def __init__(
        self,
        *,
        block_size: int = 1 << 20,
        cycles: int = 64,
        minimum: int = 3,
        threads: int | None = None,
    ) -> None:
        for name, value, least, most in (
            ("block_size", block_size, 1, 1 << 30),
            ("cycles", cycles, 0, 255),
            ("minimum", minimum, 1, (1 << 32) - 1),
        ):
            if not least <= value <= most:
                raise CodecError(f"{name} is {least} to {most}, not {value}")
        self._native = _native.BpezCompressor(block_size, cycles, minimum, resolve_threads(threads))

    def compress(self, data: Buffer) -> bytes:
        """Takes a piece; returns what can be written so far, maybe nothing."""
        return self._native.compress(data)

    def flush(self) -> bytes:
        """Compresses what is left; another text may follow."""
        return self._native.finish()


class BpezDecompressor:
    """Decompresses piece by piece.

    Args:
        memory_limit: The most bytes that a block may give.
        threads: Threads that work; by default as many as the process may use. A piece of several blocks is spread over them.
    """

    def __init__(self, *, memory_limit: int = DEFAULT_MEMORY_LIMIT, threads: int | None = None) -> None:
        self._native = _native.BpezDecompressor(memory_limit, resolve_threads(threads))

    def decompress(self, data: Buffer) -> bytes:
        """Takes a piece; returns what the blocks that are complete stand for.

        Raises:
            CodecError: A block is damaged, or longer than it may be.
        """
        return self._native.decompress(data)

    def finish(self) -> None:
        """Tells that there is no more.

        Raises:
            TruncatedError: That is within a block.
        """
        self._native.finish()
