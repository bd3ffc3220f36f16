"""`bytewright.bwz`: functions, compressor and decompressor."""

from __future__ import annotations

import array
import random
import subprocess
import sys
import threading
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bytewright
from bytewright import CodecError, TruncatedError, bwz

LEVELS = range(1, bwz.MAXIMUM_LEVEL + 1)
TEXT = b"The tokens of a text, and the text of the tokens.\n" * 400


@pytest.mark.parametrize("level", LEVELS)
@given(parts=st.lists(st.sampled_from([b"the ", b"\xff\x00", b"caf\xc3\xa9 ", bytes(range(256)), b"42"])))
def test_any_bytes_come_back(level: int, parts: list[bytes]) -> None:
    data = b"".join(parts)
    assert bwz.decompress(bwz.compress(data, level)) == data


@pytest.mark.parametrize("level", LEVELS)
def test_any_sizes_come_back(level: int) -> None:
    noise = random.Random(1).randbytes(1 << 13)
    for size in [*range(300), *(2**power + step for power in range(9, 14) for step in (-1, 0, 1))]:
        for data in (noise[:size], bytes(size), TEXT[:size]):
            small = bwz.compress(data, level, block_size=1 << 12)
            assert bwz.decompress(small) == data
            assert len(small) <= size + size / 1000 + 64


def test_the_package_exports_both() -> None:
    assert bytewright.decompress(bytewright.compress(TEXT)) == TEXT


@pytest.mark.parametrize("make", [bytes, bytearray, memoryview, lambda data: array.array("b", data)])
def test_any_buffer_is_taken(make: Callable[[bytes], bytes]) -> None:
    small = bwz.compress(make(TEXT))
    assert bwz.decompress(make(small)) == TEXT
    assert bwz.decompress(memoryview(small + small)[::1]) == TEXT * 2


def test_what_is_not_a_buffer_is_refused() -> None:
    with pytest.raises(TypeError):
        bwz.compress("text")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        bwz.decompress(None)  # type: ignore[arg-type]


@pytest.mark.parametrize("level", [-1, 0, bwz.MAXIMUM_LEVEL + 1, 9, 1000])
def test_levels_that_there_are_not_are_named(level: int) -> None:
    with pytest.raises(CodecError, match=f"no level {level}"):
        bwz.compress(TEXT, level)


@pytest.mark.parametrize("size", [-1, 0, 1000, 1 << 9, 1 << 31, 1 << 70])
def test_block_sizes_that_can_not_be_are_named(size: int) -> None:
    with pytest.raises(CodecError, match=f"block_size .*, not {size}"):
        bwz.compress(TEXT, block_size=size)


def test_cut_data_is_a_truncation() -> None:
    small = bwz.compress(TEXT, block_size=1 << 12)
    for end in range(len(small)):
        with pytest.raises(TruncatedError) as caught:
            bwz.decompress(small[:end])
        assert caught.value.offset == end
        assert isinstance(caught.value, EOFError)


def test_damage_names_the_place() -> None:
    small = bytearray(bwz.compress(TEXT, block_size=1 << 12))
    with pytest.raises(CodecError, match=r"byte 0 .* not a \.bwz file"):
        bwz.decompress(b"plain text")
    with pytest.raises(CodecError, match="bytes follow the last frame") as caught:
        bwz.decompress(bytes(small) + b"\n")
    assert caught.value.offset == len(small)
    small[20] ^= 1
    with pytest.raises(CodecError) as caught:
        bwz.decompress(small)
    assert caught.value.offset == 6


def test_output_is_limited() -> None:
    small = bwz.compress(TEXT)
    assert bwz.decompress(small, max_size=len(TEXT)) == TEXT
    with pytest.raises(CodecError, match="max_size"):
        bwz.decompress(small, max_size=len(TEXT) - 1)
    assert bwz.decompress(bwz.compress(b""), max_size=0) == b""


def test_memory_is_limited() -> None:
    small = bwz.compress(TEXT)
    with pytest.raises(CodecError, match="memory_limit"):
        bwz.decompress(small, memory_limit=1000)
    with pytest.raises(ValueError, match="memory_limit"):
        bwz.decompress(small, memory_limit=-1)
    assert bwz.decompress(small, memory_limit=1 << 70) == TEXT


def test_text_of_blocks_of_two_megabytes_is_decoded_in_32() -> None:
    text = "".join(f"The {n * n % 9973}th of the sentences; {n % 71} of {n % 97}.\n" for n in range(150_000))
    small = bwz.compress(text.encode())
    assert bwz.decompress(small, memory_limit=32 << 20, threads=1) == text.encode()


@given(cuts=st.lists(st.integers(0, len(TEXT)), max_size=5), threads=st.integers(1, 4))
def test_pieces_and_threads_change_nothing(cuts: list[int], threads: int) -> None:
    compressor = bwz.BwzCompressor(1, block_size=1 << 12, threads=threads)
    places = [0, *sorted(cuts), len(TEXT)]
    out = b"".join(compressor.compress(TEXT[a:b]) for a, b in pairwise(places))
    assert out + compressor.flush() == bwz.compress(TEXT, 1, block_size=1 << 12)


def test_flushed_blocks_can_be_read() -> None:
    compressor = bwz.BwzCompressor()
    decompressor = bwz.BwzDecompressor()
    assert compressor.last_mode == bwz.FLUSH_FRAME
    assert compressor.compress(b"one, ") == b""
    assert compressor.last_mode == bwz.CONTINUE
    assert decompressor.decompress(compressor.flush(bwz.FLUSH_BLOCK)) == b"one, "
    assert decompressor.decompress(compressor.compress(b"two", bwz.FLUSH_BLOCK)) == b"two"
    assert not decompressor.eof
    assert decompressor.decompress(compressor.flush()) == b""
    assert decompressor.eof
    with pytest.raises(ValueError, match="mode"):
        compressor.flush(7)  # type: ignore[arg-type]


def test_a_decompressor_ends_with_its_frame() -> None:
    decompressor = bwz.BwzDecompressor()
    assert decompressor.needs_input
    assert decompressor.decompress(bwz.compress(b"tyger") + b"more", max_length=2) == b"ty"
    assert not decompressor.needs_input
    assert not decompressor.eof
    assert decompressor.unused_data == b""
    assert decompressor.decompress(b"", max_length=2) == b"ge"
    assert decompressor.decompress(b"") == b"r"
    assert decompressor.eof
    assert decompressor.unused_data == b"more"
    with pytest.raises(EOFError):
        decompressor.decompress(b"")


def test_one_byte_in_one_byte_out() -> None:
    small = bwz.compress(TEXT[:3000], block_size=1 << 10)
    decompressor = bwz.BwzDecompressor(threads=1)
    out = b""
    for index in range(len(small)):
        out += decompressor.decompress(small[index : index + 1], 1)
        while not decompressor.needs_input and not decompressor.eof:
            part = decompressor.decompress(b"", 1)
            assert len(part) <= 1
            out += part
    assert decompressor.eof
    assert out == TEXT[:3000]


def test_skippable_frames_are_skipped() -> None:
    aside = bwz.skippable_frame(b"made today")
    assert b"made today" in aside
    assert bwz.decompress(aside + bwz.compress(b"one") + aside + bwz.compress(b"two") + aside) == b"onetwo"
    decompressor = bwz.BwzDecompressor()
    assert decompressor.decompress(aside + bwz.compress(b"one") + aside) == b"one"
    assert decompressor.unused_data == aside


def test_threads_can_share_a_compressor() -> None:
    compressor = bwz.BwzCompressor(1)
    threads = [threading.Thread(target=compressor.compress, args=(TEXT,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert bwz.decompress(compressor.flush()) == TEXT * 8


@pytest.mark.slow
@pytest.mark.parametrize("level", LEVELS)
def test_a_bomb_of_a_gibibyte_is_read_in_little_memory(level: int, tmp_path: Path) -> None:
    compressor = bwz.BwzCompressor(level)
    small = b"".join(compressor.compress(bytes(1 << 24)) for _ in range(64)) + compressor.flush()
    assert len(small) < 1 << 17
    bomb = tmp_path / "bomb.bwz"
    bomb.write_bytes(small)
    program = """
import resource, sys
from bytewright import bwz
data = open(sys.argv[1], "rb").read()
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
before = peak()
decompressor = bwz.BwzDecompressor()
assert decompressor.decompress(data, max_length=8192) == bytes(8192)
total = 8192
while not decompressor.eof:
    total += len(decompressor.decompress(b"", max_length=8192))
assert total == 1 << 30
print(peak() - before)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(bomb)], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 64 << 20


@pytest.mark.slow
def test_a_stream_of_more_than_four_gibibytes(tmp_path: Path) -> None:
    part = (TEXT * 60)[: 1 << 20]
    count = 4100
    path = tmp_path / "long.bwz"
    with bwz.open(path, "wb", level=1) as file:
        for index in range(count):
            file.write(index.to_bytes(4, "little") + part[4:])
    with bwz.open(path) as file:
        assert file.seek(0, 2) == count << 20 > 1 << 32
        for index in (4099, 4096, 17):
            file.seek(index << 20)
            assert file.read(1 << 20) == index.to_bytes(4, "little") + part[4:]
        file.seek(0)
        total = 0
        while piece := file.read(1 << 24):
            total += len(piece)
        assert total == count << 20
