"""`bytewright cat`: compressed files to stdout, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bytewright.cli import compression_options, decompress

if TYPE_CHECKING:
    import argparse

EXAMPLE = """
bytewright cat logs/*.bwz | grep ERROR
bytewright cat --range 1G:1025M enwik9.bwz   # a MiB out of the middle, at once
"""


def parser() -> argparse.ArgumentParser:
    """The arguments."""
    parser = compression_options.make_parser(
        "cat",
        "Writes what compressed files hold to stdout, one after the other. The same as bytewright decompress -c.",
        EXAMPLE,
        "compressed files; - or none: stdin",
    )
    compression_options.add_range(parser)
    parser.add_argument("-f", "--force", action="store_true", help="let compressed data come from a terminal")
    return parser


def run(args: argparse.Namespace) -> int:
    """Runs the command."""
    args.work, args.stdout, args.out, args.rm, args.json = "decompress", True, None, False, False
    return decompress.run(args)
