"""gigatoken: trains with GPT-2's pattern, encodes batches of documents."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from bytewright.bench import documents
from bytewright.bench.job import Job
from bytewright.bench.peers.peer import Ids, Learned, Offsets, Peer, UnsupportedError, Work, split_ids

# Its names of the schemes that a .tiktoken file needs.
SCHEMES = {"gpt2": "gpt2", "cl100k": "gpt4", "o200k": "o200k"}


class Gigatoken(Peer):
    """gigatoken.

    It drops the separators of files, while ours stay in the documents that they end: so it gets the documents
    joined by a NUL, which none of them holds, as a file (`file`) or as bytes in memory (`memory`).
    """

    name: ClassVar[str] = "gigatoken"
    distribution: ClassVar[str] = "gigatoken"
    train_modes: ClassVar[tuple[str, ...]] = ("file", "memory")
    encode_modes: ClassVar[tuple[str, ...]] = ("batch", "file")
    count_modes: ClassVar[tuple[str, ...]] = ("batch", "file")

    def train(self, job: Job) -> Work:
        """Prepares `train_bpe`."""
        if job.pattern != "gpt2":
            raise UnsupportedError("gigatoken trains with GPT-2's pattern only (--pattern gpt2)")
        import gigatoken

        joined = documents.join_with_nul(documents.read_bytes(job.text, job.offsets))
        source: Any = joined
        separator: bytes | None = b"\0"
        if job.mode == "file":
            place = Path(job.text).with_suffix(".nul")
            if not place.exists():
                place.write_bytes(joined)
            source = gigatoken.TextFileSource([str(place)], separator=b"\0")
            separator = None
        del joined
        return lambda: gigatoken.train_bpe(source, job.vocab_size, [], separator=separator)

    def learned(self, result: Any) -> Learned:
        """Its merges, in order."""
        _, merges = result
        return Learned([left + right for left, right in merges], merges)

    def _load(self, job: Job) -> Any:
        import awkward
        import gigatoken

        # Imported lazily by its first batch otherwise, inside the time that is measured.
        awkward.Array([[1], [2, 3]])
        folder = Path(job.vocabulary or "")
        ranks = folder / "vocabulary.tiktoken"
        scheme = SCHEMES.get(job.pattern or "")
        if scheme is not None and ranks.exists():
            return gigatoken.Tokenizer.from_tiktoken(ranks, scheme, {})
        tokenizer = folder / "tokenizer.json"
        if tokenizer.exists():
            return gigatoken.Tokenizer(tokenizer)
        raise UnsupportedError("gigatoken has no scheme for this pattern")

    def encode(self, job: Job) -> Work:
        """Prepares `encode_batch`, or `encode_files` of the file as it lies on disk, on the calling thread where there is one thread only."""
        tokenizer = self._load(job)
        parallel = job.threads > 1
        if job.mode != "file":
            texts = documents.read_text(job.text, job.offsets)
            return lambda: tokenizer.encode_batch(texts, parallel=parallel)
        import gigatoken

        place, separator = Path(job.text), None
        if job.separator is not None:
            place, separator = place.with_suffix(".nul"), b"\0"
            if not place.exists():
                place.write_bytes(documents.join_with_nul(documents.read_bytes(job.text, job.offsets)))
        source = gigatoken.TextFileSource([str(place)], separator=separator)
        return lambda: tokenizer.encode_files(source, parallel=parallel)

    def count(self, job: Job) -> Work:
        """Prepares encoding, for it has no other way."""
        return self.encode(job)

    def ids(self, result: Any) -> tuple[Ids, Offsets]:
        """The ids of its jagged array."""
        import awkward

        counts = np.asarray(awkward.num(result))
        offsets = np.zeros(len(counts) + 1, dtype=np.int64)
        np.cumsum(counts, out=offsets[1:])
        return np.asarray(awkward.flatten(result), dtype=np.uint32), offsets

    def decode(self, job: Job) -> Work:
        """Prepares `decode`, a document a call."""
        tokenizer = self._load(job)
        arrays = split_ids(job)
        return lambda: [tokenizer.decode(ids) for ids in arrays]


PEER = Gigatoken()
