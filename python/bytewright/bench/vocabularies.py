"""The vocabulary under test, written out in every form that a peer reads."""

from __future__ import annotations

from pathlib import Path

import bytewright


def prepare(tokenizer: bytewright.Tokenizer, folder: Path) -> None:
    """Writes `vocabulary.tiktoken` and `tokenizer.json`, as far as the vocabulary can be said so."""
    folder.mkdir(exist_ok=True)
    for name, form in (("vocabulary.tiktoken", "tiktoken"), ("tokenizer.json", "tokenizer.json")):
        try:
            tokenizer.save(folder / name, format=form)
        except bytewright.BytewrightError:
            # A peer that needs this form says so itself.
            (folder / name).unlink(missing_ok=True)
