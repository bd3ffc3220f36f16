"""The arguments of the command."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from bytewright.bench import documents, peers
from bytewright.bench.compression import programs, selection
from bytewright.cli import options

# Compressing a file takes seconds, and there are many programs: fewer runs do.
RUNS, COMPRESS_RUNS = 9, 3


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """The arguments of a call, with the defaults that depend on the task."""
    arguments = parser().parse_args(argv)
    if arguments.runs is None:
        arguments.runs = COMPRESS_RUNS if arguments.task == "compress" else RUNS
    return arguments


def parser() -> argparse.ArgumentParser:
    """The arguments of `bytewright bench`."""
    made = options.make_parser(
        "bench",
        "Compares Bytewright with other tokenizers, or compressors, on your files. Their outputs are compared first; then\n"
        "each installed peer runs in fresh processes, taking turns with the others. For compressors, ours too, the time is\n"
        "that of the whole process from file to file; MB/s are without its start-up, which is measured on one byte.",
        "bytewright bench train wiki.txt --vocab-size 32000\n"
        "bytewright bench encode wiki.txt --vocabulary o200k_base -T 1 --peers tiktoken,gigatoken\n"
        "bytewright bench count wiki.txt --vocabulary o200k_base -T 2\n"
        "bytewright bench compress wiki.txt --peers gzip:9,zstd:19 --plot wiki.png",
    )
    made.add_argument("task", choices=("train", "encode", "count", "compress"), help="what to compare")
    made.add_argument(
        "files", nargs="+", metavar="FILE", type=Path, help="plain text, UTF-8; compress: any file"
    )
    options.add_threads(made)
    made.add_argument(
        "--peers",
        metavar="A,B",
        help=f"only these, as NAME or NAME:MODE (there are {', '.join(peers.PEERS)}; "
        f"compress: {', '.join(program.name for program in programs.PROGRAMS)})",
    )
    made.add_argument(
        "--runs",
        type=options.positive,
        metavar="N",
        help=f"fresh processes for each peer (default: {RUNS}; compress: {COMPRESS_RUNS})",
    )
    made.add_argument(
        "--passes",
        type=options.positive,
        default=3,
        metavar="N",
        help="encode, count: passes in each process (default: 3; the first is reported apart)",
    )
    made.add_argument(
        "--vocab-size",
        type=options.positive,
        default=32_000,
        metavar="N",
        help="tokens to train (default: 32000)",
    )
    made.add_argument(
        "--vocabulary",
        metavar="NAME|PATH",
        help="encode, count: with this one (default: one trained on the files)",
    )
    made.add_argument(
        "--pattern", metavar="PATTERN", help="gpt2 (default), cl100k, o200k or a regular expression"
    )
    made.add_argument(
        "--limit",
        type=_size,
        metavar="BYTES",
        help="only the first so many bytes of each file; 40M is understood",
    )
    made.add_argument(
        "--separator", type=options.separator, metavar="TEXT", help="a document ends after each TEXT"
    )
    made.add_argument(
        "--characters",
        type=int,
        metavar="N",
        help=f"cut documents every N characters (default: {documents.CHARACTERS}); 0: a file is one document",
    )
    made.add_argument(
        "--touch",
        type=_size,
        # With 1G or 2G every third first pass took up to three times as long, with 8G none of 36.
        default=8_000_000_000,
        metavar="BYTES",
        help="memory touched before the clock starts (default: 8G, at most half of what is free)",
    )
    made.add_argument(
        "--time-limit", type=float, default=600.0, metavar="SECONDS", help="for one process (default: 600)"
    )
    made.add_argument(
        "--adversarial",
        action="store_true",
        help="encode, compress: also texts that are slow elsewhere, of 10 MB or --limit (the smaller), held against prose",
    )
    made.add_argument(
        "--all", action="store_true", help="compress: also the settings that are left out for their time"
    )
    made.add_argument(
        "--baseline",
        metavar="NAME:MODE",
        help=f"compress: what the others are held against (default: {selection.BASELINE})",
    )
    made.add_argument("--plot", metavar="FILE.png", type=Path, help="draw the speeds (needs matplotlib)")
    options.add_json(made, "every run")
    return made


def _size(text: str) -> int:
    """A number of bytes; `k`, `M` and `G` are understood; 0 is allowed."""
    factor = {"k": 10**3, "m": 10**6, "g": 10**9}.get(text[-1:].lower(), 1)
    digits = (text[:-1] if factor > 1 else text).replace("_", "").replace(",", "")
    if not (digits.isascii() and digits.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of bytes")
    return int(digits) * factor
