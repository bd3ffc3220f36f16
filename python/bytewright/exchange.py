"""The same vocabulary in other libraries, by way of the files that they read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bytewright import _native
from bytewright.errors import MissingExtraError, VocabularyError

if TYPE_CHECKING:
    import tiktoken
    import tokenizers


def to_tiktoken(tokenizer: _native.Tokenizer, name: str, special_tokens: dict[str, int]) -> tiktoken.Encoding:
    """An `Encoding` of tiktoken; see `Tokenizer.to_tiktoken`."""
    try:
        import tiktoken
    except ImportError as error:
        raise MissingExtraError(
            "to_tiktoken needs tiktoken: pip install tiktoken, or 'bytewright[bench]'"
        ) from error
    pattern = tokenizer.tiktoken_pattern
    if pattern is None:
        raise VocabularyError(
            f"tiktoken takes one regular expression, and the pattern {tokenizer.pattern} is more than that"
        )
    if tokenizer.normalizer is not None:
        raise VocabularyError(f"tiktoken has no normalizer, and this vocabulary needs {tokenizer.normalizer}")
    import base64
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "vocabulary.tiktoken")
        _native.save(tokenizer, path, "tiktoken")
        lines = path.read_bytes().splitlines()
    ranks = {base64.b64decode(token): int(rank) for token, rank in (line.split() for line in lines if line)}
    return tiktoken.Encoding(name, pat_str=pattern, mergeable_ranks=ranks, special_tokens=special_tokens)


def to_tokenizers(tokenizer: _native.Tokenizer) -> tokenizers.Tokenizer:
    """A `Tokenizer` of tokenizers; see `Tokenizer.to_tokenizers`."""
    try:
        import tokenizers
    except ImportError as error:
        raise MissingExtraError(
            "to_tokenizers needs tokenizers: pip install tokenizers, or 'bytewright[bench]'"
        ) from error
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "tokenizer.json")
        _native.save(tokenizer, path, "tokenizer.json")
        return tokenizers.Tokenizer.from_file(str(path))
