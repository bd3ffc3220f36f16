"""Vocabularies by name: where their files are looked for, and what else belongs to them. Nothing is downloaded."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bytewright import folders
from bytewright.encoding import Tokenizer
from bytewright.errors import VocabularyError

if TYPE_CHECKING:
    from collections.abc import Iterator


class Ranks(NamedTuple):
    """A published `.tiktoken` file."""

    url: str
    sha256: str

    @property
    def file(self) -> str:
        """Its name."""
        return self.url.rpartition("/")[2]


class Encoding(NamedTuple):
    """What a name stands for."""

    ranks: Ranks
    pattern: str
    special_tokens: dict[str, int]


_BASE = "https://openaipublic.blob.core.windows.net/encodings/"
_R50K = Ranks(
    _BASE + "r50k_base.tiktoken", "306cd27f03c1a714eca7108e03d66b7dc042abe8c258b44c199a7ed9838dd930"
)
_P50K = Ranks(
    _BASE + "p50k_base.tiktoken", "94b5ca7dff4d00767bc256fdd1b27e5b17361d7b8a5f968547f9f23eb70d2069"
)
_CL100K = Ranks(
    _BASE + "cl100k_base.tiktoken", "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7"
)
_O200K = Ranks(
    _BASE + "o200k_base.tiktoken", "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"
)

_END = "<|endoftext|>"
_FILL = ("<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>")
_END_OF_PROMPT = "<|endofprompt|>"


def _harmony() -> dict[str, int]:
    named = {
        199998: "<|startoftext|>",
        199999: _END,
        200002: "<|return|>",
        200003: "<|constrain|>",
        200005: "<|channel|>",
        200006: "<|start|>",
        200007: "<|end|>",
        200008: "<|message|>",
        200012: "<|call|>",
        # tiktoken lists `<|reserved_200018|>` for this id as well; ours has one text an id.
        200018: _END_OF_PROMPT,
    }
    return {named.get(id, f"<|reserved_{id}|>"): id for id in range(199998, 201088)}


ENCODINGS: dict[str, Encoding] = {
    "gpt2": Encoding(_R50K, "gpt2", {_END: 50256}),
    "r50k_base": Encoding(_R50K, "gpt2", {_END: 50256}),
    "p50k_base": Encoding(_P50K, "gpt2", {_END: 50256}),
    "p50k_edit": Encoding(
        _P50K, "gpt2", {_END: 50256, **{token: 50281 + i for i, token in enumerate(_FILL)}}
    ),
    "cl100k_base": Encoding(
        _CL100K,
        "cl100k",
        {_END: 100257, **{token: 100258 + i for i, token in enumerate(_FILL)}, _END_OF_PROMPT: 100276},
    ),
    "o200k_base": Encoding(_O200K, "o200k", {_END: 199999, _END_OF_PROMPT: 200018}),
    "o200k_harmony": Encoding(_O200K, "o200k", _harmony()),
}

_MODELS: dict[str, tuple[str, ...]] = {
    "o200k_base": ("o1", "o3", "o4-mini", "gpt-4o", "gpt-4.1", "gpt-5"),
    "cl100k_base": (
        "gpt-3.5",
        "gpt-3.5-turbo",
        "gpt-35-turbo",
        "gpt-4",
        "babbage-002",
        "davinci-002",
        "text-embedding-3-large",
        "text-embedding-3-small",
        "text-embedding-ada-002",
    ),
    "p50k_base": (
        "code-cushman-001",
        "code-cushman-002",
        "code-davinci-001",
        "code-davinci-002",
        "cushman-codex",
        "davinci-codex",
        "text-davinci-002",
        "text-davinci-003",
    ),
    "p50k_edit": ("code-davinci-edit-001", "text-davinci-edit-001"),
    "r50k_base": (
        "ada",
        "babbage",
        "curie",
        "davinci",
        "code-search-ada-code-001",
        "code-search-babbage-code-001",
        "text-ada-001",
        "text-babbage-001",
        "text-curie-001",
        "text-davinci-001",
        "text-search-ada-doc-001",
        "text-search-babbage-doc-001",
        "text-search-curie-doc-001",
        "text-search-davinci-doc-001",
        "text-similarity-ada-001",
        "text-similarity-babbage-001",
        "text-similarity-curie-001",
        "text-similarity-davinci-001",
    ),
    "gpt2": ("gpt-2", "gpt2"),
}

_PREFIXES: dict[str, str] = {
    "chatgpt-4o-": "o200k_base",
    "gpt-4.1-": "o200k_base",
    "gpt-4.5-": "o200k_base",
    "gpt-4o-": "o200k_base",
    "gpt-5": "o200k_base",
    "o1-": "o200k_base",
    "o3-": "o200k_base",
    "o4-mini-": "o200k_base",
    "gpt-oss-": "o200k_harmony",
    "gpt-3.5-turbo-": "cl100k_base",
    "gpt-35-turbo-": "cl100k_base",
    "gpt-4-": "cl100k_base",
    "ft:gpt-4o": "o200k_base",
    "ft:babbage-002": "cl100k_base",
    "ft:davinci-002": "cl100k_base",
    "ft:gpt-3.5-turbo": "cl100k_base",
    "ft:gpt-4": "cl100k_base",
}
"""By the beginning of a model's name; the longest that fits counts."""

_loaded: dict[tuple[str, str], Tokenizer] = {}


def get_encoding(name: str) -> Tokenizer:
    """A published vocabulary by its name.

    Its file is looked for in `$BYTEWRIGHT_HOME` (default `~/.cache/bytewright`), in `$BYTEWRIGHT_DATA/vocabularies` and in tiktoken's cache
    folder, and checked by its hash. Nothing is downloaded. A vocabulary is loaded once.

    Args:
        name: `gpt2`, `r50k_base`, `p50k_base`, `p50k_edit`, `cl100k_base`, `o200k_base` or `o200k_harmony`.

    Raises:
        VocabularyError: The name is not known; its file is not there (the message says where it was looked for) or is damaged.
    """
    encoding = ENCODINGS.get(name)
    if encoding is None:
        raise VocabularyError(f"no vocabulary named {name!r}; there are {', '.join(ENCODINGS)}")
    path = str(_find(name, encoding.ranks))
    if (name, path) not in _loaded:
        native = Tokenizer.load(path, encoding.pattern, special_tokens=encoding.special_tokens)._native
        _loaded[name, path] = Tokenizer._wrap(native, name)
    return _loaded[name, path]


def encoding_for_model(name: str) -> Tokenizer:
    """The vocabulary of a model of OpenAI's.

    Args:
        name: The model's name, such as `gpt-4o` or `gpt-4o-2024-08-06`.

    Raises:
        VocabularyError: The model is not known, or its vocabulary's file is not there.
    """
    return get_encoding(encoding_name_for_model(name))


def encoding_name_for_model(name: str) -> str:
    """The name of a model's vocabulary.

    Raises:
        VocabularyError: The model is not known.

    Example:
        >>> encoding_name_for_model("gpt-4o-2024-08-06")
        'o200k_base'
    """
    for encoding, models in _MODELS.items():
        if name in models:
            return encoding
    fitting = [prefix for prefix in _PREFIXES if name.startswith(prefix)]
    if not fitting:
        raise VocabularyError(
            f"no model named {name!r} is known; name its vocabulary instead: {', '.join(ENCODINGS)}"
        )
    return _PREFIXES[max(fitting, key=len)]


def _candidates(ranks: Ranks) -> Iterator[Path]:
    import hashlib
    import tempfile

    if home := folders.home():
        yield home / ranks.file
    if data := os.environ.get("BYTEWRIGHT_DATA"):
        yield Path(data, "vocabularies", ranks.file)
    cached = hashlib.sha1(ranks.url.encode(), usedforsecurity=False).hexdigest()
    for variable in ("TIKTOKEN_CACHE_DIR", "DATA_GYM_CACHE_DIR"):
        if variable in os.environ:
            # Empty means that tiktoken caches nothing.
            if folder := os.environ[variable]:
                yield Path(folder, cached)
            return
    yield Path(tempfile.gettempdir(), "data-gym-cache", cached)


def _find(name: str, ranks: Ranks) -> Path:
    """The first file that is there and has the right hash; a damaged one is passed over, and named if none is right."""
    problems: list[str] = []
    for path in _candidates(ranks):
        problem = _problem(path, ranks.sha256)
        if problem is None:
            return path
        problems.append(f"{path} ({problem})")
    raise VocabularyError(
        f"the file of {name} is not there; looked for {'; '.join(problems)}. Put {ranks.file} (from {ranks.url}) into one of these places"
    )


_checked: dict[str, tuple[int, int]] = {}
"""Size and time of change of files whose hash was right."""


def _problem(path: Path, sha256: str) -> str | None:
    """What is wrong with a file, if anything."""
    import hashlib

    try:
        status = path.stat()
        stamp = (status.st_size, status.st_mtime_ns)
        if _checked.get(f"{path}:{sha256}") == stamp:
            return None
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return "not there"
    except OSError as error:
        return error.strerror or str(error)
    if found != sha256:
        return f"its SHA-256 is {found}, not {sha256}: damaged, or another file"
    _checked[f"{path}:{sha256}"] = stamp
    return None
