"""Ids to text as they arrive, for streams."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bytewright.encoding import Tokenizer


class StreamDecoder:
    """Turns ids into text piece by piece; bytes of a character that is not complete yet are held back.

    Made by `Tokenizer.decoder`.

    Args:
        tokenizer: Whose ids they are.
        skip_special_tokens: Leave special tokens out.
        errors: What to do with bytes that are no UTF-8: `replace`, `strict`, `ignore` or any other handler of `codecs`.
    """

    __slots__ = ("_decoder", "_skip", "_tokenizer")

    def __init__(
        self, tokenizer: Tokenizer, skip_special_tokens: bool = False, errors: str = "replace"
    ) -> None:
        self._tokenizer = tokenizer
        self._skip = skip_special_tokens
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors)

    def push(self, ids: int | Iterable[int] | Any) -> str:
        """The text that is complete with these ids.

        Args:
            ids: One id, or several (a list or an array).

        Raises:
            DecodeError: An id is not in the vocabulary; nothing was taken then.
        """
        # A numpy integer is no `int`, and an array of one number has `__index__` as well: what can be iterated over is several.
        many: Any = ids if hasattr(ids, "__iter__") else [ids]
        return self._decoder.decode(self._tokenizer.decode_bytes(many, skip_special_tokens=self._skip))

    def finish(self) -> str:
        """What was held back, and a decoder that is as new."""
        text = self._decoder.decode(b"", final=True)
        self._decoder.reset()
        return text
