"""The tokens of any part of a text: the `TextIndex`."""

from __future__ import annotations

from typing import TYPE_CHECKING, SupportsIndex

import bytewright._native as native

if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Literal

    from bytewright.encoding import Tokenizer


class TextIndex:
    """Knows how many tokens each part of a text has; made by `Tokenizer.index`, never changes, may be shared by threads.

    `len(index)` is the length of the text, in characters of a `str` and in bytes of `bytes`; positions are counted the same way.

    Args:
        tokenizer: Whose tokens they are.
        text: The text; a `str` and `bytes` are kept, not copied.
        allowed_special: Special tokens that become their ids.
        disallowed_special: Special tokens that raise.
        add_special_tokens: Count the ids that the post-processor puts around a text, around each part.
        threads: How many count the text.
    """

    __slots__ = ("__weakref__", "_length", "_native")

    def __init__(
        self,
        tokenizer: Tokenizer,
        text: str | bytes,
        allowed_special: Collection[str] | Literal["all"],
        disallowed_special: Collection[str] | Literal["all"],
        add_special_tokens: bool,
        threads: int,
    ) -> None:
        self._native = native.TextIndex(
            tokenizer._native, text, allowed_special, disallowed_special, add_special_tokens, threads
        )
        self._length = len(self._native)

    def count(self, start: SupportsIndex | None = None, stop: SupportsIndex | None = None) -> int:
        """How many tokens `text[start:stop]` has as a text of its own: exactly `Tokenizer.count(text[start:stop])`.

        Args:
            start: As in a slice: `None` is the beginning, a negative number counts from the end, what goes beyond the text is cut to it.
            stop: Likewise; `None` is the end.

        Example:
            >>> import bytewright
            >>> tokenizer = bytewright.train(["the car", "the cat", "the rat"], 259, progress=False)
            >>> index = tokenizer.index("the cat, the rat")
            >>> index.count(), index.count(0, 7), index.count(-3)
            (10, 4, 2)
        """
        begin, end, _ = slice(start, stop).indices(self._length)
        return self._native.count(begin, end)

    @property
    def memory(self) -> int:
        """Bytes that the index takes beside the text."""
        return self._native.memory

    def __len__(self) -> int:
        return self._length

    def __repr__(self) -> str:
        return f"<TextIndex of a text of length {self._length:,}>"
