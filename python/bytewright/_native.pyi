from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from os import PathLike
from typing import Any, BinaryIO, Literal, final

import numpy as np
import numpy.typing as npt
from typing_extensions import Buffer

_bytes = bytes
_Text = str | bytes
_Path = str | PathLike[str]
_Chosen = Collection[str] | Literal["all"]
_Report = Callable[[str, str, int, int | None], object]
_Sink = Callable[[npt.NDArray[Any], npt.NDArray[np.int64]], object]
_Row = tuple[int, int, int, int, int, int]
_Ids = Sequence[int] | npt.NDArray[np.integer[Any]] | Iterable[int]

__all__ = [
    "Appender",
    "BpezCompressor",
    "BpezDecompressor",
    "Chunks",
    "Compressor",
    "Decompressor",
    "Index",
    "Profile",
    "TextIndex",
    "Tokenizer",
    "__version__",
    "count",
    "count_corpus",
    "count_documents",
    "from_merges",
    "from_ranks",
    "from_state",
    "load",
    "merge_profiles",
    "save",
    "save_pretrained",
    "skippable_frame",
    "to_state",
    "train",
]
__version__: str

@final
class BpezCompressor:
    def __new__(cls, block_size: int, cycles: int, minimum: int, threads: int) -> BpezCompressor: ...
    def compress(self, data: Buffer) -> bytes: ...
    def finish(self) -> bytes: ...

@final
class BpezDecompressor:
    def __new__(cls, memory_limit: int, threads: int) -> BpezDecompressor: ...
    def decompress(self, data: Buffer) -> bytes: ...
    def finish(self) -> None: ...

@final
class Compressor:
    def __new__(cls, level: int, block_size: int | None, threads: int) -> Compressor: ...
    def compress(self, data: Buffer) -> bytes: ...
    def flush(self) -> bytes: ...
    def finish(self) -> bytes: ...

@final
class Decompressor:
    def __new__(cls, all_frames: bool, memory_limit: int, threads: int) -> Decompressor: ...
    def decompress(self, data: Buffer, max_length: int | None) -> bytes: ...
    def decompress_some(self, data: Buffer, most: int) -> bytes: ...
    def finish(self) -> None: ...
    @property
    def eof(self) -> bool: ...
    @property
    def held_input(self) -> int: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...

@final
class Index:
    @staticmethod
    def read(file: BinaryIO) -> Index: ...
    @property
    def raw_length(self) -> int: ...
    @property
    def frames(self) -> list[tuple[int, int, int, int, list[tuple[str, int, int, int]]]]: ...
    def locate(
        self, place: int, memory_limit: int, threads: int, file: BinaryIO
    ) -> tuple[Decompressor, int, int] | None: ...

def skippable_frame(content: Buffer) -> bytes: ...

@final
class Tokenizer:
    def encode(
        self, text: _Text, allowed_special: _Chosen, disallowed_special: _Chosen, add_special_tokens: bool
    ) -> list[int]: ...
    def encode_to_numpy(
        self,
        text: _Text,
        allowed_special: _Chosen,
        disallowed_special: _Chosen,
        add_special_tokens: bool,
        dtype: str,
    ) -> npt.NDArray[Any]: ...
    def encode_batch(
        self,
        texts: Iterable[_Text],
        allowed_special: _Chosen,
        disallowed_special: _Chosen,
        add_special_tokens: bool,
        threads: int,
    ) -> list[list[int]]: ...
    def encode_batch_to_numpy(
        self,
        texts: Iterable[_Text],
        allowed_special: _Chosen,
        disallowed_special: _Chosen,
        add_special_tokens: bool,
        dtype: str,
        threads: int,
    ) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]: ...
    def encode_files(
        self,
        paths: Iterable[_Path],
        separator: bytes | None,
        field: str | None,
        allow_special: bool,
        dtype: str,
        threads: int,
        progress: _Report | None,
    ) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64], int]: ...
    def encode_files_to(
        self,
        sink: _Sink,
        paths: Iterable[_Path],
        separator: bytes | None,
        field: str | None,
        allow_special: bool,
        dtype: str,
        threads: int,
        progress: _Report | None,
    ) -> int: ...
    def encode_with_offsets(
        self,
        text: _Text,
        allowed_special: _Chosen,
        disallowed_special: _Chosen,
        add_special_tokens: bool,
        unit: str,
    ) -> tuple[list[int], npt.NDArray[np.int64]]: ...
    def count(
        self, text: _Text, allowed_special: _Chosen, disallowed_special: _Chosen, add_special_tokens: bool
    ) -> int: ...
    def count_batch(
        self,
        texts: Iterable[_Text],
        allowed_special: _Chosen,
        disallowed_special: _Chosen,
        add_special_tokens: bool,
        threads: int,
    ) -> npt.NDArray[np.int64]: ...
    def fits(
        self, text: _Text, limit: int, allowed_special: _Chosen, disallowed_special: _Chosen
    ) -> bool: ...
    def decode(self, ids: _Ids, skip_special_tokens: bool, errors: str) -> str: ...
    def decode_bytes(self, ids: _Ids, skip_special_tokens: bool) -> bytes: ...
    def decode_batch(self, batch: Iterable[_Ids], skip_special_tokens: bool, errors: str) -> list[str]: ...
    def measure_work(self, text: _Text) -> tuple[list[int], int, int]: ...
    @property
    def vocabulary(self) -> list[bytes | None]: ...
    @property
    def vocabulary_size(self) -> int: ...
    def __len__(self) -> int: ...
    @property
    def merges(self) -> list[tuple[bytes, bytes]]: ...
    @property
    def special_tokens(self) -> dict[str, int]: ...
    @property
    def memory(self) -> int: ...
    @property
    def pattern(self) -> str | None: ...
    @property
    def tiktoken_pattern(self) -> str | None: ...
    @property
    def pretokenizer_path(self) -> str: ...
    @property
    def normalizer(self) -> str | None: ...
    @property
    def semantics(self) -> str: ...
    def same_as(self, other: Tokenizer) -> bool: ...

@final
class TextIndex:
    def __new__(
        cls,
        tokenizer: Tokenizer,
        text: _Text,
        allowed_special: _Chosen,
        disallowed_special: _Chosen,
        add_special_tokens: bool,
        threads: int,
    ) -> TextIndex: ...
    def count(self, start: int, stop: int) -> int: ...
    def __len__(self) -> int: ...
    @property
    def memory(self) -> int: ...

@final
class Appender:
    def __new__(
        cls,
        tokenizer: Tokenizer,
        allowed_special: _Chosen,
        disallowed_special: _Chosen,
        add_special_tokens: bool,
    ) -> Appender: ...
    def append(self, piece: _Text) -> int: ...
    def clear(self) -> None: ...
    def copy(self) -> Appender: ...
    @property
    def count(self) -> int: ...
    @property
    def held(self) -> int: ...
    def __len__(self) -> int: ...

@final
class Chunks(Iterator[tuple[int, int]]):
    def __new__(
        cls,
        tokenizer: Tokenizer,
        text: _Text,
        max_tokens: int,
        overlap: int,
        allowed_special: _Chosen,
        disallowed_special: _Chosen,
    ) -> Chunks: ...
    def __iter__(self) -> Chunks: ...
    def __next__(self) -> tuple[int, int]: ...

@final
class Profile:
    @staticmethod
    def load(path: _Path) -> Profile: ...
    def save(self, path: _Path) -> None: ...
    def __len__(self) -> int: ...
    def items(self, start: int, count: int) -> list[tuple[_bytes, int]]: ...
    def same_as(self, other: Profile) -> bool: ...
    @property
    def pattern(self) -> str | None: ...
    @property
    def normalizer(self) -> str | None: ...
    @property
    def separator(self) -> _bytes | None: ...
    @property
    def documents(self) -> int: ...
    @property
    def bytes(self) -> int: ...
    @property
    def total(self) -> int: ...
    @property
    def special_seen(self) -> int: ...
    @property
    def unicode_version(self) -> str: ...

def count(
    items: Iterable[object],
    pattern: str | Tokenizer | None,
    normalizer: str | Tokenizer | None,
    separator: bytes | None,
    field: str | None,
    special_tokens: Sequence[str],
    allow_special: bool,
    positions: bool,
    threads: int,
    progress: _Report | None,
) -> Profile: ...
def count_corpus(
    tokenizer: Tokenizer,
    sources: Sequence[_Path | Profile],
    separator: bytes | None,
    field: str | None,
    allow_special: bool,
    special_seen: bool,
    frequencies: bool,
    threads: int,
    progress: _Report | None,
) -> tuple[list[_Row], npt.NDArray[np.uint64] | None]: ...
def count_documents(
    tokenizer: Tokenizer,
    texts: Iterable[_Text],
    allow_special: bool,
    special_seen: bool,
    frequencies: bool,
    threads: int,
) -> tuple[_Row, npt.NDArray[np.uint64] | None]: ...
def train(
    profile: Profile,
    vocab_size: int,
    min_frequency: int,
    max_token_length: int | None,
    special_tokens: Sequence[str],
    special_first: bool,
    ties: str,
    extend: Tokenizer | None,
    threads: int,
    progress: _Report | None,
) -> tuple[Tokenizer, bool]: ...
def merge_profiles(profiles: Sequence[tuple[Profile | str, str]]) -> Profile: ...
def load(
    path: _Path, pattern: str | None, special_tokens: dict[str, int] | None, tables: str | None
) -> Tokenizer: ...
def save(tokenizer: Tokenizer, path: _Path, format: str) -> None: ...
def save_pretrained(tokenizer: Tokenizer, folder: _Path) -> None: ...
def from_ranks(
    ranks: dict[bytes, int], pattern: str | None, special_tokens: dict[str, int] | None
) -> Tokenizer: ...
def from_merges(
    tokens: Sequence[bytes | None],
    merges: Iterable[tuple[bytes, bytes]],
    pattern: str | None,
    special_tokens: Mapping[str, int] | None,
    ignore_merges: bool,
) -> Tokenizer: ...
def to_state(tokenizer: Tokenizer) -> tuple[object, ...]: ...
def from_state(state: tuple[object, ...], tables: str | None) -> Tokenizer: ...
