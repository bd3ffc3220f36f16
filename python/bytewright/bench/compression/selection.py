"""Which programs are compared, with which settings."""

from __future__ import annotations

from dataclasses import dataclass

from bytewright.bench.compression import programs
from bytewright.bench.compression.programs import PROGRAMS, Program
from bytewright.cli import options, terminal

# What everything is held against where nothing else is named.
BASELINE = "gzip:9"


@dataclass(frozen=True)
class Chosen:
    """A program with a setting.

    Attributes:
        program: The program.
        mode: The name of the setting.
        asked: Whether it was named.
    """

    program: Program
    mode: str
    asked: bool

    @property
    def label(self) -> str:
        """`program:setting`."""
        return f"{self.program.name}:{self.mode}"


@dataclass(frozen=True)
class Selection:
    """What is compared.

    Attributes:
        chosen: Installed programs with their settings, in the order of the report.
        baseline: The label of what the others are held against; `None` where it is not installed.
        absent: What is not installed, and how it would be; a line each.
        left_out: Labels of settings that were left out for their time.
    """

    chosen: list[Chosen]
    baseline: str | None
    absent: list[str]
    left_out: list[str]


def select(peers: str | None, baseline: str | None, everything: bool) -> Selection:
    """What `--peers`, `--baseline` and `--all` ask for; ours are always there, and so is the baseline.

    Args:
        peers: `NAME` or `NAME:SETTING`, joined by commas; `None`: all that are installed.
        baseline: `NAME:SETTING`; `None`: `gzip:9`, where it is installed.
        everything: Also the slow settings.

    Raises:
        CommandError: There is no such program or setting, or the baseline is not installed.
    """
    asked = [_parse(part.strip()) for part in (peers or "").split(",") if part.strip()]
    held = _parse(baseline or BASELINE)
    if held[1] is None:
        raise options.CommandError(f"--baseline {baseline}: a setting is needed, as in {BASELINE}")
    chosen, absent, left_out = [], [], []
    for program in PROGRAMS:
        named = [mode for other, mode in asked if other is program]
        modes = [mode for mode in named if mode is not None]
        # Ours are there in any case, as in the other comparisons.
        if not modes and (named or not asked or program.name == "bytewright"):
            modes = [*program.usual, *(program.slow if everything else ())]
            if not everything:
                left_out += [f"{program.name}:{mode}" for mode in program.slow]
        # By the order of the table, once each.
        wanted = [
            mode for mode in program.settings if mode in modes or (held[0] is program and mode == held[1])
        ]
        if not wanted:
            continue
        if program.path() is None:
            if baseline is not None and held[0] is program:
                raise options.CommandError(f"--baseline {baseline}: {_install(program)}")
            absent.append(_install(program))
            left_out = [label for label in left_out if not label.startswith(f"{program.name}:")]
            continue
        chosen += [Chosen(program, mode, mode in named) for mode in wanted]
    label = f"{held[0].name}:{held[1]}"
    is_there = any(each.label == label for each in chosen)
    return Selection(chosen, label if is_there else None, absent, left_out)


def for_file(selection: Selection, size: int) -> tuple[list[Chosen], str | None]:
    """What is run on a file of so many bytes, and why something is not."""
    slow = [
        each
        for each in selection.chosen
        if each.label == "bpez:reference" and not each.asked and size > programs.REFERENCE_BYTES
    ]
    if not slow:
        return selection.chosen, None
    most = terminal.size(programs.REFERENCE_BYTES)
    why = f"bpez:reference runs at 0.2 MB/s: left out above {most}, unless --peers names it"
    return [each for each in selection.chosen if each not in slow], why


def _install(program: Program) -> str:
    return f"{program.name} is not installed: apt-get install {program.package}"


def _parse(part: str) -> tuple[Program, str | None]:
    name, _, mode = part.partition(":")
    program = programs.named(name)
    if program is None:
        known = ", ".join(program.name for program in PROGRAMS)
        raise options.CommandError(f"no peer {name!r}; there are {known}")
    if mode and mode not in program.settings:
        known = ", ".join(program.settings)
        raise options.CommandError(f"{name} has no mode {mode!r} here; there are {known}")
    return program, mode or None
