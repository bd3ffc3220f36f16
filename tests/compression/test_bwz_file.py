"""Compressed files as files: `bwz.open` and `BwzFile`."""

from __future__ import annotations

import io
import os
import random
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bytewright import CodecError, TruncatedError, bwz

LINES = [f"line {number} of the file\n".encode() for number in range(2000)]
TEXT = b"".join(LINES)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file of several blocks and two frames."""
    path = tmp_path / "text.bwz"
    half = len(TEXT) // 2
    path.write_bytes(
        bwz.compress(TEXT[:half], block_size=1 << 12) + bwz.compress(TEXT[half:], block_size=1 << 11)
    )
    return path


class Pipe(io.RawIOBase):
    """A file that only reads on."""

    def __init__(self, data: bytes, step: int = 7) -> None:
        self._rest, self._step = memoryview(data), step

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        part, self._rest = self._rest[: self._step], self._rest[self._step :]
        return bytes(part)


def test_reading(path: Path) -> None:
    with bwz.open(path) as file:
        assert isinstance(file, bwz.BwzFile)
        assert file.readable() and file.seekable() and not file.writable()
        assert file.mode == "rb"
        assert file.name == str(path)
        assert file.peek(4)[:4] == b"line"
        assert file.readline() == LINES[0]
        assert file.tell() == len(LINES[0])
        assert file.read(5) == b"line "
        assert file.read1(3) == b"1 o"
        buffer = bytearray(8)
        assert file.readinto(buffer) == 8
        assert file.readinto1(memoryview(buffer)[:2]) == 2
        assert file.seek(0) == 0
        assert list(file) == LINES
        assert file.read() == b""
        assert file.read(None) == b""
        with pytest.raises(io.UnsupportedOperation):
            file.write(b"")
    assert file.closed
    with pytest.raises(ValueError, match="closed"):
        file.read()
    file.close()


@given(st.data())
def test_seeking_is_slicing(data: st.DataObject) -> None:
    half = len(TEXT) // 2
    packed = bwz.compress(TEXT[:half], block_size=1 << 12) + bwz.compress(TEXT[half:], block_size=1 << 11)
    before = data.draw(st.sampled_from([b"", b"something else"]))
    beneath = io.BytesIO(before + packed)
    beneath.seek(len(before))
    with bwz.BwzFile(beneath, threads=1) as file:
        for _ in range(8):
            place = data.draw(st.integers(0, len(TEXT) + 10))
            whence = data.draw(st.sampled_from([io.SEEK_SET, io.SEEK_CUR, io.SEEK_END]))
            origin = {io.SEEK_SET: 0, io.SEEK_CUR: file.tell(), io.SEEK_END: len(TEXT)}[whence]
            assert file.seek(place - origin, whence) == place
            size = data.draw(st.integers(0, 5000))
            assert file.read(size) == TEXT[place : place + size]
            assert file.tell() == max(place, min(place + size, len(TEXT)))


def test_only_the_blocks_of_a_range_are_read(path: Path) -> None:
    class Counting(io.FileIO):
        total = 0

        def read(self, size: int | None = -1, /) -> bytes:  # type: ignore[override]
            data = super().read(-1 if size is None else size)
            self.total += len(data or b"")
            return data or b""

    noise = random.Random(3).randbytes(8 << 20)
    path.write_bytes(bwz.compress(noise, 1, block_size=1 << 16))
    with Counting(path) as beneath, bwz.BwzFile(beneath, threads=1) as file:
        file.seek(7 << 20)
        assert file.read(100) == noise[7 << 20 : (7 << 20) + 100]
        assert beneath.total < 2 << 20


def test_a_pipe_can_be_read_but_not_sought(path: Path) -> None:
    with bwz.BwzFile(Pipe(path.read_bytes())) as file:  # type: ignore[arg-type]
        assert not file.seekable()
        with pytest.raises(io.UnsupportedOperation):
            file.seek(3)
        assert file.read() == TEXT


def test_seeking_nowhere(path: Path) -> None:
    with bwz.open(path) as file:
        with pytest.raises(ValueError, match="negative"):
            file.seek(-1)
        with pytest.raises(ValueError, match="whence"):
            file.seek(0, 7)


@pytest.mark.parametrize("mode", ["w", "wb", "x", "xb"])
def test_writing(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "new.bwz"
    with bwz.open(path, mode, level=1, block_size=1 << 12) as file:
        assert isinstance(file, bwz.BwzFile)
        assert file.writable() and not file.readable() and not file.seekable()
        for line in LINES:
            assert file.write(line) == len(line)
        assert file.write(memoryview(b"abcd").cast("H")) == 4
        assert file.tell() == len(TEXT) + 4
        file.flush()
        with pytest.raises(io.UnsupportedOperation):
            file.read()
    assert path.read_bytes() == bwz.compress(TEXT + b"abcd", 1, block_size=1 << 12)
    if mode.startswith("x"):
        with pytest.raises(FileExistsError):
            bwz.open(path, mode)


def test_what_was_flushed_is_there(tmp_path: Path) -> None:
    path = tmp_path / "log.bwz"
    with bwz.BwzFile(path, "w") as file:
        file.write(b"one\n")
        file.flush(bwz.FLUSH_FRAME)
        assert bwz.decompress(path.read_bytes()) == b"one\n"
        file.write(b"two\n")
        file.flush(bwz.FLUSH_BLOCK)
        with bwz.open(path) as other, pytest.raises(TruncatedError):
            assert other.read1(8) == b"one\ntwo\n"
            other.read1(8)
    assert bwz.decompress(path.read_bytes()) == b"one\ntwo\n"


def test_no_limit_is_too_large(path: Path) -> None:
    with bwz.BwzFile(path, memory_limit=1 << 70) as file:
        file.seek(len(TEXT) // 2)
        assert file.read() == TEXT[len(TEXT) // 2 :]
    with pytest.raises(ValueError, match="memory_limit"):
        bwz.BwzFile(path, memory_limit=-1)


def test_damage_is_an_error_each_time(tmp_path: Path) -> None:
    path = tmp_path / "damaged.bwz"
    data = bytearray(bwz.compress(TEXT, block_size=1 << 12))
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with bwz.open(path) as file:
        for _ in range(3):
            with pytest.raises(CodecError):
                while file.read1(1 << 20):
                    pass


def test_appending_adds_a_frame(path: Path) -> None:
    with bwz.open(path, "ab") as file:
        file.write(b"and more")
    with bwz.open(path) as file:
        assert file.read() == TEXT + b"and more"


def test_text(tmp_path: Path) -> None:
    path = tmp_path / "text.bwz"
    with bwz.open(path, "wt", encoding="latin-1", newline="\r\n") as file:
        file.write("Größe\n")
    assert bwz.decompress(path.read_bytes()) == b"Gr\xf6\xdfe\r\n"
    with bwz.open(path, "rt", encoding="latin-1") as file:
        assert file.read() == "Größe\n"
    with bwz.open(path, "rt", encoding="ascii", errors="replace", newline="") as file:
        assert file.read() == "Gr\ufffd\ufffde\r\n"
    # The text layer flushes as it closes; that does not end blocks.
    assert path.read_bytes() == bwz.compress("Größe\r\n".encode("latin-1"))


@pytest.mark.parametrize(
    ("mode", "more"),
    [("rw", {}), ("", {}), ("rbt", {}), ("q", {}), ("rb", {"encoding": "utf-8"}), ("r", {"level": 3})],
)
def test_modes_that_are_none(path: Path, mode: str, more: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"mode|for text|for writing"):
        bwz.open(path, mode, **more)  # type: ignore[arg-type]


def test_what_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        bwz.open(42)  # type: ignore[arg-type]
    with pytest.raises(FileNotFoundError):
        bwz.open(tmp_path / "none.bwz")
    plain = tmp_path / "plain"
    plain.write_bytes(b"plain text")
    with bwz.open(plain) as file, pytest.raises(CodecError, match=r"not a \.bwz file"):
        file.read()
    with bwz.open(plain) as file, pytest.raises(CodecError, match=r"not a \.bwz file"):
        file.seek(5)
    cut = tmp_path / "cut.bwz"
    cut.write_bytes(bwz.compress(TEXT)[:-3])
    with bwz.open(cut) as file, pytest.raises(TruncatedError):
        file.read()


def test_a_file_given_open_stays_open(path: Path) -> None:
    with path.open("rb") as beneath:
        with bwz.BwzFile(beneath) as file:
            file.read(10)
        assert not beneath.closed
    beneath = io.BytesIO()
    with bwz.BwzFile(beneath, "w") as file:
        file.write(TEXT)
    assert bwz.decompress(beneath.getvalue()) == TEXT


def test_errors_of_the_file_beneath_come_through(path: Path) -> None:
    class Broken(io.BytesIO):
        def seek(self, place: int, whence: int = 0, /) -> int:
            if whence == 2:
                raise OSError(5, "broken")
            return super().seek(place, whence)

    with bwz.BwzFile(Broken(path.read_bytes())) as file, pytest.raises(OSError, match="broken"):
        file.seek(20_000)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
def test_a_full_disk_is_an_error_and_the_file_is_closed() -> None:
    file = bwz.BwzFile("/dev/full", "w")
    file.write(TEXT)
    with pytest.raises(OSError, match="No space left"):
        file.close()
    assert file.closed


def test_tarfile_writes_and_reads(tmp_path: Path, path: Path) -> None:
    archive = tmp_path / "archive.tar.bwz"
    with bwz.BwzFile(archive, "w") as file, tarfile.open(fileobj=file, mode="w|") as tar:
        tar.add(path, "inside")
    with bwz.BwzFile(archive) as file, tarfile.open(fileobj=file) as tar:
        member = tar.extractfile("inside")
        assert member is not None
        assert member.read() == path.read_bytes()


def test_pandas_reads(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    path = tmp_path / "table.csv.bwz"
    with bwz.open(path, "wt", encoding="utf-8", newline="") as file:
        pandas.DataFrame({"a": [1, 2], "b": ["x", "y"]}).to_csv(file, index=False)
    with bwz.open(path) as file:
        assert pandas.read_csv(file)["a"].tolist() == [1, 2]
