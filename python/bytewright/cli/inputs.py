"""What commands read: files, globs and folders by name, and documents from stdin."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bytewright.cli.options import CommandError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

READ = 1 << 20
"""Bytes asked of stdin at a time."""


def is_stdin(name: str) -> bool:
    """Whether an argument means stdin."""
    return name == "-"


def stdin_documents(separator: bytes | None, field: str | None) -> Iterator[bytes]:
    """The documents of stdin, as they come in.

    Args:
        separator: A document ends after each of these; without it, all of stdin is one document.
        field: Stdin holds JSON lines, and this field of each is a document.

    Raises:
        CommandError: A line is not a JSON object with that field.
    """
    if field is not None:
        yield from _json_lines(field)
    elif separator is not None:
        yield from _separated(separator)
    else:
        data = sys.stdin.buffer.read()
        if data:
            yield data


def _separated(separator: bytes) -> Iterator[bytes]:
    rest = b""
    while block := sys.stdin.buffer.read1(READ):
        # Only the new block, and as much before it as could begin a separator, can hold one that was not seen yet.
        seen = max(0, len(rest) - len(separator) + 1)
        rest += block
        start = 0
        while (end := rest.find(separator, max(start, seen))) >= 0:
            yield rest[start : end + len(separator)]
            start = end + len(separator)
        rest = rest[start:]
    if rest:
        yield rest


def _json_lines(field: str) -> Iterator[bytes]:
    for number, line in enumerate(sys.stdin.buffer, 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except ValueError as error:
            raise CommandError(f"<stdin>: line {number}: not JSON: {error}") from None
        text = record.get(field) if isinstance(record, dict) else None
        if not isinstance(text, str):
            raise CommandError(f"<stdin>: line {number}: not a JSON object with a text in {field!r}")
        yield text.encode("utf-8", "replace" if _has_surrogates(text) else "strict")


def _has_surrogates(text: str) -> bool:
    return not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text)


def batches(documents: Iterator[bytes], size: int = 16 << 20) -> Iterator[list[bytes]]:
    """Documents in lists of about `size` bytes."""
    batch: list[bytes] = []
    total = 0
    for document in documents:
        batch.append(document)
        total += len(document)
        if total >= size:
            yield batch
            batch, total = [], 0
    if batch:
        yield batch


def refuse_missing(names: Sequence[str]) -> None:
    """Raises for the first name that is neither there nor a glob, before any work is done."""
    for name in names:
        if not is_stdin(name) and not any(sign in name for sign in "*?[") and not Path(name).exists():
            raise FileNotFoundError(2, "No such file or folder", name)
