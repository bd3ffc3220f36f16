"""Compares with other tokenizers and compressors on the corpora of BYTEWRIGHT_DATA, by `bytewright bench`.

python benches/peers/run.py train encode count adversarial compress --out target/peers
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import geometric_mean

CUT = ["--characters", "10000"]
CORPORA = {
    "wiki-en": ["--limit", "100M"],
    "multilingual": [*CUT, "--limit", "40M"],
    "code": CUT,
    "logs-json": CUT,
}
# File and pattern of each vocabulary.
VOCABULARIES = {
    "gpt2": ("r50k_base.tiktoken", "gpt2"),
    "cl100k": ("cl100k_base.tiktoken", "cl100k"),
    "o200k": ("o200k_base.tiktoken", "o200k"),
}


def comparisons(
    task: str, data: Path, threads: list[int], vocab_size: int
) -> Iterator[tuple[str, list[str]]]:
    """Name and arguments of each comparison of a task."""
    vocabularies = {
        name: ["--vocabulary", str(data / "vocabularies" / file), "--pattern", pattern]
        for name, (file, pattern) in VOCABULARIES.items()
    }
    if task == "adversarial":
        text = str(data / "corpora" / "wiki-en.txt")
        limits = ["--limit", "10M", "--time-limit", "60", "-T", "1"]
        yield task, ["encode", text, "--adversarial", *limits, *vocabularies["o200k"]]
        return
    if task == "compress":
        names = ["enwik8-head.xml", *(f"{name}.txt" for name in CORPORA)]
        files = [str(data / "corpora" / name) for name in names]
        for count in threads or [2]:
            yield f"{task}-{count}", [task, *files, "-T", str(count), "--limit", "100M"]
        return
    corpora = [name for name in CORPORA if task != "train" or name != "logs-json"]
    for count in threads or ([2] if task == "train" else [1, 2]):
        for corpus in corpora:
            text = str(data / "corpora" / f"{corpus}.txt")
            asked = [task, text, "-T", str(count)]
            if task == "train":
                # All of the file.
                cut = CUT if CORPORA[corpus][:2] == CUT else []
                yield f"{task}-{corpus}-{count}", [*asked, *cut, "--vocab-size", str(vocab_size)]
                continue
            for name, vocabulary in vocabularies.items():
                yield f"{task}-{name}-{corpus}-{count}", [*asked, *CORPORA[corpus], *vocabulary]


def show(path: Path) -> None:
    """The ratios of one comparison, a line a peer."""
    report = json.loads(path.read_text(encoding="utf-8"))
    for row in report["results"]:
        if row["task"] == "compress" and "percent" in row:
            label = f"{Path(row['path']).stem} {row['peer']}:{row['mode']}"
            speeds = [row[direction]["megabytes_per_second"] or 0 for direction in ("compress", "decompress")]
            print(f"  {label:<34} {row['percent']:6.2f} %, {speeds[0]:8.1f} / {speeds[1]:8.1f} MB/s")
        elif row.get("ratios"):
            ratios = ", ".join(f"{name} {ratio:.2f}" for name, ratio in row["ratios"].items())
            label = f"{row['task']} {row['peer']}:{row['mode']}"
            print(f"  {label:<28} {row['first_seconds']:8.3f} s; ours is faster by: {ratios}")
    for note in report["notes"]:
        print(f"  {note}")


def table(reports: dict[str, Path], peer: str) -> list[str]:
    """What the README shows, in Markdown: how many times as fast as a peer, first pass and best, by corpus and mode.

    Each figure is the geometric mean over vocabularies and threads; behind it stands the lowest of them.
    """
    cells: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for name, path in reports.items():
        corpus = name.split("-", 2)[2].rsplit("-", 1)[0]
        rows = json.loads(path.read_text(encoding="utf-8"))["results"]
        ours = {row["mode"]: row for row in rows if row["peer"] == "bytewright" and row["task"] != "decode"}
        for row in rows:
            if row["peer"] == peer and row["task"] != "decode" and row["mode"] in ours:
                mine = ours[row["mode"]]
                first = row["first_seconds"] / mine["first_seconds"]
                best = row["best_seconds"] / mine["best_seconds"]
                cells.setdefault((corpus, row["mode"]), []).append((first, best))
    lines = [f"| against {peer} | first pass | lowest | best pass | lowest |", "|---|---|---|---|---|"]
    for (corpus, mode), pairs in cells.items():
        first, best = ([pair[i] for pair in pairs] for i in (0, 1))
        shown = [geometric_mean(first), min(first), geometric_mean(best), min(best)]
        lines.append(f"| {corpus}, {mode} | " + " | ".join(f"{ratio:.2f}" for ratio in shown) + " |")
    return lines


def main() -> int:
    """Runs the comparisons asked for; what `bytewright bench` does not know goes through to it."""
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], epilog="other arguments go to `bytewright bench`"
    )
    parser.add_argument("tasks", nargs="+", choices=("train", "encode", "count", "adversarial", "compress"))
    parser.add_argument(
        "--out", type=Path, default=Path("target/peers"), help="folder for a JSON file a comparison"
    )
    parser.add_argument(
        "--threads", type=int, nargs="+", default=[], help="default: 2 to train and to compress, else 1 and 2"
    )
    parser.add_argument("--vocab-size", type=int, default=32_000, help="tokens to train")
    parser.add_argument("--only", default="", help="only comparisons whose name holds this")
    arguments, rest = parser.parse_known_args()
    if "BYTEWRIGHT_DATA" not in os.environ:
        parser.error("BYTEWRIGHT_DATA has to name the folder of the unpacked corpora and vocabularies")
    data = Path(os.environ["BYTEWRIGHT_DATA"])
    arguments.out.mkdir(parents=True, exist_ok=True)
    worst = 0
    made: dict[str, dict[str, Path]] = {}
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
                made.setdefault(task, {})[name] = place
    for task in ("encode", "count"):
        if task in made:
            print("\n".join(["", f"{task}:", "", *table(made[task], "gigatoken")]))
    return min(worst, 1)


if __name__ == "__main__":
    sys.exit(main())
