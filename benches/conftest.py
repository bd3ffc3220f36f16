"""Generated text for the benchmarks: no file is needed, and every run gets the same."""

from __future__ import annotations

import os
import random

import pytest

import bytewright

# Nothing is left in the cache of who measures; what is about it has a folder of its own.
os.environ["BYTEWRIGHT_CACHE"] = "off"


def words(count: int, seed: int) -> list[str]:
    """Made-up words of several scripts, short ones more often than long ones."""
    generator = random.Random(seed)
    scripts = ["etaoinshrdlu", "абвгдеиклмнопрст", "αβγδεικλμνοπρστ", "中文字符日本語漢東京", "0123456789"]
    return [
        "".join(
            generator.choices(
                generator.choices(scripts, weights=[80, 8, 4, 6, 2])[0], k=1 + int(generator.expovariate(0.2))
            )
        )
        for _ in range(count)
    ]


@pytest.fixture(scope="session")
def documents() -> list[str]:
    """400 documents of some 6,000 characters; words occur as in natural text, a few of them very often."""
    generator = random.Random(1)
    known = words(20_000, seed=2)
    weights = [1 / (rank + 3) for rank in range(len(known))]
    return [" ".join(generator.choices(known, weights=weights, k=900)) + ".\n" for _ in range(400)]


@pytest.fixture(scope="session")
def tokenizer(documents: list[str]) -> bytewright.Tokenizer:
    """A vocabulary of 8,000 tokens."""
    return bytewright.train(documents, 8000, threads=1, progress=False)
