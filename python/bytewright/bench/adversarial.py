"""Texts that make other tokenizers slow: one enormous pretoken, or nothing that a cache knows."""

from __future__ import annotations

import random
import string

import numpy as np


def texts(prose: bytes, size: int, seed: int = 0) -> dict[str, bytes]:
    """Texts of `size` bytes each, prose first: the others' time is held against its.

    Args:
        prose: Real text; repeated where it is too short.
        size: Bytes of each text.
        seed: Seed of what is random.
    """
    generator = np.random.default_rng(seed)
    letters = np.frombuffer(string.ascii_letters.encode(), dtype=np.uint8)
    dense = b"".join(prose.split()) or b"x"
    fitted = _fit(prose, size)
    return {
        "prose": fitted,
        "prose without white space": _fit(dense, size),
        "one letter": b"a" * size,
        "spaces": b" " * size,
        "random letters": letters[generator.integers(0, len(letters), size)].tobytes(),
        "random bytes": generator.integers(0, 256, size, dtype=np.uint8).tobytes(),
        "random Han": _han(size, seed),
    }


def _fit(text: bytes, size: int) -> bytes:
    """The text, repeated and cut at a whole character."""
    repeated = (text * (size // len(text) + 1))[:size]
    return repeated.decode("utf-8", "ignore").encode()


def _han(size: int, seed: int) -> bytes:
    characters = random.Random(seed).choices(range(0x4E00, 0x9FFF), k=max(1, size // 3))
    return "".join(map(chr, characters)).encode()
