"""What people read on a terminal: sizes, rates, tables, colour."""

from __future__ import annotations

import os
import unicodedata
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Sequence


def use_colour(stream: TextIO) -> bool:
    """Whether to write colours: to terminals, unless NO_COLOR is set; FORCE_COLOR wins over a pipe."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def bold(text: str, colour: bool) -> str:
    """The text in bold, where colour is wanted."""
    return f"\x1b[1m{text}\x1b[0m" if colour else text


def dim(text: str, colour: bool) -> str:
    """The text in a lighter shade, where colour is wanted."""
    return f"\x1b[2m{text}\x1b[0m" if colour else text


def size(count: float) -> str:
    """A number of bytes.

    Example:
        >>> size(31_400_000)
        '31.4 MB'
    """
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= scale:
            return f"{count / scale:.1f} {unit}"
    return f"{count:.0f} B"


def seconds(time: float) -> str:
    """A duration in three significant digits or so."""
    if time < 0.0995:
        return f"{time * 1000:.1f} ms"
    if time < 99.5:
        return f"{time:.2f} s"
    return f"{time // 60:.0f} min {time % 60:02.0f} s"


def rate(count: float, time: float) -> str:
    """Bytes per second; empty where the time is too short to say."""
    if time <= 0 or count <= 0:
        return ""
    speed = count / time / 1e6
    return f"{speed:.2f} MB/s" if speed < 1 else f"{speed:.1f} MB/s" if speed < 10 else f"{speed:,.0f} MB/s"


def percent(part: float, whole: float) -> str:
    """A share with four digits or so; a dash where there is no whole.

    Example:
        >>> percent(1, 6), percent(1, 0)
        ('16.67 %', '-')
    """
    return f"{100 * part / whole:.2f} %" if whole else "-"


def file_name(name: str) -> str:
    """The name of a file, in which what has no shape, such as a line feed or a byte that is no UTF-8, is escaped."""
    if name.isprintable():
        return name
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in name)


def plural(count: int, noun: str) -> str:
    """`1 file`, `2,000 files`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def display_width(text: str) -> int:
    """Columns that a text takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(
        0
        if unicodedata.category(character) in ("Mn", "Me")
        else 2
        if unicodedata.east_asian_width(character) in "WF"
        else 1
        for character in text
    )


def clip(text: str, width: int) -> str:
    """The text, cut in the middle where it is wider than `width` columns."""
    if display_width(text) <= width:
        return text
    half = (width - 1) // 2
    return f"{_fitting(text, width - 1 - half)}…{_fitting(text[::-1], half)[::-1]}"


def _fitting(text: str, width: int) -> str:
    """As much of the beginning as fits into `width` columns."""
    for end in range(min(len(text), width), 0, -1):
        if display_width(text[:end]) <= width:
            return text[:end]
    return ""


def table(rows: Sequence[Sequence[str]], align: str, indent: str = "  ", gap: str = "  ") -> list[str]:
    """Lines of a table.

    Args:
        rows: Cells; all rows of the same length.
        align: A character a column, `<` or `>`.
        indent: Before each line.
        gap: Between columns.
    """
    widths = [max(map(display_width, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [
            f"{' ' * (width - display_width(cell))}{cell}"
            if side == ">"
            else f"{cell}{' ' * (width - display_width(cell))}"
            for cell, side, width in zip(row, align, widths, strict=True)
        ]
        lines.append((indent + gap.join(cells)).rstrip())
    return lines


def visible(token: bytes, newline: str = "↵") -> str:
    r"""A token as text that can be told from its neighbours: white space has a sign, and what has no shape is escaped.

    Args:
        token: Any bytes.
        newline: What stands for a line feed.

    Example:
        >>> visible(b" the\n\xe2\x80")
        '·the↵\\xE2\\x80'
    """
    text = token.decode("utf-8", "surrogateescape")
    if text.isascii() and text.isprintable():
        return text.replace(" ", "·")
    signs = {" ": "·", "\n": newline, "\t": "→"}
    out = []
    for place, character in enumerate(text):
        code = ord(character)
        if character in signs:
            out.append(signs[character])
        elif 0xDC80 <= code <= 0xDCFF:
            out.append(f"\\x{code - 0xDC00:02X}")
        elif code < 0x20 or 0x7F <= code < 0xA0:
            out.append(f"\\x{code:02X}" if code < 0x80 else f"\\u{code:04X}")
        elif not character.isprintable():  # separators, formatting characters, unassigned ones
            out.append(f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}")
        elif place == 0 and unicodedata.category(character) in ("Mn", "Me"):
            out.append(f"◌{character}")
        else:
            out.append(character)
    return "".join(out)
