"""`bytewright decode`: token ids to text."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, BinaryIO

from bytewright.cli import options, output
from bytewright.cli.ids_files import FORMATS, read_ids
from bytewright.cli.options import CommandError

if TYPE_CHECKING:
    import argparse

    from bytewright import Tokenizer

EXAMPLE = """
echo 'Hello, world!' | bytewright encode --vocabulary my-vocabulary | bytewright decode --vocabulary my-vocabulary
bytewright decode ids.npy --vocabulary my-vocabulary -o text.txt
"""


def parser() -> argparse.ArgumentParser:
    """The arguments."""
    parser = options.make_parser(
        "decode",
        "Turns token ids back into the bytes they stand for, one after the other; nothing is put between documents.\n"
        "Reads what encode wrote: ids as text (decimal, between them spaces, commas or line ends), .npy, or raw integers.",
        EXAMPLE,
    )
    parser.add_argument("file", nargs="?", default="-", metavar="FILE", help="the ids; - or none: stdin")
    options.add_vocabulary(parser)
    options.add_output(parser, "where the text goes (default: stdout)")
    parser.add_argument(
        "--format", choices=FORMATS, help="default: .npy where the file begins like one, else text"
    )
    parser.add_argument("--skip-special", action="store_true", help="leave out special tokens")
    return parser


def run(args: argparse.Namespace) -> None:
    """Runs the command."""
    if args.out not in (None, "-"):
        output.refuse_existing(args.out, args.force)
    if args.file == "-":
        _decode(args, sys.stdin.buffer, "<stdin>")
    else:
        with open(args.file, "rb") as file:
            _decode(args, file, args.file)


def _decode(args: argparse.Namespace, file: BinaryIO, name: str) -> None:
    tokenizer = options.load_vocabulary(args.vocabulary, args.pattern)
    done = 0
    with output.opened(args.out) as out:
        for ids in read_ids(file, args.format, name):
            highest = int(ids.max(initial=0))
            if highest >= tokenizer.vocabulary_size:
                raise _unknown(tokenizer, name, highest, done + int(ids.argmax()))
            out.write(tokenizer.decode_bytes(ids, skip_special_tokens=args.skip_special))
            done += len(ids)


def _unknown(tokenizer: Tokenizer, name: str, id: int, place: int) -> CommandError:
    return CommandError(
        f"{name}: id {id} at index {place:,} is not in the vocabulary (its ids go up to {tokenizer.vocabulary_size - 1}); "
        "is it the vocabulary that they were made with, and the right --format?"
    )
