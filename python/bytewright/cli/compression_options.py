"""The arguments of the compressor's commands: as gzip, xz and zstd have them."""

from __future__ import annotations

import argparse

from bytewright.cli import options

SUFFIXES = {"bwz": ".bwz", "bpez": ".bpez"}
"""The formats, and how the names of their files end."""


def has_suffix(name: str) -> bool:
    """Whether a name is that of a compressed file."""
    return name.endswith(tuple(SUFFIXES.values()))


class _Level(argparse.Action):
    """`-1` to `-9`."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        _: object,
        flag: str | None = None,
    ) -> None:
        namespace.level = int((flag or "").lstrip("-"))


def make_parser(name: str, description: str, example: str, files: str) -> argparse.ArgumentParser:
    """A parser with what every command that reads compressed files takes.

    Args:
        name: The command.
        description: What it does.
        example: Command lines for `--help`.
        files: What its files are.
    """
    parser = options.make_parser(name, description, example)
    # What a command that only reads has no flags for.
    parser.set_defaults(command=name, recursive=False, force=False, range=None)
    parser.add_argument("files", nargs="*", default=["-"], metavar="FILE", help=files)
    parser.add_argument(
        "--format",
        choices=SUFFIXES,
        help="default: as the beginning of a compressed file says, or the end of its name; to compress: bwz",
    )
    options.add_threads(parser)
    parser.add_argument(
        "--memory-limit",
        type=options.size,
        metavar="SIZE",
        help="memory to decompress in; a file that asks for more is an error (default: 2GiB)",
    )
    return parser


def add_recursive(parser: argparse.ArgumentParser) -> None:
    """`-r/--recursive`."""
    parser.add_argument("-r", "--recursive", action="store_true", help="go into folders")


def add_range(parser: argparse.ArgumentParser) -> None:
    """`--range`."""
    parser.add_argument(
        "--range",
        type=span,
        metavar="START:END",
        help="only these bytes of the original; either may be left out. No more of a file than is needed is decoded",
    )


def add_conversion(parser: argparse.ArgumentParser) -> None:
    """What `compress` and `decompress` take alike, so that each can do the other's work."""
    parser.set_defaults(work=parser.get_default("command"))
    work = parser.add_mutually_exclusive_group()
    for flag, name, what in (
        ("-d", "decompress", "decompress"),
        ("-t", "test", "check compressed files, and write nothing (as bytewright test)"),
        ("-l", "list", "show what compressed files hold (as bytewright list)"),
    ):
        work.add_argument(flag, f"--{name}", dest="work", action="store_const", const=name, help=what)
    add_range(parser)
    _add_places(parser)
    _add_compressing(parser)
    options.add_json(parser, "a summary of each file")


def _add_places(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("input and output (by default a file beside each FILE)")
    group.add_argument("-c", "--stdout", action="store_true", help="write to stdout")
    group.add_argument("-o", "--out", metavar="OUT", help="write to this file; takes a single FILE")
    group.add_argument(
        "-f",
        "--force",
        action="store_true",
        help="overwrite what exists, follow links, compress again, let compressed data go to and come from a terminal",
    )
    group.add_argument(
        "--rm", action="store_true", help="delete each FILE once the file made of it has its name"
    )
    group.add_argument("-k", "--keep", dest="rm", action="store_false", help="keep each FILE (the default)")
    add_recursive(parser)


def _add_compressing(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("compressing")
    group.add_argument(
        *(f"-{level}" for level in range(1, 10)),
        action=_Level,
        nargs=0,
        dest="level",
        help="the level: from 1, fast, to 3, small (the default); higher ones are to come",
    )
    group.add_argument("--level", type=int, metavar="N", help="the same, as a number")
    group.add_argument(
        "--block-size",
        type=options.size,
        metavar="SIZE",
        help="what a thread works on, and what is decoded to read a range: a power of two from 1k to 1G (default: 4M at level 1, else 8M)",
    )
    group.add_argument(
        "--cycles", type=int, metavar="N", help="bpez: how many pairs are replaced in a block at most (64)"
    )
    group.add_argument(
        "--minimum-frequency", type=int, metavar="N", help="bpez: how often a pair has to occur (3)"
    )


def span(text: str) -> tuple[int, int | None]:
    """An argument START:END.

    Example:
        >>> span("1k:2k"), span(":5"), span("7:")
        ((1024, 2048), (0, 5), (7, None))
    """
    first, colon, last = text.partition(":")
    if not colon:
        raise argparse.ArgumentTypeError(f"{text!r} is not START:END, two numbers of bytes")
    start, end = options.size(first or "0"), options.size(last) if last else None
    if end is not None and end < start:
        raise argparse.ArgumentTypeError(f"{text!r} ends before it starts")
    return start, end
