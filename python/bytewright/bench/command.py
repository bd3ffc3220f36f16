"""The command: compares outputs, takes the times, prints."""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

import bytewright
from bytewright.bench import (
    adversarial,
    compare,
    documents,
    machine,
    peers,
    plot,
    report,
    rounds,
    vocabularies,
)
from bytewright.bench.job import Job
from bytewright.bench.notes import Notes
from bytewright.bench.rounds import Entry
from bytewright.cli import options, terminal

# Decoding is fast, and lists of ids are large: so much text is enough.
DECODE_BYTES = 20_000_000


def run(arguments: argparse.Namespace) -> int:
    """Runs a benchmark.

    Returns:
        0, or 1 where an output differed or a peer failed.
    """
    if arguments.plot:
        plot.require(arguments.plot)
    with tempfile.TemporaryDirectory(prefix="bytewright-bench-") as folder:
        return _Benchmark(arguments, Path(folder)).run()


class _Benchmark:
    """One call of the command."""

    def __init__(self, arguments: argparse.Namespace, folder: Path) -> None:
        self.arguments = arguments
        self.folder = folder
        self.threads: int = arguments.threads or int(os.environ.get("BYTEWRIGHT_THREADS") or machine.cores())
        self.limit: int | None = arguments.limit or None
        self.notes = Notes(arguments.quiet)
        self.bad = False
        self.rows: list[dict[str, Any]] = []
        self.tables: list[str] = []

    def run(self) -> int:
        """Prepares, compares, measures, prints."""
        self.corpus = documents.prepare(
            self.arguments.files,
            self.folder,
            separator=self.arguments.separator,
            characters=self.arguments.characters,
            limit=self.limit,
        )
        self._prepare_vocabulary()
        absent = self._absent()
        if self.arguments.task == "train":
            self._train()
        elif self.arguments.task == "count":
            self._count()
        else:
            self._encode()
            self._decode()
            if self.arguments.adversarial:
                self._adversarial()
        self._print(absent)
        return 1 if self.bad else 0

    def _prepare_vocabulary(self) -> None:
        """Every form of the vocabulary under test; for training, of the 256 bytes: it carries the pattern."""
        folder = self.folder / "vocabulary"
        asked = self.arguments.pattern
        if self.arguments.task == "train":
            self.pattern = asked or "gpt2"
            tokenizer = bytewright.Tokenizer.from_ranks({bytes([b]): b for b in range(256)}, self.pattern, {})
        elif self.arguments.vocabulary:
            tokenizer = options.load_vocabulary(self.arguments.vocabulary, asked)
            self.pattern = asked or tokenizer.pattern
        else:
            self.pattern = asked or "gpt2"
            self.notes.say(
                f"no --vocabulary: training {self.arguments.vocab_size:,} tokens on these documents"
            )
            texts = documents.read_bytes(str(self.corpus.text), str(self.corpus.offsets))
            tokenizer = bytewright.train(
                texts, self.arguments.vocab_size, pattern=self.pattern, threads=self.threads, progress=False
            )
        self.regex = tokenizer.tiktoken_pattern
        vocabularies.prepare(tokenizer, folder)
        self.vocabulary = folder

    def _entries(self, task: str) -> list[Entry]:
        """Those to compare: asked for, or all; installed; ours first."""
        asked = [part.strip() for part in (self.arguments.peers or "").split(",") if part.strip()]
        for part in asked:
            if part.partition(":")[0] not in peers.PEERS:
                raise options.CommandError(f"no peer {part!r}; there are {', '.join(peers.PEERS)}")
        made = []
        for name in peers.PEERS:
            peer = peers.load(name)
            modes = self._modes(peer, task, asked)
            if modes and peer.version() is not None:
                made += [Entry(self._job(task, name, mode)) for mode in modes]
        return made

    def _modes(self, peer: peers.Peer, task: str, asked: Sequence[str]) -> list[str]:
        known = _known_modes(peer, task)
        named = [part.partition(":")[2] for part in asked if part.partition(":")[0] == peer.name]
        for mode in named:
            if mode and mode not in known:
                raise options.CommandError(
                    f"{peer.name} has no mode {mode!r} here; there are {', '.join(known) or 'none'}"
                )
        chosen = [mode for mode in named if mode]
        if not chosen:
            if peer.name == "bytewright":
                by_file = task != "train" or self.corpus.separator is not None
                chosen = [mode for mode in known if mode != "file" or by_file]
            elif named or not asked:
                first = known if task == "count" else known[:1]
                chosen = [mode for mode in known if mode in first or (mode == "file" and task == "encode")]
        return chosen[:1] if task == "decode" else chosen

    def _job(self, task: str, name: str, mode: str) -> Job:
        separator = self.corpus.separator
        return Job(
            task=task,
            peer=name,
            mode=mode,
            text=str(self.corpus.text),
            offsets=str(self.corpus.offsets),
            separator=None if separator is None else separator.decode("utf-8", "surrogateescape"),
            pattern=self.pattern,
            regex=self.regex,
            vocab_size=self.arguments.vocab_size,
            vocabulary=str(self.vocabulary),
            threads=1 if task == "decode" else self.threads,
            passes=1 if task == "train" else self.arguments.passes,
            touch=self.arguments.touch,
        )

    def _absent(self) -> list[str]:
        lines = []
        for name in peers.PEERS:
            peer = peers.load(name)
            if _known_modes(peer, self.arguments.task) and peer.version() is None:
                install = f"pip install {peer.distribution}, or pip install 'bytewright[bench]' for all"
                lines.append(f"{name} is not installed: {install}")
        return lines

    def _outputs(self, entries: Sequence[Entry]) -> list[Entry]:
        """Runs each entry once, untimed, and keeps what it gave; those that fail are left out, and say so."""
        good = []
        for entry in entries:
            keep = str(self.folder / f"{entry.job.task}-{entry.job.peer}-{entry.job.mode}.out")
            entry.job = replace(entry.job, keep=keep, passes=1, touch=0)
            self.notes.say(f"{entry.job.task}, {entry.label}: output to compare")
            try:
                rounds.once(entry.job, self.folder, self.arguments.time_limit)
            except peers.UnsupportedError as error:
                self.notes.add(f"{entry.label}: left out: {error}")
                continue
            except rounds.FailedError as error:
                self._fail(entry, str(error))
                continue
            good.append(entry)
        return good

    def _fail(self, entry: Entry, why: str) -> None:
        entry.problem = why
        self.bad = True
        self.notes.add(f"{entry.label}: NOT TIMED: {why}")

    def _time(self, entries: Sequence[Entry]) -> None:
        passes = 1 if self.arguments.task == "train" else self.arguments.passes
        for entry in entries:
            entry.job = replace(entry.job, keep=None, passes=passes, touch=self.arguments.touch)
        rounds.measure(entries, self.folder, self.arguments.runs, self.arguments.time_limit, self.notes.say)
        for entry in entries:
            if entry.problem is not None:
                self.bad = True
                self.notes.add(f"{entry.label}: {entry.problem}")

    def _train(self) -> None:
        good = self._outputs(self._entries("train"))
        equal: list[Entry] = []
        reference = compare.load_learned(good[0].job) if good else None
        for entry in good:
            if reference is None or entry is good[0]:
                equal.append(entry)
                continue
            learned = compare.load_learned(entry.job)
            peer = peers.load(entry.job.peer)
            if peer.exact_merges:
                differs = compare.merges(reference, learned)
                agrees = f"all {len(reference.merges or []):,} merges equal, in order"
            else:
                differs, agrees = compare.compression(reference, learned, self.corpus, self.pattern)
                agrees = f"merges not compared, ties go to {peer.tie_rule}: {agrees}"
            if differs is None:
                self.notes.add(f"{entry.label}: {agrees}")
                equal.append(entry)
            else:
                self._fail(entry, differs)
        self._time(equal)
        self.rows += report.as_json(equal, self.corpus.size)
        title = f"training {self.arguments.vocab_size:,} tokens, pattern {self.pattern}"
        self.tables += [title, *report.training(equal, self.corpus.size)]

    def _by_file(self, entry: Entry) -> bool:
        """Whether the file as it lies on disk is taken, and is one document, since no separator is known."""
        return entry.job.mode in ("file", "frequencies") and self.corpus.separator is None

    def _encode(self) -> None:
        """Encodes documents from memory, and the file as it lies on disk."""
        equal: list[Entry] = []
        references: dict[bool, Entry] = {}
        for entry in self._outputs(self._entries("encode")):
            reference = references.setdefault(self._by_file(entry), entry)
            differs = None if entry is reference else compare.ids(reference.job, entry.job)
            if differs is None:
                equal.append(entry)
            else:
                self._fail(entry, differs)
        if len(equal) > 1:
            self.notes.add(f"all ids equal: {', '.join(entry.label for entry in equal)}")
        self.reference_ids = references[False].job.keep if False in references else None
        self._time(equal)
        self.rows += report.as_json(equal, self.corpus.size)
        title = f"encoding, vocabulary {self.arguments.vocabulary or 'trained here'}"
        self.tables += [title, *report.speeds(equal, self.corpus.size)]

    def _count(self) -> None:
        """Counts documents from memory, and the file as it lies on disk, which is one document where no separator is known."""
        equal: list[Entry] = []
        references: dict[bool, Entry] = {}
        for entry in self._outputs(self._entries("count")):
            reference = references.setdefault(self._by_file(entry), entry)
            differs = None if reference is entry else compare.counts(reference.job, entry.job)
            if differs is None:
                equal.append(entry)
            else:
                self._fail(entry, differs)
        if len(equal) > 1:
            self.notes.add(f"all counts equal: {', '.join(entry.label for entry in equal)}")
        self._time(equal)
        self.rows += report.as_json(equal, self.corpus.size)
        title = f"counting, vocabulary {self.arguments.vocabulary or 'trained here'}"
        self.tables += [title, *report.speeds(equal, self.corpus.size)]

    def _decode(self) -> None:
        """Decodes the ids of the first documents."""
        if self.reference_ids is None:
            return
        ends = np.load(self.corpus.offsets)
        count = max(1, int(np.searchsorted(ends, DECODE_BYTES, side="right")) - 1)
        with np.load(self.reference_ids) as stored:
            offsets = stored["offsets"][: count + 1]
            ids = stored["ids"][: offsets[-1]]
        place = self.folder / "decode.npz"
        np.savez(place, ids=ids, offsets=offsets)
        expected = self.corpus.text.read_bytes()[: int(ends[count])]
        entries = self._entries("decode")
        for entry in entries:
            entry.job = replace(entry.job, ids=str(place))
        equal = []
        for entry in self._outputs(entries):
            differs = compare.texts(entry.job, expected)
            if differs is None:
                equal.append(entry)
            else:
                self._fail(entry, differs)
        self._time(equal)
        self.rows += report.as_json(equal, len(expected))
        self.tables += [
            "",
            f"decoding {terminal.size(len(expected))}, one thread",
            *report.speeds(equal, len(expected)),
        ]

    def _adversarial(self) -> None:
        """Times each peer on texts of equal size, against its own time for prose."""
        size = min(self.limit or adversarial.MAX_BYTES, adversarial.MAX_BYTES)
        made = adversarial.texts(self.corpus.text.read_bytes(), size)
        entries = [
            entry
            for entry in self._entries("encode")
            if entry.job.mode == peers.load(entry.job.peer).encode_modes[0]
        ]
        rows = [["", *(entry.label for entry in entries)]]
        prose: dict[str, float] = {}
        for name, text in made.items():
            place = self.folder / "adversarial.txt"
            place.write_bytes(text)
            np.save(self.folder / "adversarial.npy", np.array([0, len(text)], dtype=np.int64))
            cells = []
            for entry in entries:
                job = replace(
                    entry.job,
                    text=str(place),
                    offsets=str(self.folder / "adversarial.npy"),
                    passes=1,
                    threads=1,
                )
                self.notes.say(f"{name}, {entry.label}")
                try:
                    answer = rounds.once(job, self.folder, self.arguments.time_limit)
                except (peers.UnsupportedError, rounds.FailedError) as error:
                    cells.append(str(error)[:40])
                    continue
                per_byte = answer.wall[0] / len(text)
                prose.setdefault(entry.label, per_byte)
                cells.append(
                    f"{terminal.rate(len(text), answer.wall[0])} ({per_byte / prose[entry.label]:.1f}× prose)"
                )
                self.rows.append(
                    {
                        "task": "adversarial",
                        "text": name,
                        "peer": job.peer,
                        "mode": job.mode,
                        "bytes": len(text),
                        "first_seconds": answer.wall[0],
                        "times_prose": per_byte / prose[entry.label],
                        "runs": [{"wall": answer.wall, "cpu": answer.cpu}],
                    }
                )
            rows.append([name, *cells])
        self.tables += [
            "",
            f"texts of {terminal.size(size)}, one document, one thread, a fresh process each",
            *terminal.table(rows, "<" + ">" * len(entries)),
        ]

    def _print(self, absent: Sequence[str]) -> None:
        if self.arguments.json:
            print(
                json.dumps(
                    {
                        "task": self.arguments.task,
                        "corpus": [{"path": p, "bytes": b, "sha256": s} for p, b, s in self.corpus.files],
                        "documents": self.corpus.count,
                        "rule": self.corpus.rule,
                        "threads": self.threads,
                        "machine": machine.describe(),
                        "versions": {name: peers.load(name).version() for name in peers.PEERS},
                        "pattern": self.pattern,
                        "vocab_size": self.arguments.vocab_size,
                        "vocabulary": self.arguments.vocabulary,
                        "results": self.rows,
                        "notes": self.notes.lines,
                        "absent": list(absent),
                    },
                    indent=1,
                )
            )
        else:
            lines = [*report.head(self.corpus, self.threads, self.arguments.runs), "", *self.tables]
            if self.notes.lines or absent:
                lines += ["", *self.notes.lines, *absent]
            print("\n".join(lines))
        if self.arguments.plot:
            timed = [row for row in self.rows if row["task"] != "adversarial"]
            names = ", ".join(Path(path).name for path, _, _ in self.corpus.files)
            plot.draw(timed, f"{names}, {terminal.plural(self.threads, 'thread')}", self.arguments.plot)


def _known_modes(peer: peers.Peer, task: str) -> tuple[str, ...]:
    """The ways to call a peer for a task; decoding goes by the modes of encoding."""
    return {"train": peer.train_modes, "count": peer.count_modes}.get(task, peer.encode_modes)
