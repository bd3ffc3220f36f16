"""The command line: `bytewright VERB …`; one file a command.

Nothing is imported before it is needed, so that `--help`, `--version` and a misspelt command answer at once.
"""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import NoReturn

__all__ = ["main"]

COMMANDS = {
    "tour": "train, encode and decode real text, and show how it went",
    "train": "learn a vocabulary from text",
    "profile": "count the pretokens of text once, to train from later",
    "encode": "turn text into token ids",
    "decode": "turn token ids back into text",
    "count": "count tokens over a corpus, and how often each occurs",
    "inspect": "show a vocabulary, or how it splits a text",
    "convert": "write a vocabulary in another format",
    "compress": "compress files, or what comes through a pipe",
    "decompress": "decompress files, or a part of them",
    "list": "show what compressed files hold: sizes, ratio, blocks",
    "test": "check that compressed files are whole",
    "cat": "decompress to stdout",
    "bench": "compare with other tokenizers and compressors on your files",
}
"""The commands and what each does, in the order in which `--help` lists them."""

OK, FAILED, USAGE, INTERRUPTED, PIPE_CLOSED = 0, 1, 2, 130, 141
"""Exit codes; the last two are what a shell reports for a process ended by SIGINT and by SIGPIPE."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command.

    Args:
        argv: The arguments after the program's name; `sys.argv[1:]` by default.

    Returns:
        The exit code: 0 done, 1 failed, 2 wrong usage, 130 interrupted, 141 the reader of the output went away.

    Example:
        >>> main(["--version"])  # doctest: +ELLIPSIS
        bytewright ...
        0
    """
    arguments = [
        *(sys.argv[1:] if argv is None else argv)
    ]  # `list` is the command here, once it was imported
    verb = arguments[0] if arguments and arguments[0] in COMMANDS else ""
    try:
        code = _dispatch(arguments)
        if sys.stdout is not None:  # it may be closed
            sys.stdout.flush()
        return code
    except SystemExit as stop:  # argparse ends this way: 0 after --help, 2 after wrong usage
        return stop.code if isinstance(stop.code, int) else OK if stop.code is None else FAILED
    except KeyboardInterrupt:
        _say(verb, "interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        _abandon_stdout()
        return PIPE_CLOSED
    except Exception as error:
        tell(verb, error, _verbosity(arguments))
        return FAILED


def _dispatch(arguments: Sequence[str]) -> int:
    if not arguments:
        sys.stderr.write(_overview())
        return USAGE
    first, rest = arguments[0], arguments[1:]
    if first in ("-h", "--help", "help"):
        if rest and rest[0] in COMMANDS:
            return _dispatch([rest[0], "--help"])
        sys.stdout.write(_overview())
        return OK
    if first in ("-V", "--version"):
        from bytewright.cli.options import version

        sys.stdout.write(f"bytewright {version()}\n")
        return OK
    if first not in COMMANDS:
        return _unknown(first)
    if first == "bench":
        from bytewright.bench import main as bench

        with _ended_by_exceptions():
            return int(bench(rest) or OK)
    from importlib import import_module

    command = import_module(f"bytewright.cli.{first}")
    parsed = command.parser().parse_intermixed_args(rest)
    with _ended_by_exceptions():
        return int(command.run(parsed) or OK)


@contextlib.contextmanager
def _ended_by_exceptions() -> Iterator[None]:
    """SIGTERM and SIGHUP end the block as Ctrl-C does: by an exception, so that nothing half-written stays."""
    import signal

    def end(number: int, _: object) -> NoReturn:
        raise SystemExit(128 + number)

    # One that is ignored, as by nohup, stays so.
    ours = [each for each in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(each) is signal.SIG_DFL]
    try:
        for each in ours:
            signal.signal(each, end)
    except ValueError:  # only the main thread may
        ours = []
    try:
        yield
    finally:
        for each in ours:
            signal.signal(each, signal.SIG_DFL)


def _overview() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:{width}}  {what}" for name, what in COMMANDS.items()]
    return "\n".join(
        [
            "usage: bytewright COMMAND [OPTIONS]",
            "",
            "Train byte-level BPE vocabularies, encode, decode and count with them; compress files.",
            "",
            "commands:",
            *lines,
            "",
            "bytewright COMMAND --help tells more of one, with an example; bytewright --version the version.",
            "A first look, on text that every machine has: bytewright tour",
            "",
        ]
    )


def _unknown(name: str) -> int:
    from difflib import get_close_matches

    if name.startswith("-"):
        problem = f"no option {name} before the command; options follow it: bytewright COMMAND [OPTIONS]"
    else:
        near = get_close_matches(name, COMMANDS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(COMMANDS)}"
        problem = f"no command {name!r}; {hint}"
    _say("", problem)
    return USAGE


def tell(verb: str, error: Exception, verbosity: int) -> None:
    """Tells of an error on one line.

    Args:
        verb: The command.
        error: The error; a defect, or any where tracebacks are wanted, is raised instead.
        verbosity: How often `-v` was given.
    """
    if not _is_expected(error) or _wants_traceback(verbosity):
        raise error
    _say(verb, describe(error))


def _is_expected(error: Exception) -> bool:
    """Whether a user can do something about it; anything else is a defect and keeps its traceback."""
    if isinstance(error, OSError | MemoryError):
        return True
    from bytewright.cli.options import CommandError

    if isinstance(error, CommandError):
        return True
    from bytewright import BytewrightError

    return isinstance(error, BytewrightError)


def describe(error: Exception) -> str:
    """One line that names the thing and the problem."""
    if isinstance(error, OSError) and error.filename is not None and error.strerror:
        names = [
            os.fsdecode(name) for name in (error.filename, error.filename2) if isinstance(name, str | bytes)
        ]
        text = f"{' -> '.join(names) or error.filename}: {error.strerror}"
    elif isinstance(error, MemoryError):
        text = f"out of memory{f': {error}' if str(error) else ''}"
    else:
        text = str(error) or type(error).__name__
    return " ".join(text.split("\n"))


def _wants_traceback(verbosity: int) -> bool:
    return verbosity >= 2 or os.environ.get("BYTEWRIGHT_TRACEBACK", "") not in ("", "0")


def _verbosity(arguments: Sequence[str]) -> int:
    """How often the arguments say `-v`, also where they are wrong."""
    return sum(
        argument.count("v") if argument[1:].strip("v") == "" else argument == "--verbose"
        for argument in arguments
        if argument.startswith("-") and argument != "-"
    )


def _say(verb: str, message: str) -> None:
    with contextlib.suppress(OSError):  # nobody may be left to tell
        sys.stderr.write(f"{' '.join(filter(None, ('bytewright', verb)))}: {message}\n")


def _abandon_stdout() -> None:
    """Points stdout at nothing, so that the interpreter's last flush does not complain about the pipe again."""
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)
    except (OSError, ValueError):  # stdout is closed, or not a file at all
        pass
