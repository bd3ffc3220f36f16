"""Texts that make tokenizers or compressors slow: one enormous pretoken, endless repeats, or nothing that a cache knows."""

from __future__ import annotations

import random
import string

import numpy as np

# None is larger.
MAX_BYTES = 10_000_000


def texts(prose: bytes, size: int, seed: int = 0) -> dict[str, bytes]:
    """Texts for tokenizers, of `size` bytes each, prose first: the others' time is held against its.

    Args:
        prose: Real text; repeated where it is too short.
        size: Bytes of each text.
        seed: Seed of what is random.
    """
    return _common(prose, size, seed) | {"random Han": _han(size, seed)}


def for_compressors(prose: bytes, size: int, seed: int = 0) -> dict[str, bytes]:
    """Texts for compressors; as `texts`, but for the alphabet of Han characters, which is nothing to a compressor."""
    made = _common(prose, size, seed)
    # All of the same length, so that nothing but their digits tells them apart.
    numbers = " ".join(map(str, range(10**6, 10**6 + size // 8 + 1)))
    return made | {
        "ab repeated": _fit(b"ab", size),
        "Fibonacci word": _fibonacci(size),
        "zeros": bytes(size),
        "distinct words": numbers.translate(str.maketrans(string.digits, "abcdefghij")).encode()[:size],
        "sorted lines": b"\n".join(sorted(made["prose"].split(b"\n"))),
        "hexadecimal digits": random.Random(seed).randbytes(size // 2 + 1).hex().encode()[:size],
    }


def _common(prose: bytes, size: int, seed: int) -> dict[str, bytes]:
    generator = np.random.default_rng(seed)
    letters = np.frombuffer(string.ascii_letters.encode(), dtype=np.uint8)
    dense = b"".join(prose.split()) or b"x"
    return {
        "prose": _fit(prose, size),
        "prose without white space": _fit(dense, size),
        "one letter": b"a" * size,
        "spaces": b" " * size,
        "random letters": letters[generator.integers(0, len(letters), size)].tobytes(),
        "random bytes": generator.integers(0, 256, size, dtype=np.uint8).tobytes(),
    }


def _fit(text: bytes, size: int) -> bytes:
    """The text, repeated and cut at a whole character, if it has any."""
    repeated = text * (size // len(text) + 1)
    ends = (end for end in range(size, max(0, size - 4), -1) if repeated[end] & 0xC0 != 0x80)
    return repeated[: next(ends, size)]


def _fibonacci(size: int) -> bytes:
    """Full of repeats, yet never periodic."""
    shorter, longer = b"a", b"ab"
    while len(longer) < size:
        shorter, longer = longer, longer + shorter
    return longer[:size]


def _han(size: int, seed: int) -> bytes:
    characters = random.Random(seed).choices(range(0x4E00, 0x9FFF), k=max(1, size // 3))
    return "".join(map(chr, characters)).encode()
