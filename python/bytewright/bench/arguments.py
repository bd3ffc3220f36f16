"""The arguments of the command."""

from __future__ import annotations

import argparse
from pathlib import Path

from bytewright.bench import documents, peers
from bytewright.cli import options


def parser() -> argparse.ArgumentParser:
    """The arguments of `bytewright bench`."""
    made = options.make_parser(
        "bench",
        "Compares Bytewright with other tokenizers on your files. Their outputs are compared first; then\n"
        "each installed peer runs in fresh processes, taking turns with the others.",
        "bytewright bench train wiki.txt --vocab-size 32000\n"
        "bytewright bench encode wiki.txt --vocabulary o200k_base -T 1 --peers tiktoken,gigatoken\n"
        "bytewright bench count wiki.txt --vocabulary o200k_base -T 2",
    )
    made.add_argument("task", choices=("train", "encode", "count"), help="what to compare")
    made.add_argument("files", nargs="+", metavar="FILE", type=Path, help="plain text, UTF-8")
    options.add_threads(made)
    made.add_argument(
        "--peers",
        metavar="A,B",
        help=f"only these, as NAME or NAME:MODE (there are {', '.join(peers.PEERS)})",
    )
    made.add_argument(
        "--runs",
        type=options.positive,
        default=9,
        metavar="N",
        help="fresh processes for each peer (default: 9)",
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
        help="encode: also texts that are slow elsewhere, of 10 MB or --limit (the smaller), held against prose",
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
