"""Files of earlier releases, which every later one has to read."""

from __future__ import annotations

import pytest

from bytewright import _native, bpez, bwz
from tests.compression import golden


@pytest.mark.parametrize("name", golden.names())
def test_files_of_earlier_releases_are_read(name: str) -> None:
    data = (golden.FOLDER / name).read_bytes()
    decompress = bpez.decompress if name.endswith(".bpez") else bwz.decompress
    assert decompress(data) == golden.expected(name)


def test_every_mode_is_among_them() -> None:
    kinds = set()
    for name in golden.names():
        if name.endswith(".bwz"):
            with (golden.FOLDER / name).open("rb") as file:
                kinds |= {kind for *_, blocks in _native.Index.read(file).frames for kind, *_ in blocks}
    assert kinds == {"stored", "bytes", "tokens", "dictionary"}
