"""One program with one setting on one file: is its output right, and what does it take?"""

from __future__ import annotations

import hashlib
import json
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bytewright.bench import machine, rounds
from bytewright.bench.compression import launcher
from bytewright.bench.compression.programs import COMPRESS, DECOMPRESS, DIRECTIONS, Program

# What is taken for the start-up of a program is what it takes for so much. It is taken off, so it has to be known well: several times
# a round.
TINY = b"\n"
START_UPS = 3

_READ = 1 << 20


@dataclass(frozen=True)
class Usage:
    """What a process took.

    Attributes:
        wall: Seconds by the clock, from before it was started until it was gone.
        cpu: Seconds of processor time, all threads together.
        memory: Its peak resident memory, in bytes.
        floor: What any process shows that is started so: `memory` tells no more than a bound, where it is no larger.
    """

    wall: float
    cpu: float
    memory: int
    floor: int

    @property
    def memory_is_bound(self) -> bool:
        """Whether the peak can't be told from that of a process that does nothing."""
        return self.memory <= 1.05 * self.floor


@dataclass(frozen=True)
class Original:
    """What is compressed.

    Attributes:
        shown: The file as it was named.
        path: Its copy, an absolute path.
        size: Bytes.
        digest: SHA-256.
        tiny: The file by which start-up is taken.
        folder: Where all that is written goes.
    """

    shown: str
    path: Path
    size: int
    digest: str
    tiny: Path
    folder: Path


@dataclass
class Figures:
    """What was measured of one direction.

    Attributes:
        whole: What each run took.
        start: What each took for hardly any data.
    """

    whole: list[Usage] = field(default_factory=list)
    start: list[Usage] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """Median by the clock of the whole process."""
        return statistics.median(usage.wall for usage in self.whole)

    @property
    def first(self) -> float:
        """The first run, by the clock."""
        return self.whole[0].wall

    @property
    def best(self) -> float:
        """The fastest run, by the clock."""
        return min(usage.wall for usage in self.whole)

    @property
    def cpu(self) -> float:
        """Median of processor time."""
        return statistics.median(usage.cpu for usage in self.whole)

    @property
    def start_up(self) -> float:
        """Median by the clock of a run on hardly any data."""
        return statistics.median(usage.wall for usage in self.start)

    @property
    def work(self) -> float:
        """Median without start-up, in seconds; 0 where it can't be told from nothing."""
        return max(0.0, self.seconds - self.start_up)

    @property
    def is_rough(self) -> bool:
        """Whether what is left without start-up is little beside what start-up varies by."""
        return self.work < self.resolution

    @property
    def resolution(self) -> float:
        """The least work that can be told: twice what start-up varies by, a quarter at either end left out."""
        if len(self.start) < 2:
            return self.start_up
        low, _, high = statistics.quantiles((usage.wall for usage in self.start), method="inclusive")
        return 2 * (high - low)

    @property
    def peak(self) -> Usage:
        """The run that took most memory."""
        return max(self.whole, key=lambda usage: usage.memory)

    def speed(self, size: int) -> float:
        """Bytes of the original a second, without start-up; 0 where that can't be told."""
        return size / self.work if self.work > 0 else 0.0


@dataclass
class Trial:
    """A program with a setting, on a file.

    Attributes:
        program: The program.
        mode: The name of the setting.
        threads: Threads that it was asked to use, where it can.
        original: The file.
        size: Bytes of the compressed file.
        figures: What was measured, by direction.
        problem: Why there is nothing (more) to measure.
    """

    program: Program
    mode: str
    threads: int
    original: Original
    size: int = 0
    figures: dict[str, Figures] = field(
        default_factory=lambda: {direction: Figures() for direction in DIRECTIONS}
    )
    problem: str | None = None

    @property
    def label(self) -> str:
        """`program:setting`."""
        return f"{self.program.name}:{self.mode}"

    @property
    def is_timed(self) -> bool:
        """Whether there is something to report."""
        return all(figures.whole and figures.start for figures in self.figures.values())

    @property
    def percent(self) -> float:
        """The compressed size, % of the original."""
        return 100 * self.size / self.original.size

    def speed(self, direction: str) -> float:
        """Bytes of the original a second, without start-up."""
        return self.figures[direction].speed(self.original.size)

    def _place(self, kind: str) -> Path:
        name = f"{self.program.name}-{self.mode}-{kind}{self.program.suffix}"
        return self.original.folder / name

    def check(self, time_limit: float) -> None:
        """Compresses and decompresses once, untimed; the compressed files stay, to be decompressed again.

        Raises:
            FailedError: It does not work, or what comes out is not what went in.
        """
        for kind, path in (("tiny", self.original.tiny), ("whole", self.original.path)):
            self._run(COMPRESS, path, self._place(kind), path, time_limit)
            back = self.original.folder / "back"
            self._run(DECOMPRESS, self._place(kind), back, path, time_limit)
            same = differs(path, back)
            back.unlink()
            if same is not None:
                raise rounds.FailedError(same)
        self.size = self._place("whole").stat().st_size

    def measure(self, time_limit: float) -> None:
        """Takes the times of one round.

        Raises:
            FailedError: It crashed or took too long.
        """
        out = self.original.folder / f"out{self.program.suffix}"
        for direction in DIRECTIONS:
            figures = self.figures[direction]
            for kind, path, usages in (
                *[("tiny", self.original.tiny, figures.start)] * START_UPS,
                ("whole", self.original.path, figures.whole),
            ):
                source = path if direction == COMPRESS else self._place(kind)
                usages.append(self._run(direction, source, out, path, time_limit))
                out.unlink()

    def remove(self) -> None:
        """Removes the compressed files."""
        for kind in ("tiny", "whole"):
            self._place(kind).unlink(missing_ok=True)

    def _run(self, direction: str, source: Path, target: Path, original: Path, time_limit: float) -> Usage:
        # Archivers add to what is there.
        target.unlink(missing_ok=True)
        threads = self.program.threads(direction, self.mode, self.threads)
        command = self.program.command(direction, self.mode, source, target, original, threads)
        stdout = str(target) if self.program.writes_to_stdout(direction) else None
        usage = run(command, stdout, self.original.folder, time_limit)
        if not target.exists():
            raise rounds.FailedError(f"{direction}: wrote no file")
        return usage


def run(command: Sequence[str], stdout: str | None, folder: Path, time_limit: float) -> Usage:
    """Runs a program to its end, by way of `launcher`.

    Args:
        command: Its arguments, its path first.
        stdout: The file for what it prints; `None`: that goes nowhere.
        folder: Where the launcher may write.
        time_limit: Seconds after which it is killed.

    Raises:
        FailedError: It ended with a status other than 0, or took too long.
    """
    place = folder / "answer.json"
    place.unlink(missing_ok=True)
    # Isolated and without site-packages: small, and soon there.
    start = [sys.executable, "-I", "-S", launcher.__file__, str(place)]
    given = json.dumps({"command": list(command), "stdout": stdout})
    status, last = rounds.finish(start, given, None, time_limit)
    if status != 0:
        raise rounds.ended(status, last)
    answer: dict[str, Any] = json.loads(place.read_text(encoding="utf-8"))
    status = answer.pop("status")
    if status != 0:
        raise rounds.ended(status, last)
    return Usage(**answer)


def prepare(path: Path, folder: Path, limit: int | None) -> Original:
    """Copies a file, or its first bytes, to where the programs work.

    Args:
        path: The file; any bytes.
        folder: An existing folder.
        limit: Take only so many bytes.

    Raises:
        OSError: It can't be read.
    """
    folder = folder.resolve()
    copy, tiny = folder / "original", folder / "tiny"
    tiny.write_bytes(TINY)
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file, copy.open("wb") as out:
        while piece := file.read(_READ if limit is None else min(_READ, limit - size)):
            digest.update(piece)
            size += out.write(piece)
    return Original(str(path), copy, size, digest.hexdigest(), tiny, folder)


def differs(original: Path, back: Path) -> str | None:
    """`None` where two files are equal; else how what came back differs."""
    sizes = original.stat().st_size, back.stat().st_size
    at = 0
    with original.open("rb") as a, back.open("rb") as b:
        while True:
            expected, got = a.read(_READ), b.read(_READ)
            if expected != got:
                same = min(len(expected), len(got))
                at += next((i for i in range(same) if expected[i] != got[i]), same)
                return f"decompressed, byte {at:,} differs ({sizes[1]:,} bytes came back of {sizes[0]:,})"
            if not expected:
                return None
            at += len(expected)


def measure(trials: Sequence[Trial], runs: int, touch: int, time_limit: float, say: rounds.Say) -> None:
    """Takes the times, the trials taking turns.

    Args:
        trials: Those that were checked.
        runs: Rounds.
        touch: Bytes of memory to touch before each round.
        time_limit: For one process, in seconds.
        say: Takes lines of progress.
    """
    at_round = -1
    for number, trial in rounds.turns(trials, runs):
        if number != at_round:
            at_round = number
            machine.touch(touch)
        if trial.problem is not None or (number >= rounds.SLOW_RUNS and _is_slow(trial)):
            continue
        try:
            trial.measure(time_limit)
        except rounds.FailedError as error:
            trial.problem = str(error)
            say(f"{trial.label}: {error}")
            continue
        shown = ", ".join(f"{name} {trial.figures[name].whole[-1].wall:.3f} s" for name in DIRECTIONS)
        say(f"run {number + 1} of {runs}, {trial.label}: {shown}")


def _is_slow(trial: Trial) -> bool:
    return any(figures.seconds > rounds.SLOW_SECONDS for figures in trial.figures.values())
