"""Files through a tokenizer: plain, compressed and JSON-lines files in the core, Parquet by pyarrow, in the order given."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, NamedTuple

from bytewright import sources

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    import numpy.typing as npt

    from bytewright import _native
    from bytewright.progress import Report

_PARQUET_DOCUMENTS = 4096
"""Documents of Parquet that are encoded together: some 20 MB of web pages."""


class Reading:
    """How files are read and the work is reported."""

    def __init__(
        self,
        separator: str | bytes | None,
        field: str | None,
        allow_special: bool,
        threads: int,
        report: Report | None,
    ) -> None:
        self.separator = separator.encode() if isinstance(separator, str) else separator
        self.field = field
        self.allow_special = allow_special
        self.threads = threads
        self.report = report

    def batches_of_parquet(self, path: str) -> Iterator[list[str | bytes]]:
        """The documents of a Parquet file, some at a time."""
        documents = sources.read_parquet(path, self.field)
        while batch := list(itertools.islice(documents, _PARQUET_DOCUMENTS)):
            yield batch

    @property
    def allowed(self) -> str | tuple[()]:
        """`allowed_special` for documents of Parquet."""
        return "all" if self.allow_special else ()


class _Run(NamedTuple):
    """Files that lie side by side in the input and are read in the same way."""

    parquet: bool
    paths: list[str]


def _runs(paths: list[str]) -> Iterator[_Run]:
    for parquet, run in itertools.groupby(paths, sources.is_parquet):
        yield _Run(parquet, list(run))


def encode_to(
    tokenizer: _native.Tokenizer,
    sink: Callable[[npt.NDArray[Any], npt.NDArray[np.int64]], object],
    paths: list[str],
    reading: Reading,
    dtype: str,
) -> int:
    """Hands ids and offsets of some documents at a time to `sink`; returns how many special tokens were ordinary text.

    Those in Parquet files are not counted.
    """
    seen = 0
    for run in _runs(paths):
        if run.parquet:
            for batch in itertools.chain.from_iterable(map(reading.batches_of_parquet, run.paths)):
                sink(
                    *tokenizer.encode_batch_to_numpy(
                        batch, reading.allowed, (), False, dtype, reading.threads
                    )
                )
        else:
            seen += tokenizer.encode_files_to(
                sink,
                run.paths,
                reading.separator,
                reading.field,
                reading.allow_special,
                dtype,
                reading.threads,
                reading.report,
            )
    return seen


def encode(
    tokenizer: _native.Tokenizer, paths: list[str], reading: Reading, dtype: str
) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
    """Ids and offsets of all documents."""
    if not any(map(sources.is_parquet, paths)):
        ids, offsets, _ = tokenizer.encode_files(
            paths,
            reading.separator,
            reading.field,
            reading.allow_special,
            dtype,
            reading.threads,
            reading.report,
        )
        return ids, offsets
    import numpy as np

    parts: list[npt.NDArray[Any]] = [np.zeros(0, dtype)]
    ends: list[npt.NDArray[np.int64]] = [np.zeros(1, np.int64)]
    size = 0

    def collect(ids: npt.NDArray[Any], offsets: npt.NDArray[np.int64]) -> None:
        nonlocal size
        ends.append(offsets[1:] + size)
        parts.append(ids)
        size += len(ids)

    encode_to(tokenizer, collect, paths, reading, dtype)
    return np.concatenate(parts), np.concatenate(ends)
