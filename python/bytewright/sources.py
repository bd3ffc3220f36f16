"""What may be read: paths, globs, folders, documents, counts; and what each of them means."""

from __future__ import annotations

import errno
import glob
import os
from typing import TYPE_CHECKING, Any, TypeAlias

from bytewright.errors import BytewrightError, MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Path: TypeAlias = "str | os.PathLike[str]"
Paths: TypeAlias = "Path | Iterable[Path]"
Item: TypeAlias = "str | bytes | os.PathLike[str] | tuple[bytes, int]"
Source: TypeAlias = "Path | Iterable[Item]"


def expand(paths: Paths) -> list[str]:
    """The files that paths name, in the order given; a glob or a folder gives its files in the order of their names.

    Args:
        paths: A path, or an iterable of paths. Each is a file, a folder (with all folders below it; names that begin with a dot are left
            out) or a glob (`**` included).

    Raises:
        FileNotFoundError: A path does not exist, a glob matches nothing, a folder has no files.
        TypeError: Something is not a path.
    """
    if isinstance(paths, (str, os.PathLike)):
        return _expand_one(paths)
    if isinstance(paths, (bytes, bytearray)):
        raise TypeError("paths are str or PathLike, not bytes")
    files: list[str] = []
    for path in paths:
        if not isinstance(path, (str, os.PathLike)):
            raise TypeError(f"paths are str or PathLike, not {type(path).__name__}")
        files += _expand_one(path)
    return files


def _expand_one(path: Path) -> list[str]:
    text = os.fspath(path)
    if not isinstance(text, str):
        raise TypeError("paths are str or PathLike[str], not bytes")
    if os.path.isdir(text):
        files = sorted(_walk(text))
        if not files:
            raise FileNotFoundError(errno.ENOENT, "the folder has no files", text)
        return files
    if os.path.lexists(text) or not glob.has_magic(text):
        if not os.path.exists(text):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), text)
        return [text]
    files = sorted(found for found in glob.glob(text, recursive=True) if not os.path.isdir(found))
    if not files:
        raise FileNotFoundError(errno.ENOENT, "no file matches", text)
    return files


def _walk(folder: str) -> Iterator[str]:
    def refuse(error: OSError) -> None:
        raise error

    for base, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (os.path.join(base, name) for name in names if not name.startswith("."))


def is_parquet(path: str) -> bool:
    """Whether a file is read as Parquet: its name ends in `.parquet`."""
    return path.lower().endswith(".parquet")


def read_parquet(path: str, field: str | None) -> Iterator[str | bytes]:
    """The documents of a Parquet file: the rows of one column, without the missing ones.

    Raises:
        MissingExtraError: pyarrow is not installed.
        BytewrightError: There is no such column, or it does not hold text.
    """
    try:
        from pyarrow import parquet
    except ImportError as error:
        raise MissingExtraError(
            f"{path}: reading Parquet needs pyarrow: pip install 'bytewright[parquet]'"
        ) from error
    column = field if field is not None else "text"
    with parquet.ParquetFile(path) as file:
        if column not in file.schema_arrow.names:
            known = ", ".join(file.schema_arrow.names)
            raise BytewrightError(f"{path}: no column {column!r}; there are {known} (field= names one)")
        # Rows of text are some kB: a thousand of them are little memory, and enough to make the calls cheap.
        for batch in file.iter_batches(batch_size=1024, columns=[column]):
            for row in batch.column(0).to_pylist():
                if isinstance(row, (str, bytes)):
                    yield row
                elif row is not None:
                    raise BytewrightError(f"{path}: column {column!r} holds {type(row).__name__}, not text")


def items(source: Source, field: str | None) -> Iterable[Any]:
    """A source as the core takes it: documents, `(bytes, int)` pairs, and paths of single files.

    Args:
        source: A path, glob or folder; or an iterable of documents (`str`, `bytes`), paths (`PathLike`) and pairs.
        field: The field of JSON lines, or the column of Parquet, that holds the text.
    """
    if isinstance(source, (str, os.PathLike)):
        return _files(source, field)
    if isinstance(source, (bytes, bytearray, memoryview)):
        raise TypeError("a lone bytes is neither a path nor an iterable of documents; put it into a list")
    return _mixed(source, field)


def _files(path: Path, field: str | None) -> Iterator[Any]:
    for file in _expand_one(path):
        if is_parquet(file):
            yield from read_parquet(file, field)
        else:
            yield _File(file)


def _mixed(source: Iterable[Item], field: str | None) -> Iterator[Any]:
    for item in source:
        # Documents are many and files few: the cheap test comes first.
        if type(item) is str or type(item) is bytes or not isinstance(item, os.PathLike):
            yield item
        else:
            yield from _files(item, field)


class _File:
    """A path that is neither glob nor folder any more."""

    __slots__ = ("_path",)

    def __init__(self, path: str) -> None:
        self._path = path

    def __fspath__(self) -> str:
        return self._path
