"""Learning a vocabulary: `train`."""

from __future__ import annotations

import operator
import os
import warnings
from typing import TYPE_CHECKING, Literal

from bytewright import _native
from bytewright.encoding import Tokenizer
from bytewright.errors import TrainingError, TrainingWarning
from bytewright.profiles import DEFAULT_PATTERN, Profile, count, is_profile
from bytewright.progress import reporting
from bytewright.threads import resolve_threads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bytewright.progress import Progress
    from bytewright.sources import Source


def train(
    source: Source | Profile,
    vocab_size: int,
    *,
    pattern: str | None = DEFAULT_PATTERN,
    normalizer: str | None = None,
    min_frequency: int = 0,
    special_tokens: Iterable[str] = (),
    special_tokens_first: bool = False,
    max_token_length: int | None = None,
    ties: Literal["smallest-ids", "first-seen"] = "smallest-ids",
    extend: Tokenizer | None = None,
    threads: int | None = None,
    separator: str | bytes | None = None,
    field: str | None = None,
    allow_special: bool = False,
    progress: bool | Callable[[Progress], object] | None = None,
) -> Tokenizer:
    r"""Learns a vocabulary from text.

    The result depends neither on `threads` nor on how the text is cut into files, nor (but for `ties="first-seen"`) on their order. Memory
    follows the number of distinct pretokens, not the text: an iterable is read as it comes and never held.

    Args:
        source: A lone `str` or `PathLike` is a path, a glob or a folder. In an iterable, `str` and `bytes` are documents, `PathLike` are files,
            `(bytes, int)` are pretokens counted elsewhere. A `Profile`, or the path of one, is counts. Nothing merges across documents.
        vocab_size: Tokens in all: the 256 bytes, merges and special tokens.
        pattern: How text is split: `gpt2`, `cl100k`, `o200k`, a regular expression as tiktoken reads it, or `None`: not at all. A profile
            and a tokenizer to extend bring their own.
        normalizer: `nfc`, `nfd`, `nfkc`, `nfkd` (Unicode's normal forms) or `lowercase`, before anything else; or nothing.
        min_frequency: Stop when the most frequent pair is rarer.
        special_tokens: Get ids of their own, and are never learned from.
        special_tokens_first: They get the lowest ids, not the highest.
        max_token_length: The longest token, in bytes.
        ties: Which of several pairs with the same count comes first: `smallest-ids` (as tokenizers), or `first-seen` (the one that the
            source has first).
        extend: Goes on with this vocabulary: its ids and merges stay.
        threads: Default: `$BYTEWRIGHT_THREADS`, else the cores that this process may use.
        separator: In plain files, a document ends after each; `None`: a file is one document.
        field: The field of JSON lines, or the column of Parquet, that holds the text.
        allow_special: Special tokens in the text are left out of it; else they are ordinary text, and a `TrainingWarning` says how many
            there are.
        progress: `None`: a bar where stderr is a terminal; `True`, `False`; or a function that takes each `Progress`.

    Returns:
        The tokenizer. Where the text does not yield so many tokens, it has as many as there are, and a `TrainingWarning` says so.

    Raises:
        TrainingError: A setting that can't be met, no text, a damaged file.
        OSError: A file can't be read.

    Example:
        >>> import bytewright
        >>> tokenizer = bytewright.train(["the car", "the cat", "the rat"], 259, pattern=r"\w+", ties="first-seen", progress=False)
        >>> tokenizer.merges
        [(b't', b'h'), (b'th', b'e'), (b'c', b'a')]
    """
    special = _checked_special(special_tokens)
    vocab_size = operator.index(vocab_size)
    min_frequency = operator.index(min_frequency)
    if max_token_length is not None and operator.index(max_token_length) < 1:
        raise TrainingError(f"max_token_length is at least 1 byte, not {max_token_length}")
    if min_frequency < 0:
        raise TrainingError(f"min_frequency is at least 0, not {min_frequency}")
    if ties not in ("smallest-ids", "first-seen"):
        raise ValueError(f'ties is "smallest-ids" or "first-seen", not {ties!r}')
    if extend is None and vocab_size < 256 + len(special):
        # The core says so as well, but only once the text has been read.
        raise TrainingError(
            f"vocab_size is {vocab_size}, and the 256 bytes and {len(special)} special tokens need {256 + len(special)}"
        )
    workers = resolve_threads(threads)
    if isinstance(source, str | os.PathLike) and is_profile(source):
        source = Profile.load(source)
    with reporting(progress) as report:
        if isinstance(source, Profile):
            _check_profile(source, pattern, extend)
            native = source._native
        else:
            native = count(
                source,
                pattern=_pattern(pattern, extend),
                normalizer=_normalizer(normalizer, extend),
                separator=separator,
                field=field,
                special_tokens=special,
                allow_special=allow_special,
                positions=ties == "first-seen",
                threads=workers,
                report=report,
            )
        tokenizer, exhausted = _native.train(
            native,
            vocab_size,
            min_frequency,
            max_token_length,
            special,
            special_tokens_first,
            ties,
            None if extend is None else extend._native,
            workers,
            report,
        )
    if native.special_seen and not allow_special and not isinstance(source, Profile):
        warnings.warn(
            f"special tokens stand in the text {native.special_seen:,} times and were taken for ordinary text; "
            "allow_special=True leaves them out",
            TrainingWarning,
            stacklevel=2,
        )
    if exhausted:
        warnings.warn(
            f"the text yields {len(tokenizer):,} tokens of the {vocab_size:,} asked for",
            TrainingWarning,
            stacklevel=2,
        )
    return Tokenizer._wrap(tokenizer)


def _checked_special(special_tokens: Iterable[str]) -> list[str]:
    if isinstance(special_tokens, str):
        raise TypeError("special_tokens is a collection of str, not one str; put it into a list")
    special = list(special_tokens)
    for token in special:
        if not isinstance(token, str):
            raise TypeError(f"special tokens are str, not {type(token).__name__}")
    return special


def _pattern(pattern: str | None, extend: Tokenizer | None) -> str | _native.Tokenizer | None:
    if extend is None:
        return pattern
    if pattern is not DEFAULT_PATTERN and pattern != extend.pattern:
        raise TrainingError(
            f"the tokenizer to extend splits text by {extend.pattern!r}; leave pattern out, or give that one"
        )
    return extend._native


def _normalizer(normalizer: str | None, extend: Tokenizer | None) -> str | _native.Tokenizer | None:
    if extend is None:
        return normalizer
    if normalizer is not None and normalizer != extend.normalizer:
        raise TrainingError(
            f"the tokenizer to extend has normalizer={extend.normalizer!r}; leave it out, or give that one"
        )
    return extend._native


def _check_profile(profile: Profile, pattern: str | None, extend: Tokenizer | None) -> None:
    if pattern is not DEFAULT_PATTERN and pattern != profile.pattern:
        raise TrainingError(
            f"the profile counts pretokens of {profile.pattern!r}; leave pattern out, or give that one"
        )
    if extend is not None and extend.pattern != profile.pattern:
        raise TrainingError(
            f"the profile counts pretokens of {profile.pattern!r}, and the tokenizer to extend splits by {extend.pattern!r}"
        )
