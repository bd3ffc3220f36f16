"""Every code block of the README and of the guides runs, or says why not."""

from __future__ import annotations

import re
from itertools import groupby
from pathlib import Path

import pytest

from tests.docs import blocks as markdown

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])


def test_readme_holds_the_two_commands() -> None:
    lines = [
        line
        for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("pip install")
    ]
    assert lines == ["pip install . && bytewright tour", "pip install '.[test]' && pytest"]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_code_blocks(document: Path, tmp_path: Path) -> None:
    """The blocks of a document share a folder, so that a later one may use what an earlier one wrote.

    Neighbours in one language run in one process: a guide may go on where its last block ended.
    """
    found = [block for block in markdown.blocks(document) if block.runs]
    for python, group in groupby(found, key=lambda block: block.language in markdown.PYTHON):
        part = list(group)
        done = markdown.run(part, tmp_path)
        where = ", ".join(str(block.line) for block in part)
        kind = "Python" if python else "shell"
        assert done.returncode == 0, (
            f"{document.name}, {kind} at line {where}:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        )


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_block_names_its_language(document: Path) -> None:
    for block in markdown.blocks(document):
        assert block.language, f"{document.name}:{block.line}: a code block without a language; `text` is one"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    text = re.sub(r"(?ms)^(```|~~~).*?^\1 *$", "", document.read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in target or target.startswith(("#", "mailto:")):
            continue
        assert (document.parent / target.partition("#")[0]).exists(), (
            f"{document.name} links to {target}, which is not there"
        )
