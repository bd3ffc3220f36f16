"""The time a byte on texts that make compressors slow, against a program's own time on prose."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

from bytewright.bench.compression import report
from bytewright.bench.compression.programs import DIRECTIONS
from bytewright.bench.compression.trial import Trial
from bytewright.cli import terminal

# No text may take ours more than so many times the time of prose, byte for byte.
BOUND = 20.0

LEGEND = (
    f"×: the time a byte takes against that of prose, without start-up; !: over {BOUND:g}×, too much for ours.",
    "~: the text, or its prose, takes little beside what start-up varies by.",
)

# The trials of each text in one order; prose first.
Texts = Mapping[str, Sequence[Trial]]


def prose(paths: Sequence[Path], size: int) -> bytes:
    """The first bytes of all files together."""
    found = b""
    for path in paths:
        with path.open("rb") as file:
            found += file.read(size - len(found))
    return found


def against(trial: Trial, base: Trial, direction: str) -> float | None:
    """How many times the time of prose a byte takes, at least: the prose took no less than can be told of it.

    Args:
        trial: A program on a text.
        base: The same on prose.
        direction: Compressing or decompressing.

    Returns:
        `None` where either was not timed.
    """
    if not (trial.is_timed and base.is_timed):
        return None
    least = max(base.figures[direction].work, base.figures[direction].resolution)
    return trial.figures[direction].work / trial.original.size / (least / base.original.size)


def too_slow(texts: Texts) -> Iterator[str]:
    """What of ours is over the bound, a line each."""
    for name, trial, base in _pairs(texts):
        for direction in DIRECTIONS:
            if trial.program.is_ours and _is_over(trial, base, direction):
                ratio = report.multiple(against(trial, base, direction))
                yield f"{name}, {trial.label}: TOO SLOW: {direction} takes {ratio} the time of prose"


def table(texts: Texts, direction: str) -> list[str]:
    """The table of one direction: a line a program, a column a text."""
    trials = list(zip(*texts.values(), strict=True))
    rows = [[each[0].label, _speed(each[0], direction)] for each in trials]
    for row, (base, *others) in zip(rows, trials, strict=True):
        row += [_cell(trial, base, direction) for trial in others]
    # Names as narrow as their columns.
    names = [textwrap.wrap(name, 11) for name in list(texts)[1:]]
    heads = zip_longest([direction], ["prose", "MB/s"], *names, fillvalue="")
    return terminal.table([*heads, *rows], "<" + ">" * len(texts))


def as_json(texts: Texts) -> list[dict[str, Any]]:
    """A row for each text and program."""
    rows: list[dict[str, Any]] = []
    for name, trial, base in _pairs(texts):
        row = {
            "task": "adversarial",
            "text": name,
            "peer": trial.program.name,
            "mode": trial.mode,
            "bytes": trial.original.size,
            "compressed_bytes": trial.size,
            "problem": trial.problem,
        }
        for direction in DIRECTIONS if trial.is_timed else ():
            figures = trial.figures[direction]
            row[direction] = {
                "seconds": figures.seconds,
                "start_up_seconds": figures.start_up,
                "times_prose": against(trial, base, direction),
                "is_rough": _is_rough(trial, base, direction),
                "is_over": _is_over(trial, base, direction),
            }
        rows.append(row)
    return rows


def _pairs(texts: Texts) -> Iterator[tuple[str, Trial, Trial]]:
    """Each text's name, a trial on it, and the same program's on prose."""
    bases = next(iter(texts.values()), ())
    for name, trials in texts.items():
        for trial, base in zip(trials, bases, strict=True):
            yield name, trial, base


def _is_over(trial: Trial, base: Trial, direction: str) -> bool:
    ratio = against(trial, base, direction)
    # What start-up varies by proves nothing.
    return ratio is not None and ratio > BOUND and not trial.figures[direction].is_rough


def _is_rough(trial: Trial, base: Trial, direction: str) -> bool:
    return trial.figures[direction].is_rough or base.figures[direction].is_rough


def _speed(trial: Trial, direction: str) -> str:
    return report.speed(trial, direction) if trial.is_timed else "failed"


def _cell(trial: Trial, base: Trial, direction: str) -> str:
    if not trial.is_timed:
        return "failed "
    rough = "~" if base.is_timed and _is_rough(trial, base, direction) else ""
    ratio = report.multiple(against(trial, base, direction))
    return f"{rough}{ratio}{'!' if _is_over(trial, base, direction) else ' '}"
