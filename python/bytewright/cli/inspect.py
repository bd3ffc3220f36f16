"""`bytewright inspect`: what a vocabulary holds, and how it splits a text."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bytewright.cli import options, output
from bytewright.cli.options import CommandError

if TYPE_CHECKING:
    import argparse

    from bytewright import Tokenizer
    from bytewright.cli.tokens import Token

EXAMPLE = """
bytewright inspect my-vocabulary
bytewright inspect my-vocabulary --text 'The quick brown fox'
bytewright inspect my-vocabulary README.md --html tokens.html
"""

SHOWN = 100_000
"""Tokens that an HTML page shows at most: browsers get slow from there on."""


def parser() -> argparse.ArgumentParser:
    """The arguments."""
    parser = options.make_parser(
        "inspect",
        "Shows a vocabulary: its size, how it splits text, its longest tokens. With a text, shows the tokens of that text:\n"
        "coloured on a terminal, with a bar after each token elsewhere. · is a space, → a tab, ↵ a line feed.",
        EXAMPLE,
    )
    parser.add_argument(
        "vocabulary", metavar="VOCABULARY", help="a file or folder of any supported format, or a known name"
    )
    parser.add_argument("file", nargs="?", metavar="FILE", help="show the tokens of this file; - is stdin")
    parser.add_argument("--text", metavar="TEXT", help="show the tokens of this text")
    parser.add_argument(
        "--html", metavar="PAGE", help="write the tokens of the text as a page of its own; - is stdout"
    )
    parser.add_argument("-f", "--force", action="store_true", help="overwrite PAGE")
    parser.add_argument(
        "--tokens", action="store_true", help="list every token (of the vocabulary, or of the text)"
    )
    parser.add_argument(
        "--pattern",
        metavar="PATTERN",
        help="how text is split, where the vocabulary does not say: gpt2, cl100k, o200k or a regular expression",
    )
    options.add_allow_special(
        parser, "special tokens in the text become their ids (else they are ordinary text)"
    )
    options.add_json(parser)
    parser.add_argument("--csv", action="store_true", help="with --tokens: comma-separated values")
    return parser


def run(args: argparse.Namespace) -> None:
    """Runs the command."""
    has_text = args.file is not None or args.text is not None
    if args.file is not None and args.text is not None:
        raise CommandError("FILE and --text are two texts; name one")
    if args.html is not None and not has_text:
        raise CommandError("--html shows the tokens of a text; name a FILE or --text TEXT")
    if args.csv and not args.tokens:
        raise CommandError("--csv goes with --tokens")
    if args.html not in (None, "-"):
        output.refuse_existing(args.html, args.force)
    if args.file not in (None, "-"):
        Path(args.file).stat()  # a missing text is told before a vocabulary is loaded
    tokenizer = options.load_vocabulary(args.vocabulary, args.pattern)
    if has_text:
        _show_text(tokenizer, args)
    elif args.tokens:
        _list_vocabulary(tokenizer, args)
    else:
        _show_summary(tokenizer, args)


def _show_summary(tokenizer: Tokenizer, args: argparse.Namespace) -> None:
    from bytewright.cli import summary

    facts = summary.describe(tokenizer, args.vocabulary)
    if args.json:
        import json

        sys.stdout.write(json.dumps(facts, ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.write("\n".join(summary.lines(facts, sys.stdout)) + "\n")


def _list_vocabulary(tokenizer: Tokenizer, args: argparse.Namespace) -> None:
    special = {id: token for token, id in tokenizer.special_tokens.items()}
    rows = []
    for id, data in enumerate(tokenizer.vocabulary):
        data = special[id].encode() if id in special else data
        if data is not None:
            rows.append((id, data, id in special))
    _write_rows(rows, args)


def _write_rows(rows: list[tuple[int, bytes, bool]], args: argparse.Namespace) -> None:
    """Tokens, one a line."""
    from bytewright.cli.terminal import visible

    out = sys.stdout
    if args.json:
        import json

        out.write(json.dumps([_as_json(*row) for row in rows], ensure_ascii=False) + "\n")
    elif args.csv:
        import csv

        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["id", "bytes", "hex", "special", "text"])
        for id, data, special in rows:
            writer.writerow([id, len(data), data.hex(), int(special), data.decode(errors="backslashreplace")])
    else:
        width = len(str(max((row[0] for row in rows), default=0)))
        for id, data, special in rows:
            out.write(f"{id:>{width}}  {len(data):>4}  {visible(data)}{'  (special)' if special else ''}\n")


def _as_json(id: int, data: bytes, special: bool) -> dict[str, Any]:
    return {"id": id, "text": data.decode(errors="backslashreplace"), "hex": data.hex(), "special": special}


def _show_text(tokenizer: Tokenizer, args: argparse.Namespace) -> None:
    title, text = _read(args)
    tokens = _tokens(tokenizer, text, args.allow_special)
    if args.html is not None:
        _write_page(args, title, tokens)
    elif args.tokens:
        _write_rows([(token.id, token.data, token.special) for token in tokens], args)
    elif args.json:
        import json

        facts = {"text": title, "bytes": len(text), "tokens": [_as_json(*token) for token in tokens]}
        sys.stdout.write(json.dumps(facts, ensure_ascii=False) + "\n")
    else:
        _paint(args, text, tokens)


def _read(args: argparse.Namespace) -> tuple[str, bytes]:
    if args.text is not None:
        return "text", args.text.encode("utf-8", "surrogateescape")
    if args.file == "-":
        return "stdin", sys.stdin.buffer.read()
    return args.file, Path(args.file).read_bytes()


def _tokens(tokenizer: Tokenizer, text: bytes, allow_special: bool) -> list[Token]:
    from bytewright.cli.tokens import Token

    special = {id: token.encode() for token, id in tokenizer.special_tokens.items()}
    ids = tokenizer.encode(text, allowed_special="all" if allow_special else set(), disallowed_special=())
    known: dict[int, Token] = {}
    for id in set(ids):
        known[id] = Token(id, special[id] if id in special else tokenizer.decode_bytes([id]), id in special)
    return [known[id] for id in ids]


def _paint(args: argparse.Namespace, text: bytes, tokens: list[Token]) -> None:
    from bytewright.cli import terminal
    from bytewright.cli.tokens import bounded, coloured

    colour = terminal.use_colour(sys.stdout)
    last = "\n"
    for part in coloured(tokens) if colour else bounded(tokens):
        sys.stdout.write(part)
        last = part or last
    if not last.endswith("\n"):
        sys.stdout.write("\n")
    if not args.quiet:
        sys.stdout.flush()
        each = f", {len(text) / len(tokens):.2f} bytes each" if tokens else ""
        sys.stderr.write(f"{terminal.plural(len(tokens), 'token')}{each}\n")


def _write_page(args: argparse.Namespace, title: str, tokens: list[Token]) -> None:
    from bytewright.cli.html_page import page
    from bytewright.cli.terminal import plural

    with output.opened(args.html) as file:
        for part in page(
            title, Path(args.vocabulary).name or args.vocabulary, tokens, min(len(tokens), SHOWN)
        ):
            file.write(part.encode())
    if args.html != "-" and not args.quiet:
        sys.stderr.write(f"wrote {args.html}: {plural(len(tokens), 'token')}\n")
