"""What one fresh process of the benchmark is asked to do, and what it answers."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Job:
    """One process: one peer, one task.

    Attributes:
        task: `train`, `encode`, `decode` or `count`.
        peer: Name of the peer, as in `peers.PEERS`.
        mode: How the peer is called (see the peer's `modes`).
        text: File with all documents, one after the other.
        offsets: `.npy` with where each document begins in it, in bytes, and the end: (D + 1,) int64.
        separator: What each document ends with, where the documents are defined so.
        pattern: Name of the pattern, or a regular expression.
        regex: The pattern as tiktoken spells it.
        vocab_size: Tokens to train.
        vocabulary: Folder that `vocabularies.prepare` filled.
        threads: Threads that the peer may use.
        passes: How often the work is done in the process; the first pass is reported apart.
        touch: Bytes of memory to touch before the clock starts.
        keep: Where the output goes when it is to be compared with the others'.
        ids: `.npz` with `ids` and `offsets`, for decoding.
    """

    task: str
    peer: str
    mode: str
    text: str
    offsets: str
    separator: str | None = None
    pattern: str | None = "gpt2"
    regex: str | None = None
    vocab_size: int = 32_000
    vocabulary: str | None = None
    threads: int = 1
    passes: int = 1
    touch: int = 0
    keep: str | None = None
    ids: str | None = None

    def to_json(self) -> str:
        """The job as one line."""
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_json(cls, line: str) -> Job:
        """The job that `to_json` wrote."""
        return cls(**json.loads(line))


@dataclass
class Answer:
    """What a process measured.

    Attributes:
        wall: Seconds of each pass by the clock.
        cpu: Seconds of processor time of each pass, all threads together.
        memory: Peak resident memory during the passes above what the process held before them, in bytes.
        prepared: Seconds spent before the clock started (imports, loading, touching memory).
        notes: Whatever else is worth keeping.
    """

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    memory: int = 0
    prepared: float = 0.0
    notes: dict[str, Any] = field(default_factory=dict)

    def save(self, path: Path) -> None:
        """Writes the answer as JSON."""
        path.write_text(json.dumps(dataclasses.asdict(self)), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Answer:
        """Reads what `save` wrote."""
        return cls(**json.loads(path.read_text(encoding="utf-8")))
