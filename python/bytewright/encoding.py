"""Text to ids and back: the `Tokenizer`."""

from __future__ import annotations

import operator
import os
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import bytewright._native as native
from bytewright import corpora, counts, exchange, folders, sources
from bytewright.appending import Appender
from bytewright.decoding import StreamDecoder
from bytewright.errors import VocabularyError
from bytewright.indexing import TextIndex
from bytewright.progress import reporting
from bytewright.threads import resolve_threads

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    import numpy as np
    import numpy.typing as npt
    import tiktoken
    import tokenizers

    from bytewright.profiles import Profile
    from bytewright.progress import Progress

Text: TypeAlias = "str | bytes"
Chosen: TypeAlias = "Collection[str] | Literal['all']"
Ids: TypeAlias = "Sequence[int] | npt.NDArray[np.integer[Any]] | Iterable[int]"
Report: TypeAlias = "bool | Callable[[Progress], object] | None"

FORMATS = ("tiktoken", "tokenizer.json", "gpt2")

_NOTHING: frozenset[str] = frozenset()


class Tokenizer:
    """A vocabulary, ready to encode and decode.

    Made by `Tokenizer.load`, `Tokenizer.from_ranks`, `Tokenizer.from_merges`, `bytewright.train` and `bytewright.get_encoding`; never changes;
    may be shared by threads, pickled, and used after a fork.

    Two arguments of the methods that take a text say what happens to special tokens that stand in it, as in tiktoken:
    `allowed_special` (a collection, or `"all"`) become their ids; those in `disallowed_special` raise `SpecialTokenError` (`"all"`, the
    default, means all that are not allowed; with `()` they are ordinary text).

    Example:
        >>> import bytewright
        >>> tokenizer = bytewright.train(["the car", "the cat", "the rat"], 259, progress=False)
        >>> tokenizer.encode("the rat")
        [257, 220, 81, 258]
    """

    __slots__ = ("__weakref__", "_name", "_native")

    _native: native.Tokenizer
    _name: str | None

    def __init__(self) -> None:
        raise TypeError(
            "a Tokenizer is made by Tokenizer.load, from_ranks or from_merges, or by bytewright.train or get_encoding"
        )

    @classmethod
    def _wrap(cls, core: native.Tokenizer, name: str | None = None) -> Tokenizer:
        tokenizer = object.__new__(cls)
        tokenizer._native = core
        tokenizer._name = name
        return tokenizer

    # ── From and to files, and other libraries ──────────────────────────────────────────────────────────────────────

    @classmethod
    def load(
        cls,
        path: sources.Path,
        pattern: str | None = None,
        *,
        special_tokens: Mapping[str, int] | None = None,
        cache: bool = True,
    ) -> Tokenizer:
        """Reads a vocabulary: `.tiktoken`, `tokenizer.json`, `vocab.json` + `merges.txt`, or a folder with one of them.

        Args:
            path: A file or a folder; the format is recognised by the content.
            pattern: How text is split: `gpt2`, `cl100k`, `o200k`, `none`, or a regular expression as tiktoken reads it. Needed where the
                file does not say (`.tiktoken`, `vocab.json`); overrides it where it does.
            special_tokens: Ids by token, beside those in the file (a `.tiktoken` file has none).
            cache: Whether tables of a vocabulary of 50,000 tokens and more are kept in `$BYTEWRIGHT_HOME` (default `~/.cache/bytewright`), so that
                loading it again takes less than half of the time; what can't be read or written there is done without. `BYTEWRIGHT_CACHE=off` in the
                environment means `False` everywhere.

        Raises:
            OSError: The file can't be read.
            VocabularyError: It is damaged, asks for what is not supported, or a pattern is needed.
        """
        special = None if special_tokens is None else dict(special_tokens)
        loaded = native.load(path, pattern, special, folders.tables(cache))
        return cls._wrap(loaded, os.path.basename(os.fspath(path)) or None)

    @classmethod
    def from_ranks(
        cls,
        ranks: Mapping[bytes, int],
        pattern: str | None,
        special_tokens: Mapping[str, int] | None = None,
        *,
        name: str | None = None,
    ) -> Tokenizer:
        """From ranks, as tiktoken has them: the neighbours whose joined bytes have the lowest rank merge first.

        Args:
            ranks: Rank (which is the id) by token.
            pattern: How text is split, as in `load`; `None`: not at all.
            special_tokens: Ids by token.
            name: For `repr` and `to_tiktoken`.

        Raises:
            VocabularyError: Two tokens with one rank, an empty token, special tokens that clash, a pattern that does not compile.
        """
        special = None if special_tokens is None else dict(special_tokens)
        return cls._wrap(native.from_ranks(dict(ranks), pattern, special), name)

    @classmethod
    def from_merges(
        cls,
        tokens: Iterable[bytes | None],
        merges: Iterable[tuple[bytes, bytes]],
        pattern: str | None,
        special_tokens: Mapping[str, int] | None = None,
        *,
        ignore_merges: bool = False,
        name: str | None = None,
    ) -> Tokenizer:
        """From tokens and a list of merges, as `tokenizers` has them: the pair that comes first in the list merges first.

        Args:
            tokens: By id; `None` where an id is unused.
            merges: Left and right token of each merge, in order.
            pattern: How text is split, as in `load`; `None`: not at all.
            special_tokens: Ids by token.
            ignore_merges: A pretoken that is a token is taken as it is, whether merges reach it or not.
            name: For `repr` and `to_tiktoken`.

        Raises:
            VocabularyError: A token twice, a merge of or into what is no token, a pattern that does not compile.
        """
        special = None if special_tokens is None else dict(special_tokens)
        return cls._wrap(native.from_merges(list(tokens), merges, pattern, special, ignore_merges), name)

    def save(self, path: sources.Path, format: str | None = None) -> None:
        """Writes the vocabulary; a file that is there already is replaced once the new one is complete.

        Args:
            path: A file; for `gpt2` a folder, for `tokenizer.json` either.
            format: `tiktoken`, `tokenizer.json`, or `gpt2` (`vocab.json` and `merges.txt`). `None`: by the path's ending (`.tiktoken`, `.json`);
                an existing folder gets a `tokenizer.json`.

        Raises:
            OSError: The file can't be written; what was there before is still there.
            VocabularyError: The format can't hold what this vocabulary is.
        """
        text = os.fspath(path)
        if format is None:
            if text.endswith(".tiktoken"):
                format = "tiktoken"
            elif text.endswith(".json") or os.path.isdir(text):
                format = "tokenizer.json"
            else:
                raise VocabularyError(
                    f"{text}: its ending names no format; give format= one of {', '.join(FORMATS)}"
                )
        if format == "tokenizer.json" and os.path.isdir(text):
            text = os.path.join(text, "tokenizer.json")
        native.save(self._native, text, format)

    def save_pretrained(self, folder: sources.Path) -> None:
        """Writes `tokenizer.json` and `tokenizer_config.json`, which transformers loads from that folder.

        Args:
            folder: Is made where it is missing.

        Raises:
            OSError: A file can't be written; what was there before is still there.
            VocabularyError: The format can't hold what this vocabulary is.
        """
        native.save_pretrained(self._native, folder)

    def to_tiktoken(self, name: str | None = None) -> tiktoken.Encoding:
        """The same vocabulary as an `Encoding` of tiktoken.

        Raises:
            VocabularyError: tiktoken has no way to say it.
            MissingExtraError: tiktoken is not installed.
        """
        return exchange.to_tiktoken(self._native, name or self._name or "bytewright", self.special_tokens)

    def to_tokenizers(self) -> tokenizers.Tokenizer:
        """The same vocabulary as a `Tokenizer` of tokenizers.

        Raises:
            VocabularyError: tokenizers has no way to say it.
            MissingExtraError: tokenizers is not installed.
        """
        return exchange.to_tokenizers(self._native)

    # ── What it is ──────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def name(self) -> str | None:
        """What it was loaded as; plays no part in `==`."""
        return self._name

    @property
    def vocabulary(self) -> list[bytes | None]:
        """The bytes of each token by id, special tokens among them; `None` where an id is unused. Made anew at each access."""
        return self._native.vocabulary

    @property
    def vocabulary_size(self) -> int:
        """The highest id plus one: how many rows an embedding needs."""
        return self._native.vocabulary_size

    @property
    def merges(self) -> list[tuple[bytes, bytes]]:
        """What merges with what, in order. Made anew at each access."""
        return self._native.merges

    @property
    def special_tokens(self) -> dict[str, int]:
        """Ids by special token."""
        return self._native.special_tokens

    @property
    def memory(self) -> int:
        """Bytes of memory that the vocabulary and its tables take, shared by all threads, and the integers of its lists of ids.

        Each thread that encodes has a cache beside them.
        """
        return self._native.memory

    @property
    def pattern(self) -> str | None:
        """How text is split: the name of a known scheme, else the regular expression (or the steps); `None`: not at all."""
        return self._native.pattern

    @property
    def tiktoken_pattern(self) -> str | None:
        """The pattern as one regular expression in tiktoken's dialect, where there is one."""
        return self._native.tiktoken_pattern

    @property
    def pretokenizer_path(self) -> str:
        """What splits text, which decides how fast that is.

        `scanner NAME`: written by hand. `automaton`: any other regular expression that looks at most one character ahead. `engine fancy-regex`
        or `engine Oniguruma`: the rest, at a tenth of the speed. `search`: texts, digits, punctuation. `whole text`: nothing is split. Several,
        with commas: steps in a row.
        """
        return self._native.pretokenizer_path

    @property
    def normalizer(self) -> str | None:
        """What is done to the text before it is split: `nfc` and the like, or nothing."""
        return self._native.normalizer

    @property
    def semantics(self) -> str:
        """What decides the order of merges: `ranks` (tiktoken), `merges` (tokenizers), `merges, whole tokens first` (`ignore_merges`)."""
        return self._native.semantics

    def __len__(self) -> int:
        """The number of tokens, special ones among them."""
        return len(self._native)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Tokenizer):
            return NotImplemented
        return self._native.same_as(other._native)

    def __hash__(self) -> int:
        return hash((len(self), self.vocabulary_size, self.pattern))

    def __repr__(self) -> str:
        name = f"{self._name!r}: " if self._name else ""
        pattern = repr(self.pattern) if self.pattern is not None else "none"
        if len(pattern) > 40:
            pattern = pattern[:37] + "..."
        return f"<Tokenizer {name}{len(self):,} tokens ({len(self.special_tokens):,} special), pattern {pattern}>"

    def __reduce__(self) -> tuple[Callable[..., Tokenizer], tuple[object, ...]]:
        return _unpickle, (native.to_state(self._native), self._name)

    def __copy__(self) -> Tokenizer:
        return self

    def __deepcopy__(self, memo: object) -> Tokenizer:
        return self

    # ── Text to ids ─────────────────────────────────────────────────────────────────────────────────────────────────

    def encode(
        self,
        text: Text,
        *,
        allowed_special: Chosen = _NOTHING,
        disallowed_special: Chosen = "all",
        add_special_tokens: bool = False,
    ) -> list[int]:
        """The ids of a text.

        Args:
            text: A `str` (lone surrogates count as U+FFFD), or bytes, UTF-8 or not.
            allowed_special: Special tokens that become their ids.
            disallowed_special: Special tokens that raise.
            add_special_tokens: Add the ids that the vocabulary's post-processor puts around a text.

        Raises:
            SpecialTokenError: A disallowed special token stands in the text.
            EncodeError: The vocabulary has no token for a byte; the pattern gave up.
        """
        return self._native.encode(text, allowed_special, disallowed_special, add_special_tokens)

    def encode_ordinary(self, text: Text) -> list[int]:
        """The ids of a text in which special tokens are ordinary text."""
        return self._native.encode(text, _NOTHING, _NOTHING, False)

    def encode_to_numpy(
        self,
        text: Text,
        *,
        allowed_special: Chosen = _NOTHING,
        disallowed_special: Chosen = "all",
        add_special_tokens: bool = False,
        dtype: npt.DTypeLike = "uint32",
    ) -> npt.NDArray[Any]:
        """The ids of a text as an array, without a list in between.

        Args:
            text: The text.
            allowed_special: Special tokens that become their ids.
            disallowed_special: Special tokens that raise.
            add_special_tokens: Add the ids of the post-processor.
            dtype: `uint32` (no copy), `uint16` or `int64`.

        Returns:
            (N,) `dtype`.

        Raises:
            EncodeError: As `encode`, and where an id does not fit into `uint16`.
        """
        return self._native.encode_to_numpy(
            text, allowed_special, disallowed_special, add_special_tokens, _dtype_name(dtype)
        )

    def encode_batch(
        self,
        texts: Iterable[Text],
        *,
        allowed_special: Chosen = _NOTHING,
        disallowed_special: Chosen = "all",
        add_special_tokens: bool = False,
        threads: int | None = None,
    ) -> list[list[int]]:
        """The ids of each text, on several threads; the arguments of `encode`."""
        return self._native.encode_batch(
            texts, allowed_special, disallowed_special, add_special_tokens, resolve_threads(threads)
        )

    def encode_batch_to_numpy(
        self,
        texts: Iterable[Text],
        *,
        allowed_special: Chosen = _NOTHING,
        disallowed_special: Chosen = "all",
        add_special_tokens: bool = False,
        dtype: npt.DTypeLike = "uint32",
        threads: int | None = None,
    ) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
        """The ids of many texts in one array; the arguments of `encode_to_numpy`.

        Returns:
            The ids, (N,) `dtype`, and offsets, (D + 1,) int64: text `i` is `ids[offsets[i] : offsets[i + 1]]`.
        """
        return self._native.encode_batch_to_numpy(
            texts,
            allowed_special,
            disallowed_special,
            add_special_tokens,
            _dtype_name(dtype),
            resolve_threads(threads),
        )

    def encode_with_offsets(
        self,
        text: Text,
        *,
        unit: Literal["bytes", "characters"] = "bytes",
        allowed_special: Chosen = _NOTHING,
        disallowed_special: Chosen = "all",
        add_special_tokens: bool = False,
    ) -> tuple[list[int], npt.NDArray[np.int64]]:
        """The ids of a text, and which part of it each stands for.

        Args:
            text: The text.
            unit: Of the offsets: bytes of the text's UTF-8, or characters (those that the bytes of a token touch: neighbouring
                tokens that share a character both have it).
            allowed_special: Special tokens that become their ids.
            disallowed_special: Special tokens that raise.
            add_special_tokens: Add the ids of the post-processor; they stand for an empty part.

        Returns:
            The ids, and begin and end of each, (N, 2) int64.
        """
        return self._native.encode_with_offsets(
            text, allowed_special, disallowed_special, add_special_tokens, unit
        )

    # ── Counting ────────────────────────────────────────────────────────────────────────────────────────────────────

    def count(
        self,
        text: Text,
        *,
        allowed_special: Chosen = _NOTHING,
        disallowed_special: Chosen = "all",
        add_special_tokens: bool = False,
    ) -> int:
        """How many ids `encode` gives."""
        return self._native.count(text, allowed_special, disallowed_special, add_special_tokens)

    def count_batch(
        self,
        texts: Iterable[Text],
        *,
        allowed_special: Chosen = _NOTHING,
        disallowed_special: Chosen = "all",
        add_special_tokens: bool = False,
        threads: int | None = None,
    ) -> npt.NDArray[np.int64]:
        """How many ids each text has, (D,) int64; of a generator some texts at a time are in memory."""
        threads = resolve_threads(threads)
        if not hasattr(texts, "__next__"):
            return self._native.count_batch(
                texts, allowed_special, disallowed_special, add_special_tokens, threads
            )
        import numpy as np

        parts = [np.zeros(0, np.int64)]
        for batch in counts.batches(texts):
            parts.append(
                self._native.count_batch(
                    batch, allowed_special, disallowed_special, add_special_tokens, threads
                )
            )
        return np.concatenate(parts)

    def fits(
        self,
        text: Text,
        limit: int,
        *,
        allowed_special: Chosen = _NOTHING,
        disallowed_special: Chosen = "all",
    ) -> bool:
        """Whether a text has at most `limit` ids; looks at little more of it than it takes to know."""
        limit = operator.index(limit)
        if limit < 0:
            return False
        return self._native.fits(text, min(limit, 2**64 - 1), allowed_special, disallowed_special)

    # ── Parts of a text, and texts that grow ────────────────────────────────────────────────────────────────────────

    def index(
        self,
        text: Text,
        *,
        allowed_special: Chosen = _NOTHING,
        disallowed_special: Chosen = "all",
        add_special_tokens: bool = False,
        threads: int | None = None,
    ) -> TextIndex:
        """An index of a text: `index.count(a, b)` equals `count(text[a:b])`, in a time that does not grow with the text.

        The text is counted once. A part is looked at only near its ends, up to the next places where the text may be cut (hundreds of bytes;
        a pretoken that is longer takes longer). Where no such place is known (a pattern of your own, spaces put before every piece, a
        normaliser that changes ASCII) the part is counted, exactly as well.

        Args:
            text: The text. The index takes about 3 % of its bytes beside it, and as much again for a `str` that is not ASCII.
            allowed_special: Special tokens that become their ids, in the text and in each part.
            disallowed_special: Special tokens that raise; none stands in a part if none stands in the text.
            add_special_tokens: Count the ids that the post-processor puts around a text, around each part.
            threads: How many count the text.

        Raises:
            SpecialTokenError: A disallowed special token stands in the text.
            EncodeError: As `encode`.

        Example:
            >>> import bytewright
            >>> tokenizer = bytewright.train(["the car", "the cat", "the rat"], 259, progress=False)
            >>> text = "the cat, the rat"
            >>> index = tokenizer.index(text)
            >>> index.count(2, 12) == tokenizer.count(text[2:12])
            True
        """
        return TextIndex(
            self, text, allowed_special, disallowed_special, add_special_tokens, resolve_threads(threads)
        )

    def appender(
        self,
        *,
        allowed_special: Chosen = _NOTHING,
        disallowed_special: Chosen = "all",
        add_special_tokens: bool = False,
    ) -> Appender:
        """A count that is kept while text is added: at every moment that of everything so far.

        Args:
            allowed_special: Special tokens that become their ids.
            disallowed_special: Special tokens that raise, by the piece that completes one.
            add_special_tokens: Count the ids that the post-processor puts around a text.

        Example:
            >>> import bytewright
            >>> tokenizer = bytewright.train(["the car", "the cat", "the rat"], 259, progress=False)
            >>> appender = tokenizer.appender()
            >>> [appender.append(piece) for piece in ["th", "e c", "at"]]
            [2, 3, 4]
            >>> appender.count == tokenizer.count("the cat")
            True
        """
        return Appender(self, allowed_special, disallowed_special, add_special_tokens)

    def chunk(
        self,
        text: Text,
        max_tokens: int,
        overlap: int = 0,
        *,
        allowed_special: Chosen = _NOTHING,
        disallowed_special: Chosen = "all",
    ) -> Iterator[tuple[int, int]]:
        """Cuts a text into pieces that have at most so many tokens each, **encoded alone**; yields (start, end) one by one.

        Pieces begin and end between two tokens of the text and never within a character. A piece may have more tokens alone than it had in
        the text (cut out, a word or white space is split otherwise), so each is counted as it will be encoded, and is shortened where that
        is too much. Where one token and the next share characters until beyond `max_tokens`, a piece ends between two characters.

        All pieces together cover the text; each ends behind the one before it. The time is linear in the text.

        Args:
            text: The text.
            max_tokens: What a piece may have, at least 1.
            overlap: What a piece may share with the one before it, counted alone, less than `max_tokens`; they share as much of it as
                borders between tokens allow.
            allowed_special: Special tokens that become their ids, in the text and in each piece.
            disallowed_special: Special tokens that raise.

        Returns:
            An iterator over (start, end), in characters of a `str` and in bytes of `bytes`: `text[start:end]` is the piece.

        Raises:
            ValueError: `max_tokens` or `overlap` is out of range.
            SpecialTokenError: A disallowed special token stands in the text.
            EncodeError: While iterating: a single character has more than `max_tokens` tokens (`offset` is its byte, `tokens` their number).

        Example:
            >>> import bytewright
            >>> tokenizer = bytewright.train(["the car", "the cat", "the rat"], 259, progress=False)
            >>> text = "the cat, the rat"
            >>> [text[start:end] for start, end in tokenizer.chunk(text, 5)]
            ['the cat,', ' the rat']
        """
        max_tokens, overlap = operator.index(max_tokens), operator.index(overlap)
        if max_tokens < 1:
            raise ValueError(f"max_tokens is 1 or more, not {max_tokens}")
        if not 0 <= overlap < max_tokens:
            raise ValueError(f"overlap is 0 or more and less than max_tokens ({max_tokens}), not {overlap}")
        # No text has as many tokens as would not fit.
        most = 2**63 - 1
        return native.Chunks(
            self._native,
            text,
            min(max_tokens, most),
            min(overlap, most - 1),
            allowed_special,
            disallowed_special,
        )

    # ── Files ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def encode_files(
        self,
        paths: sources.Paths,
        *,
        separator: Text | None = None,
        field: str | None = None,
        allow_special: bool = False,
        dtype: npt.DTypeLike = "uint32",
        threads: int | None = None,
        progress: Report = False,
    ) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
        """The ids of the documents of files, in the order given, in one array.

        Args:
            paths: A path, glob or folder, or an iterable of them; `.gz`, `.xz`, `.zst` and `.bwz` are read as streams, Parquet by pyarrow.
            separator: A document ends after each; `None`: a plain file is one document.
            field: The field of JSON lines, or the column of Parquet, that holds the text.
            allow_special: Special tokens in the text become their ids; else they are ordinary text.
            dtype: `uint32`, `uint16` or `int64`.
            threads: Default: `$BYTEWRIGHT_THREADS`, else the cores that this process may use.
            progress: `True`: a bar on stderr; or a function that takes each `Progress`.

        Returns:
            The ids, (N,) `dtype`, and offsets, (D + 1,) int64.

        Raises:
            OSError: A file can't be read.
            EncodeError: A file is damaged, or its text can't be encoded.
        """
        with reporting(progress) as report:
            reading = corpora.Reading(separator, field, allow_special, resolve_threads(threads), report)
            return corpora.encode(self._native, sources.expand(paths), reading, _dtype_name(dtype))

    def encode_files_to(
        self,
        sink: Callable[[npt.NDArray[Any], npt.NDArray[np.int64]], object],
        paths: sources.Paths,
        *,
        separator: Text | None = None,
        field: str | None = None,
        allow_special: bool = False,
        dtype: npt.DTypeLike = "uint32",
        threads: int | None = None,
        progress: Report = False,
    ) -> int:
        """`encode_files` in bounded memory: `sink(ids, offsets)` takes some documents at a time, in order.

        Args:
            sink: Takes ids, (n,) `dtype`, and offsets into them, (d + 1,) int64: 0 and the ends of the documents that end here. Ids after
                the last offset belong to a long document that goes on in the next call. What it raises ends the work.
            paths: As in `encode_files`, and so are the others.
            separator: A document ends after each.
            field: The field of JSON lines, or the column of Parquet.
            allow_special: Special tokens in the text become their ids.
            dtype: `uint32`, `uint16` or `int64`.
            threads: How many.
            progress: A bar or a function.

        Returns:
            How many special tokens stood in the text and were taken for ordinary text.
        """
        with reporting(progress) as report:
            reading = corpora.Reading(separator, field, allow_special, resolve_threads(threads), report)
            return corpora.encode_to(self._native, sink, sources.expand(paths), reading, _dtype_name(dtype))

    def count_files(
        self,
        paths: counts.Counted,
        *,
        separator: Text | None = None,
        field: str | None = None,
        allow_special: bool = False,
        threads: int | None = None,
        progress: Report = False,
    ) -> int:
        """How many ids `encode_files` gives, in all; its arguments, and profiles in the place of their text (see `count_corpus`)."""
        with reporting(progress) as report:
            reading = corpora.Reading(separator, field, allow_special, resolve_threads(threads), report)
            return counts.count_paths(self._native, paths, reading, frequencies=False).tokens

    def token_frequencies(
        self,
        paths: counts.Counted,
        *,
        separator: Text | None = None,
        field: str | None = None,
        allow_special: bool = False,
        threads: int | None = None,
        progress: Report = False,
    ) -> npt.NDArray[np.uint64]:
        """How often each id occurs in files, (V,) uint64; the arguments of `encode_files`, and profiles in the place of their text."""
        with reporting(progress) as report:
            reading = corpora.Reading(separator, field, allow_special, resolve_threads(threads), report)
            frequencies = counts.count_paths(self._native, paths, reading, frequencies=True).frequencies
        assert frequencies is not None
        return frequencies

    def count_corpus(
        self,
        source: sources.Path | Profile | Iterable[Text | os.PathLike[str] | Profile],
        *,
        frequencies: bool = True,
        separator: Text | None = None,
        field: str | None = None,
        allow_special: bool = False,
        threads: int | None = None,
        progress: Report = False,
    ) -> counts.CorpusCount:
        """Documents, bytes, tokens and how often each token occurs, in one pass and in bounded memory; all together and by file.

        A profile, in memory or as a file, stands for its text: each pretoken is encoded once. The result is that of the text, provided that
        this vocabulary splits and normalises text as the profile did, and matches no added token in it.

        Args:
            source: A path, glob or folder; a `Profile`; or an iterable (a generator, too) of documents (`str`, `bytes`), files (`PathLike`) and
                profiles.
            frequencies: Count how often each token occurs. Without, it is faster.
            separator: In plain files a document ends after each; `None`: a plain file is one document.
            field: The field of JSON lines, or the column of Parquet, that holds the text.
            allow_special: Special tokens in the text become their ids; else they are ordinary text, and `special_tokens_seen`.
            threads: Default: `$BYTEWRIGHT_THREADS`, else the cores that this process may use.
            progress: `True`: a bar on stderr; or a function that takes each `Progress`.

        Raises:
            OSError: A file can't be read.
            EncodeError: A file is damaged, or its text can't be encoded.
            ProfileError: A profile that was split or normalised in another way, or in whose text an added token may stand.

        Example:
            >>> import bytewright
            >>> tokenizer = bytewright.train(["the car", "the cat"], 258, pattern="gpt2", progress=False)
            >>> profile = bytewright.Profile.build(["the cat", "a cat"], pattern="gpt2", progress=False)
            >>> tokenizer.count_corpus(profile)
            <CorpusCount 2 documents, 12 bytes, 9 tokens>
        """
        with reporting(progress) as report:
            reading = corpora.Reading(separator, field, allow_special, resolve_threads(threads), report)
            return counts.count_source(self._native, source, reading, frequencies=frequencies)

    # ── Ids to text ─────────────────────────────────────────────────────────────────────────────────────────────────

    def decode(self, ids: Ids, *, skip_special_tokens: bool = False, errors: str = "replace") -> str:
        """The text of ids.

        Args:
            ids: A list, an array of any integer type, or any iterable of integers.
            skip_special_tokens: Leave special tokens out.
            errors: What to do with bytes that are no UTF-8: `replace`, `strict`, `ignore` or any other handler of `codecs`.

        Raises:
            DecodeError: An id is not in the vocabulary.
            UnicodeDecodeError: `errors="strict"`, and the bytes are no UTF-8.
        """
        return self._native.decode(ids, skip_special_tokens, errors)

    def decode_bytes(self, ids: Ids, *, skip_special_tokens: bool = False) -> bytes:
        """The bytes of ids; the arguments of `decode`."""
        return self._native.decode_bytes(ids, skip_special_tokens)

    def decode_batch(
        self, batch: Iterable[Ids], *, skip_special_tokens: bool = False, errors: str = "replace"
    ) -> list[str]:
        """The text of each of several lists of ids; the arguments of `decode`."""
        return self._native.decode_batch(batch, skip_special_tokens, errors)

    def decoder(self, *, skip_special_tokens: bool = False, errors: str = "replace") -> StreamDecoder:
        """A decoder for ids that arrive one by one; it holds back characters that are not complete.

        Example:
            >>> import bytewright
            >>> tokenizer = bytewright.train(["é"], 256, progress=False)
            >>> decoder = tokenizer.decoder()
            >>> [decoder.push(id) for id in tokenizer.encode("é!")] + [decoder.finish()]
            ['', 'é', '!', '']
        """
        return StreamDecoder(self, skip_special_tokens, errors)


def _unpickle(state: tuple[object, ...], name: str | None) -> Tokenizer:
    return Tokenizer._wrap(native.from_state(state, folders.tables(True)), name)


def _dtype_name(dtype: npt.DTypeLike) -> str:
    if isinstance(dtype, str) and dtype in ("uint32", "uint16", "int64"):
        return dtype
    import numpy as np

    return np.dtype(dtype).name
