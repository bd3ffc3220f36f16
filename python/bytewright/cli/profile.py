"""`bytewright profile`: the pretoken counts of a corpus, in one file."""

from __future__ import annotations

import argparse
import re
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bytewright.cli import counting, inputs, options, output
from bytewright.cli.options import CommandError
from bytewright.cli.stages import Stages
from bytewright.cli.terminal import plural, rate, seconds, size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bytewright import Profile

EXAMPLE = """
bytewright profile corpus/*.txt -o corpus.profile
bytewright profile english.profile german.profile --weight german.profile=2.5 -o both.profile
bytewright profile corpus/*.txt --vocabulary o200k_base -o corpus.profile
bytewright train both.profile -o my-vocabulary --vocab-size 64000
"""


def parser() -> argparse.ArgumentParser:
    """The arguments."""
    parser = options.make_parser(
        "profile",
        "Counts the pretokens of text once: train takes the profile in the place of the text, and needs only the time of merging.\n"
        "Text and profiles may be mixed, and weighted; counts are rounded once, at the end. Equal counts give equal files.",
        EXAMPLE,
    )
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="text (.gz, .xz, .zst, .bwz too), JSON lines, profiles, globs or folders; - is stdin",
    )
    options.add_output(parser, "the profile", metavar="PROFILE", required=True)
    options.add_training_pattern(parser)
    parser.add_argument(
        "--vocabulary",
        metavar="NAME|PATH",
        help="split and normalise text as this one does, and look for its special tokens: to count the profile with it later",
    )
    parser.add_argument(
        "--weight",
        type=_weight,
        action="append",
        default=[],
        metavar="FILE=NUMBER",
        help="count what this FILE holds so many times (a decimal); repeatable",
    )
    parser.add_argument(
        "--special-token",
        action="append",
        default=[],
        metavar="TOKEN",
        help="look for this token in the text; repeatable",
    )
    options.add_documents(parser)
    options.add_allow_special(
        parser, "leave special tokens in the text out of it (else they are ordinary text)"
    )
    options.add_threads(parser)
    options.add_json(parser, "a summary")
    return parser


def _weight(text: str) -> tuple[str, str]:
    name, _, number = text.rpartition("=")
    if not name or not re.fullmatch(r"[0-9]+(\.[0-9]+)?|\.[0-9]+", number):
        raise argparse.ArgumentTypeError(f"{text!r} is not FILE=NUMBER with a decimal of at least 0")
    return name, number


def run(args: argparse.Namespace) -> None:
    """Runs the command."""
    output.refuse_existing(args.out, args.force)
    stages = Stages(args)
    weights = dict(args.weight)
    unknown = [name for name in weights if name not in args.files]
    if unknown:
        raise CommandError(
            f"--weight {unknown[0]}={weights[unknown[0]]}: {unknown[0]} is not among the files"
        )
    if args.vocabulary is not None:
        # In the place of its name, so that it is loaded once.
        args.vocabulary = options.load_vocabulary(args.vocabulary, args.pattern)
        args.special_token += [
            token for token in args.vocabulary.special_tokens if token not in args.special_token
        ]
    with inputs.opened(args.files) as files:
        try:
            profile = _weighted(args, weights, stages) if weights else counting.count(args, files, stages)
        finally:
            stages.finish()
    started = time.perf_counter()
    profile.save(args.out)
    stages.seconds["saving"] = time.perf_counter() - started
    _report(args, profile, stages)


def _weighted(args: argparse.Namespace, weights: dict[str, str], stages: Stages) -> Profile:
    """A profile for each weight, merged."""
    from bytewright import Profile

    groups: dict[str, list[str]] = {}
    for name in args.files:
        groups.setdefault(weights.get(name, "1"), []).append(name)
    parts: list[tuple[Profile, str]] = []
    for weight, names in groups.items():
        parts.append((_part(args, names, stages), weight))
    return Profile.merge(parts)


def _part(args: argparse.Namespace, names: Sequence[str], stages: Stages) -> Profile:
    with inputs.opened(names) as files:
        return counting.count(args, files, stages)


def _report(args: argparse.Namespace, profile: Profile, stages: Stages) -> None:
    facts: dict[str, Any] = {
        "pattern": profile.pattern,
        "documents": profile.documents,
        "bytes": profile.bytes,
        "pretokens": profile.total,
        "distinct_pretokens": profile.distinct,
        "special_tokens_seen": profile.special_seen,
        "seconds": {stage: round(time, 6) for stage, time in stages.seconds.items()},
        "written": args.out,
        "file_bytes": Path(args.out).stat().st_size,
    }
    if args.json:
        import json

        sys.stdout.write(json.dumps(facts, ensure_ascii=False) + "\n")
    if args.quiet:
        return
    say = sys.stderr.write
    say(f"{plural(profile.distinct, 'distinct pretoken')} of {profile.total:,}, ")
    say(
        f"from {size(profile.bytes)} in {plural(profile.documents, 'document')}, pattern {profile.pattern or 'none'}\n"
    )
    taken = sum(stages.seconds.values())
    say(f"{seconds(taken)} ({rate(profile.bytes, taken)})\n")
    if profile.special_seen and not args.allow_special:
        say(f"note: {plural(profile.special_seen, 'special token')} in the text taken for ordinary text\n")
    say(f"wrote {args.out}, {size(facts['file_bytes'])}\n")
