"""The reader of code blocks itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs import blocks as markdown


def test_finds_blocks_and_marks(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_text(
        "text\n\n```python\nprint(1)\n```\n\n```bash not run: no network\nls\n```\n"
        "\n<!-- not run: long -->\n```console\n$ ls\n```\n"
        "\n~~~text\n```\n~~~\n- x\n  ```python\n  if 1:\n      pass\n  ```\n",
        encoding="utf-8",
    )
    found = markdown.blocks(file)
    assert [(b.line, b.language, b.not_run, b.runs) for b in found] == [
        (3, "python", None, True),
        (7, "bash", "no network", False),
        (12, "console", "long", False),
        (16, "text", None, False),
        (20, "python", None, True),
    ]
    assert found[-1].code == "if 1:\n    pass\n"


def test_a_comment_further_up_marks_nothing(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_text("<!-- not run: other -->\nwords\n\n```python\n1\n```\n", encoding="utf-8")
    assert markdown.blocks(file)[0].runs


def test_a_block_that_is_never_closed_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_text("```python\n1\n", encoding="utf-8")
    with pytest.raises(ValueError, match="never closed"):
        markdown.blocks(file)


def test_prompts_tell_commands_from_output() -> None:
    assert markdown.shell_script("$ echo a \\\n  b\na b\n$ true\n") == "echo a \\\n  b\ntrue\n"
    assert markdown.shell_script("echo a\n") == "echo a\n"


def test_a_failing_command_fails(tmp_path: Path) -> None:
    block = markdown.Block(tmp_path / "a.md", 1, "bash", "false | true\necho reached\n", None)
    assert markdown.run([block], tmp_path).returncode != 0


def test_a_console_session_is_held_to_its_output(tmp_path: Path) -> None:
    right = markdown.Block(tmp_path / "a.md", 1, "python", ">>> 1 + 1\n2\n", None)
    wrong = markdown.Block(tmp_path / "a.md", 1, "python", ">>> 1 + 1\n3\n", None)
    assert markdown.run([right], tmp_path).returncode == 0
    assert markdown.run([wrong], tmp_path).returncode != 0
