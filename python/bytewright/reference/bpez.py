"""BPEZ: frequent pairs of bytes become single bytes, then Deflate; block by block, as it was published."""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from itertools import pairwise


def compress(data: bytes, block_size: int = 1 << 20, cycles: int = 64, minimum: int = 3) -> bytes:
    """Compresses `data`.

    Takes time in proportion to bytes × cycles: some 5 s a megabyte.

    Args:
        data: Any bytes.
        block_size: Bytes of a block; each is compressed by itself.
        cycles: Pairs that are replaced in a block, at most; up to 255.
        minimum: A pair that occurs less often is not replaced.

    Returns:
        For each block the length of a zlib stream (32 bits, big-endian) and the stream.

    Example:
        >>> decompress(compress(b"banana bandana"))
        b'banana bandana'
    """
    compressed = bytearray()
    for start in range(0, len(data), block_size):
        block = data[start : start + block_size]
        buffer, done = bytearray(block), 0
        while done < cycles:
            most_common = Counter(pairwise(buffer)).most_common(1)
            unused = [byte for byte in range(256) if byte not in buffer]
            if not unused or not most_common or most_common[0][1] < minimum:
                break
            pair, replacement = bytes(most_common[0][0]), bytes(unused[:1])
            # The next cycle takes these three bytes for data like the rest.
            buffer = bytearray(pair + replacement) + buffer.replace(pair, replacement)
            done += 1
        stream = zlib.compress(struct.pack(">IB", len(block), done) + buffer, 9)
        compressed += struct.pack(">I", len(stream)) + stream
    return bytes(compressed)


def decompress(data: bytes) -> bytes:
    """Undoes `compress`.

    Args:
        data: What `compress` gave, or several of them joined.

    Returns:
        What was compressed.

    Raises:
        ValueError: A block has not the length that it declares.

    Example:
        >>> decompress(compress(b"aaaa") + compress(b"bbbb"))
        b'aaaabbbb'
    """
    text, at = bytearray(), 0
    while at < len(data):
        (size,) = struct.unpack_from(">I", data, at)
        content = zlib.decompress(data[at + 4 : at + 4 + size])
        length, cycles = struct.unpack_from(">IB", content)
        buffer = content[5:]
        for _ in range(cycles):
            pair, replacement, buffer = buffer[:2], buffer[2:3], buffer[3:]
            buffer = buffer.replace(replacement, pair)
        if len(buffer) != length:
            raise ValueError(f"the block at byte {at} has {len(buffer)} bytes, not {length}")
        text += buffer
        at += 4 + size
    return bytes(text)
