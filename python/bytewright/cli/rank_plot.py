"""Frequency against rank, as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bytewright.cli import output
from bytewright.cli.options import CommandError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bytewright.cli.frequencies import Frequencies, Row

FORMATS = (".png", ".svg", ".pdf")

LABELS = 24
"""Tokens that are named in the picture at most: more would hide each other."""


def require(path: str) -> None:
    """Raises before the long work where the picture could not be drawn after it.

    Raises:
        CommandError: The name does not end in `.png`, `.svg` or `.pdf`.
        MissingExtraError: matplotlib is not installed.
    """
    if Path(path).suffix.lower() not in FORMATS:
        raise CommandError(f"--plot {path}: name a file that ends in {', '.join(FORMATS)}")
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        from bytewright import MissingExtraError

        raise MissingExtraError("--plot needs matplotlib: pip install 'bytewright[plot]'") from None


def draw(path: str, frequencies: Frequencies, marked: Sequence[Row], vocabulary: str) -> None:
    """Draws the count of each token that occurs against its rank, both logarithmic; `marked` tokens are named."""
    import matplotlib
    import numpy as np

    matplotlib.use("Agg")
    from matplotlib import pyplot

    order = frequencies.order()
    counts = frequencies.counts[order]
    occurring = int(np.count_nonzero(counts))
    ranks = np.arange(1, occurring + 1)
    figure, axes = pyplot.subplots(figsize=(8, 5.5), layout="constrained")
    axes.plot(ranks, counts[:occurring], color="#2a6f97", linewidth=1.6)
    place = {int(id): rank for rank, id in enumerate(order, 1)}
    named = sorted(
        (row for row in dict.fromkeys(marked[:LABELS]) if row.occurrences), key=lambda row: place[row.id]
    )
    for number, row in enumerate(named):
        # On either side of the line in turn: rare tokens lie close together.
        offset, side = ((6, 4), "left") if number % 2 == 0 else ((-6, -11), "right")
        axes.plot([place[row.id]], [row.occurrences], "o", color="#c1440e", markersize=4)
        # The fonts at hand may lack other letters.
        name = row.shown.replace("·", " ").strip() or row.shown
        label = name if name.isascii() else f"id {row.id}"
        axes.annotate(
            label.replace("$", r"\$"),
            (place[row.id], row.occurrences),
            textcoords="offset points",
            xytext=offset,
            ha=side,
            fontsize=8,
        )
    if occurring:
        axes.set_xscale("log")
        axes.set_yscale("log")
    axes.set_xlabel("rank of the token")
    axes.set_ylabel("how often it occurs")
    axes.grid(True, which="major", color="#d5dbe0", linewidth=0.6)
    axes.set_axisbelow(True)
    for edge in ("top", "right"):
        axes.spines[edge].set_visible(False)
    axes.set_title(
        f"{vocabulary.replace('$', '')}: {occurring:,} distinct tokens, {int(counts.sum()):,} in all",
        fontsize=11,
    )
    with output.written_aside(path) as file:
        figure.savefig(file, dpi=150, format=Path(path).suffix[1:].lower())
    pyplot.close(figure)
