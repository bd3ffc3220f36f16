"""The flags that commands share: one spelling and one meaning each."""

from __future__ import annotations

import argparse
import math
import os
import re
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bytewright import Tokenizer

EXIT_CODES = (
    "exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted, 141 the reader of the output went away"
)


class CommandError(Exception):
    """What a user asked for can't be done; the message is shown on one line, without a traceback."""


class _Version(argparse.Action):
    def __init__(self, option_strings: Sequence[str], dest: str, **_: object) -> None:
        super().__init__(option_strings, argparse.SUPPRESS, nargs=0, help="show the version and exit")

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        sys.stdout.write(f"bytewright {version()}\n")
        parser.exit()


class _Help(argparse.HelpFormatter):
    """Wraps prose to the terminal, and leaves examples as they are."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if text.startswith("example:"):
            return text
        return super()._fill_text(text, width, indent)


def version() -> str:
    """The version of the installed package."""
    import bytewright

    return bytewright.__version__


def make_parser(name: str, description: str, example: str) -> argparse.ArgumentParser:
    """A parser with the flags of every command.

    Args:
        name: The command.
        description: What it does, in a few sentences.
        example: A command line or several, shown at the end of `--help`.
    """
    indented = "\n".join(f"  {line}" for line in example.strip().splitlines())
    description = " ".join(description.split("\n"))
    parser = argparse.ArgumentParser(
        prog=f"bytewright {name}",
        description=description,
        epilog=f"example:\n{indented}\n\n{EXIT_CODES}",
        formatter_class=_Help,
        allow_abbrev=False,
    )
    parser.add_argument(
        "-q", "--quiet", action="store_true", help="only results and errors: no progress, no summary"
    )
    parser.add_argument(
        "-v", "--verbose", action="count", default=0, help="say more; twice: tracebacks of errors"
    )
    parser.add_argument("--version", action=_Version)
    return parser


def add_json(parser: argparse.ArgumentParser, what: str = "the result") -> None:
    """`--json`."""
    parser.add_argument("--json", action="store_true", help=f"print {what} as JSON on stdout")


def add_output(
    parser: argparse.ArgumentParser, what: str, metavar: str = "OUT", required: bool = False
) -> None:
    """`-o/--out` and `-f/--force`."""
    parser.add_argument("-o", "--out", metavar=metavar, required=required, help=what)
    parser.add_argument("-f", "--force", action="store_true", help="overwrite what exists already")


def add_threads(parser: argparse.ArgumentParser) -> None:
    """`-T/--threads`."""
    parser.add_argument(
        "-T",
        "--threads",
        type=threads,
        metavar="N",
        help="worker threads (default: $BYTEWRIGHT_THREADS, else the cores this process may use); never changes results",
    )


def add_documents(parser: argparse.ArgumentParser) -> None:
    """`--separator` and `--field`: what a document is."""
    group = parser.add_argument_group("documents (by default a file is one document)")
    group.add_argument(
        "--separator",
        type=separator,
        metavar="TEXT",
        help=r"a document ends after each TEXT, which belongs to it; escapes: \n \r \t \0 \\ \xHH \uHHHH",
    )
    group.add_argument("--field", metavar="NAME", help="read JSON lines, and take the text from this field")


def add_vocabulary(parser: argparse.ArgumentParser) -> None:
    """`--vocabulary` and the `--pattern` that goes with it."""
    parser.add_argument(
        "--vocabulary",
        required=True,
        metavar="NAME|PATH",
        help="a vocabulary: a file or folder of any supported format, or a known name such as o200k_base",
    )
    parser.add_argument(
        "--pattern",
        metavar="PATTERN",
        help="how text is split, where the vocabulary's file does not say: gpt2, cl100k, o200k or a regular expression",
    )


def add_training_pattern(parser: argparse.ArgumentParser) -> None:
    """`--pattern` of commands that count pretokens."""
    parser.add_argument(
        "--pattern",
        metavar="PATTERN",
        help="how text is split: gpt2, cl100k, o200k, none or a regular expression (default: o200k, or what FILE or --extend has)",
    )


def add_allow_special(parser: argparse.ArgumentParser, effect: str) -> None:
    """`--allow-special`."""
    parser.add_argument("--allow-special", action="store_true", help=effect)


def positive(text: str) -> int:
    """An argument that is a whole number of at least 1; `32k` and `32_000` are understood."""
    digits = text.replace("_", "").replace(",", "")
    factor = {"k": 1_000, "m": 1_000_000}.get(digits[-1:].lower(), 1)
    if factor > 1:
        digits = digits[:-1]
    if not (digits.isascii() and digits.isdigit()) or int(digits) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(digits) * factor


def threads(text: str) -> int | None:
    """An argument that is a number of threads; 0 is the default, as for xz and zstd."""
    return None if text == "0" else positive(text)


def size(text: str) -> int:
    """An argument that is a number of bytes, with the units of GNU's tools: powers of 1024, and of 1000 where they end in a lone B.

    Example:
        >>> size("64k"), size("1MiB"), size("1MB")
        (65536, 1048576, 1000000)
    """
    match = re.fullmatch(r"([0-9]+)(?:([kKMGT])(iB|B)?|B)?", text)
    if match is not None:
        number, prefix, kind = match.groups()
        step = 1000 if kind == "B" else 1024
        return int(number) * math.prod([step] * (1 + "KMGT".find(prefix.upper()) if prefix else 0))
    raise argparse.ArgumentTypeError(f"{text!r} is not a number of bytes such as 4096, 64k or 1MiB")


def separator(text: str) -> bytes:
    r"""An argument with escapes, as bytes.

    Example:
        >>> separator(r"</doc>\n")
        b'</doc>\n'
    """
    data = _unescape(text)
    if not data:
        raise argparse.ArgumentTypeError("a separator can't be empty")
    return data


def _unescape(text: str) -> bytes:
    simple = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "\\": "\\"}
    out, rest = bytearray(), text
    while rest:
        plain, backslash, rest = rest.partition("\\")
        out += os.fsencode(plain)
        if not backslash:
            break
        kind, width = rest[:1], {"x": 2, "u": 4, "U": 8}.get(rest[:1])
        if kind and kind in simple:
            out += simple[kind].encode()
            rest = rest[1:]
        elif width is not None:
            digits, rest = rest[1 : 1 + width], rest[1 + width :]
            try:
                value = int(digits, 16) if len(digits) == width else -1
                out += bytes([value]) if kind == "x" else chr(value).encode()
            except ValueError:
                raise argparse.ArgumentTypeError(
                    f"\\{kind} takes {width} hexadecimal digits, not {digits!r}"
                ) from None
        else:
            raise argparse.ArgumentTypeError(rf"unknown escape \{kind}; there are \n \r \t \0 \\ \xHH \uHHHH")
    return bytes(out)


def default_threads() -> int:
    """How many threads work is spread over where nobody says."""
    from bytewright.threads import resolve_threads

    return resolve_threads(None)


def resolve_pattern(text: str | None) -> str | None:
    """The pattern as the library takes it; `none` on the command line is its `None`, an absent flag its default."""
    return None if text is None or text == "none" else text


def load_vocabulary(name: str, pattern: str | None) -> Tokenizer:
    """The tokenizer that `--vocabulary` names.

    Raises:
        CommandError: It is neither a path nor a known name.
    """
    import bytewright
    from bytewright.catalogue import ENCODINGS

    if os.path.lexists(name) or os.sep in name or name.endswith((".json", ".tiktoken")):
        return bytewright.Tokenizer.load(name, pattern=pattern)
    if name not in ENCODINGS:
        known = ", ".join(ENCODINGS)
        raise CommandError(
            f"{name}: no such file or folder, and no vocabulary has that name; there are {known}"
        )
    return bytewright.get_encoding(name)


def want_progress(args: argparse.Namespace) -> bool:
    """Whether to show a progress bar: stderr is a terminal and nobody asked for quiet."""
    return not args.quiet and sys.stderr.isatty()
