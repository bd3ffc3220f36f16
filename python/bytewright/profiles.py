"""The pretoken counts of a corpus, which training takes in the place of text: `Profile`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import bytewright._native as native
from bytewright import sources
from bytewright.errors import ProfileError
from bytewright.progress import reporting
from bytewright.threads import resolve_threads

if TYPE_CHECKING:
    import builtins
    from collections.abc import Callable, Iterable, Iterator
    from decimal import Decimal

    from bytewright.encoding import Tokenizer
    from bytewright.progress import Progress, Report


class _Default(str):
    """The default of `pattern`, told apart from the same text given by the caller."""

    __slots__ = ()


DEFAULT_PATTERN = _Default("o200k")

_MAGIC = b"\x89BWPROF\n"
"""How the file of a profile begins."""

_CHUNK = 65_536
"""Pairs that are made at once while iterating: some MB of objects."""


class Profile:
    """Which pretokens a corpus has, and how often each: all that training needs to know of it.

    Made by `Profile.build`, `Profile.load` and `Profile.merge`; never changes. One file of it stands for a corpus of any size: any vocabulary
    size is trained from it in the time of merging alone, and profiles of shards, machines or languages are added up by `Profile.merge`.
    Iterating gives `(bytes, int)` in the order of the bytes.

    Example:
        >>> import bytewright
        >>> profile = bytewright.Profile.build(["the car", "the cat"], pattern="gpt2", progress=False)
        >>> list(profile)
        [(b' car', 1), (b' cat', 1), (b'the', 2)]
        >>> bytewright.train(profile, 258, progress=False).merges
        [(b'c', b'a'), (b'h', b'e')]
    """

    __slots__ = ("__weakref__", "_native")

    _native: native.Profile

    def __init__(self) -> None:
        raise TypeError("a Profile is made by Profile.build, Profile.load or Profile.merge")

    @classmethod
    def _wrap(cls, core: native.Profile) -> Profile:
        profile = object.__new__(cls)
        profile._native = core
        return profile

    @classmethod
    def build(
        cls,
        source: sources.Source,
        *,
        pattern: str | Tokenizer | None = DEFAULT_PATTERN,
        normalizer: str | None = None,
        separator: str | builtins.bytes | None = None,
        field: str | None = None,
        special_tokens: Iterable[str] = (),
        allow_special: bool = False,
        positions: bool = False,
        threads: int | None = None,
        progress: bool | Callable[[Progress], object] | None = None,
    ) -> Profile:
        """Counts the pretokens of a corpus; the arguments are those of `bytewright.train`.

        Args:
            source: A path, glob or folder; or an iterable of documents (`str`, `bytes`), files (`PathLike`; text and profiles alike) and
                pretokens counted elsewhere (`(bytes, int)`).
            pattern: How text is split: a name, a regular expression as tiktoken reads it, or `None`. A tokenizer: as that one splits and normalises
                it, so that the profile can be counted with it.
            normalizer: `nfc`, `nfd`, `nfkc`, `nfkd`, `lowercase` or nothing.
            separator: In plain files, a document ends after each.
            field: The field of JSON lines, or the column of Parquet, that holds the text.
            special_tokens: Looked for in the text.
            allow_special: They are left out of it; else they are ordinary text, counted in `special_seen`.
            positions: Remember (in memory, not in the file) where each pretoken was first seen, for `ties="first-seen"`.
            threads: Default: `$BYTEWRIGHT_THREADS`, else the cores that this process may use.
            progress: `None`: a bar where stderr is a terminal; `True`, `False`; or a function that takes each `Progress`.

        Raises:
            TrainingError: A pattern that does not compile, a damaged file.
            OSError: A file can't be read.
        """
        from bytewright.encoding import Tokenizer

        own = pattern._native if isinstance(pattern, Tokenizer) else None
        if own is not None and normalizer is not None:
            raise ValueError(
                "a tokenizer given as pattern= says how text is normalised; leave normalizer= out"
            )
        with reporting(progress) as report:
            return cls._wrap(
                count(
                    source,
                    pattern=pattern if not isinstance(pattern, Tokenizer) else own,
                    normalizer=normalizer if own is None else own,
                    separator=separator,
                    field=field,
                    special_tokens=list(special_tokens),
                    allow_special=allow_special,
                    positions=positions,
                    threads=resolve_threads(threads),
                    report=report,
                )
            )

    @classmethod
    def load(cls, path: sources.Path) -> Profile:
        """Reads a profile.

        Raises:
            OSError: The file can't be read.
            ProfileError: It is damaged, or no profile.
        """
        return cls._wrap(native.Profile.load(path))

    def save(self, path: sources.Path) -> None:
        """Writes the profile; a file that is there already is replaced once the new one is complete. Equal counts give equal bytes.

        Raises:
            OSError: The file can't be written; what was there before is still there.
        """
        self._native.save(path)

    @classmethod
    def merge(cls, profiles: Iterable[tuple[Profile | sources.Path, int | float | str | Decimal]]) -> Profile:
        """Adds profiles up, each with a weight.

        Args:
            profiles: Profiles (or their files) and weights. A weight is a decimal, at least 0; the sums are rounded half up, once, at the end.

        Raises:
            ProfileError: They differ in pattern or normaliser; a weight is no decimal; a file is damaged.
            OSError: A file can't be read.
        """
        pairs = [
            (profile._native if isinstance(profile, Profile) else os.fspath(profile), str(weight))
            for profile, weight in profiles
        ]
        if not pairs:
            raise ProfileError("no profiles to merge: give at least one, with its weight")
        return cls._wrap(native.merge_profiles(pairs))

    @property
    def pattern(self) -> str | None:
        """How text was split; see `Tokenizer.pattern`."""
        return self._native.pattern

    @property
    def normalizer(self) -> str | None:
        """What was done to the text first: `nfc` and the like, or nothing."""
        return self._native.normalizer

    @property
    def separator(self) -> builtins.bytes | None:
        """What ended a document in plain files."""
        return self._native.separator

    @property
    def documents(self) -> int:
        """Documents counted."""
        return self._native.documents

    @property
    def bytes(self) -> int:
        """Bytes of text counted."""
        return self._native.bytes

    @property
    def distinct(self) -> int:
        """Distinct pretokens; the same as `len`."""
        return len(self._native)

    @property
    def total(self) -> int:
        """Pretokens, each as often as it occurs."""
        return self._native.total

    @property
    def special_seen(self) -> int:
        """How often special tokens stood in the text."""
        return self._native.special_seen

    @property
    def unicode_version(self) -> str:
        """The version of Unicode whose character classes split the text."""
        return self._native.unicode_version

    def items(self) -> Iterator[tuple[builtins.bytes, int]]:
        """Pretokens and counts, in the order of the bytes."""
        for start in range(0, len(self._native), _CHUNK):
            yield from self._native.items(start, _CHUNK)

    __iter__ = items

    def __len__(self) -> int:
        return len(self._native)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Profile):
            return NotImplemented
        return self._native.same_as(other._native)

    def __hash__(self) -> int:
        return hash((len(self), self.total, self.pattern))

    def __repr__(self) -> str:
        return (
            f"<Profile {len(self):,} pretokens, {self.total:,} in all, of {self.documents:,} documents ({self.bytes:,} bytes), "
            f"pattern {self.pattern!r}>"
        )


def is_profile(path: sources.Path) -> bool:
    """Whether a file begins as profiles do."""
    if not os.path.isfile(path):  # looking into a pipe would take from it
        return False
    with open(path, "rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


def count(
    source: sources.Source,
    *,
    pattern: str | native.Tokenizer | None,
    normalizer: str | native.Tokenizer | None,
    separator: str | bytes | None,
    field: str | None,
    special_tokens: list[str],
    allow_special: bool,
    positions: bool,
    threads: int,
    report: Report | None,
) -> native.Profile:
    """Counts pretokens; `pattern` and `normalizer` may be a tokenizer, whose they are."""
    return native.count(
        sources.items(source, field),
        str(pattern) if isinstance(pattern, _Default) else pattern,
        normalizer,
        separator.encode() if isinstance(separator, str) else separator,
        field,
        special_tokens,
        allow_special,
        positions,
        threads,
        report,
    )
