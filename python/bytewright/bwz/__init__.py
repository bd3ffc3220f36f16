r"""Compressed files: `.bwz`, in the manner of `compression.zstd` and `lzma`.

Example:
    >>> import io
    >>> from bytewright import bwz
    >>> text = b"Tyger Tyger, burning bright, " * 1000
    >>> small = bwz.compress(text)
    >>> len(small) < 200, bwz.decompress(small) == text
    (True, True)
    >>> poem = io.BytesIO()  # or the name of a file
    >>> with bwz.open(poem, "wt", encoding="utf-8") as file:
    ...     _ = file.write("In the forests of the night\n")
    >>> _ = poem.seek(0)
    >>> with bwz.open(poem, "rt", encoding="utf-8") as file:
    ...     file.read()
    'In the forests of the night\n'
"""

from bytewright.bwz.codec import (
    CONTINUE,
    DEFAULT_LEVEL,
    DEFAULT_MEMORY_LIMIT,
    FLUSH_BLOCK,
    FLUSH_FRAME,
    MAXIMUM_LEVEL,
    BwzCompressor,
    BwzDecompressor,
    compress,
    decompress,
    skippable_frame,
)
from bytewright.bwz.file import BwzFile, open
from bytewright.errors import CodecError, TruncatedError

__all__ = [
    "CONTINUE",
    "DEFAULT_LEVEL",
    "DEFAULT_MEMORY_LIMIT",
    "FLUSH_BLOCK",
    "FLUSH_FRAME",
    "MAXIMUM_LEVEL",
    "BwzCompressor",
    "BwzDecompressor",
    "BwzFile",
    "CodecError",
    "TruncatedError",
    "compress",
    "decompress",
    "open",
    "skippable_frame",
]
