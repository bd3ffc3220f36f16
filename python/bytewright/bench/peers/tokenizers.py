"""Hugging Face `tokenizers`: trains and encodes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar

from bytewright.bench import documents
from bytewright.bench.job import Job
from bytewright.bench.peers.peer import Learned, Peer, UnsupportedError, Work, split_ids


class Tokenizers(Peer):
    """tokenizers, under the settings that make its trainer comparable."""

    name: ClassVar[str] = "tokenizers"
    distribution: ClassVar[str] = "tokenizers"
    train_modes: ClassVar[tuple[str, ...]] = ("documents",)
    encode_modes: ClassVar[tuple[str, ...]] = ("batch",)
    count_modes: ClassVar[tuple[str, ...]] = ("batch",)

    def train(self, job: Job) -> Work:
        """Prepares `train_from_iterator`: files would be fed line by line, and give other merges."""
        from tokenizers import Tokenizer, models, pre_tokenizers, trainers

        tokenizer = Tokenizer(models.BPE())
        byte_level = pre_tokenizers.ByteLevel
        if job.pattern == "gpt2":
            tokenizer.pre_tokenizer = byte_level(add_prefix_space=False)
        else:
            # Its engine reads some patterns otherwise, so it gets our other spelling of the scheme.
            exported = Path(job.vocabulary or "") / "tokenizer.json"
            if not exported.exists():
                raise UnsupportedError("the pattern cannot be said in tokenizers' form")
            tokenizer.pre_tokenizer = Tokenizer.from_file(str(exported)).pre_tokenizer
        trainer = trainers.BpeTrainer(
            vocab_size=job.vocab_size,
            min_frequency=0,
            special_tokens=[],
            initial_alphabet=byte_level.alphabet(),
            show_progress=False,
        )
        texts = documents.read_text(job.text, job.offsets)

        def work() -> Any:
            tokenizer.train_from_iterator(texts, trainer)
            return tokenizer

        return work

    def learned(self, result: Any) -> Learned:
        """The merges of its model, as bytes."""
        to_byte = character_bytes()
        merges = []
        for merge in json.loads(result.to_str())["model"]["merges"]:
            left, right = merge.split(" ") if isinstance(merge, str) else merge
            merges.append((bytes(to_byte[c] for c in left), bytes(to_byte[c] for c in right)))
        return Learned([left + right for left, right in merges], merges)

    def _load(self, job: Job) -> Any:
        from tokenizers import Tokenizer

        path = Path(job.vocabulary or "") / "tokenizer.json"
        if not path.exists():
            raise UnsupportedError("the vocabulary cannot be said in tokenizers' form")
        tokenizer = Tokenizer.from_file(str(path))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return tokenizer

    def encode(self, job: Job) -> Work:
        """Prepares `encode_batch_fast`, which leaves out offsets."""
        tokenizer = self._load(job)
        texts = documents.read_text(job.text, job.offsets)
        return lambda: tokenizer.encode_batch_fast(texts, add_special_tokens=False)

    def ids(self, result: Any) -> Any:
        """The ids of its encodings."""
        return super().ids([encoding.ids for encoding in result])

    def decode(self, job: Job) -> Work:
        """Prepares `decode`, a document a call."""
        tokenizer = self._load(job)
        lists = [ids.tolist() for ids in split_ids(job)]
        return lambda: [tokenizer.decode(ids, skip_special_tokens=False) for ids in lists]


def character_bytes() -> dict[str, int]:
    """GPT-2's printable stand-ins for the 256 bytes, back to the bytes."""
    visible = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [byte for byte in range(256) if byte not in set(visible)]
    return {chr(byte): byte for byte in visible} | {chr(256 + at): byte for at, byte in enumerate(hidden)}


PEER = Tokenizers()
