"""The compressors that are compared, and how each is called."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import bytewright
from bytewright import bwz

COMPRESS, DECOMPRESS = "compress", "decompress"
DIRECTIONS = (COMPRESS, DECOMPRESS)

# The plain Python of BPEZ takes some 5 s for so much: by default no more than that is asked of it.
REFERENCE_BYTES = 1 << 20


@dataclass(frozen=True)
class Program:
    """A compressor.

    Arguments are given to the program in their order; `{source}`, `{target}` and `{threads}` stand for what they say,
    `{original}` for the file that was compressed, `{setting}` alone for the arguments of the setting. Where no
    argument holds `{target}`, what the program writes to stdout is the result.

    Attributes:
        name: What `--peers` calls it.
        binaries: Its names on the PATH, the first that is there is taken.
        package: What `apt-get install` calls it; empty for ours, which is here.
        settings: Arguments of each setting that can be named.
        usual: The settings of a comparison that names none.
        slow: The settings that `--all` adds.
        compress, decompress: The arguments.
        threaded: Which of the two directions spread over threads.
        single: Settings that use one thread all the same.
        suffix: What its files end with; several programs insist.
        version_arguments: What makes it tell its version.
    """

    name: str
    binaries: tuple[str, ...]
    package: str
    settings: Mapping[str, tuple[str, ...]]
    usual: tuple[str, ...]
    slow: tuple[str, ...]
    compress: tuple[str, ...]
    decompress: tuple[str, ...]
    threaded: tuple[str, ...] = ()
    single: tuple[str, ...] = ()
    suffix: str = ""
    version_arguments: tuple[str, ...] = ("--version",)

    @property
    def is_ours(self) -> bool:
        """Whether it comes with Bytewright."""
        return not self.package

    def path(self) -> str | None:
        """Where the program lies; `None` where it is not installed."""
        if self.is_ours:
            return sys.executable
        return next(filter(None, map(shutil.which, self.binaries)), None)

    def threads(self, direction: str, mode: str, asked: int) -> int:
        """Threads that it may use."""
        return asked if direction in self.threaded and mode not in self.single else 1

    def command(
        self, direction: str, mode: str, source: Path, target: Path, original: Path, threads: int
    ) -> list[str]:
        """The command line of one direction; all paths are absolute.

        Raises:
            KeyError: There is no such setting.
            FileNotFoundError: The program is not installed.
        """
        path = self.path()
        if path is None:
            raise FileNotFoundError(f"{self.name} is not installed")
        line = [path]
        values = {"source": source, "target": target, "original": original, "threads": threads}
        for argument in self.compress if direction == COMPRESS else self.decompress:
            if argument == "{setting}":
                line += self.settings[mode]
            else:
                line.append(argument.format(**values))
        return line

    def writes_to_stdout(self, direction: str) -> bool:
        """Whether the result is what it prints."""
        arguments = self.compress if direction == COMPRESS else self.decompress
        return not any("{target}" in argument for argument in arguments)


def version(program: Program) -> str:
    """The version of an installed program, as it tells; empty where it does not."""
    path = program.path()
    if program.is_ours or path is None:
        return bytewright.__version__ if program.is_ours else ""
    return _tell_version(path, program.version_arguments)


@cache
def _tell_version(path: str, arguments: tuple[str, ...]) -> str:
    try:
        done = subprocess.run(
            [path, *arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    # bzip2 and zpaq tell on stderr; 7-Zip has a number in its name.
    found = re.search(rb"(?<![\d.])\d+\.\d+(\.\d+)*", done.stdout + done.stderr)
    return found[0].decode() if found else ""


def _levels(levels: Sequence[int], flag: str = "-{}") -> dict[str, tuple[str, ...]]:
    return {str(level): (flag.format(level),) for level in levels}


_LEVELS = tuple(str(level) for level in range(1, bwz.MAXIMUM_LEVEL + 1))

# In the order of the report; ours first. Settings are slow that compress less than some 1.5 MB/s on one core.
PROGRAMS = (
    Program(
        name="bytewright",
        binaries=(),
        package="",
        settings={level: ("--level", level) for level in _LEVELS},
        usual=_LEVELS,
        slow=(),
        compress=("-m", "bytewright", COMPRESS, "-q", "-c", "{setting}", "-T", "{threads}", "{source}"),
        decompress=("-m", "bytewright", DECOMPRESS, "-q", "-c", "-T", "{threads}", "{source}"),
        threaded=DIRECTIONS,
        suffix=".bwz",
    ),
    Program(
        name="bpez",
        binaries=(),
        package="",
        settings={"native": ("bytewright",), "reference": ("bytewright.bench.compression.reference",)},
        usual=("native", "reference"),
        slow=(),
        compress=("-m", "{setting}", COMPRESS, "--format", "bpez", "-q", "-c", "-T", "{threads}", "{source}"),
        decompress=("-m", "{setting}", DECOMPRESS, "-q", "-c", "-T", "{threads}", "{source}"),
        threaded=DIRECTIONS,
        single=("reference",),
        suffix=".bpez",
    ),
    Program(
        name="gzip",
        binaries=("gzip",),
        package="gzip",
        settings=_levels(range(1, 10)),
        usual=("1", "6", "9"),
        slow=(),
        compress=("-c", "{setting}", "{source}"),
        decompress=("-d", "-c", "{source}"),
        suffix=".gz",
    ),
    Program(
        name="pigz",
        binaries=("pigz",),
        package="pigz",
        settings=_levels([*range(1, 10), 11]),
        usual=("9",),
        slow=(),
        compress=("-c", "{setting}", "-p", "{threads}", "{source}"),
        decompress=("-d", "-c", "-p", "{threads}", "{source}"),
        threaded=(COMPRESS,),
        suffix=".gz",
    ),
    Program(
        name="bzip2",
        binaries=("bzip2",),
        package="bzip2",
        settings=_levels(range(1, 10)),
        usual=("9",),
        slow=(),
        compress=("-c", "{setting}", "{source}"),
        decompress=("-d", "-c", "{source}"),
        suffix=".bz2",
        version_arguments=("--help",),  # after --version it goes on to compress stdin
    ),
    Program(
        name="xz",
        binaries=("xz",),
        package="xz-utils",
        settings=_levels(range(10)) | {f"{level}e": (f"-{level}e",) for level in range(10)},
        usual=("1", "6"),
        slow=("9e",),
        compress=("-c", "{setting}", "-T", "{threads}", "{source}"),
        decompress=("-d", "-c", "-T", "{threads}", "{source}"),
        threaded=DIRECTIONS,
        suffix=".xz",
    ),
    Program(
        name="zstd",
        binaries=("zstd",),
        package="zstd",
        settings=_levels(range(1, 20)) | {"22": ("--ultra", "-22", "--long=27")},
        usual=("1", "3", "9", "19"),
        slow=("22",),
        compress=("-q", "-c", "{setting}", "-T{threads}", "{source}"),
        decompress=("-q", "-d", "-c", "--long=27", "{source}"),
        threaded=(COMPRESS,),
        suffix=".zst",
    ),
    Program(
        name="brotli",
        binaries=("brotli",),
        package="brotli",
        settings=_levels(range(12), "--quality={}"),
        usual=("1", "5", "9"),
        slow=("11",),
        compress=("-c", "{setting}", "{source}"),
        decompress=("-d", "-c", "{source}"),
        suffix=".br",
    ),
    Program(
        name="7zip",
        binaries=("7zz", "7z", "7za"),
        package="7zip",
        settings={"ppmd": ("-m0=PPMd:o=10:mem=1g",), "lzma2": ("-m0=lzma2", "-mx=9")},
        usual=("ppmd", "lzma2"),
        slow=(),
        compress=("a", "-bd", "-y", "{setting}", "-mmt={threads}", "{target}", "{source}"),
        decompress=("x", "-bd", "-so", "-mmt={threads}", "{source}"),
        threaded=DIRECTIONS,
        single=("ppmd",),
        suffix=".7z",
        version_arguments=(),
    ),
    Program(
        name="bzip3",
        binaries=("bzip3",),
        package="bzip3",
        settings={str(size): ("-b", str(size)) for size in (1, 4, 8, 16, 32, 64, 128, 256)},
        usual=("16", "64"),
        slow=(),
        compress=("-e", "-c", "{setting}", "-j", "{threads}", "{source}"),
        decompress=("-d", "-c", "-j", "{threads}", "{source}"),
        threaded=DIRECTIONS,
        suffix=".bz3",
    ),
    Program(
        name="zpaq",
        binaries=("zpaq",),
        package="zpaq",
        settings=_levels(range(1, 6), "-m{}"),
        usual=("1", "2"),
        slow=("3", "4", "5"),
        compress=("a", "{target}", "{source}", "{setting}", "-t{threads}"),
        # It restores under the name that the file had, unless that is named again with another.
        decompress=("x", "{source}", "{original}", "-to", "{target}", "-t{threads}"),
        threaded=DIRECTIONS,
        suffix=".zpaq",
        version_arguments=(),
    ),
)


def named(name: str) -> Program | None:
    """The program of that name, if there is one."""
    return next((program for program in PROGRAMS if program.name == name), None)
