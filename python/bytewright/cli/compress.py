"""`bytewright compress`: files to smaller ones."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from bytewright.cli import compression_options
from bytewright.cli.compression_options import SUFFIXES, has_suffix
from bytewright.cli.options import CommandError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from bytewright.cli.codec_streams import Source

EXAMPLE = """
bytewright compress text.txt                          # makes text.txt.bwz, keeps text.txt
bytewright compress -1 --rm -r folder
pg_dump books | bytewright compress > books.sql.bwz
tar -I 'bytewright compress' -cf folder.tar.bwz folder
"""


def parser() -> argparse.ArgumentParser:
    """The arguments."""
    parser = compression_options.make_parser(
        "compress",
        "Compresses each FILE to FILE.bwz beside it, with its permissions and times; FILE stays. Without FILE, or for -, stdin to stdout.\n"
        "Works in all cores, and in memory that does not grow with the file.",
        EXAMPLE,
        "files, with -r folders; - or none: stdin",
    )
    compression_options.add_conversion(parser)
    return parser


def run(args: argparse.Namespace) -> int:
    """Runs the command, or the one that `-d`, `-t` or `-l` asks for."""
    if args.work != "compress":
        return int(import_module(f"bytewright.cli.{args.work}").run(args))
    from bytewright.cli.codec_streams import make_compressor
    from bytewright.cli.conversion import convert

    if args.range is not None:
        raise CommandError("--range is for decompressing")
    make_compressor(args)  # an option that can't be met is told once, and before any file is touched
    return convert(args, _Compressing(args))


class _Compressing:
    """The direction."""

    stage = "compressing"
    decompresses = False

    def __init__(self, args: argparse.Namespace) -> None:
        self._args = args
        self._suffix = SUFFIXES[args.format or "bwz"]

    def wanted(self, name: str) -> bool:
        """Whether the file is not compressed yet."""
        return self._args.force or not has_suffix(name)

    def target(self, name: str) -> str:
        """The name with the suffix."""
        if not self.wanted(name):
            raise CommandError(f"{name}: is compressed already, by its name; -f/--force compresses it again")
        return name + self._suffix

    def pieces(self, source: Source, name: str) -> Iterator[bytes]:
        """The compressed file."""
        from bytewright.cli.codec_streams import compressed, make_compressor

        return compressed(source, make_compressor(self._args))
