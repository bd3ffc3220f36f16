"""Strings on which tokenizers are known to differ."""

from __future__ import annotations

import itertools
import random
import unicodedata
from collections.abc import Iterator
from functools import cache

WHITE = [
    "\t", "\n", "\x0b", "\x0c", "\r", " ", "\x1c", "\x1f", "\x85", "\xa0", "\u1680", "\u2000", "\u2003", "\u2009", "\u200a",
    "\u2028", "\u2029", "\u202f", "\u205f", "\u3000", "\u180e", "\u200b", "\ufeff",
]  # fmt: skip
"""White space of each kind, and what looks like it."""


@cache
def by_category() -> dict[str, list[str]]:
    """Characters of each Unicode category (assigned in version 14 or before: all that peers and Python agree on)."""
    found: dict[str, list[str]] = {}
    chosen = random.Random(1)
    for point in range(0x110000):
        category = unicodedata.category(chr(point))
        if category not in ("Cs", "Cn"):
            found.setdefault(category, []).append(chr(point))
    return {category: chosen.sample(all_, min(len(all_), 24)) for category, all_ in found.items()}


def categories() -> Iterator[str]:
    """Each category alone, doubled, and between its neighbours of other categories."""
    characters = by_category()
    for some in characters.values():
        for character in some[:8]:
            yield character
            yield character * 2
            yield f"a{character}b {character} 1{character}2 {character}{character}.{character}\n{character}"
    for one, other in itertools.product(characters, repeat=2):
        a, b = characters[one][0], characters[other][-1]
        yield f"{a}{b} {b}{a}{a} {a}{b}{b}x"


def white_space() -> Iterator[str]:
    """Runs of white space of each kind, in the middle and at the end."""
    for space in WHITE:
        for count in (1, 2, 3, 5):
            run = space * count
            yield from (
                run,
                f"a{run}",
                f"{run}a",
                f"a{run}b",
                f"a{run}.{run}",
                f"1{run}\n{run}b",
                f" {run} b",
                f"a {run}\n",
            )
    for one, other in itertools.product(WHITE, repeat=2):
        yield from (f"x{one}{other}y", f"x{one}{other}", f"{one}{other}{one}z", f"x {one} {other}\n")


def contractions() -> Iterator[str]:
    """Contractions in each case, after letters, spaces and each other."""
    endings = ["s", "t", "d", "m", "ll", "ve", "re", "x", "", "\u017f", "\u017ft", "lL", "Ve", "rE", "\u1e9e"]
    for ending in endings:
        for apostrophe in ("'", "’", "''"):
            for cased in {ending, ending.upper(), ending.title()}:
                yield from (
                    f"it{apostrophe}{cased}",
                    f"IT{apostrophe}{cased} is",
                    f" {apostrophe}{cased}a",
                    f"{apostrophe}{cased}{apostrophe}{cased}",
                    f"1{apostrophe}{cased}",
                    f"東{apostrophe}{cased}",
                    f"e\u0301{apostrophe}{cased}",
                )


def marks() -> Iterator[str]:
    """Combining marks after letters, digits, punctuation, white space, and alone."""
    for mark in ("\u0301", "\u0903", "\u20dd", "\u0e31", "\u3099", "\ufe0f", "\U0001d165", "\u0301\u0302"):
        for base in ("e", "E", "aB", "1", ".", " ", "\n", "東", "ー", "ª", "ǅ", "ʰ", "👍", ""):
            yield from (
                f"{base}{mark}",
                f"x{base}{mark}{mark}y",
                f" {base}{mark}Z",
                f"{mark}{base} {mark}A{mark}b",
            )


def line_ends() -> Iterator[str]:
    """Mixtures of CR and LF with spaces, text and slashes."""
    parts = ["\r", "\n", "\r\n", " ", "a", "/", ".", "\t"]
    for length in (2, 3, 4):
        yield from map("".join, itertools.product(parts[:6] if length == 4 else parts, repeat=length))


def emoji() -> Iterator[str]:
    """Sequences with joiners, skin tones, flags, keycaps, variation selectors and tags."""
    sequences = [
        "👩‍👩‍👧‍👦", "👍🏽", "🏳️‍🌈", "🇩🇪🇫🇷", "1️⃣", "#️⃣", "❤️‍🔥", "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "☺︎", "🫨",
    ]  # fmt: skip
    for one in sequences:
        yield from (one, one * 2, f"a{one}b", f" {one} ", f"{one}1", f"{one}\n{one}", f".{one}!", f"'{one}s")


def digits_and_case() -> Iterator[str]:
    """Runs of digits of each length, and words whose case changes."""
    for length in range(1, 12):
        yield from (
            "1" * length,
            f"a{'1' * length}b",
            f" {'٣' * length}",
            f"{'²' * length}½",
            f"1{'Ⅷ' * length}",
        )
    for word in (
        "camelCase",
        "HTTPServer",
        "XMLHttpRequest",
        "ǅungla",
        "iPhone",
        "ÅÄÖåäö",
        "ΣΑΣ",
        "ßẞ",
        "ʰʰA",
        "ªªAa",
        "Aªʰb東B",
        "東a東A",
    ):
        yield from (word, f" {word}", f"1{word}", f".{word}", f"{word * 3}'s")


def strings() -> list[str]:
    """All of them."""
    kinds = (categories, white_space, contractions, marks, line_ends, emoji, digits_and_case)
    return [string for kind in kinds for string in kind()]
