"""What came out, as a table and as JSON."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from bytewright.bench import machine
from bytewright.bench.documents import Corpus
from bytewright.bench.peers import load
from bytewright.bench.rounds import Entry
from bytewright.cli import terminal


def partner(entry: Entry, entries: Sequence[Entry]) -> Entry | None:
    """The way of calling ours that an entry is held against: the same mode, else our first."""
    ours = [other for other in entries if other.job.peer == "bytewright" and other.answers]
    return next((other for other in ours if other.job.mode == entry.job.mode), ours[0] if ours else None)


def ratios(entry: Entry, entries: Sequence[Entry]) -> dict[str, float]:
    """How many times faster ours is: the first pass, the warm ones, the best; and the least processor time."""
    ours = partner(entry, entries)
    if ours is None or not entry.answers or entry.job.peer == "bytewright":
        return {}
    return {
        "first": entry.first / ours.first,
        "warm": entry.warm / ours.warm,
        "best": entry.best / ours.best,
        "cpu": entry.best_cpu / ours.best_cpu,
    }


def head(corpus: Corpus, threads: int, runs: int) -> list[str]:
    """The lines above the tables: what ran where."""
    lines = [f"{path}: {size:,} bytes, sha256 {digest}" for path, size, digest in corpus.files]
    busy = terminal.plural(threads, "thread")
    lines.append(f"{corpus.count:,} documents, {corpus.rule}; {busy}; {runs} runs, taking turns")
    return [*lines, place()]


def place() -> str:
    """The machine, on a line."""
    where = machine.describe()
    return f"{where['cores']} cores, {where['processor']}, {where['system']}, Python {where['python']}"


def training(entries: Sequence[Entry], size: int) -> list[str]:
    """The table of a training benchmark."""
    rows = [["", "runs", "median", "best", "CPU", "", "memory", "ours is", "by CPU", "against"]]
    for entry in entries:
        if not entry.answers:
            continue
        times = ratios(entry, entries)
        ours = partner(entry, entries)
        rows.append(
            [
                _name(entry),
                str(len(entry.answers)),
                terminal.seconds(entry.first),
                terminal.seconds(entry.best),
                terminal.seconds(entry.cpu),
                terminal.rate(size, entry.first),
                terminal.size(entry.memory),
                *(f"{times[key]:.2f}×" if times else "" for key in ("first", "cpu")),
                ours.label if times and ours else "",
            ]
        )
    return terminal.table(rows, "<>>>>>>>><")


def speeds(entries: Sequence[Entry], size: int) -> list[str]:
    """The table of an encoding or decoding benchmark."""
    rows = [
        [
            "",
            "runs",
            "first pass",
            "warm",
            "best",
            "CPU/wall",
            "memory",
            "ours is: first",
            "warm",
            "best",
            "by CPU",
            "against",
        ]
    ]
    for entry in entries:
        if not entry.answers:
            continue
        times = ratios(entry, entries)
        ours = partner(entry, entries)
        rows.append(
            [
                _name(entry),
                str(len(entry.answers)),
                terminal.rate(size, entry.first),
                terminal.rate(size, entry.warm),
                terminal.rate(size, entry.best),
                f"{entry.cpu / entry.first:.2f}",
                terminal.size(entry.memory),
                *(f"{times[key]:.2f}×" if times else "" for key in ("first", "warm", "best", "cpu")),
                ours.label if times and ours else "",
            ]
        )
    return terminal.table(rows, "<>>>>>>>>>><")


def _name(entry: Entry) -> str:
    return f"{entry.label} {load(entry.job.peer).version() or ''}".strip()


def as_json(entries: Sequence[Entry], size: int) -> list[dict[str, Any]]:
    """The entries with every run, for machines."""
    rows: list[dict[str, Any]] = []
    for entry in entries:
        row: dict[str, Any] = {
            "peer": entry.job.peer,
            "mode": entry.job.mode,
            "version": load(entry.job.peer).version(),
            "task": entry.job.task,
            "bytes": size,
            "runs": [dataclasses.asdict(answer) for answer in entry.answers],
            "problem": entry.problem,
        }
        if entry.answers:
            ours = partner(entry, entries)
            row |= {
                "first_seconds": entry.first,
                "warm_seconds": entry.warm,
                "best_seconds": entry.best,
                "cpu_seconds": entry.cpu,
                "best_cpu_seconds": entry.best_cpu,
                "memory_bytes": entry.memory,
                "ratios": ratios(entry, entries),
                "against": ours.label if ours else None,
            }
        rows.append(row)
    return rows
