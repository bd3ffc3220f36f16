"""The results as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bytewright.cli import rank_plot


def require(path: Path) -> None:
    """Raises before the long work where the picture could not be drawn after it.

    Raises:
        CommandError: The name does not end as a picture's does.
        MissingExtraError: matplotlib is not installed.
    """
    rank_plot.require(str(path))


def draw(rows: Sequence[dict[str, Any]], title: str, path: Path) -> None:
    """Bars of MB/s by the clock, a bar an entry, with all its runs as dots."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    shown = [row for row in rows if row["runs"]]
    figure, axes = pyplot.subplots(figsize=(8, 0.6 * len(shown) + 1.4), layout="constrained")
    for place, row in enumerate(reversed(shown)):
        speeds = [row["bytes"] / run["wall"][0] / 1e6 for run in row["runs"]]
        ours = row["peer"] == "bytewright"
        axes.barh(place, row["bytes"] / row["first_seconds"] / 1e6, color="#2a6f97" if ours else "#a9b4bd")
        axes.plot(speeds, [place] * len(speeds), ".", color="#222222", markersize=4)
    axes.set_yticks(
        range(len(shown)), [f"{row['peer']}:{row['mode']} {row['task']}" for row in reversed(shown)]
    )
    axes.set_xlabel("MB/s of text, first pass; median and all runs")
    axes.set_title(title)
    figure.savefig(path, dpi=150)
    pyplot.close(figure)
