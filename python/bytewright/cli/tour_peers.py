"""The same text and vocabulary through other tokenizers, where they are installed."""

from __future__ import annotations

import os
import time
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple

from bytewright.cli.tour_text import slice_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from bytewright import Tokenizer

BYTES = {"tiktoken": 32_000_000, "tokenizers": 4_000_000}
"""Peers and how much of the text they get: a second or two each."""


class Comparison(NamedTuple):
    """A peer beside us on the same strings, one thread, first pass each."""

    peer: str
    version: str
    bytes: int
    theirs: float
    ours: float
    equal: bool


def missing() -> list[str]:
    """Peers that are not installed."""
    return [name for name in BYTES if find_spec(name) is None]


def compare(peer: str, tokenizer: Tokenizer, folder: Path, files: Sequence[Path]) -> Comparison | None:
    """Encodes the beginning of the files with a peer and with us, one document at a time.

    Args:
        peer: One of `BYTES`, installed.
        tokenizer: Was just loaded, so that its caches are as cold as the peer's.
        folder: Holds the `tokenizer.json` that was saved from it.
        files: The text.

    Returns:
        Nothing where no file is UTF-8, which is all that the peers take.
    """
    import numpy as np

    texts = slice_of(files, BYTES[peer])
    if not texts:
        return None
    encode = _ENCODERS[peer](tokenizer, folder)
    theirs, their_ids = _timed(encode, texts)
    ours, our_ids = _timed(lambda text: tokenizer.encode_to_numpy(text, disallowed_special=()), texts)
    equal = all(np.array_equal(theirs, ours) for theirs, ours in zip(their_ids, our_ids, strict=True))
    return Comparison(peer, _version(peer), sum(len(text.encode()) for text in texts), theirs, ours, equal)


def _timed(encode: Callable[[str], Any], texts: Sequence[str]) -> tuple[float, list[Any]]:
    started = time.perf_counter()
    ids = [encode(text) for text in texts]
    return time.perf_counter() - started, ids


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _tiktoken(tokenizer: Tokenizer, folder: Path) -> Callable[[str], Any]:
    encoding: Any = tokenizer.to_tiktoken()
    return lambda text: encoding.encode_to_numpy(text, disallowed_special=())


def _tokenizers(tokenizer: Tokenizer, folder: Path) -> Callable[[str], Any]:
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    import tokenizers

    loaded = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    return lambda text: loaded.encode(text, add_special_tokens=False).ids


_ENCODERS = {"tiktoken": _tiktoken, "tokenizers": _tokenizers}
