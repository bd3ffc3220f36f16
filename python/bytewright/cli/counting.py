"""Files, profiles and stdin to one profile: the first half of `train`, and all of `profile`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bytewright.cli.options import CommandError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from pathlib import Path

    from bytewright import Profile, Tokenizer
    from bytewright.cli.stages import Stages


def count(
    args: argparse.Namespace, files: Sequence[Path], stages: Stages, extend: Tokenizer | None = None
) -> Profile:
    """Counts the pretokens of files.

    Args:
        args: With `vocabulary`, where there is one: a tokenizer, as which text is split and normalised; else `pattern` (absent: that of the vocabulary to extend, or of the first profile among the files, or the default),
            `separator`, `field`, `special_token`, `allow_special`, `ties` and `threads`.
        files: Text and profiles.
        stages: Takes reports of progress.
        extend: The vocabulary that training is to go on with.

    Raises:
        CommandError: `--pattern` says other than what must be.
    """
    from bytewright import Profile, profiles
    from bytewright.progress import reporting
    from bytewright.threads import resolve_threads

    first = next((path for path in files if profiles.is_profile(path)), None)
    pattern: object = profiles.DEFAULT_PATTERN
    normalizer: object = extend.normalizer if extend is not None else None
    vocabulary: Tokenizer | None = getattr(args, "vocabulary", None)
    if extend is not None:
        if args.pattern is not None and args.pattern != extend.pattern:
            raise CommandError(f"{args.extend} splits text by {extend.pattern}; leave --pattern out")
        pattern = extend._native
    elif vocabulary is not None:
        pattern = normalizer = vocabulary._native
    elif args.pattern is not None:
        pattern = None if args.pattern == "none" else args.pattern
    elif first is not None:
        pattern = Profile.load(first).pattern
    with reporting(stages) as report:
        native = profiles.count(
            list(files),
            pattern=pattern,  # type: ignore[arg-type]
            normalizer=normalizer,  # type: ignore[arg-type]
            separator=args.separator,
            field=args.field,
            special_tokens=args.special_token,
            allow_special=args.allow_special,
            positions=getattr(args, "ties", None) == "first-seen",
            threads=resolve_threads(args.threads),
            report=report,
        )
    return Profile._wrap(native)
