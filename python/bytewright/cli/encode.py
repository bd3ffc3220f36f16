"""`bytewright encode`: text to token ids."""

from __future__ import annotations

import contextlib
import sys
import time
from typing import IO, TYPE_CHECKING, Any

from bytewright.cli import inputs, options, output
from bytewright.cli.ids_files import FORMATS, IdWriter, NpyWriter, format_of
from bytewright.cli.options import CommandError
from bytewright.cli.stages import Stages
from bytewright.cli.terminal import plural, rate, seconds

if TYPE_CHECKING:
    import argparse

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
    parser.add_argument(
        "files", nargs="*", default=["-"], metavar="FILE", help="files, globs or folders; - or none: stdin"
    )
    options.add_vocabulary(parser)
    options.add_output(parser, "where the ids go (default: stdout)")
    parser.add_argument("--format", choices=FORMATS, help="default: npy where OUT ends in .npy, else text")
    options.add_documents(parser)
    options.add_allow_special(
        parser, "special tokens in the text become their ids (else they are ordinary text)"
    )
    options.add_threads(parser)
    options.add_json(parser, "a summary (needs -o)")
    return parser


def run(args: argparse.Namespace) -> None:
    """Runs the command."""
    form = args.format or format_of(args.out)
    to_file = args.out not in (None, "-")
    if form == "npy" and not to_file:
        raise CommandError(
            "an .npy file can't be written to stdout; name it with -o OUT, or take --format uint32"
        )
    if args.json and not to_file:
        raise CommandError("stdout can't hold both the ids and --json; name a file for the ids with -o OUT")
    offsets = f"{args.out}.offsets.npy" if to_file and form != "text" else None
    for path in filter(None, (args.out if to_file else None, offsets)):
        output.refuse_existing(path, args.force)
    stages = Stages(args, to_stdout=not to_file)
    with inputs.opened(args.files) as paths:
        tokenizer = options.load_vocabulary(args.vocabulary, args.pattern)
        import numpy  # noqa: F401 -- not at the first call that needs it: that one is timed

        started = time.perf_counter()
        with contextlib.ExitStack() as files:
            # Entered first, so renamed last: the ids are there before the offsets into them.
            offset_file = files.enter_context(output.written_aside(offsets)) if offsets else None
            id_file = files.enter_context(output.opened(args.out))
            sink = _Sink(tokenizer, IdWriter(id_file, form, tokenizer.vocabulary_size - 1), offset_file)
            sink.size = inputs.text_bytes(paths, args.field)
            try:
                special_seen = tokenizer.encode_files_to(
                    sink,
                    paths,
                    separator=args.separator,
                    field=args.field,
                    allow_special=args.allow_special,
                    threads=args.threads,
                    progress=stages,
                )
            finally:
                stages.finish()
            sink.close()
    summary: dict[str, Any] = {"tokens": sink.tokens, "documents": sink.documents, "bytes": sink.bytes}
    summary |= {"special_tokens_seen": special_seen, "seconds": round(time.perf_counter() - started, 6)}
    summary |= {"out": args.out, "offsets": offsets, "format": form}
    _report(args, summary)


class _Sink:
    """Takes ids as they come: writes them and the offsets of documents, and counts."""

    def __init__(self, tokenizer: Tokenizer, ids: IdWriter, offset_file: IO[bytes] | None) -> None:
        self._tokenizer, self._ids = tokenizer, ids
        self._offsets = NpyWriter(offset_file, "<i8") if offset_file is not None else None
        self._lengths: np.ndarray[Any, np.dtype[np.int64]] | None = None
        self._decoded = 0
        self._begun = False
        self.size: int | None = None
        self.tokens = self.documents = 0

    def __call__(
        self, ids: np.ndarray[Any, np.dtype[np.uint32]], offsets: np.ndarray[Any, np.dtype[np.int64]]
    ) -> None:
        """Takes the next documents: (N,) ids, and (D + 1,) 0 and where each ends."""
        self._ids.add(ids, offsets)
        if self._offsets is not None:
            # Every batch begins with 0; after it come the ends of documents, and a long document may end in a later batch.
            self._offsets.add((offsets[1:] if self._begun else offsets) + self.tokens)
            self._begun = True
        if self.size is None:
            self._decoded += int(self._token_lengths()[ids].sum())
        self.tokens += len(ids)
        self.documents += len(offsets) - 1

    def _token_lengths(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        import numpy as np

        if self._lengths is None:
            special = {id: len(token.encode()) for token, id in self._tokenizer.special_tokens.items()}
            lengths = [len(data or b"") for data in self._tokenizer.vocabulary]
            self._lengths = np.array(
                [special.get(id, length) for id, length in enumerate(lengths)], dtype=np.int64
            )
        return self._lengths

    @property
    def bytes(self) -> int:
        """How much text it was: what the files hold, or what their tokens stand for."""
        return self._decoded if self.size is None else self.size

    def close(self) -> None:
        """Finishes both files."""
        if self._offsets is not None:
            if not self._begun:
                import numpy as np

                self._offsets.add(np.zeros(1, dtype=np.int64))
            self._offsets.close()
        self._ids.close()


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
