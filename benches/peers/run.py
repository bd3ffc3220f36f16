"""Compares with other tokenizers on the corpora of BYTEWRIGHT_DATA, by `bytewright bench`.

python benches/peers/run.py train encode count adversarial --out target/peers
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

CUT = ["--characters", "10000"]
CORPORA = {"wiki-en": [], "multilingual": CUT, "code": CUT, "logs-json": CUT}


def comparisons(
    task: str, data: Path, threads: list[int], vocab_size: int
) -> Iterator[tuple[str, list[str]]]:
    """Name and arguments of each comparison of a task."""
    vocabulary = ["--vocabulary", str(data / "vocabularies" / "o200k_base.tiktoken"), "--pattern", "o200k"]
    if task == "adversarial":
        text = str(data / "corpora" / "wiki-en.txt")
        limits = ["--limit", "10M", "--time-limit", "60", "-T", "1"]
        yield task, ["encode", text, "--adversarial", *limits, *vocabulary]
        return
    corpora = [name for name in CORPORA if task != "train" or name != "logs-json"]
    for count in threads or ([2] if task == "train" else [1, 2]):
        for corpus in corpora:
            text = str(data / "corpora" / f"{corpus}.txt")
            settings = ["--vocab-size", str(vocab_size)] if task == "train" else vocabulary
            yield f"{task}-{corpus}-{count}", [task, text, "-T", str(count), *CORPORA[corpus], *settings]


def show(path: Path) -> None:
    """The ratios of one comparison, a line a peer."""
    report = json.loads(path.read_text(encoding="utf-8"))
    for row in report["results"]:
        if row.get("ratios"):
            ratios = ", ".join(f"{name} {ratio:.2f}" for name, ratio in row["ratios"].items())
            label = f"{row['task']} {row['peer']}:{row['mode']}"
            print(f"  {label:<28} {row['first_seconds']:8.3f} s; ours is faster by: {ratios}")
    for note in report["notes"]:
        print(f"  {note}")


def main() -> int:
    """Runs the comparisons asked for; what `bytewright bench` does not know goes through to it."""
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], epilog="other arguments go to `bytewright bench`"
    )
    parser.add_argument("tasks", nargs="+", choices=("train", "encode", "count", "adversarial"))
    parser.add_argument(
        "--out", type=Path, default=Path("target/peers"), help="folder for a JSON file a comparison"
    )
    parser.add_argument(
        "--threads", type=int, nargs="+", default=[], help="default: 2 to train, else 1 and 2"
    )
    parser.add_argument("--vocab-size", type=int, default=32_000, help="tokens to train")
    parser.add_argument("--only", default="", help="only comparisons whose name holds this")
    arguments, rest = parser.parse_known_args()
    if "BYTEWRIGHT_DATA" not in os.environ:
        parser.error("BYTEWRIGHT_DATA has to name the folder of the unpacked corpora and vocabularies")
    data = Path(os.environ["BYTEWRIGHT_DATA"])
    arguments.out.mkdir(parents=True, exist_ok=True)
    worst = 0
    for task in arguments.tasks:
        for name, asked in comparisons(task, data, arguments.threads, arguments.vocab_size):
            if arguments.only not in name:
                continue
            print(name, flush=True)
            place = arguments.out / f"{name}.json"
            command = [sys.executable, "-m", "bytewright", "bench", *asked, "--json", *rest]
            with place.open("wb") as file:
                status = subprocess.run(command, stdout=file, check=False).returncode
            worst = max(worst, abs(status))
            if place.stat().st_size:
                show(place)
    return min(worst, 1)


if __name__ == "__main__":
    sys.exit(main())
