"""What the processor can do changes no id: `BYTEWRIGHT_CPU` asks for less than that."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bytewright import Tokenizer
from tests.conftest import sample_text, trained

PATTERNS = ("gpt2", "cl100k", "o200k", "llama3", "qwen2", "deepseek", "kimi-k2")

#: Argument: a folder with a `.json` for each pattern, and the text.
SCRIPT = """
import hashlib, sys
from pathlib import Path
import bytewright

folder = Path(sys.argv[1])
text = (folder / "text").read_bytes()
for path in sorted(folder.glob("*.json")):
    tokenizer = bytewright.Tokenizer.load(path)
    ids = tokenizer.encode_to_numpy(text).astype("uint32")
    batch = tokenizer.encode_batch_to_numpy(text.splitlines(keepends=True), threads=2)[0].astype("uint32")
    count = tokenizer.count(text)
    print(path.stem, hashlib.sha256(ids.tobytes()).hexdigest(), hashlib.sha256(batch.tobytes()).hexdigest(), count)
"""


def digests(tokenizer: Tokenizer, text: bytes) -> tuple[str, ...]:
    ids = tokenizer.encode_to_numpy(text).astype(np.uint32)
    batch, _ = tokenizer.encode_batch_to_numpy(text.splitlines(keepends=True))
    texts = [hashlib.sha256(found.astype(np.uint32).tobytes()).hexdigest() for found in (ids, batch)]
    return (*texts, str(tokenizer.count(text)))


@pytest.mark.parametrize("cpu", ["portable", "avx2", "avx512", "", "anything else"])
def test_ids_under_each_kernel(cpu: str, tmp_path: Path) -> None:
    text = sample_text().encode() + bytes(range(256)) * 3 + sample_text()[-4000:].encode("utf-16")
    expected = {}
    for pattern in PATTERNS:
        tokenizer = trained(pattern, 700, ())
        tokenizer.save(tmp_path / f"{pattern}.json", format="tokenizer.json")
        expected[pattern] = digests(tokenizer, text)
    (tmp_path / "text").write_bytes(text)
    child = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path)],
        env={**os.environ, "BYTEWRIGHT_CPU": cpu},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found = {name: tuple(values) for name, *values in map(str.split, child.stdout.splitlines())}
    assert found == expected
