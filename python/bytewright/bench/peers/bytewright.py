"""Ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from bytewright.bench import documents
from bytewright.bench.job import Job
from bytewright.bench.peers.peer import (
    Ids,
    Learned,
    Offsets,
    Peer,
    UnsupportedError,
    Work,
    on_threads,
    split_ids,
)

NAMES = ("gpt2", "cl100k", "o200k")


class Bytewright(Peer):
    """Bytewright.

    Training takes the file as it lies on disk (`file`), where a separator says what a document is, or the
    documents from memory (`documents`). Encoding takes a document a call (`each`), as tiktoken does, or all
    at once (`batch`). Counting does the same, or takes the file (`file`), where it may also say how often each token
    occurs (`frequencies`).
    """

    name: ClassVar[str] = "bytewright"
    distribution: ClassVar[str] = "bytewright"
    train_modes: ClassVar[tuple[str, ...]] = ("file", "documents")
    encode_modes: ClassVar[tuple[str, ...]] = ("each", "batch", "file")
    count_modes: ClassVar[tuple[str, ...]] = ("batch", "each", "file", "frequencies")

    def train(self, job: Job) -> Work:
        """Prepares `train`."""
        import bytewright

        source: Any
        separator: str | None = None
        if job.mode == "file":
            if job.separator is None:
                raise UnsupportedError("these documents are cut by characters, which a file does not say")
            source, separator = Path(job.text), job.separator
        else:
            source = documents.read_bytes(job.text, job.offsets)
        return lambda: bytewright.train(
            source,
            job.vocab_size,
            pattern=job.pattern,
            separator=separator,
            threads=job.threads,
            progress=False,
        )

    def learned(self, result: Any) -> Learned:
        """Its merges, in order."""
        merges = [(bytes(left), bytes(right)) for left, right in result.merges]
        return Learned([left + right for left, right in merges], merges)

    def _load(self, job: Job) -> Any:
        import bytewright

        folder = Path(job.vocabulary or "")
        ranks = folder / "vocabulary.tiktoken"
        if ranks.exists() and job.regex is not None:
            pattern = job.pattern if job.pattern in NAMES else job.regex
            return bytewright.Tokenizer.load(ranks, pattern=pattern)
        return bytewright.Tokenizer.load(folder / "tokenizer.json")

    def _texts(self, job: Job) -> list[Any]:
        try:
            return documents.read_text(job.text, job.offsets)
        except UnicodeDecodeError:
            return documents.read_bytes(job.text, job.offsets)

    def encode(self, job: Job) -> Work:
        """Prepares `encode_to_numpy`, `encode_batch_to_numpy` or `encode_files`."""
        tokenizer = self._load(job)
        if job.mode == "file":
            return lambda: tokenizer.encode_files(job.text, separator=job.separator, threads=job.threads)
        texts = self._texts(job)
        if job.mode == "each":
            return on_threads(
                lambda text: tokenizer.encode_to_numpy(text, disallowed_special=()), texts, job.threads
            )
        return lambda: tokenizer.encode_batch_to_numpy(texts, disallowed_special=(), threads=job.threads)

    def ids(self, result: Any) -> tuple[Ids, Offsets]:
        """Its ids and offsets."""
        if isinstance(result, list):
            return super().ids(result)
        ids, offsets = result
        return ids, offsets

    def count(self, job: Job) -> Work:
        """Prepares `count`, `count_batch`, `count_files` or `token_frequencies`."""
        tokenizer = self._load(job)
        if job.mode in ("file", "frequencies"):
            method = tokenizer.count_files if job.mode == "file" else tokenizer.token_frequencies
            return lambda: method(job.text, separator=job.separator, threads=job.threads)
        texts = self._texts(job)
        if job.mode == "each":
            return on_threads(lambda text: tokenizer.count(text, disallowed_special=()), texts, job.threads)
        return lambda: tokenizer.count_batch(texts, disallowed_special=(), threads=job.threads)

    def counts(self, result: Any) -> Offsets:
        """Its counts; of frequencies their sum."""
        if isinstance(result, int):
            return np.array([result], dtype=np.int64)
        counts = np.asarray(result)
        return (
            counts.sum(keepdims=True).astype(np.int64)
            if counts.dtype == np.uint64
            else counts.astype(np.int64)
        )

    def decode(self, job: Job) -> Work:
        """Prepares `decode_bytes`, a document a call."""
        tokenizer = self._load(job)
        arrays = split_ids(job)
        return lambda: [tokenizer.decode_bytes(ids) for ids in arrays]


PEER = Bytewright()
