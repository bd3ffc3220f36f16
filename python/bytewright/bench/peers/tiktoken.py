"""tiktoken: encodes with a vocabulary that was trained elsewhere."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any, ClassVar

from bytewright.bench import documents
from bytewright.bench.job import Job
from bytewright.bench.peers.peer import Peer, UnsupportedError, Work, on_threads, split_ids


class Tiktoken(Peer):
    """tiktoken, made from the ranks: its own loader by name would download."""

    name: ClassVar[str] = "tiktoken"
    distribution: ClassVar[str] = "tiktoken"
    encode_modes: ClassVar[tuple[str, ...]] = ("each",)
    count_modes: ClassVar[tuple[str, ...]] = ("each",)

    def _load(self, job: Job) -> Any:
        import tiktoken

        ranks = Path(job.vocabulary or "") / "vocabulary.tiktoken"
        if not ranks.exists() or job.regex is None:
            raise UnsupportedError("the vocabulary cannot be said in tiktoken's form")
        lines = (line.split() for line in ranks.read_bytes().splitlines() if line)
        return tiktoken.Encoding(
            name="vocabulary",
            pat_str=job.regex,
            mergeable_ranks={base64.b64decode(token): int(rank) for token, rank in lines},
            special_tokens={},
        )

    def encode(self, job: Job) -> Work:
        """Prepares `encode_to_numpy`, a document a call."""
        encoding = self._load(job)
        texts = documents.read_text(job.text, job.offsets)
        return on_threads(
            lambda text: encoding.encode_to_numpy(text, disallowed_special=()), texts, job.threads
        )

    def decode(self, job: Job) -> Work:
        """Prepares `decode_bytes`, a document a call, with the lists that it takes."""
        encoding = self._load(job)
        lists = [ids.tolist() for ids in split_ids(job)]
        return lambda: [encoding.decode_bytes(ids) for ids in lists]


PEER = Tiktoken()
