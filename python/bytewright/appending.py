"""A count that is kept while text is added: the `Appender`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bytewright._native as native

if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Literal

    from bytewright.encoding import Tokenizer


class Appender:
    """Counts the tokens of a text that grows at its end; made by `Tokenizer.appender`, may be shared by threads.

    It holds the end of the text from the last place on where nothing that follows can change the tokens before it: some hundred bytes of
    prose. Where such a place can't be known (a pattern of your own, a normaliser that changes ASCII, a text without any), it holds all of it.

    Args:
        tokenizer: Whose tokens they are.
        allowed_special: Special tokens that become their ids.
        disallowed_special: Special tokens that raise.
        add_special_tokens: Count the ids that the post-processor puts around the text.
    """

    __slots__ = ("__weakref__", "_native")

    _native: native.Appender

    def __init__(
        self,
        tokenizer: Tokenizer,
        allowed_special: Collection[str] | Literal["all"],
        disallowed_special: Collection[str] | Literal["all"],
        add_special_tokens: bool,
    ) -> None:
        self._native = native.Appender(
            tokenizer._native, allowed_special, disallowed_special, add_special_tokens
        )

    def append(self, piece: str | bytes) -> int:
        """Adds to the end of the text; returns the count of all of it.

        Args:
            piece: A `str`, or `bytes`; all pieces of a text are the one or the other. One may end within a special token, and bytes within
                a character.

        Raises:
            SpecialTokenError: With this piece a disallowed special token stands in the text; nothing was added then.
            EncodeError: The vocabulary has no token for a byte; the pattern gave up. Nothing was added then.
        """
        return self._native.append(piece)

    @property
    def count(self) -> int:
        """How many tokens everything so far has, as one text."""
        return self._native.count

    @property
    def held(self) -> int:
        """Bytes of text that it holds."""
        return self._native.held

    def clear(self) -> None:
        """Forgets the text; the next piece begins another one."""
        self._native.clear()

    def copy(self) -> Appender:
        """Another one that goes on from here."""
        appender = object.__new__(Appender)
        appender._native = self._native.copy()
        return appender

    __copy__ = copy

    def __len__(self) -> int:
        """Length of the text, in characters or bytes."""
        return len(self._native)

    def __repr__(self) -> str:
        return f"<Appender at {self.count:,} tokens>"
