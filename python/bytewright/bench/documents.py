"""Files cut into documents once, so that every peer gets the same ones."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bytewright import BytewrightError

# The English Wikipedia of many corpora: `<doc id=…>` to `</doc>`, an article each.
ARTICLE_END = b"</doc>\n"
CHARACTERS = 10_000


@dataclass(frozen=True)
class Corpus:
    """Documents on disk.

    Attributes:
        files: (path, bytes used, SHA-256 of these bytes) of each file.
        text: All documents, one after the other.
        offsets: `.npy` of where each begins, and the end: (D + 1,) int64.
        count: Number of documents.
        size: Bytes in all.
        separator: What each document ends with, where they are defined so; else they are cut by characters.
        rule: In words, how the documents were cut.
    """

    files: list[tuple[str, int, str]]
    text: Path
    offsets: Path
    count: int
    size: int
    separator: bytes | None
    rule: str


def is_made_of_articles(text: bytes) -> bool:
    """Whether a text is nothing but `<doc …>` to `</doc>`, the last one perhaps cut off."""
    if not text.startswith(b"<doc ") or ARTICLE_END not in text:
        return False
    return text.count(ARTICLE_END) == text.count(ARTICLE_END + b"<doc ") + text.endswith(ARTICLE_END)


def ends_by_separator(text: bytes, separator: bytes) -> list[int]:
    """Where documents end that each end with `separator` (the last one may end without)."""
    ends = []
    at = text.find(separator)
    while at >= 0:
        ends.append(at + len(separator))
        at = text.find(separator, at + len(separator))
    if text and (not ends or ends[-1] != len(text)):
        ends.append(len(text))
    return ends


def ends_by_characters(text: bytes, characters: int) -> list[int]:
    """Where documents of `characters` characters each end, in bytes."""
    # A byte that does not continue a character begins one.
    starts = np.flatnonzero((np.frombuffer(text, dtype=np.uint8) & 0xC0) != 0x80)
    return [*starts[characters::characters].tolist(), len(text)] if text else []


def _head(path: Path, limit: int | None) -> bytes:
    """The first `limit` bytes of a file, back to the end of a whole character."""
    with path.open("rb") as file:
        text = file.read() if limit is None else file.read(limit)
    if limit is not None and len(text) == limit:
        end = len(text)
        while end > len(text) - 4 and end > 0 and not _is_whole(text[max(0, end - 4) : end]):
            end -= 1
        text = text[:end]
    try:
        text.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BytewrightError(
            f"{path}: byte {error.start} is not valid UTF-8; the peers take text only"
        ) from None
    return text


def _is_whole(tail: bytes) -> bool:
    """Whether the last character of a few bytes is complete."""
    for back in range(1, len(tail) + 1):
        lead = tail[-back]
        if lead & 0xC0 != 0x80:
            need = 1 if lead < 0x80 else 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
            return back >= need
    return False


def prepare(
    paths: Sequence[Path],
    folder: Path,
    *,
    separator: bytes | None = None,
    characters: int | None = None,
    limit: int | None = None,
) -> Corpus:
    """Cuts files into documents and writes them where the workers find them.

    Args:
        paths: The files.
        folder: An existing folder to write to.
        separator: A document ends after each occurrence. Default: `</doc>` with a line end, where the files
            are made of such articles.
        characters: Cut every so many characters instead; 0: a file is one document.
        limit: Use the first `limit` bytes of each file only.

    Raises:
        BytewrightError: A file is empty or not valid UTF-8.
        OSError: A file cannot be read.
    """
    texts = [_head(path, limit) for path in paths]
    for path, text in zip(paths, texts, strict=True):
        if not text:
            raise BytewrightError(f"{path}: there is no text in it")
    if separator is None and characters is None and all(map(is_made_of_articles, texts)):
        separator = ARTICLE_END
    if separator is not None:
        rule = f"end at {separator.decode('utf-8', 'backslashreplace')!r}"
        cut = [ends_by_separator(text, separator) for text in texts]
    elif characters == 0:
        rule = "one a file"
        cut = [[len(text)] for text in texts]
    else:
        characters = characters or CHARACTERS
        rule = f"cut every {characters:,} characters"
        cut = [ends_by_characters(text, characters) for text in texts]
    return _write(paths, texts, cut, folder, separator, rule)


def _write(
    paths: Sequence[Path],
    texts: Sequence[bytes],
    cut: Sequence[Sequence[int]],
    folder: Path,
    separator: bytes | None,
    rule: str,
) -> Corpus:
    offsets = [0]
    for ends in cut:
        base = offsets[-1]
        offsets.extend(base + end for end in ends)
    place = folder / "documents.txt"
    with place.open("wb") as file:
        file.writelines(texts)
    np.save(folder / "offsets.npy", np.array(offsets, dtype=np.int64))
    return Corpus(
        files=[(str(p), len(t), hashlib.sha256(t).hexdigest()) for p, t in zip(paths, texts, strict=True)],
        text=place,
        offsets=folder / "offsets.npy",
        count=len(offsets) - 1,
        size=offsets[-1],
        separator=separator,
        rule=rule,
    )


def read_bytes(text: str, offsets: str) -> list[bytes]:
    """The documents, as bytes."""
    data = Path(text).read_bytes()
    ends = np.load(offsets).tolist()
    return [data[a:b] for a, b in itertools.pairwise(ends)]


def read_text(text: str, offsets: str) -> list[str]:
    """The documents, as strings."""
    return [document.decode("utf-8") for document in read_bytes(text, offsets)]


def join_with_nul(documents: Iterable[bytes]) -> bytes:
    """The documents with a NUL between them, for tools that drop the separator.

    Raises:
        BytewrightError: The text holds NUL bytes, so that they would not tell documents apart.
    """
    parts = list(documents)
    for index, part in enumerate(parts):
        if b"\0" in part:
            raise BytewrightError(
                f"document {index} holds a NUL byte, which this peer needs as its separator"
            )
    return b"\0".join(parts)
