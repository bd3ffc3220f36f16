"""`bytewright encode`: text to token ids."""

from __future__ import annotations

import contextlib
import sys
import time
from typing import TYPE_CHECKING, Any

from bytewright.cli import inputs, options, output
from bytewright.cli.ids_files import FORMATS, IdWriter, NpyWriter, format_of
from bytewright.cli.options import CommandError
from bytewright.cli.terminal import plural, rate, seconds

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    import numpy as np

    from bytewright import Tokenizer

EXAMPLE = r"""
echo 'Hello, world!' | bytewright encode --vocabulary my-vocabulary
bytewright encode corpus/*.txt.gz --separator '\n' --vocabulary my-vocabulary -o ids.npy
"""


def parser() -> argparse.ArgumentParser:
    """The arguments."""
    parser = options.make_parser(
        "encode",
        "Turns text into token ids, in the order of the files. Ids go to stdout as text, a document a line, or with -o into a file:\n"
        "raw little-endian integers (uint16, uint32) or .npy, where OUT.offsets.npy says at which id each document begins\n"
        "(one more number than documents, int64). Memory does not grow with the text.",
        EXAMPLE,
    )
    parser.add_argument("files", nargs="*", default=["-"], metavar="FILE", help="files, globs or folders; - or none: stdin")
    options.add_vocabulary(parser)
    options.add_output(parser, "where the ids go (default: stdout)")
    parser.add_argument("--format", choices=FORMATS, help="default: npy where OUT ends in .npy, else text")
    options.add_documents(parser)
    options.add_allow_special(parser, "special tokens in the text become their ids (else they are ordinary text)")
    options.add_threads(parser)
    options.add_json(parser, "a summary (needs -o)")
    return parser


def run(args: argparse.Namespace) -> None:
    """Runs the command."""
    form = args.format or format_of(args.out)
    to_file = args.out not in (None, "-")
    if form == "npy" and not to_file:
        raise CommandError("an .npy file can't be written to stdout; name it with -o OUT, or take --format uint32")
    if args.json and not to_file:
        raise CommandError("stdout can't hold both the ids and --json; name a file for the ids with -o OUT")
    offsets = f"{args.out}.offsets.npy" if to_file and form != "text" else None
    for path in filter(None, (args.out if to_file else None, offsets)):
        output.refuse_existing(path, args.force)
    inputs.refuse_missing(args.files)
    tokenizer = options.load_vocabulary(args.vocabulary, args.pattern)

    started = time.perf_counter()
    seen = inputs.Seen()
    with contextlib.ExitStack() as files:
        # The offsets are entered first, so that they are renamed last: a file of ids never has the offsets of another one beside it for long.
        offset_file = files.enter_context(output.written_aside(offsets)) if offsets else None
        id_file = files.enter_context(output.opened(args.out))
        summary = _write(tokenizer, args, IdWriter(id_file, form, tokenizer.vocabulary_size - 1), offset_file, seen)
    summary |= {"bytes": seen.bytes, "special_tokens_seen": seen.special, "seconds": round(time.perf_counter() - started, 6)}
    summary |= {"out": args.out, "offsets": offsets, "format": form}
    _report(args, summary)


def _write(
    tokenizer: Tokenizer, args: argparse.Namespace, ids_out: IdWriter, offset_file: Any, seen: inputs.Seen
) -> dict[str, Any]:
    offsets_out = NpyWriter(offset_file, "<i8") if offset_file is not None else None
    total = documents = 0
    for ids, offsets in _batches(tokenizer, args, seen):
        ids_out.add(ids, offsets)
        if offsets_out is not None:
            # The first batch brings the 0 at the beginning; every later one begins where the one before it ended.
            offsets_out.add((offsets if not documents else offsets[1:]) + total)
        total += len(ids)
        documents += len(offsets) - 1
    if offsets_out is not None:
        if not documents:
            import numpy as np

            offsets_out.add(np.zeros(1, dtype=np.int64))
        offsets_out.close()
    ids_out.close()
    return {"tokens": total, "documents": documents}


def _batches(
    tokenizer: Tokenizer, args: argparse.Namespace, seen: inputs.Seen
) -> Iterator[tuple[np.ndarray[Any, np.dtype[np.uint32]], np.ndarray[Any, np.dtype[np.int64]]]]:
    """Ids and offsets of some documents at a time."""
    raise NotImplementedError


def _report(args: argparse.Namespace, summary: dict[str, Any]) -> None:
    if args.json:
        import json

        sys.stdout.write(json.dumps(summary) + "\n")
    if args.quiet:
        return
    say = sys.stderr.write
    if summary["special_tokens_seen"]:
        say(
            f"{plural(summary['special_tokens_seen'], 'special token')} in the text taken for ordinary text; "
            "--allow-special makes them their ids\n"
        )
    if summary["out"] in (None, "-") and not args.verbose:
        return
    tokens, size = summary["tokens"], summary["bytes"]
    each = f", {size / tokens:.2f} bytes each" if tokens else ""
    say(f"{plural(tokens, 'token')} in {plural(summary['documents'], 'document')}{each}")
    speed = rate(size, summary["seconds"])
    say(f"; {seconds(summary['seconds'])}{f' ({speed})' if speed else ''}\n")
    if summary["out"] not in (None, "-"):
        say(f"wrote {summary['out']}{' and ' + summary['offsets'] if summary['offsets'] else ''}\n")
