"""`bytewright train`: text to a vocabulary."""

from __future__ import annotations

import sys
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bytewright.cli import counting, inputs, options, vocabulary_files
from bytewright.cli.options import CommandError
from bytewright.cli.stages import Stages
from bytewright.cli.terminal import plural, rate, seconds, size

if TYPE_CHECKING:
    import argparse

    from bytewright import Profile, Tokenizer

EXAMPLE = r"""
bytewright train corpus/ -o my-vocabulary --vocab-size 32000 --special-token '<|endoftext|>'
bytewright train wiki.txt --separator '</doc>\n' -o my-vocabulary --pattern gpt2
zcat big.jsonl.gz | bytewright train - --field text -o my-vocabulary
"""

LONGEST = 5


def parser() -> argparse.ArgumentParser:
    """The arguments."""
    parser = options.make_parser(
        "train",
        "Learns a vocabulary from text and writes it into a folder: tokenizer.json and tokenizer_config.json, which transformers\n"
        "and tokenizers load, and with --format others beside them. The result depends neither on --threads nor on how the text\n"
        "is cut into files. Memory follows the number of distinct words, not the size of the text.",
        EXAMPLE,
    )
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="text (.gz, .xz, .zst, .bwz too), JSON lines, profiles, globs or folders; - is stdin",
    )
    options.add_output(parser, "the folder that the vocabulary goes into", metavar="DIR", required=True)
    parser.add_argument(
        "--vocab-size",
        type=options.positive,
        default=32_000,
        metavar="N",
        help="tokens in all, the 256 bytes and special tokens among them (default: 32,000; 32k is understood)",
    )
    options.add_training_pattern(parser)
    parser.add_argument(
        "--min-frequency",
        type=options.positive,
        metavar="N",
        help="stop when the most frequent pair is rarer",
    )
    parser.add_argument(
        "--special-token",
        action="append",
        default=[],
        metavar="TOKEN",
        help="a token that is never learned from; repeatable",
    )
    parser.add_argument(
        "--special-tokens-first", action="store_true", help="they get the lowest ids (else the highest)"
    )
    parser.add_argument(
        "--max-token-length", type=options.positive, metavar="BYTES", help="the longest token"
    )
    parser.add_argument(
        "--ties",
        choices=("smallest-ids", "first-seen"),
        default="smallest-ids",
        help="which of equally frequent pairs merges first: as in tokenizers (default), or the one that the text has first",
    )
    parser.add_argument(
        "--extend", metavar="VOCABULARY", help="go on with this one: its ids and merges stay what they are"
    )
    parser.add_argument(
        "--format",
        action="append",
        default=[],
        choices=vocabulary_files.FORMATS,
        help="write this as well; repeatable (tokenizer.json is always written)",
    )
    options.add_documents(parser)
    options.add_allow_special(
        parser, "leave special tokens in the text out of it (else they are ordinary text)"
    )
    options.add_threads(parser)
    options.add_json(parser, "a summary")
    return parser


def run(args: argparse.Namespace) -> None:
    """Runs the command."""
    # The last one's tokenizer_config.json is the one that stays.
    formats = [*(form for form in dict.fromkeys(args.format) if form != "tokenizer.json"), "tokenizer.json"]
    notes = _leave_out(args.pattern, formats)
    for form in formats:
        vocabulary_files.refuse_existing(args.out, form, args.force, folder=True)
    extend = None if args.extend is None else options.load_vocabulary(args.extend, None)
    stages = Stages(args)
    with inputs.opened(args.files) as files:
        try:
            profile = counting.count(args, files, stages, extend)
            notes += _leave_out(profile.pattern, formats)
            tokenizer, shortage = _train(args, profile, stages, extend)
        finally:
            stages.finish()
    started = time.perf_counter()
    written = vocabulary_files.save_all(tokenizer, Path(args.out), formats)
    stages.seconds["saving"] = time.perf_counter() - started
    _report(args, tokenizer, profile, stages, notes + shortage, written)


def _leave_out(pattern: str | None, formats: list[str]) -> list[str]:
    """Takes tokenizer.json out of the formats where it can't hold the pattern, and notes it.

    Raises:
        CommandError: There is no other format.
    """
    known = pattern in (None, "none", "gpt2", "cl100k", "o200k")
    if known or "tokenizer.json" not in formats or vocabulary_files.holds("tokenizer.json", pattern):
        return []
    problem = "tokenizer.json can't hold this pattern, which Oniguruma may read otherwise"
    if formats == ["tokenizer.json"]:
        raise CommandError(
            f"{problem}; with --format tiktoken (or gpt2) the vocabulary is written, and --pattern given again to load it"
        )
    formats.remove("tokenizer.json")
    return [f"{problem}: it is left out; --pattern has to be given again to load the vocabulary"]


def _train(
    args: argparse.Namespace, profile: Profile, stages: Stages, extend: Tokenizer | None
) -> tuple[Tokenizer, list[str]]:
    """The tokenizer, and what there is to note about it."""
    import bytewright

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", bytewright.TrainingWarning)
        tokenizer = bytewright.train(
            profile,
            args.vocab_size,
            min_frequency=args.min_frequency or 0,
            special_tokens=args.special_token,
            special_tokens_first=args.special_tokens_first,
            max_token_length=args.max_token_length,
            ties=args.ties,
            extend=extend,
            threads=args.threads,
            progress=stages,
        )
    return tokenizer, [
        str(warning.message) for warning in caught if issubclass(warning.category, bytewright.TrainingWarning)
    ]


def _report(
    args: argparse.Namespace,
    tokenizer: Tokenizer,
    profile: Profile,
    stages: Stages,
    notes: list[str],
    written: list[Path],
) -> None:
    from bytewright.cli import summary

    longest = summary.longest_tokens(tokenizer, LONGEST)
    facts: dict[str, Any] = {
        "tokens": len(tokenizer),
        "merges": len(tokenizer.merges),
        "special_tokens": tokenizer.special_tokens,
        "pattern": tokenizer.pattern,
        "documents": profile.documents,
        "bytes": profile.bytes,
        "distinct_pretokens": profile.distinct,
        "special_tokens_seen": profile.special_seen,
        "seconds": {stage: round(time, 6) for stage, time in stages.seconds.items()},
        "longest": longest,
        "notes": notes,
        "written": [str(path) for path in written],
    }
    if args.json:
        import json

        sys.stdout.write(json.dumps(facts, ensure_ascii=False) + "\n")
    if args.quiet:
        return
    for line in _lines(args, facts, profile, notes):
        sys.stderr.write(line + "\n")


def _lines(args: argparse.Namespace, facts: dict[str, Any], profile: Profile, notes: list[str]) -> list[str]:
    from bytewright.cli import summary

    special = f", {len(facts['special_tokens'])} special" if facts["special_tokens"] else ""
    lines = [f"{facts['tokens']:,} tokens: 256 bytes, {plural(facts['merges'], 'merge')}{special}"]
    lines.append(
        f"from {size(profile.bytes)} in {plural(profile.documents, 'document')}: "
        f"{plural(profile.distinct, 'distinct pretoken')} of {profile.total:,}"
    )
    times = []
    for stage, time_taken in facts["seconds"].items():
        speed = rate(profile.bytes, time_taken) if stage == "counting" else ""
        times.append(f"{stage} {seconds(time_taken)}{f' ({speed})' if speed else ''}")
    lines.append(", ".join(times))
    lines += ["longest tokens:", *summary.longest_lines(facts["longest"])]
    lines += [f"note: {note}" for note in notes]
    if facts["special_tokens_seen"] and not args.allow_special:
        seen = plural(facts["special_tokens_seen"], "special token")
        lines.append(
            f"note: {seen} in the text taken for ordinary text; --allow-special leaves them out of it"
        )
    lines.append(f"wrote {', '.join(facts['written'])}")
    return lines
