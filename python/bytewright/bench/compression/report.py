"""What came out, as tables and as JSON."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Sequence
from pathlib import Path
from statistics import geometric_mean
from typing import Any

from bytewright.bench.compression import programs
from bytewright.bench.compression.front import front
from bytewright.bench.compression.programs import COMPRESS, DECOMPRESS, DIRECTIONS
from bytewright.bench.compression.trial import Original, Trial, Usage
from bytewright.cli import terminal

CLOCK = (
    "Time: the whole process, from file to file, start-up included, for all programs alike (ours: Python).",
    "MB/s: of the original, without start-up: what the same command takes for one byte is taken off.",
    "Memory: the most that was resident, of the whole process.",
)


def baseline(trials: Sequence[Trial], label: str | None) -> Trial | None:
    """The trial that the others are held against, if it was timed."""
    return next((trial for trial in trials if trial.label == label and trial.is_timed), None)


def on_front(trials: Sequence[Trial], direction: str) -> list[Trial]:
    """Those that nothing else beats in both size and speed, the fastest first; rough speeds are left out."""
    known = [trial for trial in trials if trial.is_timed and not trial.figures[direction].is_rough]
    return [known[index] for index in front([(trial.size, trial.speed(direction)) for trial in known])]


def ratios(trial: Trial, base: Trial | None) -> dict[str, float | None]:
    """Size and speeds as multiples of the baseline's; a speed is `None` where it can't be told."""
    if base is None:
        return {}
    times: dict[str, float | None] = {"size": trial.size / base.size}
    for direction in DIRECTIONS:
        ours, theirs = trial.speed(direction), base.speed(direction)
        times[direction] = ours / theirs if ours > 0 and theirs > 0 else None
    return times


def results(trials: Sequence[Trial], label: str | None) -> list[str]:
    """The table of one file."""
    base = baseline(trials, label)
    against = [f"× {base.label}"] if base else []
    both = [["time", "MB/s", *("×" for _ in against), "memory"]] * 2
    head = ["", "threads", "bytes", "%", *against, *both[0], *both[1]]
    over = [""] * (4 + len(against))
    for direction in DIRECTIONS:
        over += [direction, *[""] * (len(both[0]) - 1)]
    rows = [over, head]
    fronts = {direction: on_front(trials, direction) for direction in DIRECTIONS}
    for trial in trials:
        if not trial.is_timed:
            continue
        times = ratios(trial, base)
        row = [trial.label, _threads(trial), f"{trial.size:,}", f"{trial.percent:.2f}"]
        row += [multiple(times["size"])] if base else []
        for direction in DIRECTIONS:
            figures = trial.figures[direction]
            row.append(terminal.seconds(figures.seconds))
            row.append(speed(trial, direction, trial in fronts[direction]))
            row += [multiple(times[direction])] if base else []
            row.append(_memory(figures.peak))
        rows.append(row)
    return terminal.table(rows, "<" + ">" * (len(head) - 1))


def details(trials: Sequence[Trial]) -> list[str]:
    """The table of one file's times: how far the runs are apart, processor time, start-up."""
    columns = ["first", "best", "CPU", "CPU/time", "start-up"]
    over = ["", ""]
    for direction in DIRECTIONS:
        over += [direction, *[""] * (len(columns) - 1)]
    rows = [over, ["", "runs", *columns, *columns]]
    for trial in trials:
        if not trial.is_timed:
            continue
        row = [trial.label, str(len(trial.figures[COMPRESS].whole))]
        for direction in DIRECTIONS:
            figures = trial.figures[direction]
            shown = (figures.first, figures.best, figures.cpu)
            row += [terminal.seconds(value) for value in shown]
            row.append(f"{figures.cpu / figures.seconds:.2f}")
            row.append(terminal.seconds(figures.start_up))
        rows.append(row)
    return terminal.table(rows, "<" + ">" * (len(rows[0]) - 1))


def summary(files: Sequence[Sequence[Trial]]) -> list[str]:
    """The table of several files: % of each, and the geometric means of % and MB/s over all of them."""
    labels = list(dict.fromkeys(trial.label for trials in files for trial in trials))
    # Of files with one name the last folders are needed too, so the whole path is shown.
    names = [Path(trials[0].original.shown).name for trials in files]
    if len(set(names)) < len(names):
        names = [trials[0].original.shown for trials in files]
    head = ["", *(f"% {terminal.clip(name, 24)}" for name in names)]
    rows = [[*head, "% (mean)", "compress (mean)", "decompress (mean)"]]
    for label in labels:
        found = [next((t for t in trials if t.label == label and t.is_timed), None) for trials in files]
        there = [trial for trial in found if trial is not None]
        if not there:
            continue
        row = [label, *("" if trial is None else f"{trial.percent:.2f}" for trial in found)]
        # A mean over other files than those of the other rows would mislead.
        if len(there) == len(files):
            row.append(f"{geometric_mean(trial.percent for trial in there):.2f}")
            for direction in DIRECTIONS:
                speeds = [trial.speed(direction) for trial in there]
                rough = "~" if any(trial.figures[direction].is_rough for trial in there) else ""
                row.append(rough + terminal.rate(geometric_mean(speeds), 1) if min(speeds) > 0 else "")
        rows.append(row + [""] * (len(rows[0]) - len(row)))
    return terminal.table(rows, "<" + ">" * (len(rows[0]) - 1))


def legend(trials: Sequence[Trial]) -> list[str]:
    """What the signs in the tables mean, as far as they occur."""
    timed = [figures for trial in trials if trial.is_timed for figures in trial.figures.values()]
    lines = [*CLOCK, "*: no other is both smaller and faster. CPU: of all threads together."]
    lines.append("Threads: as many as it may use, to compress / to decompress.")
    if any(figures.is_rough for figures in timed):
        lines.append("~: little beside what start-up varies by; a larger file tells the speed better.")
    if any(figures.peak.memory_is_bound for figures in timed):
        lines.append("≤: no more than any process shows that is started so; less can't be told.")
    return lines


def versions(trials: Sequence[Trial]) -> dict[str, str]:
    """The version of each program that takes part."""
    return {trial.program.name: programs.version(trial.program) for trial in trials}


def as_json(trials: Sequence[Trial], label: str | None) -> list[dict[str, Any]]:
    """The trials of one file with every run, for machines."""
    base = baseline(trials, label)
    fronts = {direction: on_front(trials, direction) for direction in DIRECTIONS}
    rows: list[dict[str, Any]] = []
    for trial in trials:
        row: dict[str, Any] = {
            "task": "compress",
            "path": trial.original.shown,
            "peer": trial.program.name,
            "mode": trial.mode,
            "version": programs.version(trial.program),
            "bytes": trial.original.size,
            "problem": trial.problem,
        }
        if trial.is_timed:
            row |= {"compressed_bytes": trial.size, "percent": trial.percent, "ratios": ratios(trial, base)}
            for direction in DIRECTIONS:
                row[direction] = _direction(trial, direction) | {"front": trial in fronts[direction]}
        rows.append(row)
    return rows


def _direction(trial: Trial, direction: str) -> dict[str, Any]:
    figures = trial.figures[direction]
    per_second = figures.speed(trial.original.size)
    return {
        "command": command(trial, direction),
        "threads": trial.program.threads(direction, trial.mode, trial.threads),
        "seconds": figures.seconds,
        "first_seconds": figures.first,
        "best_seconds": figures.best,
        "cpu_seconds": figures.cpu,
        "start_up_seconds": figures.start_up,
        "megabytes_per_second": per_second / 1e6 if per_second > 0 else None,
        "is_rough": figures.is_rough,
        "memory_bytes": figures.peak.memory,
        "memory_is_bound": figures.peak.memory_is_bound,
        "runs": [dataclasses.asdict(usage) for usage in figures.whole],
        "start_up_runs": [dataclasses.asdict(usage) for usage in figures.start],
    }


def command(trial: Trial, direction: str) -> str:
    """The command line, with FILE for the original and COMPRESSED for the other."""
    plain, packed = Path("FILE"), Path(f"COMPRESSED{trial.program.suffix}")
    source, target = (plain, packed) if direction == COMPRESS else (packed, Path("OUT"))
    threads = trial.program.threads(direction, trial.mode, trial.threads)
    line = trial.program.command(direction, trial.mode, source, target, plain, threads)
    return shlex.join([Path(line[0]).name, *line[1:]])


def corpus(original: Original) -> dict[str, Any]:
    """What was compressed."""
    return {"path": original.shown, "bytes": original.size, "sha256": original.digest}


def _threads(trial: Trial) -> str:
    return " / ".join(
        str(trial.program.threads(direction, trial.mode, trial.threads))
        for direction in (COMPRESS, DECOMPRESS)
    )


def multiple(ratio: float | None) -> str:
    """A ratio as people read it; empty where it can't be told."""
    if ratio is None:
        return ""
    return f"{ratio:.3f}×" if ratio < 0.0995 else f"{ratio:.2f}×" if ratio < 9.95 else f"{ratio:.1f}×"


def speed(trial: Trial, direction: str, is_on_front: bool = False) -> str:
    """MB/s with their signs; empty where they can't be told."""
    shown = terminal.rate(trial.speed(direction), 1).removesuffix(" MB/s")
    if not shown:
        return ""
    rough = "~" if trial.figures[direction].is_rough else ""
    return f"{rough}{shown}{'*' if is_on_front else ' '}"


def _memory(usage: Usage) -> str:
    return f"{'≤ ' if usage.memory_is_bound else ''}{terminal.size(usage.memory)}"
