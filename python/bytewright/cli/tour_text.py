"""The text of the tour: what every machine has, or what the user names."""

from __future__ import annotations

import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

from bytewright.cli.inputs import REWRITTEN
from bytewright.cli.options import CommandError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def standard_library() -> list[Path]:
    """The source of Python's standard library, in the order of its paths.

    Raises:
        CommandError: It is not on this machine.
    """
    root = Path(sysconfig.get_path("stdlib"))
    files = sorted(
        path
        for path in root.rglob("*.py")
        if not {"site-packages", "dist-packages"} & set(path.relative_to(root).parts) and path.is_file()
    )
    if not files:
        raise CommandError(
            f"{root} holds no source of the standard library; name files of your own: bytewright tour FILE…"
        )
    return files


def check(files: Sequence[Path]) -> None:
    """Raises for files whose bytes are not the text itself: the tour compares what it decodes with the bytes of the files.

    Raises:
        CommandError: Such a file, or nothing to read.
    """
    for path in files:
        if path.suffix.lower() in REWRITTEN or not path.is_file():
            raise CommandError(
                f"{path}: the tour reads plain text; unpack it first (train and encode read it as it is)"
            )
    if not any(path.stat().st_size for path in files):
        raise CommandError(f"nothing to read: {', '.join(map(str, files[:3])) or 'no files'} hold no text")


def slice_of(files: Sequence[Path], limit: int) -> list[str]:
    """The first `limit` bytes or so of the files as strings, a file each; files that are not UTF-8 are left out."""
    texts: list[str] = []
    room = limit
    for text in _texts(files, limit):
        data_size = len(text.encode())
        if data_size > room:
            text = text.encode()[:room].decode(errors="ignore")
            data_size = room
        texts.append(text)
        room -= data_size
        if room <= 0:
            break
    return texts


def _texts(files: Sequence[Path], limit: int) -> Iterator[str]:
    for path in files:
        with path.open("rb") as file:
            data = file.read(limit + 4)
        cut = len(data) > limit
        try:
            text = data.decode(errors="strict")
        except UnicodeDecodeError as error:
            if not cut or error.start < len(data) - 4:
                continue
            text = data[: error.start].decode()
        if text:
            yield text
