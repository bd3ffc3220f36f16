"""`bytewright convert`: a vocabulary in another format."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from bytewright.cli import options, vocabulary_files
from bytewright.cli.terminal import plural

if TYPE_CHECKING:
    import argparse

EXAMPLE = """
bytewright convert my-vocabulary/tokenizer.json my-vocabulary.tiktoken
bytewright convert o200k_base.tiktoken my-folder --format gpt2 --pattern o200k
"""


def parser() -> argparse.ArgumentParser:
    """The arguments."""
    parser = options.make_parser(
        "convert",
        "Writes a vocabulary in another format; ids stay what they are.\n"
        "tiktoken: `base64(bytes) rank` a line, for tiktoken. tokenizer.json: for tokenizers and transformers.\n"
        "gpt2: a folder with vocab.json and merges.txt.",
        EXAMPLE,
    )
    parser.add_argument(
        "vocabulary", metavar="IN", help="a file or folder of any supported format, or a known name"
    )
    parser.add_argument("out", metavar="OUT", help="the file to write; for gpt2 and several files a folder")
    parser.add_argument(
        "--format",
        choices=vocabulary_files.FORMATS,
        help="default: by the ending of OUT (.tiktoken, .json)",
    )
    parser.add_argument("-f", "--force", action="store_true", help="overwrite what exists already")
    parser.add_argument(
        "--pattern",
        metavar="PATTERN",
        help="how text is split, where IN does not say: gpt2, cl100k, o200k or a regular expression",
    )
    options.add_json(parser)
    return parser


def run(args: argparse.Namespace) -> None:
    """Runs the command."""
    form = args.format or vocabulary_files.format_of(args.out)
    vocabulary_files.refuse_existing(args.out, form, args.force)
    tokenizer = options.load_vocabulary(args.vocabulary, args.pattern)
    written = vocabulary_files.save(tokenizer, args.out, form)
    if args.json:
        import json

        result = {"tokens": len(tokenizer), "format": form, "written": [str(path) for path in written]}
        sys.stdout.write(json.dumps(result) + "\n")
    if not args.quiet:
        sys.stderr.write(f"{plural(len(tokenizer), 'token')} to {', '.join(map(str, written))}\n")
        for note in vocabulary_files.left_out(tokenizer, form):
            sys.stderr.write(f"note: {note}\n")
