"""The command: checks, takes the times, prints."""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from pathlib import Path

from bytewright import BytewrightError
from bytewright.bench import adversarial, machine, rounds
from bytewright.bench import plot as plots
from bytewright.bench import report as reports
from bytewright.bench.compression import plot, report, selection, slowness, trial
from bytewright.bench.compression.programs import DIRECTIONS
from bytewright.bench.compression.trial import Original, Trial
from bytewright.bench.notes import Notes
from bytewright.cli import options, terminal
from bytewright.threads import resolve_threads


def run(arguments: argparse.Namespace) -> int:
    """Compares compressors.

    Returns:
        0, or 1 where a program did not give the original back or failed, or ours was too slow on an adversarial text.

    Raises:
        CommandError: There is no such program or setting, or the system lacks what it takes to watch processes.
        BytewrightError: A file is empty.
        OSError: A file can't be read.
    """
    if not hasattr(os, "wait4"):
        raise options.CommandError("this system does not tell what a process used: it takes Linux or macOS")
    if arguments.plot:
        plots.require(arguments.plot)
    return _Comparison(arguments).run()


class _Comparison:
    """One call of the command."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.arguments = arguments
        self.threads = resolve_threads(arguments.threads)
        self.limit: int | None = arguments.limit or None
        self.notes = Notes(arguments.quiet)
        self.selection = selection.select(arguments.peers, arguments.baseline, arguments.all)
        self.bad = False
        self.slow: dict[str, list[Trial]] = {}

    def run(self) -> int:
        """Each file in turn; then the report."""
        for path in self.arguments.files:
            _require(path)
        files = []
        for path in self.arguments.files:
            # The compressed files are dropped with the folder: what is left is what was measured.
            with tempfile.TemporaryDirectory(prefix="bytewright-bench-") as folder:
                original = trial.prepare(path, Path(folder), self.limit)
                files.append(self._trials(original, self.threads, self.arguments.runs, self.arguments.touch))
        if self.arguments.adversarial:
            self._adversarial()
        if self.selection.left_out:
            slow = ", ".join(self.selection.left_out)
            self.notes.add(f"left out for their time: {slow}; --all or --peers takes them along")
        if self.arguments.json:
            print(json.dumps(self._as_json(files), indent=1))
        else:
            print("\n".join(self._as_text(files)))
        if self.arguments.plot:
            plot.draw(files, self.threads, self.arguments.plot)
        return 1 if self.bad else 0

    def _trials(self, original: Original, threads: int, runs: int, touch: int) -> list[Trial]:
        name = Path(original.shown).name
        chosen, why = selection.for_file(self.selection, original.size)
        if why is not None and why not in self.notes.lines:
            self.notes.add(why)
        trials = [Trial(each.program, each.mode, threads, original) for each in chosen]
        machine.touch(touch)
        good = []
        for each in trials:
            self.notes.say(f"{name}, {each.label}: is what comes back what went in?")
            try:
                each.check(self.arguments.time_limit)
            except (rounds.FailedError, OSError) as error:
                self._fail(each, f"NOT TIMED: {error}")
                continue
            good.append(each)
        trial.measure(good, runs, touch, self.arguments.time_limit, self.notes.say)
        for each in good:
            if each.problem is not None:
                self._fail(each, each.problem)
        return trials

    def _adversarial(self) -> None:
        """Times each program once on each text that is slow elsewhere, on one thread."""
        most = min(self.limit or adversarial.MAX_BYTES, adversarial.MAX_BYTES)
        prose = slowness.prose(self.arguments.files, most)
        # Prose that is repeated would be no prose to a compressor.
        for name, text in adversarial.for_compressors(prose, len(prose)).items():
            with tempfile.TemporaryDirectory(prefix="bytewright-bench-") as folder:
                place = Path(folder) / name
                place.write_bytes(text)
                # Memory was touched for the files.
                self.slow[name] = self._trials(trial.prepare(place, Path(folder), None), 1, 1, 0)
        for line in slowness.too_slow(self.slow):
            self.bad = True
            self.notes.add(line)

    def _fail(self, failed: Trial, why: str) -> None:
        failed.problem = why
        self.bad = True
        self.notes.add(f"{Path(failed.original.shown).name}, {failed.label}: {why}")

    def _as_text(self, files: list[list[Trial]]) -> list[str]:
        label = self.selection.baseline
        lines = [
            f"{trials[0].original.shown}: {trials[0].original.size:,} bytes, sha256 {trials[0].original.digest}"
            for trials in files
        ]
        runs = terminal.plural(self.arguments.runs, "run")
        busy = terminal.plural(self.threads, "thread")
        lines.append(f"{busy} where a program has them; {runs}, taking turns")
        lines += [reports.place(), self._versions(files)]
        for trials in files:
            name = Path(trials[0].original.shown).name
            size = terminal.size(trials[0].original.size)
            lines += ["", f"{name}, {size}", *report.results(trials, label)]
            lines += ["", f"{name}: the times, run by run", *report.details(trials)]
        if len(files) > 1:
            lines += ["", "all files; means are geometric", *report.summary(files)]
        if self.slow:
            size = terminal.size(self.slow["prose"][0].original.size)
            lines += ["", f"texts of {size} against prose, one thread, one run"]
            for direction in DIRECTIONS:
                lines += [*slowness.table(self.slow, direction), ""]
            lines += slowness.LEGEND
        lines += ["", *report.legend([each for trials in files for each in trials])]
        lines += [
            "",
            "What is timed gave the original back, byte for byte.",
            *self.notes.lines,
            *self.selection.absent,
        ]
        return lines

    def _versions(self, files: list[list[Trial]]) -> str:
        known = report.versions([each for trials in files for each in trials])
        return ", ".join(f"{name} {version}".strip() for name, version in known.items() if name != "bpez")

    def _as_json(self, files: list[list[Trial]]) -> dict[str, object]:
        return {
            "task": "compress",
            "corpus": [report.corpus(trials[0].original) for trials in files],
            "threads": self.threads,
            "runs": self.arguments.runs,
            "machine": machine.describe(),
            "versions": report.versions([each for trials in files for each in trials]),
            "baseline": self.selection.baseline,
            "clock": " ".join(report.CLOCK),
            "results": [
                *(row for trials in files for row in report.as_json(trials, self.selection.baseline)),
                *slowness.as_json(self.slow),
            ],
            "notes": self.notes.lines,
            "absent": self.selection.absent,
        }


def _require(path: Path) -> None:
    """Raises before the long work where a file can't be compressed."""
    with path.open("rb") as file:
        if not file.read(1):
            raise BytewrightError(f"{path}: there is nothing in it")
