"""Byte-level BPE: train vocabularies, encode in merge order, decode, count, compress.

Example:
    >>> import bytewright
    >>> tokenizer = bytewright.train(["the car", "the cat", "the rat"], 259, progress=False)
    >>> tokenizer.encode("the cat")
    [257, 220, 66, 258]
    >>> tokenizer.decode([257, 220, 66, 258])
    'the cat'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from bytewright._native import __version__

if TYPE_CHECKING:
    from bytewright.appending import Appender
    from bytewright.bwz import compress, decompress
    from bytewright.catalogue import encoding_for_model, get_encoding
    from bytewright.counts import CorpusCount
    from bytewright.decoding import StreamDecoder
    from bytewright.encoding import Tokenizer
    from bytewright.errors import (
        BytewrightError,
        CheckpointError,
        CodecError,
        DecodeError,
        EncodeError,
        MissingExtraError,
        ProfileError,
        SpecialTokenError,
        TrainingError,
        TrainingWarning,
        TruncatedError,
        VocabularyError,
    )
    from bytewright.indexing import TextIndex
    from bytewright.profiles import Profile
    from bytewright.progress import Progress
    from bytewright.training import train

__all__ = [
    "Appender",
    "BytewrightError",
    "CheckpointError",
    "CodecError",
    "CorpusCount",
    "DecodeError",
    "EncodeError",
    "MissingExtraError",
    "Profile",
    "ProfileError",
    "Progress",
    "SpecialTokenError",
    "StreamDecoder",
    "TextIndex",
    "Tokenizer",
    "TrainingError",
    "TrainingWarning",
    "TruncatedError",
    "VocabularyError",
    "__version__",
    "compress",
    "decompress",
    "encoding_for_model",
    "get_encoding",
    "train",
]

_HOMES = {
    "appending": ["Appender"],
    "bwz": ["compress", "decompress"],
    "catalogue": ["encoding_for_model", "get_encoding"],
    "counts": ["CorpusCount"],
    "decoding": ["StreamDecoder"],
    "encoding": ["Tokenizer"],
    "indexing": ["TextIndex"],
    "profiles": ["Profile"],
    "progress": ["Progress"],
    "training": ["train"],
}
"""The modules that names come from; what is not listed comes from `errors`."""

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Imports what is asked for: all modules together take longer than most commands, which need few of them."""
        if name in __all__:
            home = next((home for home, names in _HOMES.items() if name in names), "errors")
            value = getattr(import_module(f"bytewright.{home}"), name)
        elif name.startswith("_"):
            raise AttributeError(f"module 'bytewright' has no attribute {name!r}")
        else:
            try:
                value = import_module(f"bytewright.{name}")
            except ModuleNotFoundError as error:
                if error.name != f"bytewright.{name}":
                    raise
                raise AttributeError(f"module 'bytewright' has no attribute {name!r}") from None
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
