"""Byte-level BPE: train vocabularies, encode in merge order, decode, count, compress.

Example:
    >>> import bytewright
    >>> tokenizer = bytewright.train(["the car", "the cat", "the rat"], 259, progress=False)
    >>> tokenizer.encode("the cat")
    [257, 220, 66, 258]
    >>> tokenizer.decode([257, 220, 66, 258])
    'the cat'
"""

from bytewright._native import __version__
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
