"""rustbpe: trains."""

from __future__ import annotations

from typing import Any, ClassVar

from bytewright.bench import documents
from bytewright.bench.job import Job
from bytewright.bench.peers.peer import Learned, Peer, UnsupportedError, Work


class Rustbpe(Peer):
    """rustbpe.

    Among pairs with equal counts it takes the smallest with a byte's value as its id, we take them in the
    order of GPT-2's characters: from the first tie on the merges may differ. What must agree is how well the
    two vocabularies compress.
    """

    name: ClassVar[str] = "rustbpe"
    distribution: ClassVar[str] = "rustbpe"
    train_modes: ClassVar[tuple[str, ...]] = ("documents",)
    exact_merges: ClassVar[bool] = False
    tie_rule: ClassVar[str] = "the smallest pair, bytes having their value as id"

    def train(self, job: Job) -> Work:
        """Prepares `train_from_iterator`."""
        import rustbpe

        if job.regex is None:
            raise UnsupportedError("rustbpe needs a pattern")
        tokenizer = rustbpe.Tokenizer()
        texts = documents.read_text(job.text, job.offsets)

        def work() -> Any:
            tokenizer.train_from_iterator(iter(texts), job.vocab_size, pattern=job.regex)
            return tokenizer

        return work

    def learned(self, result: Any) -> Learned:
        """Its tokens by rank; it does not say which pairs made them."""
        ranks = sorted((rank, bytes(token)) for token, rank in result.get_mergeable_ranks())
        return Learned([token for rank, token in ranks if rank >= 256], None)


PEER = Rustbpe()
