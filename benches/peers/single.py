"""Times one text a call, from Python, by its size: as a list and as an array of ids, against gigatoken and tiktoken.

python benches/peers/single.py --rounds 15
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import gigatoken

import bytewright
from bytewright.bench.peers.gigatoken import SCHEMES

# Characters of a text, and how many of them are encoded in turn.
SIZES = {96: 2000, 1_000: 2000, 1_000_000: 5, 10_000_000: 1}
# tiktoken takes seconds for longer ones.
LONGEST_OF_TIKTOKEN = 1_000_000


def measure(call: Callable[[str], Any], texts: list[str]) -> float:
    """Seconds a text."""
    began = time.perf_counter()
    for text in texts:
        call(text)
    return (time.perf_counter() - began) / len(texts)


def as_list(encode: Callable[[str], Any]) -> Callable[[str], list[int]]:
    """The ids as Python's integers."""
    return lambda text: encode(text).tolist()


def main() -> int:
    """Prints how many times as fast we are, for each vocabulary and size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    arguments = parser.parse_args()
    if "BYTEWRIGHT_DATA" not in os.environ:
        parser.error("BYTEWRIGHT_DATA has to name the folder of the unpacked corpora and vocabularies")
    data = Path(os.environ["BYTEWRIGHT_DATA"])
    corpus = (data / "corpora" / "wiki-en.txt").open(encoding="utf-8").read(12_000_000)
    print("| vocabulary, characters | array / gigatoken | list / gigatoken's, as a list | list / tiktoken |")
    print("|---|---|---|---|")
    for name, scheme in (("cl100k_base", "cl100k"), ("o200k_base", "o200k")):
        ours = bytewright.get_encoding(name)
        theirs = gigatoken.Tokenizer.from_tiktoken(
            data / "vocabularies" / f"{name}.tiktoken", SCHEMES[scheme], {}
        )
        for size, count in SIZES.items():
            places = random.Random(1)
            starts = [places.randrange(len(corpus) - size) for _ in range(count)]
            texts = [corpus[start : start + size] for start in starts]
            calls: dict[str, Callable[[str], Any]] = {
                "array": ours.encode_to_numpy,
                "list": ours.encode,
                "gigatoken": theirs.encode,
                "gigatoken list": as_list(theirs.encode),
            }
            if size <= LONGEST_OF_TIKTOKEN:
                calls["tiktoken"] = ours.to_tiktoken().encode
            expected = ours.encode(texts[0])
            if any(list(call(texts[0])) != expected for call in calls.values()):
                print(f"{name}: ids differ", file=sys.stderr)
                return 1
            taken: dict[str, list[float]] = {key: [] for key in calls}
            for _ in range(arguments.rounds):
                for key, call in calls.items():
                    # The first one brings what the others drove out of the processor's cache.
                    taken[key].append(min(measure(call, texts) for _ in range(2)))
            seconds = {key: median(times) for key, times in taken.items()}
            pairs = (("gigatoken", "array"), ("gigatoken list", "list"), ("tiktoken", "list"))
            ratios = [
                f"{seconds[peer] / seconds[mine]:.2f}" if peer in seconds else "" for peer, mine in pairs
            ]
            print(f"| {name}, {size:,} | {' | '.join(ratios)} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
