"""How the tokens of a text are shown: coloured on a terminal, with boundaries in a pipe."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bytewright.cli.terminal import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

BACKGROUNDS = ("48;5;153", "48;5;158", "48;5;223", "48;5;218", "48;5;189")
"""Pale blue, green, orange, pink, lilac of the 256 colours: black reads well on each, and neighbours differ."""


class Token(NamedTuple):
    """A token of a text."""

    id: int
    data: bytes
    special: bool


def coloured(tokens: Iterable[Token]) -> Iterator[str]:
    """Each token on a background of its own, line by line as in the text; special tokens stand out in bold."""
    for place, token in enumerate(tokens):
        style = "1;7" if token.special else f"30;{BACKGROUNDS[place % len(BACKGROUNDS)]}"
        lines = visible(token.data, "↵\n").split("\n")
        # The colour ends before each line feed, or terminals would paint the rest of the line.
        yield "\n".join(f"\x1b[{style}m{line}\x1b[0m" if line else "" for line in lines)


def bounded(tokens: Iterable[Token]) -> Iterator[str]:
    """Each token followed by a bar, line by line as in the text."""
    for token in tokens:
        text = visible(token.data, "↵\n")
        yield f"{text[:-1]}|\n" if text.endswith("\n") else f"{text}|"
