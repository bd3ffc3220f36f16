"""BPEZ here and by its plain Python version: each reads what the other writes; and the faults of the published one are errors."""

from __future__ import annotations

import random
import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bytewright import CodecError, TruncatedError, bpez
from bytewright.reference import bpez as reference

TEXT = b"she sells sea shells on the sea shore; " * 100


@pytest.mark.slow
@pytest.mark.parametrize("name", ["enwik8-head.xml", "multilingual.txt", "code.txt"])
def test_real_text_goes_both_ways_and_is_as_small(data: Path, name: str) -> None:
    with (data / "corpora" / name).open("rb") as file:
        text = file.read(1_500_000)
    ours, theirs = bpez.compress(text), reference.compress(text)
    assert reference.decompress(ours) == text
    assert bpez.decompress(theirs) == text
    # zlib-rs at level 9 against zlib: -1.3 % to +0.3 % a block.
    assert 0.98 < len(ours) / len(theirs) < 1.005


@pytest.mark.parametrize("size", [0, 1, 2, 3, 4, 1000, (1 << 12) + 1])
@pytest.mark.parametrize("pattern", [b"a", b"ab", bytes(range(256)), b"she sells sea shells "])
def test_small_texts_go_both_ways(pattern: bytes, size: int) -> None:
    text = (pattern * size)[:size]
    assert reference.decompress(bpez.compress(text)) == text
    assert bpez.decompress(reference.compress(text)) == text


@given(
    data=st.binary(max_size=400) | st.text("ab ", max_size=400).map(str.encode),
    block_size=st.integers(1, 100),
    cycles=st.integers(0, 255),
    minimum=st.integers(1, 5),
    threads=st.integers(1, 3),
)
def test_any_settings_give_what_the_reference_gives(
    data: bytes, block_size: int, cycles: int, minimum: int, threads: int
) -> None:
    ours = bpez.compress(data, block_size=block_size, cycles=cycles, minimum=minimum, threads=threads)
    theirs = reference.compress(data, block_size, cycles, minimum)
    assert _buffers(ours) == _buffers(theirs)
    assert bpez.decompress(ours, threads=threads) == data


def _buffers(data: bytes) -> list[bytes]:
    """What stands before Deflate."""
    buffers, at = [], 0
    while at < len(data):
        (size,) = struct.unpack_from(">I", data, at)
        buffers.append(zlib.decompress(data[at + 4 : at + 4 + size]))
        at += 4 + size
    return buffers


def _block(length: int, cycles: int, buffer: bytes) -> bytes:
    stream = zlib.compress(struct.pack(">IB", length, cycles) + buffer)
    return struct.pack(">I", len(stream)) + stream


def test_a_corrupt_block_is_an_error_not_dropped() -> None:
    blocks = [bpez.compress(TEXT), bpez.compress(TEXT)]
    damaged = bytearray(blocks[0] + blocks[1])
    damaged[len(blocks[0]) + 40] ^= 1
    with pytest.raises(CodecError) as caught:
        bpez.decompress(damaged)
    assert caught.value.offset == len(blocks[0])


def test_a_wrong_length_is_an_error() -> None:
    with pytest.raises(CodecError, match="shorter"):
        bpez.decompress(_block(5, 0, b"four"))
    with pytest.raises(CodecError, match="long"):
        bpez.decompress(_block(3, 0, b"four"))


def test_a_file_that_is_none_is_an_error() -> None:
    with pytest.raises(CodecError, match="zlib"):
        bpez.decompress(b"plain text, and not a little of it")
    with pytest.raises(TruncatedError):
        bpez.decompress(bpez.compress(TEXT)[:-1])
    with pytest.raises(TruncatedError):
        bpez.decompress(b"\0")


def test_doublings_are_stopped_by_the_declared_length() -> None:
    # Each byte stands for two of the one before: 64 of them for 2**64 bytes.
    rules = b"".join(bytes([byte, byte, byte + 1]) for byte in range(64, 0, -1))
    with pytest.raises(CodecError, match="longer"):
        bpez.decompress(_block(1000, 64, rules + bytes([65])))


def test_blocks_are_limited() -> None:
    with pytest.raises(CodecError, match="memory_limit"):
        bpez.decompress(_block(1 << 31, 0, b""), memory_limit=1 << 20)


@pytest.mark.parametrize(
    "settings",
    [{"block_size": 0}, {"block_size": 1 << 31}, {"cycles": 256}, {"cycles": -1}, {"minimum": 0}],
)
def test_settings_that_can_not_be_are_named(settings: dict[str, int]) -> None:
    with pytest.raises(CodecError, match=next(iter(settings))):
        bpez.compress(TEXT, **settings)  # type: ignore[arg-type]


def test_pieces_give_what_the_whole_gives() -> None:
    data = random.Random(5).randbytes(5000) + TEXT
    compressor = bpez.BpezCompressor(block_size=1 << 10)
    parts = [compressor.compress(data[at : at + 77]) for at in range(0, len(data), 77)]
    whole = b"".join(parts) + compressor.flush()
    assert whole == bpez.compress(data, block_size=1 << 10)
    decompressor = bpez.BpezDecompressor()
    assert b"".join(decompressor.decompress(whole[at : at + 5]) for at in range(0, len(whole), 5)) == data
    decompressor.finish()
