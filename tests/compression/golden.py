"""Files that every later release has to read: `python -m tests.compression.golden` writes those that are missing.

They are never written again: the bytes of compressed output may change, what old files decode to may not.
"""

from __future__ import annotations

import lzma
from pathlib import Path

from bytewright import bpez, bwz

FOLDER = Path(__file__).parents[1] / "data" / "golden"
ORIGINAL = FOLDER / "original.xz"


def names() -> list[str]:
    """The files: a level each, and what has a form of its own."""
    levels = [f"version-1-level-{level}.bwz" for level in range(1, bwz.MAXIMUM_LEVEL + 1)]
    return [*levels, "version-1-frames.bwz", "version-1-empty.bwz", "blocks.bpez"]


def expected(name: str) -> bytes:
    """What a file decodes to."""
    return b"" if "empty" in name else lzma.decompress(ORIGINAL.read_bytes())


def original() -> bytes:
    """Text of several kinds, long hexadecimal numbers, repetitions, noise: something for every mode, and for every stream."""
    state = 12345

    def draw(most: int) -> int:
        nonlocal state
        state = (state * 6364136223846793005 + 1442695040888963407) % (1 << 64)
        return (state >> 33) % most

    syllables = [
        "ba",
        "ke",
        "Li",
        "mo",
        "tun",
        "ra",
        "sis",
        "or",
        "ent",
        "ul",
        "été",
        "straße",
        "мир",
        "東",
        "京",
    ]
    words = ["".join(syllables[draw(len(syllables))] for _ in range(1 + draw(3))) for _ in range(400)]
    lines = []
    for number in range(3500):
        picked = [words[min(draw(400), draw(400), draw(400), draw(400))] for _ in range(3 + draw(9))]
        line = " ".join(picked)
        kind = draw(8)
        if kind == 0:
            line = f"{line.capitalize()}, {draw(10**6)} and {draw(100)}.{draw(100):02}!"
        elif kind == 1:
            line = f'{{"id": "{draw(1 << 31):08x}{draw(1 << 31):08x}", "text": "{line}"}}'
        elif kind == 2:
            line = line.upper()
        lines.append(line + ("\r\n" if number % 100 == 0 else "\n"))
    text = "".join(lines).encode()
    noise = bytes(draw(256) for _ in range(5000))
    return text + noise + bytes(3000) + text[1000:9000] + b"\xff\xfe broken \xc3" + noise[:500]


def main() -> None:
    """Writes the files that are missing."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    if not ORIGINAL.exists():
        ORIGINAL.write_bytes(lzma.compress(original(), preset=9))
    for name in names():
        path = FOLDER / name
        if path.exists():
            continue
        data = expected(name)
        if name.endswith(".bpez"):
            path.write_bytes(bpez.compress(data, block_size=1 << 15))
        elif "frames" in name:
            half = len(data) // 2
            first = bwz.compress(data[:half], 1, block_size=1 << 12) + bwz.skippable_frame(b"between")
            path.write_bytes(first + bwz.compress(data[half:], 1, block_size=1 << 20))
        else:
            level = int(name[-5]) if "level" in name else None
            path.write_bytes(bwz.compress(data, level, block_size=1 << 14))


if __name__ == "__main__":
    main()
