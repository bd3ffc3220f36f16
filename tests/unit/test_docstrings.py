"""The examples in docstrings run."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import bytewright

MODULES = [
    f"bytewright.{module.name}"
    for module in pkgutil.iter_modules(bytewright.__path__)
    if module.name not in ("__main__", "_native")
]


@pytest.mark.parametrize("name", ["bytewright", *MODULES])
def test_examples(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # some write files
    module = importlib.import_module(name)
    failed, _ = doctest.testmod(module)
    assert failed == 0


def test_there_are_examples() -> None:
    finder = doctest.DocTestFinder(exclude_empty=True)
    found = [
        test
        for name in ("bytewright", *MODULES)
        for test in finder.find(importlib.import_module(name))
        if test.examples
    ]
    assert len(found) >= 8


def test_every_public_thing_has_a_docstring() -> None:
    silent = [
        name for name in bytewright.__all__ if name != "__version__" and not getattr(bytewright, name).__doc__
    ]
    for owner in (bytewright.Tokenizer, bytewright.Profile, bytewright.StreamDecoder):
        silent += [
            f"{owner.__name__}.{name}"
            for name in vars(owner)
            if not name.startswith("_") and not getattr(owner, name).__doc__
        ]
    assert silent == []
