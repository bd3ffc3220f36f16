"""The code blocks of Markdown files, and how to run them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

PYTHON = frozenset({"python", "py", "pycon"})
SHELL = frozenset({"bash", "sh", "console", "shell"})
_FENCE = re.compile(r"^(?P<indent> *)(?P<fence>`{3,}|~{3,})(?P<info>.*)$")
_NOT_RUN = re.compile(r"not run:\s*(?P<reason>\S.*?)\s*(?:-->)?\s*$")


@dataclass(frozen=True)
class Block:
    """A fenced code block.

    Attributes:
        file: The Markdown file.
        line: The line of its opening fence, from 1.
        language: The first word behind the fence, in lower case.
        code: What it holds.
        not_run: Why it is not run: `not run: REASON` behind the fence, or in a comment on the line before it.
    """

    file: Path
    line: int
    language: str
    code: str
    not_run: str | None

    @property
    def runs(self) -> bool:
        """Whether it is code, and not marked."""
        return self.not_run is None and self.language in PYTHON | SHELL


def blocks(file: Path) -> list[Block]:
    """All fenced blocks of a file, in order.

    Raises:
        ValueError: A fence is never closed.
    """
    found: list[Block] = []
    lines = file.read_text(encoding="utf-8").splitlines()
    at = 0
    while at < len(lines):
        opened = _FENCE.match(lines[at])
        if opened is None:
            at += 1
            continue
        start, indent, fence = at, len(opened["indent"]), opened["fence"]
        body: list[str] = []
        at += 1
        while at < len(lines) and not re.fullmatch(rf" *{fence[0]}{{{len(fence)},}} *", lines[at]):
            body.append(lines[at][min(indent, len(lines[at]) - len(lines[at].lstrip(" "))) :])
            at += 1
        if at == len(lines):
            raise ValueError(f"{file}:{start + 1}: the code block is never closed")
        at += 1
        before = next((line for line in reversed(lines[:start]) if line.strip()), "")
        mark = _NOT_RUN.search(opened["info"]) or (
            _NOT_RUN.search(before) if before.strip().startswith("<!--") else None
        )
        language = (opened["info"].split() or [""])[0].lower()
        found.append(
            Block(file, start + 1, language, "\n".join(body) + "\n", mark["reason"] if mark else None)
        )
    return found


def shell_script(code: str) -> str:
    """The commands of a block: with `$ ` prompts only what stands behind them, else all of it."""
    lines = code.splitlines()
    if not any(line.startswith("$ ") for line in lines):
        return code
    commands = []
    continued = False
    for line in lines:
        if line.startswith("$ ") or continued:
            commands.append(line.removeprefix("$ ") if line.startswith("$ ") else line)
            continued = line.endswith("\\")
    return "\n".join(commands) + "\n"


def run(group: list[Block], folder: Path, timeout: float = 300) -> subprocess.CompletedProcess[str]:
    """Runs blocks of one language one after the other, in one process and one folder."""
    environment = os.environ | {
        # The interpreter that runs the tests, and the commands installed beside it.
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
        "HOME": str(folder),
        "NO_COLOR": "1",
    }
    if group[0].language in PYTHON:
        arguments = [sys.executable, "-W", "error", "-c", "\n".join(python_script(block) for block in group)]
    else:
        arguments = ["bash", "-euo", "pipefail", "-c", "\n".join(shell_script(block.code) for block in group)]
    return subprocess.run(
        arguments, cwd=folder, env=environment, capture_output=True, text=True, timeout=timeout, check=False
    )


def python_script(block: Block) -> str:
    """The code of a Python block; of a session with prompts, a run that fails where an output differs."""
    if ">>> " not in block.code:
        return block.code
    arguments = f"{block.code!r}, globals(), 'block', {block.file.name!r}, {block.line}"
    return (
        "import doctest as _doctest\n"
        f"_test = _doctest.DocTestParser().get_doctest({arguments})\n"
        "_runner = _doctest.DocTestRunner(optionflags=_doctest.ELLIPSIS | _doctest.NORMALIZE_WHITESPACE)\n"
        "_runner.run(_test, clear_globs=False)\n"
        "globals().update(_test.globs)\n"
        "assert not _runner.failures, 'an output differs from what the document shows'\n"
    )
