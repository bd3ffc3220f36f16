"""Counting tokens over corpora: how many there are, and how often each occurs."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import bytewright._native as native
from bytewright import sources
from bytewright.profiles import Profile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import numpy as np
    import numpy.typing as npt

    from bytewright.corpora import Reading

Counted: TypeAlias = "sources.Path | Profile | Iterable[sources.Path | Profile]"
"""What is counted in the place of paths: a profile stands for its text."""

_BATCH_CHARACTERS = 8_000_000
_BATCH_DOCUMENTS = 10_000
"""Documents are handed on when they have so many characters, or are so many: work for all threads, and the most of a generator that is in
memory at once."""


@dataclass(frozen=True, eq=False, slots=True)
class CorpusCount:
    """What a corpus holds, or one file of it.

    Attributes:
        documents: How many.
        bytes: Of text; without what stands around it in compressed files and JSON lines.
        tokens: How many.
        special_tokens_seen: Special tokens that stood in the text and were taken for ordinary text. For a profile: those that were looked for
            when it was made.
        dropped: Pretokens that a profile left out; they are not counted.
        distinct: Tokens that occur at least once; `None` where frequencies were not asked for.
        frequencies: How often each id occurs, (V,) uint64; `None` where that was not asked for, and for one file of several.
        path: The file; `None` for the whole corpus, for a profile in memory and for documents.
        files: The same for each file or profile, in their order, and for documents all together.
    """

    documents: int
    bytes: int
    tokens: int
    special_tokens_seen: int
    dropped: int
    distinct: int | None = None
    frequencies: npt.NDArray[np.uint64] | None = None
    path: str | None = None
    files: tuple[CorpusCount, ...] = ()

    @property
    def bytes_per_token(self) -> float | None:
        """How much text a token stands for; `None` where there are no tokens."""
        return self.bytes / self.tokens if self.tokens else None

    def __repr__(self) -> str:
        place = f"{self.path}: " if self.path is not None else ""
        return (
            f"<CorpusCount {place}{self.documents:,} documents, {self.bytes:,} bytes, {self.tokens:,} tokens>"
        )


class _Total:
    """Rows of the core and frequencies, added up."""

    def __init__(self, with_frequencies: bool) -> None:
        self.row = (0, 0, 0, 0, 0, 0)
        self.frequencies: npt.NDArray[np.uint64] | None = None
        self._with_frequencies = with_frequencies

    def add(self, row: native._Row, frequencies: npt.NDArray[np.uint64] | None = None) -> None:
        a, b = self.row, row
        self.row = (a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3], a[4] + b[4], a[5] + b[5])
        if self.frequencies is None:
            self.frequencies = frequencies
        elif frequencies is not None:
            self.frequencies = self.frequencies + frequencies

    def count(
        self, path: str | None, files: tuple[CorpusCount, ...] = (), *, keep: bool = True
    ) -> CorpusCount:
        """The sum; the number of distinct tokens follows from the frequencies where those of the rows can't be added up."""
        import numpy as np

        distinct: int | None = None
        if self._with_frequencies:
            distinct = self.row[3] if self.frequencies is None else int(np.count_nonzero(self.frequencies))
        documents, size, tokens, _, seen, dropped = self.row
        return CorpusCount(
            documents, size, tokens, seen, dropped, distinct, self.frequencies if keep else None, path, files
        )


class Counter:
    """Counts whatever is given to it, in bounded memory."""

    def __init__(
        self, tokenizer: native.Tokenizer, reading: Reading, *, frequencies: bool, special_seen: bool
    ) -> None:
        self._tokenizer, self._reading = tokenizer, reading
        self._frequencies, self._special_seen = frequencies, special_seen
        self._waiting: list[str | native.Profile] = []
        self._files: list[CorpusCount] = []
        self._total = _Total(frequencies)
        self._documents: _Total | None = None
        self._seen = 0

    def add_file(self, path: str) -> None:
        """Counts a file, be it a profile."""
        if not sources.is_parquet(path):
            self._waiting.append(path)
            return
        self._flush()
        total = _Total(self._frequencies)
        for batch in batches(sources.read_parquet(path, self._reading.field)):
            self._count_documents(batch, total)
        self._files.append(total.count(path, keep=False))
        self._total.add(total.row, total.frequencies)

    def add_profile(self, profile: Profile) -> None:
        """Counts a profile in memory."""
        self._waiting.append(profile._native)

    def add_documents(self, documents: Sequence[str | bytes]) -> None:
        """Counts documents."""
        self._flush()
        self._documents = self._documents or _Total(self._frequencies)
        self._count_documents(documents, self._documents)

    def _count_documents(self, documents: Sequence[str | bytes], total: _Total) -> None:
        reading = self._reading
        row, frequencies = native.count_documents(
            self._tokenizer,
            documents,
            reading.allow_special,
            self._special_seen,
            self._frequencies,
            reading.threads,
        )
        total.add(row, frequencies)
        self._seen += row[0]
        if reading.report is not None:
            reading.report("counting documents", "documents", self._seen, None)

    def _flush(self) -> None:
        """Counts files that lie side by side in one call, so that the core tells how far all of them have come."""
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        reading = self._reading
        rows, frequencies = native.count_corpus(
            self._tokenizer,
            waiting,
            reading.separator,
            reading.field,
            reading.allow_special,
            self._special_seen,
            self._frequencies,
            reading.threads,
            reading.report,
        )
        for source, row in zip(waiting, rows, strict=True):
            part = _Total(self._frequencies)
            part.add(row)
            self._files.append(part.count(source if isinstance(source, str) else None))
            self._total.add(row)
        self._total.add((0, 0, 0, 0, 0, 0), frequencies)

    def finish(self) -> CorpusCount:
        """The count of all."""
        self._flush()
        if self._documents is not None:
            self._files.append(self._documents.count(None, keep=False))
            self._total.add(self._documents.row, self._documents.frequencies)
        if self._frequencies and self._total.frequencies is None:
            import numpy as np

            self._total.frequencies = np.zeros(self._tokenizer.vocabulary_size, np.uint64)
        return self._total.count(None, tuple(self._files))


def count_paths(
    tokenizer: native.Tokenizer,
    paths: Counted,
    reading: Reading,
    *,
    frequencies: bool,
    special_seen: bool = False,
) -> CorpusCount:
    """Counts files and profiles, given as paths (`str`, `PathLike`) or `Profile`."""
    counter = Counter(tokenizer, reading, frequencies=frequencies, special_seen=special_seen)
    listed = [paths] if isinstance(paths, (str, os.PathLike, Profile)) else paths
    for path in listed:
        if isinstance(path, Profile):
            counter.add_profile(path)
        else:
            for file in sources.expand([path]):
                counter.add_file(file)
    return counter.finish()


def count_source(
    tokenizer: native.Tokenizer,
    source: sources.Path | Profile | Iterable[str | bytes | os.PathLike[str] | Profile],
    reading: Reading,
    *,
    frequencies: bool,
) -> CorpusCount:
    """Counts a path, a profile, or an iterable of documents (`str`, `bytes`), files (`PathLike`) and profiles."""
    if isinstance(source, (str, os.PathLike, Profile)):
        return count_paths(tokenizer, source, reading, frequencies=frequencies, special_seen=True)
    if isinstance(source, (bytes, bytearray, memoryview)):
        raise TypeError("a lone bytes is neither a path nor an iterable of documents; put it into a list")
    counter = Counter(tokenizer, reading, frequencies=frequencies, special_seen=True)
    for batch in batches(_checked(source)):
        if isinstance(batch[0], Profile):
            counter.add_profile(batch[0])
        elif isinstance(batch[0], os.PathLike):
            for file in sources.expand(batch[0]):
                counter.add_file(file)
        else:
            counter.add_documents(batch)
    return counter.finish()


def _checked(source: Iterable[Any]) -> Iterator[Any]:
    for index, item in enumerate(source):
        if not isinstance(item, (str, bytes, bytearray, memoryview, os.PathLike, Profile)):
            raise TypeError(
                f"item {index} of the source is str or bytes (a document), a path (a file) or a Profile, not {type(item).__name__}"
            )
        yield item


def batches(items: Iterable[Any]) -> Iterator[list[Any]]:
    """Documents some megabytes at a time, and whatever else alone."""
    batch: list[Any] = []
    size = 0
    for item in items:
        if isinstance(item, (os.PathLike, Profile)):
            if batch:
                yield batch
                batch, size = [], 0
            yield [item]
            continue
        batch.append(item)
        # What is no text is told by the core, which names it.
        size += len(item) if isinstance(item, (str, bytes)) else 0
        if size >= _BATCH_CHARACTERS or len(batch) >= _BATCH_DOCUMENTS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
