"""`bytewright test`: whether compressed files are whole."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

from bytewright.cli import compression_options, describe, options
from bytewright.cli.options import CommandError

if TYPE_CHECKING:
    import argparse

EXAMPLE = """
bytewright test backup/*.bwz && echo all is well
bytewright test -v -r backup
"""


def parser() -> argparse.ArgumentParser:
    """The arguments."""
    parser = compression_options.make_parser(
        "test",
        "Decompresses files, checks every block, and keeps nothing. Tells of each that is damaged, and the exit code is 1 then;\n"
        "of the others it tells with -v. The same as bytewright compress -t.",
        EXAMPLE,
        "compressed files, with -r folders; - or none: stdin",
    )
    compression_options.add_recursive(parser)
    options.add_json(parser, "the result for each file")
    return parser


def run(args: argparse.Namespace) -> int:
    """Runs the command."""
    from bytewright.cli.batch import Failures, label, walk
    from bytewright.cli.codec_streams import length
    from bytewright.cli.terminal import file_name, rate, seconds, size

    if args.range is not None:
        raise CommandError("whole files are tested, and no --range of them")
    failures = Failures(args)
    results: list[dict[str, Any]] = []
    for name in walk(args.files, args.recursive, compression_options.has_suffix, failures.tell):
        started = time.perf_counter()
        try:
            original = length(name, "testing", args)
        except Exception as error:
            failures.tell(error)
            results.append({"file": label(name), "ok": False, "error": describe(error)})
            continue
        results.append({"file": label(name), "ok": True, "original": original})
        if args.verbose:
            taken = time.perf_counter() - started
            speed = rate(original, taken)
            sys.stderr.write(
                f"{file_name(label(name))}: OK, {size(original)}, {seconds(taken)}{f' ({speed})' if speed else ''}\n"
            )
    if args.json:
        import json

        sys.stdout.write(json.dumps(results) + "\n")
    return failures.code
