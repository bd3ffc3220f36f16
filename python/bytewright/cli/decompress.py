"""`bytewright decompress`: compressed files to what they were."""

from __future__ import annotations

import os
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
bytewright decompress text.txt.bwz                    # makes text.txt, keeps text.txt.bwz
bytewright decompress -c --range 1M:2M text.txt.bwz   # the second MiB of text.txt
curl https://example.org/books.sql.bwz | bytewright decompress | psql
"""


def parser() -> argparse.ArgumentParser:
    """The arguments."""
    parser = compression_options.make_parser(
        "decompress",
        "Decompresses each FILE.bwz or FILE.bpez to FILE beside it, with its permissions and times; what was there stays. Without FILE, or\n"
        "for -, stdin to stdout. Checks what it decodes: a file is whole, or there is none. The same as bytewright compress -d.",
        EXAMPLE,
        "compressed files, with -r folders; - or none: stdin",
    )
    compression_options.add_conversion(parser)
    return parser


def run(args: argparse.Namespace) -> int:
    """Runs the command, or the one that `-t` or `-l` asks for."""
    if args.work != "decompress":
        return int(import_module(f"bytewright.cli.{args.work}").run(args))
    from bytewright.cli.conversion import convert

    if args.range is not None and not args.stdout and args.out is None and args.files != ["-"]:
        raise CommandError(
            "--range gives a part of a file, which should not have its name: take -c or -o OUT"
        )
    return convert(args, _Decompressing(args))


class _Decompressing:
    """The direction."""

    stage = "decompressing"
    decompresses = True

    def __init__(self, args: argparse.Namespace) -> None:
        self._args = args

    def wanted(self, name: str) -> bool:
        """Whether the name is that of a compressed file."""
        return has_suffix(name)

    def target(self, name: str) -> str:
        """The name without the suffix."""
        for suffix in SUFFIXES.values():
            if name.endswith(suffix) and os.path.basename(name) != suffix:
                return name.removesuffix(suffix)
        raise CommandError(
            f"{name}: does not end in {' or '.join(SUFFIXES.values())}; say where the output goes with -o OUT or -c"
        )

    def pieces(self, source: Source, name: str) -> Iterator[bytes]:
        """The original."""
        from bytewright.cli.codec_streams import decompressed, format_of

        return decompressed(source, format_of(source, name, self._args.format), self._args)
