"""`bytewright count`: how many tokens a corpus has, and how often each occurs."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bytewright.cli import inputs, options, output
from bytewright.cli.frequencies import Frequencies, write_csv
from bytewright.cli.options import CommandError
from bytewright.cli.stages import Stages
from bytewright.cli.terminal import clip, plural, rate, seconds, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bytewright import CorpusCount, Tokenizer
    from bytewright.cli.frequencies import Row

EXAMPLE = """
bytewright count corpus/*.txt.gz --vocabulary o200k_base --top 20
bytewright count corpus.txt --vocabulary o200k_base --word supercalifragilisticexpialidocious
bytewright count corpus.profile --vocabulary my-vocabulary --csv > frequencies.csv
"""

NAME_WIDTH = 40


def parser() -> argparse.ArgumentParser:
    """The arguments."""
    parser = options.make_parser(
        "count",
        "Counts documents, bytes, tokens and distinct tokens in one pass, by file where there are several; memory does not grow with\n"
        "the text. A corpus profile stands for its text, and is counted in no time. · is a space, → a tab, ↵ a line feed.",
        EXAMPLE,
    )
    parser.add_argument(
        "files",
        nargs="*",
        default=["-"],
        metavar="FILE",
        help="text (.gz, .xz, .zst, .bwz too), JSON lines, Parquet, profiles, globs or folders; - or none: stdin",
    )
    options.add_vocabulary(parser)
    group = parser.add_argument_group("frequencies")
    group.add_argument("--top", type=_whole, metavar="N", help="show the N most frequent tokens")
    group.add_argument(
        "--token",
        action="append",
        default=[],
        metavar="TOKEN",
        help=r"show this one, by its id or its text (escapes as in --separator; \x37 begins a text of digits); repeatable",
    )
    group.add_argument(
        "--word",
        action="append",
        default=[],
        metavar="WORD",
        help="show the tokens that WORD has where no space stands before it; repeatable",
    )
    group.add_argument(
        "--csv",
        action="store_true",
        help="print every token as comma-separated values (or those of --top, --token, --word), nothing else",
    )
    group.add_argument(
        "--plot",
        metavar="FILE.png",
        help="draw frequency against rank, both logarithmic (needs matplotlib)",
    )
    parser.add_argument("-f", "--force", action="store_true", help="overwrite the FILE of --plot")
    options.add_documents(parser)
    options.add_allow_special(
        parser, "special tokens in the text become their ids (else they are ordinary text)"
    )
    options.add_threads(parser)
    options.add_json(parser, "everything, with the count of every token (or of the first N, with --top),")
    return parser


def _whole(text: str) -> int:
    return 0 if text == "0" else options.positive(text)


def run(args: argparse.Namespace) -> None:
    """Runs the command."""
    if args.csv and args.json:
        raise CommandError("stdout can hold either --csv or --json")
    if args.plot is not None:
        from bytewright.cli import rank_plot

        rank_plot.require(args.plot)
        output.refuse_existing(args.plot, args.force)
    stages = Stages(args)
    with inputs.opened(args.files) as paths:
        tokenizer = options.load_vocabulary(args.vocabulary, args.pattern)
        # Before the long work, so that a misspelt one is told at once.
        chosen = [_token_ids(tokenizer, text, args.vocabulary) for text in args.token]
        words = [(text, _word_ids(tokenizer, text)) for text in args.word]
        import numpy  # noqa: F401 -- not within the time that is measured

        started = time.perf_counter()
        try:
            count = tokenizer.count_corpus(
                paths,
                separator=args.separator,
                field=args.field,
                allow_special=args.allow_special,
                threads=args.threads,
                progress=stages,
            )
        finally:
            stages.finish()
    taken = time.perf_counter() - started
    frequencies = Frequencies(tokenizer, count)
    tokens = [row for ids in chosen for row in frequencies.rows(ids)]
    by_word = [(text, frequencies.rows(ids)) for text, ids in words]
    if args.plot is not None:
        marked = [row for _, rows in by_word for row in rows] + tokens
        rank_plot.draw(args.plot, frequencies, marked, Path(args.vocabulary).name or args.vocabulary)
    if args.csv:
        rows = [*tokens, *(row for _, rows in by_word for row in rows)]
        if args.top is not None or not rows:
            rows = [*frequencies.most_common(args.top), *rows]
        write_csv(sys.stdout, rows)
    elif args.json:
        _write_json(args, tokenizer, count, taken, frequencies, tokens, by_word)
    else:
        lines = _totals(count, len(tokenizer))
        if args.top:
            lines += ["", *_ranking(frequencies.most_common(args.top), count.tokens)]
        if tokens:
            lines += ["", *_list(tokens, count.tokens)]
        for text, rows in by_word:
            lines += ["", f"{_printable(text)}: {plural(len(rows), 'token')}", *_word(rows)]
        sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()
    if not args.quiet:
        _notes(args, count, taken, paths)


def _token_ids(tokenizer: Tokenizer, text: str, vocabulary: str) -> list[int]:
    """The ids that `--token` means: a number is one, a text may be that of several.

    Raises:
        CommandError: There is no such token.
    """
    tokens = tokenizer.vocabulary
    special = tokenizer.special_tokens
    if text.isascii() and text.isdigit():
        id = int(text)
        if id < len(tokens) and (tokens[id] is not None or id in special.values()):
            return [id]
        raise CommandError(
            f"--token {text}: {vocabulary} has no token of that id; ids go up to {len(tokens) - 1:,}"
        )
    if not text:
        raise CommandError("--token: the token is empty")
    try:
        data = options.separator(text)
    except argparse.ArgumentTypeError as error:
        raise CommandError(f"--token {text}: {error}") from None
    ids = [id for id, token in enumerate(tokens) if token == data]
    if not ids:
        parts = "|".join(_shown(token) for token in map(tokens.__getitem__, tokenizer.encode_ordinary(data)))
        raise CommandError(f"--token {text}: no token of {vocabulary} has that text; its tokens are {parts}")
    return ids


def _shown(token: bytes | None) -> str:
    from bytewright.cli.terminal import visible

    return visible(token or b"")


def _word_ids(tokenizer: Tokenizer, text: str) -> list[int]:
    if not text:
        raise CommandError("--word: the word is empty")
    return tokenizer.encode_ordinary(os.fsencode(text))


def _printable(text: str) -> str:
    return os.fsencode(text).decode(errors="backslashreplace")


def _name(path: str | None) -> str:
    """How a file is called: stdin as it was asked for."""
    if path is None:
        return ""
    copy = Path(path)
    if path == inputs.STDIN or (
        copy.name.startswith("bytewright-stdin-") and copy.parent == Path(tempfile.gettempdir())
    ):
        return "-"
    return path


def _each(count: CorpusCount) -> str:
    return "" if count.bytes_per_token is None else f"{count.bytes_per_token:.3f}"


def _totals(count: CorpusCount, size: int) -> list[str]:
    if len(count.files) < 2:
        rows = [
            ["documents", f"{count.documents:,}", ""],
            ["bytes", f"{count.bytes:,}", ""],
            ["tokens", f"{count.tokens:,}", ""],
            ["bytes per token", _each(count) or "–", ""],
            ["distinct tokens", f"{count.distinct or 0:,}", f"of {size:,}"],
        ]
        return table(rows, "<><", indent="")
    rows = [["", "documents", "bytes", "tokens", "bytes per token", "distinct tokens"]]
    for name, part in [*((clip(_name(part.path), NAME_WIDTH), part) for part in count.files), ("all", count)]:
        numbers = [f"{number:,}" for number in (part.documents, part.bytes, part.tokens)]
        rows.append([name, *numbers, _each(part), f"{part.distinct or 0:,}"])
    return table(rows, "<>>>>>", indent="")


def _share(count: int, tokens: int) -> str:
    return f"{count / tokens:.3%}" if tokens else ""


def _ranking(rows: Sequence[Row], tokens: int) -> list[str]:
    cells = [["rank", "id", "count", "share", "token"]]
    for rank, row in enumerate(rows, 1):
        cells.append(
            [f"{rank:,}", str(row.id), f"{row.occurrences:,}", _share(row.occurrences, tokens), row.shown]
        )
    return table(cells, ">>>><", indent="")


def _list(rows: Sequence[Row], tokens: int) -> list[str]:
    cells = [["id", "count", "share", "token"]]
    cells += [
        [str(row.id), f"{row.occurrences:,}", _share(row.occurrences, tokens), row.shown] for row in rows
    ]
    return table(cells, ">>><", indent="")


def _word(rows: Sequence[Row]) -> list[str]:
    return table(
        [["token", "id", "count"], *([row.shown, str(row.id), f"{row.occurrences:,}"] for row in rows)], "<>>"
    )


def _facts(count: CorpusCount) -> dict[str, Any]:
    each = count.bytes_per_token
    return {
        "documents": count.documents,
        "bytes": count.bytes,
        "tokens": count.tokens,
        "bytes_per_token": None if each is None else round(each, 6),
        "distinct_tokens": count.distinct,
        "special_tokens_seen": count.special_tokens_seen,
    }


def _write_json(
    args: argparse.Namespace,
    tokenizer: Tokenizer,
    count: CorpusCount,
    taken: float,
    frequencies: Frequencies,
    tokens: Sequence[Row],
    by_word: Sequence[tuple[str, Sequence[Row]]],
) -> None:
    import json

    facts: dict[str, Any] = {"vocabulary": args.vocabulary, "vocabulary_tokens": len(tokenizer)}
    facts |= _facts(count) | {"seconds": round(taken, 6)}
    facts["files"] = [{"path": _name(part.path)} | _facts(part) for part in count.files]
    if args.token:
        facts["chosen"] = [row.as_json() for row in tokens]
    if args.word:
        facts["words"] = [
            {"word": _printable(text), "tokens": [row.as_json() for row in rows]} for text, rows in by_word
        ]
    facts["frequencies"] = [row.as_json() for row in frequencies.most_common(args.top)]
    sys.stdout.write(json.dumps(facts, ensure_ascii=False) + "\n")


def _notes(args: argparse.Namespace, count: CorpusCount, taken: float, paths: Sequence[Path]) -> None:
    from bytewright import profiles

    say = sys.stderr.write
    if count.special_tokens_seen:
        say(
            f"{plural(count.special_tokens_seen, 'special token')} in the text taken for ordinary text; "
            "--allow-special makes them their ids\n"
        )
    if count.dropped:
        say(f"note: profiles left out {plural(count.dropped, 'pretoken')}; their tokens are missing here\n")
    # A profile is not read at the speed of its text.
    read = 0 if any(map(profiles.is_profile, paths)) else count.bytes
    speed = rate(read, taken)
    say(f"{seconds(taken)}{f' ({speed})' if speed else ''}\n")
    if args.plot is not None:
        say(f"wrote {args.plot}\n")
