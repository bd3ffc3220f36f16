"""How often each token occurs, as rows for tables, CSV, JSON and pictures."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO

from bytewright.cli.terminal import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    import numpy.typing as npt

    from bytewright import CorpusCount, Tokenizer


class Row(NamedTuple):
    """A token and how often it occurs."""

    id: int
    data: bytes
    special: bool
    occurrences: int

    @property
    def shown(self) -> str:
        """The token, so that every byte of it can be seen."""
        return visible(self.data)

    @property
    def text(self) -> str:
        r"""The token as text, with `\xE5` for what is no UTF-8; the bytes themselves are in `hex`."""
        return self.data.decode(errors="backslashreplace")

    def as_json(self) -> dict[str, Any]:
        """The row as JSON takes it."""
        return {
            "id": self.id,
            "text": self.text,
            "hex": self.data.hex(),
            "special": self.special,
            "count": self.occurrences,
        }


class Frequencies:
    """How often each token of a vocabulary occurs in a corpus."""

    def __init__(self, tokenizer: Tokenizer, count: CorpusCount) -> None:
        assert count.frequencies is not None
        self.counts: npt.NDArray[np.uint64] = count.frequencies
        self._special = {id: token.encode() for token, id in tokenizer.special_tokens.items()}
        self._tokens = tokenizer.vocabulary
        self._sorted: npt.NDArray[np.intp] | None = None

    def order(self) -> npt.NDArray[np.intp]:
        """The ids of all tokens, the most frequent first; of equal ones the smaller id first."""
        import numpy as np

        if self._sorted is None:
            ids = np.array(
                [id for id, data in enumerate(self._tokens) if data is not None or id in self._special],
                dtype=np.intp,
            )
            # Stable, from the largest count on: the order of ids stays among equal ones.
            self._sorted = ids[np.argsort(~self.counts[ids], kind="stable")]
        return self._sorted

    def rows(self, ids: Iterable[int]) -> list[Row]:
        """The rows of some ids, in their order."""
        rows = []
        for id in ids:
            data = self._special.get(id) or self._tokens[id] or b""
            rows.append(Row(id, data, id in self._special, int(self.counts[id])))
        return rows

    def most_common(self, number: int | None) -> list[Row]:
        """The most frequent tokens; with `None` all of the vocabulary, those that do not occur last."""
        return self.rows(self.order()[:number].tolist())


def write_csv(out: TextIO, rows: Sequence[Row]) -> None:
    """The rows as comma-separated values, with a line of names first."""
    out.write("id,count,bytes,hex,special,text\n")
    # Quoted without exception: a lone carriage return would end a row, and spreadsheets read 2065 as a number.
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    for row in rows:
        writer.writerow([row.id, row.occurrences, len(row.data), row.data.hex(), int(row.special), row.text])
