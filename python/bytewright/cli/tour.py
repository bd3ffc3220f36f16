"""`bytewright tour`: the main job on real text, once through."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bytewright.cli import options, terminal
from bytewright.cli.options import CommandError
from bytewright.cli.stages import Stages

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from bytewright import Tokenizer

EXAMPLE = """
bytewright tour
bytewright tour enwik9 --vocab-size 64000
"""

WIDTH = 78
LONGEST = 6
DECODED = 1 << 22
"""Ids decoded at a time: a large file need not fit into memory a third time."""


def parser() -> argparse.ArgumentParser:
    """The arguments."""
    parser = options.make_parser(
        "tour",
        "Does the main job on real text and shows how it went: trains a vocabulary, encodes the text with it, decodes it and\n"
        "compares, saves the vocabulary and loads it again, and encodes the same text with tiktoken and tokenizers where they\n"
        "are installed. The text is the source of Python's standard library, or your own. Nothing is downloaded or kept.",
        EXAMPLE,
    )
    parser.add_argument(
        "files", nargs="*", metavar="FILE", help="plain text of your own: files, globs or folders"
    )
    parser.add_argument(
        "--vocab-size", type=options.positive, default=32_000, metavar="N", help="tokens (default: 32,000)"
    )
    parser.add_argument(
        "--pattern",
        default="gpt2",
        metavar="PATTERN",
        help="how text is split: gpt2 (default), cl100k, o200k, none or a regex",
    )
    options.add_threads(parser)
    options.add_json(parser, "all figures")
    return parser


def run(args: argparse.Namespace) -> int:
    """Runs the command."""
    from bytewright.cli import inputs, tour_text

    with inputs.opened(args.files) as files, tempfile.TemporaryDirectory(prefix="bytewright-tour-") as folder:
        files = files or tour_text.standard_library()
        tour_text.check(files)
        tour = Tour(args, files, Path(folder))
        tour.run()
    if args.json:
        import json

        sys.stdout.write(json.dumps(tour.facts, ensure_ascii=False, indent=2) + "\n")
    return (
        0 if tour.facts["decode"]["equal"] and all(peer["ids_equal"] for peer in tour.facts["peers"]) else 1
    )


class Tour:
    """One tour; each step shows its line as soon as it is done."""

    def __init__(self, args: argparse.Namespace, files: Sequence[Path], folder: Path) -> None:
        """Looks at the text.

        Args:
            args: The arguments of the command.
            files: Plain text.
            folder: For what is saved.
        """
        self.args, self.files, self.folder = args, files, folder
        self.size = sum(path.stat().st_size for path in files)
        self.colour = terminal.use_colour(sys.stdout)
        self.facts: dict[str, Any] = {
            "version": options.version(),
            "text": {"files": len(files), "bytes": self.size, "first": str(files[0])},
            "pattern": args.pattern,
            "peers": [],
        }

    def run(self) -> None:
        """All steps."""
        self._introduce()
        tokenizer = self._train()
        self._encode_and_decode(tokenizer)
        self._save_and_load(tokenizer)
        self._longest(tokenizer)
        self._compare()

    def _show(self, line: str = "") -> None:
        if not self.args.json:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()

    def _step(self, name: str, taken: float, result: str, count: int = 0) -> None:
        speed = terminal.rate(count, taken) if count else ""
        self._show(f"  {name:<20}{terminal.seconds(taken):>9}  {speed:>10}   {result}")

    def _introduce(self) -> None:
        what = "your text" if self.args.files else "the source of Python's standard library"
        title = f"Bytewright {self.facts['version']} on {what}"
        count = terminal.plural(len(self.files), "file")
        where = str(self.files[0] if len(self.files) == 1 else os.path.commonpath(self.files))
        head = f"{count}, {terminal.size(self.size)}, {terminal.plural(self.facts_threads(), 'thread')}; "
        self._show(terminal.bold(title, self.colour))
        self._show(f"{head}{terminal.clip(where, WIDTH - len(head))}")
        self._show()

    def facts_threads(self) -> int:
        """How many threads the steps use; kept with the facts."""
        threads: int = self.args.threads or options.default_threads()
        self.facts["threads"] = threads
        return threads

    def _train(self) -> Tokenizer:
        import bytewright

        stages = Stages(self.args)
        started = time.perf_counter()
        tokenizer = bytewright.train(
            list(self.files),
            self.args.vocab_size,
            pattern=options.resolve_pattern(self.args.pattern),
            threads=self.args.threads,
            progress=stages,
        )
        taken = time.perf_counter() - started
        stages.finish()
        merges = len(tokenizer.merges)
        self.facts["train"] = {"seconds": taken, "tokens": len(tokenizer), "merges": merges}
        self._step(f"train {len(tokenizer):,} tokens", taken, f"{merges:,} merges", self.size)
        return tokenizer

    def _encode_and_decode(self, tokenizer: Tokenizer) -> None:
        stages = Stages(self.args)
        started = time.perf_counter()
        ids, offsets = tokenizer.encode_files(list(self.files), threads=self.args.threads, progress=stages)
        taken = time.perf_counter() - started
        stages.finish()
        each = self.size / max(1, len(ids))
        self.facts["encode"] = {"seconds": taken, "tokens": len(ids), "bytes_per_token": each}
        self._step("encode", taken, f"{len(ids):,} tokens, {each:.2f} bytes each", self.size)

        taken, equal = 0.0, True
        for number, path in enumerate(self.files):
            start, end = int(offsets[number]), int(offsets[number + 1])
            with path.open("rb") as file:
                for place in range(start, end, DECODED):
                    part = ids[place : min(end, place + DECODED)]
                    started = time.perf_counter()
                    data = tokenizer.decode_bytes(part)
                    taken += time.perf_counter() - started
                    equal = equal and data == file.read(len(data))
                equal = equal and not file.read(1)
        self.facts["decode"] = {"seconds": taken, "equal": equal}
        self._step(
            "decode",
            taken,
            "equal to the files, byte for byte" if equal else "NOT EQUAL to the files",
            self.size,
        )

    def _save_and_load(self, tokenizer: Tokenizer) -> None:
        from bytewright import Tokenizer

        started = time.perf_counter()
        tokenizer.save(self.folder, format="tokenizer.json")
        saved = time.perf_counter() - started
        started = time.perf_counter()
        self.loaded = Tokenizer.load(self.folder)
        loaded = time.perf_counter() - started
        same = self.loaded == tokenizer
        size = (self.folder / "tokenizer.json").stat().st_size
        self.facts["save"] = {"seconds": saved, "bytes": size}
        self.facts["load"] = {"seconds": loaded, "equal": same}
        self._step("save", saved, f"tokenizer.json, {terminal.size(size)}")
        self._step("load", loaded, "equal to what was saved" if same else "NOT EQUAL to what was saved")
        if not same:
            raise CommandError("the vocabulary that was loaded is not the one that was saved")

    def _longest(self, tokenizer: Tokenizer) -> None:
        from bytewright.cli.summary import longest_lines, longest_tokens

        longest = longest_tokens(tokenizer, LONGEST)
        self.facts["longest"] = longest
        self._show()
        self._show(terminal.bold("Longest tokens", self.colour))
        for line in longest_lines(longest):
            self._show(line)

    def _compare(self) -> None:
        from bytewright.cli import tour_peers

        missing = tour_peers.missing()
        rows = [("", "text", "theirs", "ours", "", "ids")]
        for name in tour_peers.BYTES:
            if name in missing:
                continue
            from bytewright import Tokenizer

            found = tour_peers.compare(name, Tokenizer.load(self.folder), self.folder, self.files)
            if found is None:
                continue
            self.facts["peers"].append(
                {
                    "peer": name,
                    "version": found.version,
                    "bytes": found.bytes,
                    "theirs_seconds": found.theirs,
                    "ours_seconds": found.ours,
                    "ratio": found.theirs / found.ours,
                    "ids_equal": found.equal,
                }
            )
            whole = "all" if found.bytes >= self.size * 0.999 else "first"
            rows.append(
                (
                    f"{name} {found.version}",
                    f"{whole} {terminal.size(found.bytes)}",
                    terminal.rate(found.bytes, found.theirs),
                    terminal.rate(found.bytes, found.ours),
                    f"{found.theirs / found.ours:.1f}×",
                    "equal" if found.equal else "DIFFERENT",
                )
            )
        self._show()
        if len(rows) > 1:
            self._show(terminal.bold("The same text and vocabulary elsewhere", self.colour))
            self._show("  encoding file by file, one thread, the first pass of each")
            for line in terminal.table(rows, "<>>>><", gap="   "):
                self._show(line)
        if missing:
            self._show(f"For a comparison: pip install {' '.join(missing)}, and take the tour again.")
