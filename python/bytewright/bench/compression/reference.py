"""The process that runs the plain Python of BPEZ, called as the command is: `python -m bytewright.bench.compression.reference compress … FILE`.

Of the arguments only the first and the last are looked at; the result goes to stdout.
"""

from __future__ import annotations

import sys
from pathlib import Path

from bytewright.reference import bpez


def main(arguments: list[str]) -> None:
    """Entry of the process.

    Args:
        arguments: `compress` or `decompress`, what does not matter here, and the file.
    """
    work = {"compress": bpez.compress, "decompress": bpez.decompress}[arguments[0]]
    sys.stdout.buffer.write(work(Path(arguments[-1]).read_bytes()))


if __name__ == "__main__":
    main(sys.argv[1:])
