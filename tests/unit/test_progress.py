"""The progress bar."""

from __future__ import annotations

import io

import pytest

import bytewright
from bytewright import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_bar_shows_stage_share_and_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(progress.time, "monotonic", lambda: now)
    out = Terminal()
    bar = progress.Bar(out)
    bar("counting", "bytes", 0, 1_000_000_000)
    now = 102.0
    bar("counting", "bytes", 250_000_000, 1_000_000_000)
    line = out.getvalue().split("\r")[-1]
    assert line.split()[:2] == ["counting", "25%"]
    assert "250 MB" in line and "125 MB/s" in line and "6.0 s left" in line
    now = 103.0
    bar("merging", "merges", 10, None)
    bar.close()
    text = out.getvalue()
    assert "counting  250 MB in 3.0 s" in text
    assert text.endswith("\n") and text.count("\n") == 2


def test_bar_is_for_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    documents = [f"some words {index}" for index in range(3000)]
    quiet = io.StringIO()
    monkeypatch.setattr("sys.stderr", quiet)
    bytewright.train(documents, 300)
    assert quiet.getvalue() == ""
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    bytewright.train(documents, 300)
    assert "merging" in terminal.getvalue() and terminal.getvalue().endswith("\n")
    before = terminal.getvalue()
    bytewright.train(documents, 300, progress=False)
    assert terminal.getvalue() == before


@pytest.mark.parametrize(
    ("number", "shown"),
    [(0, "0 B"), (999, "999 B"), (1000, "1 kB"), (999_999, "1 MB"), (5e9, "5 GB"), (7.5e12, "7.5 TB")],
)
def test_amounts(number: float, shown: str) -> None:
    assert progress.amount(number, "bytes") == shown


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0.0 s"), (9.97, "0:10"), (59.7, "1:00"), (3599.6, "1:00:00")]
)
def test_durations(seconds: float, shown: str) -> None:
    assert progress.duration(seconds) == shown
