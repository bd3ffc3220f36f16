"""What all commands have in common: help, version, usage errors, start-up."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bytewright.cli import COMMANDS, describe

from .conftest import environment, spawn

if TYPE_CHECKING:
    from .conftest import Call


def test_overview_lists_every_command(call: Call) -> None:
    result = call("--help")
    assert (result.code, result.err) == (0, "")
    for name in COMMANDS:
        assert f"  {name} " in result.out
    assert max(map(len, result.out.splitlines())) <= 100


def test_without_a_command_the_overview_goes_to_stderr(call: Call) -> None:
    result = call()
    assert result.code == 2
    assert result.out == ""
    assert "usage: bytewright COMMAND" in result.err


@pytest.mark.parametrize("name", COMMANDS)
def test_help_shows_an_example_and_the_exit_codes(call: Call, name: str) -> None:
    result = call(name, "--help")
    assert result.code == 0
    assert result.err == ""
    assert result.out.startswith(f"usage: bytewright {name}")
    assert (
        f"  bytewright {name}" in result.out.partition("example:")[2] or f"| bytewright {name}" in result.out
    )
    assert "130 interrupted" in result.out
    assert call("help", name).out == result.out


def test_version(call: Call) -> None:
    import bytewright

    for arguments in (["--version"], ["-V"], ["train", "--version"]):
        result = call(*arguments)
        assert (result.code, result.err) == (0, "")
        assert result.out == f"bytewright {bytewright.__version__}\n"


def test_python_m_is_the_same() -> None:
    done = spawn("--version")
    assert done.returncode == 0
    assert done.stdout.startswith(b"bytewright ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["tarin"], "no command 'tarin'; did you mean train?"),
        (["xyzzy"], "no command 'xyzzy'; there are tour, train"),
        (["--json", "train"], "no option --json before the command"),
        (["train"], "the following arguments are required"),
        (["train", "a", "-o", "b", "--vocab-size", "many"], "'many' is not a whole number of at least 1"),
        (["train", "a", "-o", "b", "--separator", r"\q"], r"unknown escape \q"),
        (["train", "a", "-o", "b", "--separator", r"\xz1"], r"\x takes 2 hexadecimal digits, not 'z1'"),
        (["train", "a", "-o", "b", "--separator", ""], "a separator can't be empty"),
        (["encode", "--vocab", "x"], "required: --vocabulary"),
        (["encode", "--vocabulary", "x", "--format", "int7"], "invalid choice: 'int7'"),
    ],
)
def test_wrong_usage(call: Call, arguments: list[str], message: str) -> None:
    result = call(*arguments)
    assert result.code == 2
    assert result.out == ""
    assert message in result.err
    assert "Traceback" not in result.err


@pytest.mark.parametrize("command", ["train", "profile"])
def test_a_missing_file_is_one_line(call: Call, tmp_path: object, command: str) -> None:
    result = call(command, f"{tmp_path}/nowhere.txt", "-o", f"{tmp_path}/out")
    assert result.code == 1
    assert result.err == f"bytewright {command}: {tmp_path}/nowhere.txt: No such file or directory\n"


def test_tracebacks_on_request(tmp_path: object) -> None:
    arguments = ["train", f"{tmp_path}/nowhere.txt", "-o", f"{tmp_path}/out"]
    assert b"Traceback" not in spawn(*arguments).stderr
    assert b"Traceback" in spawn(*arguments, "-v", "-v").stderr
    assert b"Traceback" in spawn(*arguments, "-vv").stderr
    assert b"Traceback" in spawn(*arguments, BYTEWRIGHT_TRACEBACK="1").stderr


def test_a_message_stays_on_one_line() -> None:
    assert describe(ValueError("two\nlines")) == "two lines"
    assert describe(FileNotFoundError(2, "No such file", "a.txt")) == "a.txt: No such file"
    assert describe(MemoryError()) == "out of memory"
    assert describe(OSError(28, "No space left on device")) == "[Errno 28] No space left on device"


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["train", "--help"],
        ["encode", "--help"],
        ["tour", "--help"],
        ["compress", "--help"],
    ],
)
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys\nfrom bytewright.cli import main\n"
        f"code = main({arguments!r})\n"
        "heavy = {'numpy', 'tiktoken', 'tokenizers', 'json'} & set(sys.modules)\n"
        "sys.exit(code or (f'imported {heavy}' if heavy else 0))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment(), check=False
    )
    assert done.returncode == 0, done.stderr
