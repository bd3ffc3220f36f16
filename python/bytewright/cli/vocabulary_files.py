"""Vocabularies written by commands: which files a format has, and all of them at once or none."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bytewright.cli.options import CommandError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bytewright import Tokenizer

FORMATS = ("tiktoken", "tokenizer.json", "gpt2")

FILES = {
    "tiktoken": ("vocabulary.tiktoken",),
    "tokenizer.json": ("tokenizer.json", "tokenizer_config.json"),
    "gpt2": ("vocab.json", "merges.txt", "tokenizer_config.json"),
}
"""The files of each format in a folder."""


def format_of(path: str) -> str:
    """The format that a path's ending asks for.

    Raises:
        CommandError: It asks for none.
    """
    if path.endswith(".tiktoken"):
        return "tiktoken"
    if path.endswith(".json"):
        return "tokenizer.json"
    raise CommandError(f"{path}: its ending names no format; add --format with one of {', '.join(FORMATS)}")


def targets(path: str, form: str, folder: bool = False) -> list[Path]:
    """The files that are written: the one that is named, or those of a folder."""
    if (
        not folder
        and form != "gpt2"
        and not Path(path).is_dir()
        and Path(path).suffix in (".tiktoken", ".json")
    ):
        return [Path(path)]
    return [Path(path) / name for name in FILES[form]]


def refuse_existing(path: str, form: str, force: bool, folder: bool = False) -> None:
    """Raises, before any work is done, where files would be overwritten without `--force`, or can't be made.

    Raises:
        CommandError: A file is there.
        OSError: The folder can't be made or written.
    """
    files = targets(path, form, folder)
    for file in files:
        if file.is_dir():
            raise CommandError(f"{file}: is a folder; name a file")
        if file.exists() and not force:
            raise CommandError(f"{file}: exists already; -f/--force overwrites it")
    refuse_unwritable(files[0].parent)


def refuse_unwritable(folder: Path) -> None:
    """Raises where files can't be made in a folder, which need not be there yet.

    Raises:
        OSError: It, or the first folder above it that is there, is no folder or can't be written.
    """
    there = folder.absolute()
    while not there.exists():
        there = there.parent
    if not there.is_dir():
        raise NotADirectoryError(20, "Not a folder", str(there))
    if not os.access(there, os.W_OK | os.X_OK):
        raise PermissionError(13, "Permission denied", str(there))


def save(tokenizer: Tokenizer, path: str, form: str) -> list[Path]:
    """Writes a vocabulary: into a folder aside first, then each file is renamed into its place.

    Args:
        tokenizer: What to write.
        path: A file, or a folder.
        form: One of `FORMATS`.

    Returns:
        The files.
    """
    files = targets(path, form)
    return _save(tokenizer, files[0].parent, {form: [file.name for file in files]})


def save_all(tokenizer: Tokenizer, folder: Path, forms: Sequence[str]) -> list[Path]:
    """`save` in several formats, into a folder."""
    return _save(tokenizer, folder, {form: list(FILES[form]) for form in forms})


def _save(tokenizer: Tokenizer, folder: Path, names: dict[str, list[str]]) -> list[Path]:
    is_new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=".bytewright-", dir=folder))
    try:
        for form, files in names.items():
            tokenizer.save(aside if form == "gpt2" else aside / files[0], format=form)
            if form == "tokenizer.json" and "tokenizer_config.json" in files:
                (aside / "tokenizer_config.json").write_text(_config(), encoding="utf-8")
        written = [folder / file.name for file in sorted(aside.iterdir())]
        for file in written:
            (aside / file.name).replace(file)
    except BaseException as error:
        shutil.rmtree(aside, ignore_errors=True)
        if is_new:
            with contextlib.suppress(OSError):  # not empty: some of it was written
                folder.rmdir()
        raise _about(error, aside, folder) from error
    shutil.rmtree(aside, ignore_errors=True)
    return written


def _about(error: BaseException, aside: Path, folder: Path) -> BaseException:
    """The error as one about the file that was to be written, not the one aside."""
    from bytewright import VocabularyError

    if isinstance(error, VocabularyError):
        return VocabularyError(str(error).replace(str(aside), str(folder)))
    if isinstance(error, OSError) and isinstance(error.filename, str):
        return OSError(error.errno, error.strerror, error.filename.replace(str(aside), str(folder)))
    return error


def holds(form: str, pattern: str | None) -> bool:
    """Whether a format can hold a pattern that text is to be split by."""
    import bytewright

    if form != "tokenizer.json":
        return True
    with tempfile.TemporaryDirectory(prefix="bytewright-") as folder:
        # What the pattern itself is worth is for training to say.
        tokenizer = bytewright.Tokenizer.from_ranks({bytes([byte]): byte for byte in range(256)}, pattern)
        try:
            tokenizer.save(Path(folder) / "tokenizer.json", format=form)
        except bytewright.VocabularyError:
            return False
    return True


def _config() -> str:
    """What transformers wants to know beside a `tokenizer.json`: which class reads it, and that decoding changes no spaces."""
    import json

    return (
        json.dumps(
            {"tokenizer_class": "PreTrainedTokenizerFast", "clean_up_tokenization_spaces": False}, indent=2
        )
        + "\n"
    )


def left_out(tokenizer: Tokenizer, form: str) -> list[str]:
    """What a format can't hold and a reader of the file has to know."""
    notes = []
    if form in ("tiktoken", "gpt2"):
        pattern = shlex.quote(tokenizer.tiktoken_pattern or "…")
        known = tokenizer.pattern in ("gpt2", "cl100k", "o200k")
        notes.append(
            f"{form} files do not say how text is split: load them with --pattern {tokenizer.pattern if known else pattern}"
        )
    if form == "tiktoken" and tokenizer.special_tokens:
        notes.append(f"nor do they hold special tokens: {len(tokenizer.special_tokens)} left out")
    return notes
