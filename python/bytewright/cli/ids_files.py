"""Token ids in files: as text, as raw integers, as .npy."""

from __future__ import annotations

import os
from typing import IO, TYPE_CHECKING, Any

from bytewright.cli.options import CommandError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np

    Ids = np.ndarray[Any, np.dtype[np.uint32]]

FORMATS = ("text", "uint16", "uint32", "npy")
MAGIC = b"\x93NUMPY"
HEADER = 128
"""Bytes before the numbers of an .npy file of one dimension; numpy itself writes as many."""

BLOCK = 4 << 20
"""Bytes of an id file read at a time."""


def format_of(path: str | None) -> str:
    """The format that a file's name asks for: .npy by its suffix, else text."""
    return "npy" if path is not None and path.endswith(".npy") else "text"


def npy_header(dtype: str, count: int) -> bytes:
    """The beginning of an .npy file (format 1.0) of `count` numbers, always `HEADER` bytes long.

    Args:
        dtype: Byte order and type, `<u4`.
        count: How many numbers follow.
    """
    fields = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': ({count},), }}".encode()
    start = MAGIC + b"\x01\x00" + (HEADER - 10).to_bytes(2, "little")
    return start + fields.ljust(HEADER - 11) + b"\n"


class NpyWriter:
    """Numbers of one type into an .npy file, as they come; `close` fills in how many there were."""

    def __init__(self, file: IO[bytes], dtype: str) -> None:
        """Leaves room for the header.

        Args:
            file: Can seek.
            dtype: As for `npy_header`.
        """
        self.file, self.dtype, self.count = file, dtype, 0
        file.write(npy_header(dtype, 0))

    def add(self, numbers: np.ndarray[Any, Any]) -> None:
        """Appends numbers."""
        self.file.write(numbers.astype(self.dtype, copy=False).data)
        self.count += len(numbers)

    def close(self) -> None:
        """Writes the header."""
        self.file.seek(0)
        self.file.write(npy_header(self.dtype, self.count))
        self.file.seek(0, os.SEEK_END)


class IdWriter:
    """Documents of ids into a file of one of `FORMATS`."""

    def __init__(self, file: IO[bytes], form: str, highest: int) -> None:
        """Begins the file.

        Args:
            file: Where to; it must be able to seek for `npy`.
            form: One of `FORMATS`.
            highest: The highest id that can occur.

        Raises:
            CommandError: Such ids don't fit into the format.
        """
        if form == "uint16" and highest > 0xFFFF:
            raise CommandError(
                f"ids up to {highest:,} do not fit into uint16 (up to 65,535); take --format uint32"
            )
        self.file, self.form = file, form
        self._begun = False
        self.npy = NpyWriter(file, "<u2" if highest <= 0xFFFF else "<u4") if form == "npy" else None

    def add(self, ids: Ids, offsets: np.ndarray[Any, np.dtype[np.int64]]) -> None:
        """Appends documents.

        Args:
            ids: (N,) of all of them, one after the other.
            offsets: (D + 1,) 0 and where each ends in `ids`; what is left after that belongs to one that goes on in the next call.
        """
        if self.npy is not None:
            self.npy.add(ids)
        elif self.form == "text":
            start = 0
            for end in offsets[1:].tolist():
                self._part(ids[start:end])
                self.file.write(b"\n")
                self._begun = False
                start = end
            self._part(ids[start:])
        else:
            self.file.write(ids.astype("<u2" if self.form == "uint16" else "<u4", copy=False).data)

    def _part(self, ids: Ids) -> None:
        step = 1 << 20  # ids: a list of Python integers takes some 40 bytes each
        for start in range(0, len(ids), step):
            text = " ".join(map(str, ids[start : start + step].tolist()))
            self.file.write(f" {text}".encode() if self._begun else text.encode())
            self._begun = True

    def close(self) -> None:
        """Finishes the file."""
        if self.npy is not None:
            self.npy.close()


def read_ids(file: IO[bytes], form: str | None, name: str) -> Iterator[Ids]:
    """The ids of a file, in parts.

    Args:
        file: What to read.
        form: One of `FORMATS`; by default `.npy` is recognised by its beginning, and anything else is text.
        name: What the file is called in errors.

    Raises:
        CommandError: The content is not what its format promises.
    """
    start = file.read(len(MAGIC))
    if form is None:
        form = "npy" if start == MAGIC else "text"
    if form == "npy":
        dtype, count = _read_header(start + file.read(10 - len(start)), file, name)
        yield from _raw(b"", file, dtype, name, count)
    elif form == "text":
        yield from _text(start, file, name)
    else:
        yield from _raw(start, file, "<u2" if form == "uint16" else "<u4", name, None)


def _read_header(start: bytes, file: IO[bytes], name: str) -> tuple[str, int]:
    import ast

    if len(start) < 10 or start[:6] != MAGIC or start[6] not in (1, 2, 3):
        raise CommandError(f"{name}: not an .npy file")
    length = int.from_bytes(start[8:10], "little")
    if start[6] > 1:
        length |= int.from_bytes(file.read(2), "little") << 16
    problem = "its header is damaged"
    try:
        fields = ast.literal_eval(file.read(length).decode("latin-1").strip())
        dtype, shape = str(fields["descr"]), tuple(fields["shape"])
        if len(shape) == 1 and dtype in ("<u2", "<u4", "<i4", "<i8", "<u8"):
            return dtype, int(shape[0])
        problem = f"holds {dtype} of shape {shape}; ids are whole numbers in one dimension"
    except (ValueError, SyntaxError, KeyError, TypeError, RecursionError, MemoryError):
        pass
    raise CommandError(f"{name}: {problem}")


def _raw(start: bytes, file: IO[bytes], dtype: str, name: str, count: int | None) -> Iterator[Ids]:
    import numpy as np

    width, done, rest = int(dtype[-1]), 0, start
    while block := file.read(BLOCK):
        data = rest + block
        whole = len(data) - len(data) % width
        ids = np.frombuffer(data[:whole], dtype=dtype)
        rest = data[whole:]
        _check_range(ids, done, name)
        done += len(ids)
        if len(ids):
            yield ids.astype(np.uint32)
    if len(rest) >= width:  # a file so short that the first look at it read all of it
        ids = np.frombuffer(rest[: len(rest) - len(rest) % width], dtype=dtype)
        rest, done = rest[len(ids) * width :], done + len(ids)
        yield ids.astype(np.uint32)
    if rest:
        raise CommandError(f"{name}: ends within an id: its length is not a multiple of {width} bytes")
    if count is not None and done != count:
        raise CommandError(f"{name}: holds {done:,} ids, but its header says {count:,}")


def _check_range(ids: np.ndarray[Any, Any], done: int, name: str) -> None:
    if ids.dtype.kind == "i" or ids.dtype.itemsize > 4:
        bad = ((ids < 0) | (ids > 0xFFFFFFFF)).nonzero()[0]
        if len(bad):
            raise CommandError(
                f"{name}: {ids[bad[0]]} at index {done + int(bad[0]):,} is not an id (0 to 4294967295)"
            )


def _text(start: bytes, file: IO[bytes], name: str) -> Iterator[Ids]:
    import numpy as np

    rest, done = start, 0
    while True:
        block = file.read(BLOCK)
        data = rest + block
        cut = len(data)
        if block:  # hold back an id that may go on in the next block
            cut = max(data.rfind(space) for space in (b" ", b"\n", b"\t", b"\r", b",")) + 1
            if not cut and len(data) > 64:
                cut = len(data)  # no id is that long: let the check below say so
        rest = data[cut:]
        words = data[:cut].replace(b",", b" ").split()
        if data[:cut].translate(None, b"0123456789 \n\r\t,"):
            word = next(word for word in words if not word.isdigit())
            place = done + words.index(word)
            raise CommandError(
                f"{name}: {_shorten(word)} at index {place:,} is not an id; is it --format uint16 or uint32?"
            )
        numbers = [int(word) if len(word) < 11 else 1 << 32 for word in words]
        if numbers and max(numbers) > 0xFFFFFFFF:
            place = next(index for index, number in enumerate(numbers) if number > 0xFFFFFFFF)
            raise CommandError(
                f"{name}: {_shorten(words[place])} at index {done + place:,} is not an id (0 to 4294967295)"
            )
        done += len(numbers)
        if numbers:
            yield np.array(numbers, dtype=np.uint32)
        if not block:
            return


def _shorten(word: bytes) -> str:
    return repr(word[:20].decode("latin-1")) + ("…" if len(word) > 20 else "")
