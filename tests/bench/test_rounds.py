"""Processes: turns, time limits, crashes."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from bytewright.bench import rounds
from bytewright.bench.job import Answer, Job
from bytewright.bench.peers import UnsupportedError
from bytewright.bench.rounds import Entry


def entry(peer: str, seconds: float = 1.0) -> Entry:
    made = Entry(Job("encode", peer, "each", "", ""))
    made.answers = [Answer(wall=[seconds, seconds / 2, seconds / 4], cpu=[seconds] * 3, memory=10)]
    return made


def test_figures_of_an_entry() -> None:
    made = entry("bytewright", 4.0)
    made.answers.append(Answer(wall=[2.0, 3.0, 2.5], cpu=[2.0] * 3, memory=20))
    made.answers.append(Answer(wall=[3.0, 1.5, 2.5], cpu=[3.0] * 3, memory=30))
    assert (made.first, made.warm, made.best, made.cpu, made.memory) == (3.0, 1.5, 1.0, 3.0, 20)


def test_entries_take_turns_and_slow_ones_get_fewer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    order: list[str] = []

    def once(job: Job, *_: Any) -> Answer:
        order.append(job.peer)
        return Answer(wall=[rounds.SLOW_SECONDS + 1 if job.peer == "slow" else 1.0], cpu=[1.0])

    monkeypatch.setattr(rounds, "once", once)
    entries = [Entry(Job("train", name, "x", "", "")) for name in ("a", "slow", "b")]
    rounds.measure(entries, tmp_path, 5, 60, [].append)
    assert order[:9] == ["a", "slow", "b", "slow", "b", "a", "b", "a", "slow"]
    assert [len(each.answers) for each in entries] == [5, rounds.SLOW_RUNS, 5]


def test_an_entry_that_fails_is_not_run_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def once(job: Job, *_: Any) -> Answer:
        if job.peer == "bad":
            raise rounds.FailedError("crashed")
        return Answer(wall=[1.0], cpu=[1.0])

    monkeypatch.setattr(rounds, "once", once)
    entries = [Entry(Job("train", name, "x", "", "")) for name in ("bad", "good")]
    said: list[str] = []
    rounds.measure(entries, tmp_path, 3, 60, said.append)
    assert entries[0].problem == "crashed" and entries[0].answers == []
    assert len(entries[1].answers) == 3
    assert sum("crashed" in line for line in said) == 1


@pytest.mark.parametrize(
    ("script", "error", "message"),
    [
        ("sleep 60", rounds.FailedError, "time limit"),
        ("echo reason >&2; exit 3", UnsupportedError, "reason"),
        ("echo panicked >&2; kill -ABRT $$", rounds.FailedError, "panicked"),
    ],
)
def test_processes_that_give_no_answer(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str, error: type[Exception], message: str
) -> None:
    start = subprocess.Popen

    def other(command: list[str], **settings: Any) -> Any:
        assert command[-2] == "bytewright.bench.worker"
        return start(["bash", "-c", script], **settings)

    monkeypatch.setattr(rounds.subprocess, "Popen", other)
    with pytest.raises(error, match=message):
        rounds.once(Job("encode", "tiktoken", "each", "", ""), tmp_path, 0.5)
