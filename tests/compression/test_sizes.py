"""A table of sizes, so that no change makes files larger without somebody seeing it; and the bounds that the README gives.

`python -m tests.compression.test_sizes` prints the table anew, where the change is wanted.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import pytest

from bytewright import bwz

PARTS = {
    "enwik8-head.xml": 4_154_399,
    "wiki-en.txt": 16_000_000,
    "multilingual.txt": 12_000_000,
    "code.txt": 8_000_000,
    "logs-json.txt": 12_000_896,
}
"""How much of each corpus is compressed: enough for several blocks."""

SIZES: dict[tuple[str, int], int] = {
    ("enwik8-head.xml", 1): 1_219_515,
    ("enwik8-head.xml", 2): 1_056_129,
    ("enwik8-head.xml", 3): 1_032_333,
    ("wiki-en.txt", 1): 4_529_572,
    ("wiki-en.txt", 2): 3_833_469,
    ("wiki-en.txt", 3): 3_725_645,
    ("multilingual.txt", 1): 4_110_314,
    ("multilingual.txt", 2): 3_038_446,
    ("multilingual.txt", 3): 2_962_043,
    ("code.txt", 1): 1_644_211,
    ("code.txt", 2): 1_211_339,
    ("code.txt", 3): 1_165_622,
    ("logs-json.txt", 1): 1_879_581,
    ("logs-json.txt", 2): 1_530_885,
    ("logs-json.txt", 3): 1_457_414,
}
"""Bytes of each compressed part, by level."""


def _part(folder: Path, name: str) -> bytes:
    with (folder / "corpora" / name).open("rb") as file:
        return file.read(PARTS[name])


@cache
def _size(folder: Path, name: str, level: int) -> int:
    return len(bwz.compress(_part(folder, name), level))


@pytest.mark.slow
@pytest.mark.parametrize(("name", "level"), SIZES, ids=lambda value: str(value))
def test_sizes_stay_within_a_thousandth(data: Path, name: str, level: int) -> None:
    assert abs(_size(data, name, level) / SIZES[name, level] - 1) < 0.001


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "level", "percent"), [("enwik8-head.xml", 3, 26.5), ("enwik8-head.xml", 1, 29.5)]
)
def test_the_bounds_that_are_told(data: Path, name: str, level: int, percent: float) -> None:
    assert _size(data, name, level) * 100 <= percent * PARTS[name]


if __name__ == "__main__":
    corpora = Path(os.environ["BYTEWRIGHT_DATA"])
    for name in PARTS:
        for level in range(1, bwz.MAXIMUM_LEVEL + 1):
            print(f'    ("{name}", {level}): {_size(corpora, name, level):_},')
