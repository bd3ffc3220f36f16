"""`bytewright bench`: Bytewright beside other tokenizers and compressors, on your machine and on your text.

The outputs are compared before anything is timed. Then every installed peer runs in a fresh process of its
own, the peers taking turns, so that a machine that slows down slows all of them down. `docs/benchmarks.md`
describes the method.

- `arguments` and `command` are what users call.
- `documents` cuts files into documents, the same for everyone.
- `job` says what one process is to do; `worker` does it; `rounds` starts the processes and takes turns.
- `peers` holds one file a tool; `machine` says where it all ran; `report` and `plot` show what came out.
- `adversarial` makes the texts that are slow elsewhere.
- `compression` holds what compares compressors: programs rather than libraries, in files rather than documents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """`bytewright bench …`; returns the exit code."""
    from bytewright.bench import arguments

    asked = arguments.parse(argv)
    if asked.task == "compress":
        from bytewright.bench.compression import command as compression

        return compression.run(asked)
    from bytewright.bench import command

    return command.run(asked)
