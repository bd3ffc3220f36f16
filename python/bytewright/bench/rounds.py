"""Fresh processes, taking turns."""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from bytewright.bench import peers
from bytewright.bench.job import Answer, Job
from bytewright.bench.worker import UNSUPPORTED

# A peer whose work takes longer than this is run SLOW_RUNS times only: its median is steady.
SLOW_SECONDS = 20.0
SLOW_RUNS = 3

Say = Callable[[str], None]

AnyEntry = TypeVar("AnyEntry")


@dataclass
class Entry:
    """A peer called in one way, and what was measured of it.

    Attributes:
        job: What its processes do.
        answers: What they measured, a process each.
        problem: Why there is nothing (more) to measure.
    """

    job: Job
    answers: list[Answer] = field(default_factory=list)
    problem: str | None = None

    @property
    def label(self) -> str:
        """`peer:mode`."""
        return f"{self.job.peer}:{self.job.mode}"

    @property
    def first(self) -> float:
        """Median over the processes of the first pass, in seconds."""
        return statistics.median(answer.wall[0] for answer in self.answers)

    @property
    def warm(self) -> float:
        """Median over the processes of the best pass after the first (the only one, where there is one)."""
        return statistics.median(min(answer.wall[1:] or answer.wall) for answer in self.answers)

    @property
    def best(self) -> float:
        """The fastest pass of all, in seconds."""
        return min(min(answer.wall) for answer in self.answers)

    @property
    def cpu(self) -> float:
        """Median over the processes of the first pass's processor time, in seconds."""
        return statistics.median(answer.cpu[0] for answer in self.answers)

    @property
    def best_cpu(self) -> float:
        """The least processor time of all passes, in seconds: what holds best where the machine is shared."""
        return min(min(answer.cpu) for answer in self.answers)

    @property
    def memory(self) -> int:
        """Median over the processes of the peak memory above what was held before, in bytes."""
        return int(statistics.median(answer.memory for answer in self.answers))


class FailedError(Exception):
    """A process gave no answer; the message says why."""


def finish(
    command: Sequence[str], given: str, environment: dict[str, str] | None, time_limit: float
) -> tuple[int, str]:
    """Runs a process to its end.

    Args:
        command: Its arguments, the program first.
        given: What it reads from stdin; what it prints goes nowhere.
        environment: Its environment variables; `None`: those of this process.
        time_limit: Seconds after which it is killed, with all that it started.

    Returns:
        Its exit status and the last line that it wrote to stderr.

    Raises:
        FailedError: It took too long.
    """
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=environment,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        _, complaint = process.communicate(given, timeout=time_limit)
    except subprocess.TimeoutExpired:
        raise FailedError(f"over the time limit of {time_limit:g} s (--time-limit)") from None
    finally:
        # Also on Ctrl-C; the session of its own takes along what the peer may have started.
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    last = next((line.strip() for line in reversed(complaint.splitlines()) if line.strip()), "")
    return process.returncode, last


def ended(status: int, last: str) -> FailedError:
    """The error of a process that ended so, with the last that it said."""
    return FailedError(f"ended with status {status}: {last}" if last else f"ended with status {status}")


def once(job: Job, folder: Path, time_limit: float) -> Answer:
    """Runs one job in a fresh process.

    Raises:
        UnsupportedError: The peer cannot do it.
        FailedError: It crashed or took too long.
    """
    place = folder / "answer.json"
    place.unlink(missing_ok=True)
    environment = {**os.environ, **peers.load(job.peer).environment(job), "PYTHONHASHSEED": "0"}
    command = [sys.executable, "-m", "bytewright.bench.worker", str(place)]
    status, last = finish(command, job.to_json(), environment, time_limit)
    if status == UNSUPPORTED:
        raise peers.UnsupportedError(last)
    if status != 0:
        raise ended(status, last)
    return Answer.load(place)


def measure(entries: Sequence[Entry], folder: Path, runs: int, time_limit: float, say: Say) -> None:
    """Runs each entry `runs` times, the entries taking turns; the one that begins changes with each round."""
    for number, entry in turns(entries, runs):
        if entry.problem is not None or (number >= SLOW_RUNS and _is_slow(entry)):
            continue
        began = time.perf_counter()
        try:
            answer = once(entry.job, folder, time_limit)
        except (FailedError, peers.UnsupportedError) as error:
            entry.problem = str(error)
            say(f"{entry.label}: {error}")
            continue
        entry.answers.append(answer)
        took = time.perf_counter() - began
        say(f"run {number + 1} of {runs}, {entry.label}: {answer.wall[0]:.3f} s (process {took:.1f} s)")


def turns(entries: Sequence[AnyEntry], runs: int) -> Iterator[tuple[int, AnyEntry]]:
    """Who comes next: each entry once a round, each round begins with another one; with the number of the round."""
    for number in range(runs):
        shift = number % len(entries) if entries else 0
        for entry in [*entries[shift:], *entries[:shift]]:
            yield number, entry


def _is_slow(entry: Entry) -> bool:
    return bool(entry.answers) and entry.first > SLOW_SECONDS
