"""`bytewright list`: what compressed files hold."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from bytewright.cli import compression_options, options
from bytewright.cli.options import CommandError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

EXAMPLE = """
bytewright list *.bwz
bytewright list -v text.txt.bwz
bytewright list --json text.txt.bwz | jq '.[].original'
"""

CHECKS = {"bwz": "XXH3", "bpez": "Adler-32"}
"""What each format finds damage by."""


@dataclass(frozen=True)
class Frame:
    """A frame of a `.bwz` file.

    Attributes:
        offset: Where in the file it begins.
        compressed: Bytes that it takes there.
        original: Bytes of the original in it.
        block_size: The most bytes of the original in a block.
        kinds: For each kind of block its name, how many there are, bytes that they take, bytes of the original in them.
    """

    offset: int
    compressed: int
    original: int
    block_size: int
    kinds: list[tuple[str, int, int, int]]

    @property
    def blocks(self) -> int:
        """How many there are."""
        return sum(count for _, count, _, _ in self.kinds)

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        names = ("blocks", "compressed", "original")
        kinds = {name: dict(zip(names, numbers, strict=True)) for name, *numbers in self.kinds}
        return {
            "offset": self.offset,
            "compressed": self.compressed,
            "original": self.original,
            "block_size": self.block_size,
            "blocks": self.blocks,
            "kinds": kinds,
        }


@dataclass(frozen=True)
class Content:
    """What a compressed file holds.

    Attributes:
        name: Its name.
        format: `bwz` or `bpez`.
        compressed: Bytes of the file.
        original: Bytes of the original.
        frames: Its frames; BPEZ has none.
    """

    name: str
    format: str
    compressed: int
    original: int
    frames: list[Frame]

    @property
    def blocks(self) -> int:
        """How many there are in its frames."""
        return sum(frame.blocks for frame in self.frames)

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "file": self.name,
            "format": self.format,
            "compressed": self.compressed,
            "original": self.original,
            "ratio": self.compressed / self.original if self.original else None,
            "check": CHECKS[self.format],
            "frames": [frame.as_json() for frame in self.frames],
        }


def parser() -> argparse.ArgumentParser:
    """The arguments."""
    parser = compression_options.make_parser(
        "list",
        "Shows how many frames and blocks compressed files have, their sizes in bytes, the compressed one in percent of the original (ratio)\n"
        "and by what damage is found (check). Reads what .bwz files say of themselves, and decodes .bpez files, which say nothing.\n"
        "With -v also each frame: where it begins, the size of its blocks, and how much of the original is in each kind of them.",
        EXAMPLE,
        "compressed files, with -r folders; - or none: stdin, where that is a file",
    )
    compression_options.add_recursive(parser)
    options.add_json(parser)
    return parser


def run(args: argparse.Namespace) -> int:
    """Runs the command."""
    from bytewright.cli.batch import Failures, walk

    if args.range is not None:
        raise CommandError("whole files are listed, and no --range of them")
    failures = Failures(args)
    contents = []
    for name in walk(args.files, args.recursive, compression_options.has_suffix, failures.tell):
        with failures.told():
            contents.append(_read(name, args))
    if args.json:
        import json

        sys.stdout.write(json.dumps([content.as_json() for content in contents]) + "\n")
    elif contents:
        lines = _files(contents)
        if args.verbose:
            for content in contents:
                lines += _frames(content)
        sys.stdout.write("".join(f"{line}\n" for line in lines))
    return failures.code


def _read(name: str, args: argparse.Namespace) -> Content:
    from bytewright import _native
    from bytewright.cli.batch import label, naming, opened
    from bytewright.cli.codec_streams import Source, format_of, length

    with opened(name, terminal=args.force) as file, naming(label(name)):
        source = Source(file)
        if not source.seekable():
            raise CommandError(f"{label(name)}: is a pipe, and what to list stands at the end; name a file")
        form = format_of(source, name, args.format)
        if form == "bwz":
            index = _native.Index.read(cast("BinaryIO", file))
            frames = [Frame(*frame) for frame in index.frames]
            return Content(label(name), form, file.seek(0, os.SEEK_END), index.raw_length, frames)
        original = length(name, "reading", args)
        return Content(label(name), form, file.seek(0, os.SEEK_END), original, [])


def _files(contents: Sequence[Content]) -> list[str]:
    """A line for each file, and one for all."""
    from bytewright.cli.terminal import file_name, percent, plural, table

    def row(frames: int, blocks: int, compressed: int, original: int, check: str, name: str) -> list[str]:
        counts = [f"{number:,}" if number else "-" for number in (frames, blocks)]
        return [*counts, f"{compressed:,}", f"{original:,}", percent(compressed, original), check, name]

    rows = [["frames", "blocks", "compressed", "original", "ratio", "check", "name"]]
    for each in contents:
        rows.append(
            row(
                len(each.frames),
                each.blocks,
                each.compressed,
                each.original,
                CHECKS[each.format],
                file_name(each.name),
            )
        )
    if len(contents) > 1:
        rows.append(
            row(
                sum(len(each.frames) for each in contents),
                sum(each.blocks for each in contents),
                sum(each.compressed for each in contents),
                sum(each.original for each in contents),
                "",
                plural(len(contents), "file"),
            )
        )
    return table(rows, ">>>>><<", indent="")


def _frames(content: Content) -> list[str]:
    """A line for each frame of a file, below its name."""
    from bytewright.cli.terminal import file_name, percent, table

    if not content.frames:
        return []
    rows = [["offset", "compressed", "original", "ratio", "block size", "blocks (share of the original)"]]
    for frame in content.frames:
        kinds = ", ".join(
            f"{count:,} {name} ({percent(original, frame.original)})"
            for name, count, _, original in frame.kinds
        )
        numbers = [f"{number:,}" for number in (frame.offset, frame.compressed, frame.original)]
        ratio = percent(frame.compressed, frame.original)
        rows.append([*numbers, ratio, f"{frame.block_size:,}", kinds])
    return ["", file_name(content.name), *table(rows, ">>>>><")]
