"""Are the outputs equal? Asked before anything is timed."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np

import bytewright
from bytewright.bench.documents import Corpus
from bytewright.bench.job import Job
from bytewright.bench.peers import Learned

# Two vocabularies that differ only in how ties were broken compress about equally well: far closer than this.
TIE_TOLERANCE = 0.001
SAMPLE = 5_000_000


def load_learned(job: Job) -> Learned:
    """What a training process kept."""
    tokens, merges = pickle.loads(Path(job.keep or "").read_bytes())
    return Learned(tokens, merges)


def merges(ours: Learned, theirs: Learned) -> str | None:
    """`None` where every merge is equal, in order; else where they part."""
    a, b = ours.merges or [], theirs.merges or []
    if a == b:
        return None
    for number, (left, right) in enumerate(zip(a, b, strict=False)):
        if left != right:
            return (
                f"merge {number} differs: ours {left[0]!r} + {left[1]!r}, theirs {right[0]!r} + {right[1]!r}"
            )
    return f"{len(a):,} merges of ours, {len(b):,} of theirs; the shorter list begins the longer one"


def compression(
    ours: Learned, theirs: Learned, corpus: Corpus, pattern: str | None
) -> tuple[str | None, str]:
    """Bytes per token of two vocabularies on the head of the corpus.

    Returns:
        `None` where they agree within 0.1 %, else what differs; and a note with both figures.
    """
    with corpus.text.open("rb") as file:
        sample = file.read(SAMPLE).decode("utf-8", "ignore")
    figures = []
    for learned in (ours, theirs):
        tokens = [bytes([byte]) for byte in range(256)] + learned.tokens
        tokenizer = bytewright.Tokenizer.from_ranks({t: rank for rank, t in enumerate(tokens)}, pattern, {})
        figures.append(len(sample.encode()) / tokenizer.count(sample, disallowed_special=()))
    shared = len(set(ours.tokens) & set(theirs.tokens)) / max(1, len(ours.tokens))
    note = f"{figures[1]:.4f} bytes per token, ours {figures[0]:.4f}; {shared:.2%} of the tokens are ours too"
    if len(ours.tokens) != len(theirs.tokens):
        return f"{len(ours.tokens):,} tokens of ours, {len(theirs.tokens):,} of theirs", note
    apart = abs(figures[1] / figures[0] - 1)
    return (f"compresses {apart:.2%} apart: {note}" if apart > TIE_TOLERANCE else None), note


def ids(ours: Job, theirs: Job) -> str | None:
    """`None` where all ids of all documents are equal; else the first document that differs."""
    with np.load(ours.keep or "") as a, np.load(theirs.keep or "") as b:
        if np.array_equal(a["ids"], b["ids"]) and np.array_equal(a["offsets"], b["offsets"]):
            return None
        starts, others = a["offsets"], b["offsets"]
        if len(starts) != len(others):
            return f"{len(starts) - 1:,} documents of ours, {len(others) - 1:,} of theirs"
        for document in range(len(starts) - 1):
            x = a["ids"][starts[document] : starts[document + 1]]
            y = b["ids"][others[document] : others[document + 1]]
            if not np.array_equal(x, y):
                same = min(len(x), len(y))
                parted = np.flatnonzero(x[:same] != y[:same])
                at = int(parted[0]) if len(parted) else same
                some, others_ids = x[at : at + 4].tolist(), y[at : at + 4].tolist()
                return f"document {document}, token {at}: ours {some}, theirs {others_ids}"
    return "the ids differ"


def counts(ours: Job, theirs: Job) -> str | None:
    """`None` where each document has as many tokens, or all have in all where one side does not tell; else what differs."""
    a, b = np.load(ours.keep or ""), np.load(theirs.keep or "")
    if len(a) == len(b) and not np.array_equal(a, b):
        document = int(np.flatnonzero(a != b)[0])
        return f"document {document}: {a[document]:,} tokens of ours, {b[document]:,} of theirs"
    if a.sum() != b.sum():
        return f"{a.sum():,} tokens of ours, {b.sum():,} of theirs"
    return None


def texts(theirs: Job, expected: bytes) -> str | None:
    """`None` where decoding gave the documents back; else where it did not."""
    got = Path(theirs.keep or "").read_bytes()
    if got == expected:
        return None
    same = min(len(got), len(expected))
    at = next((i for i in range(same) if got[i] != expected[i]), same)
    return f"byte {at:,} of the decoded text differs"
