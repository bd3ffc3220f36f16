"""Size against speed, as a picture."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bytewright.bench.compression.programs import DIRECTIONS, PROGRAMS
from bytewright.bench.compression.report import on_front
from bytewright.bench.compression.trial import Trial
from bytewright.cli import terminal

OURS = "#c1440e"
# As far apart as ten colours can be, and none like ours; in the order of the table.
OTHERS = (
    "#7f7f7f",
    "#2a6f97",
    "#5b9bd5",
    "#6a4c93",
    "#2e7d32",
    "#00838f",
    "#8d6e63",
    "#b8860b",
    "#ad1457",
    "#37474f",
)
FRONT = "#f3d9cd"
LABEL_SIZE = 9
# Where a label may stand, seen from its point: the nearest places first.
ANGLES = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))
DISTANCES = (6, 12, 20, 30)

# Left, bottom, right, top, in pixels.
Box = tuple[float, float, float, float]


def draw(files: Sequence[Sequence[Trial]], threads: int, path: Path) -> None:
    """Size (% of the original) against speed, a row of two panels a file: compressing and decompressing.

    Settings of a program are joined by a line; the front of what nothing else beats lies behind.

    Args:
        files: The trials of each file.
        threads: Threads that were asked for.
        path: The picture.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, rows = pyplot.subplots(
        len(files), 2, figsize=(15, 7.2 * len(files)), squeeze=False, sharey="row", layout="constrained"
    )
    for axes_of_row, trials in zip(rows, files, strict=True):
        original = trials[0].original
        name = f"{Path(original.shown).name.replace('$', '')}, {terminal.size(original.size)}"
        for axes, direction in zip(axes_of_row, DIRECTIONS, strict=True):
            _panel(axes, trials, direction)
            axes.set_title(f"{name}: {direction}, up to {terminal.plural(threads, 'thread')}", fontsize=12)
        axes_of_row[0].set_ylabel("compressed size, % of the original (smaller is up)", fontsize=10)
        # Once for the two panels, which share it.
        axes_of_row[0].invert_yaxis()
    figure.supxlabel(
        "Broad line: what nothing else beats in both. Hollow: start-up varies by as much, the speed is rough.",
        fontsize=9,
        color="#555555",
    )
    # Labels are placed by what takes up room once all is laid out.
    figure.canvas.draw()
    for axes_of_row, trials in zip(rows, files, strict=True):
        for axes, direction in zip(axes_of_row, DIRECTIONS, strict=True):
            _label(axes, trials, direction)
    figure.savefig(path, dpi=130)
    pyplot.close(figure)


def _colour(name: str) -> str:
    others = [program.name for program in PROGRAMS if program.name != "bytewright"]
    return OURS if name == "bytewright" else OTHERS[others.index(name) % len(OTHERS)]


def _shown(trials: Sequence[Trial], direction: str) -> list[Trial]:
    return [trial for trial in trials if trial.is_timed and trial.speed(direction) > 0]


def _panel(axes: Any, trials: Sequence[Trial], direction: str) -> None:
    from matplotlib import ticker

    shown = _shown(trials, direction)
    front = on_front(trials, direction)
    if front:
        # A program is as good as the front where it stands to the right of or above the steps.
        speeds, sizes = [front[0].speed(direction) / 1e6], [max(trial.percent for trial in shown)]
        for trial in front:
            speeds += [trial.speed(direction) / 1e6] * 2
            sizes += [sizes[-1], trial.percent]
        speeds.append(min(trial.speed(direction) for trial in shown) / 1e6)
        sizes.append(sizes[-1])
        axes.plot(speeds, sizes, color=FRONT, linewidth=5, solid_joinstyle="round", zorder=1)
    for name in dict.fromkeys(trial.program.name for trial in shown):
        of_program = [trial for trial in shown if trial.program.name == name]
        ours = name == "bytewright"
        axes.plot(
            [trial.speed(direction) / 1e6 for trial in of_program],
            [trial.percent for trial in of_program],
            marker="o",
            color=_colour(name),
            linewidth=1.8 if ours else 0.8,
            markersize=7 if ours else 5,
            zorder=4 if ours else 3,
        )
    rough = [trial for trial in shown if trial.figures[direction].is_rough]
    # As hollow as what is known of them.
    axes.plot(
        [trial.speed(direction) / 1e6 for trial in rough],
        [trial.percent for trial in rough],
        "o",
        color="white",
        markersize=3,
        zorder=5,
    )
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(ticker.NullFormatter())
    # Room for the labels at the sides.
    axes.margins(x=0.08, y=0.06)
    axes.set_xlabel("MB/s of the original, start-up not included (faster is right)", fontsize=10)
    axes.grid(True, which="major", color="#e3e7ea", linewidth=0.6)
    axes.set_axisbelow(True)
    for edge in ("top", "right"):
        axes.spines[edge].set_visible(False)


def _label(axes: Any, trials: Sequence[Trial], direction: str) -> None:
    """Names each point, where no other name, no point and as little as may be of the lines stands."""
    from matplotlib import patheffects

    shown = _shown(trials, direction)
    scale = axes.figure.dpi / 72
    at = {
        trial.label: axes.transData.transform((trial.speed(direction) / 1e6, trial.percent))
        for trial in shown
    }
    taken = [(x - 4 * scale, y - 4 * scale, x + 4 * scale, y + 4 * scale) for x, y in at.values()]
    lines = _along_lines([(trial.program.name, *at[trial.label]) for trial in shown])
    window = axes.get_window_extent()
    # Ours first, then those that have least choice: they stand in a crowd.
    order = sorted(shown, key=lambda trial: (trial.program.name != "bytewright", _room(trial, at)))
    for trial in order:
        ours, colour = trial.program.name == "bytewright", _colour(trial.program.name)
        text = axes.annotate(
            trial.label,
            (trial.speed(direction) / 1e6, trial.percent),
            textcoords="offset points",
            xytext=(0, 0),
            fontsize=LABEL_SIZE + 1 if ours else LABEL_SIZE,
            fontweight="bold" if ours else "normal",
            color=colour,
            path_effects=[patheffects.withStroke(linewidth=2, foreground="white")],
            zorder=6,
        )
        box = text.get_window_extent(axes.figure.canvas.get_renderer())
        x, y = at[trial.label]
        places = [
            (distance, _placed(x, y, box.width, box.height, right, up, distance * scale))
            for distance in DISTANCES
            for right, up in ANGLES
        ]
        # A line through a name is better than a name far off, a name upon a name worse than both.
        costs = [
            5 * sum(_overlap(place, other) for other in taken)
            + 50 * _outside(place, window)
            + scale**2 * (_crossed(place, lines) + 2 * distance)
            for distance, place in places
        ]
        distance, place = places[costs.index(min(costs))]
        taken.append(place)
        text.set_position(((place[0] - x) / scale, (place[1] - y) / scale))
        if distance > DISTANCES[1]:
            # So far off it takes a line to tell whose name it is.
            end = min(max(x, place[0]), place[2]), min(max(y, place[1]), place[3])
            ends = axes.transData.inverted().transform([(x, y), end])
            axes.plot(ends[:, 0], ends[:, 1], color=colour, linewidth=0.5, zorder=2)


def _placed(x: float, y: float, width: float, height: float, right: int, up: int, distance: float) -> Box:
    """The box of a name that stands so far from its point, in that direction."""
    centre_x = x + right * (width / 2 + distance)
    # At the sides it may be nearer, for then it is above or below by its own height already.
    centre_y = y + up * (height / 2 + distance * (0.4 if right else 1))
    return centre_x - width / 2, centre_y - height / 2, centre_x + width / 2, centre_y + height / 2


def _along_lines(points: Sequence[tuple[str, float, float]]) -> list[tuple[float, float]]:
    """Places along the lines that join points of one name, in pixels, close to one another."""
    places = []
    for (name, x, y), (other, to_x, to_y) in itertools.pairwise(points):
        if name == other:
            steps = max(2, int(math.hypot(to_x - x, to_y - y) / 4))
            places += [
                (x + (to_x - x) * step / steps, y + (to_y - y) * step / steps) for step in range(1, steps)
            ]
    return places


def _room(trial: Trial, at: dict[str, Any]) -> float:
    """The distance to the nearest other point."""
    x, y = at[trial.label]
    others = [abs(a - x) + abs(b - y) for label, (a, b) in at.items() if label != trial.label]
    return min(others, default=0.0)


def _crossed(box: Box, lines: Sequence[tuple[float, float]]) -> int:
    """How much of the lines a box covers."""
    return sum(1 for x, y in lines if box[0] < x < box[2] and box[1] < y < box[3])


def _overlap(a: Box, b: Box) -> float:
    """The area that two boxes share."""
    return max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))


def _outside(box: Box, window: Any) -> float:
    """How far a box sticks out of the panel, as an area."""
    inside = _overlap(box, (window.x0, window.y0, window.x1, window.y1))
    return (box[2] - box[0]) * (box[3] - box[1]) - inside
