"""Files through a tokenizer."""

from __future__ import annotations

import gzip
import json
import lzma
import os
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import bytewright
from bytewright import Tokenizer, bwz, sources
from tests.conftest import SPECIAL

DOCUMENTS = ["one two\n", "東京 three\n", f"four {SPECIAL[0]}\n", "five\n" * 300]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for index, document in enumerate(DOCUMENTS):
        (tmp_path / f"{index}.txt").write_text(document, encoding="utf-8")
    return tmp_path


def documents_of(ids: np.ndarray, offsets: np.ndarray) -> list[list[int]]:
    return [ids[begin:end].tolist() for begin, end in pairwise(offsets)]


def test_files_are_documents_in_the_order_given(small: Tokenizer, folder: Path) -> None:
    expected = [small.encode_ordinary(document) for document in DOCUMENTS]
    paths = sorted(folder.iterdir())
    for threads in (1, 2, 3):
        ids, offsets = small.encode_files(paths, threads=threads)
        assert ids.dtype == np.uint32 and offsets.dtype == np.int64
        assert documents_of(ids, offsets) == expected
        assert documents_of(*small.encode_files(reversed(paths), threads=threads)) == expected[::-1]
    assert documents_of(*small.encode_files(folder)) == expected
    assert documents_of(*small.encode_files(str(folder / "*.txt"), dtype="uint16")) == expected
    assert documents_of(*small.encode_files(str(paths[1]))) == expected[1:2]
    assert small.count_files(folder) == sum(map(len, expected))
    frequencies = small.token_frequencies(folder)
    assert frequencies.dtype == np.uint64 and frequencies.shape == (1000,)
    assert (
        frequencies.tolist()
        == np.bincount(np.concatenate([*map(np.array, expected)]), minlength=1000).tolist()
    )


def test_special_tokens_in_files(small: Tokenizer, folder: Path) -> None:
    ids, _ = small.encode_files(folder)
    assert 998 not in ids
    ids, _ = small.encode_files(folder, allow_special=True)
    assert ids.tolist().count(998) == 1
    assert small.count_files(folder, allow_special=True) == len(ids)
    assert small.token_frequencies(folder, allow_special=True)[998] == 1


def test_batches_to_a_sink(small: Tokenizer, folder: Path) -> None:
    got: list[list[int]] = []
    seen = small.encode_files_to(
        lambda ids, offsets: got.extend(documents_of(ids, offsets)), folder, threads=2
    )
    assert got == [small.encode_ordinary(document) for document in DOCUMENTS]
    assert seen == 1
    assert small.encode_files_to(lambda ids, offsets: None, folder, allow_special=True) == 0


def test_what_the_sink_raises_comes_out(small: Tokenizer, folder: Path) -> None:
    def full(ids: object, offsets: object) -> None:
        raise OSError(28, "no space")

    with pytest.raises(OSError, match="no space"):
        small.encode_files_to(full, folder)


def test_separators(small: Tokenizer, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("one--two--three", encoding="utf-8")
    expected = [small.encode(text) for text in ("one--", "two--", "three")]
    assert documents_of(*small.encode_files(path, separator="--")) == expected
    assert documents_of(*small.encode_files(path, separator=b"--", threads=2)) == expected


def test_compressed_files_and_json_lines(small: Tokenizer, tmp_path: Path) -> None:
    zstandard = pytest.importorskip("zstandard")
    text = "".join(DOCUMENTS).encode()
    (tmp_path / "a.gz").write_bytes(gzip.compress(text))
    (tmp_path / "b.xz").write_bytes(lzma.compress(text))
    (tmp_path / "c.zst").write_bytes(zstandard.compress(text))
    (tmp_path / "c.bwz").write_bytes(bwz.compress(text))
    lines = "".join(json.dumps({"id": 1, "text": document, "body": "b"}) + "\n" for document in DOCUMENTS)
    (tmp_path / "d.jsonl").write_text(lines, encoding="utf-8")
    (tmp_path / "e.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    whole, parts = [small.encode_ordinary(text)], [small.encode_ordinary(document) for document in DOCUMENTS]
    for name, expected in (
        ("a.gz", whole),
        ("b.xz", whole),
        ("c.zst", whole),
        ("c.bwz", whole),
        ("d.jsonl", parts),
        ("e.jsonl.gz", parts),
    ):
        assert documents_of(*small.encode_files(tmp_path / name)) == expected, name
    assert documents_of(*small.encode_files(tmp_path / "d.jsonl", field="body")) == [small.encode("b")] * len(
        DOCUMENTS
    )


def test_damaged_files_name_themselves(small: Tokenizer, tmp_path: Path) -> None:
    (tmp_path / "a.gz").write_bytes(gzip.compress(b"text " * 10_000)[:-20])
    (tmp_path / "b.jsonl").write_text('{"text": "a"}\nno json\n', encoding="utf-8")
    (tmp_path / "c.jsonl").write_text('{"body": "a"}\n', encoding="utf-8")
    for name, place in (("a.gz", ""), ("b.jsonl", "line 2"), ("c.jsonl", "line 1")):
        with pytest.raises(bytewright.EncodeError, match=f"{name}.*{place}") as caught:
            small.encode_files(tmp_path / name)
        assert caught.value.path == str(tmp_path / name)
        with pytest.raises(bytewright.TrainingError, match=f"{name}.*{place}"):
            bytewright.train(tmp_path / name, 300, progress=False)


def test_missing_files_are_os_errors(small: Tokenizer, tmp_path: Path) -> None:
    missing = tmp_path / "nothing.txt"
    for call in (
        lambda: small.encode_files(missing),
        lambda: small.count_files([missing]),
        lambda: bytewright.train(missing, 300, progress=False),
        lambda: bytewright.train([missing], 300, progress=False),
        lambda: Tokenizer.load(missing, "gpt2"),
        lambda: bytewright.Profile.load(missing),
    ):
        with pytest.raises(FileNotFoundError) as caught:
            call()
        assert caught.value.errno == 2 and caught.value.filename == str(missing)
    with pytest.raises(FileNotFoundError, match="no file matches"):
        small.encode_files(str(tmp_path / "*.nothing"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match="no files"):
        small.encode_files(tmp_path / "empty")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable_files_are_os_errors(small: Tokenizer, folder: Path) -> None:
    (folder / "0.txt").chmod(0)
    with pytest.raises(PermissionError) as caught:
        small.encode_files(folder / "0.txt")
    assert caught.value.filename == str(folder / "0.txt")


def test_paths_only(small: Tokenizer) -> None:
    for wrong in (b"a", [b"a"], [3]):
        with pytest.raises(TypeError, match="PathLike"):
            small.encode_files(wrong)  # type: ignore[arg-type, list-item]


def test_expand(tmp_path: Path) -> None:
    for name in ("b.txt", "a.txt", "sub/c.txt", ".hidden", ".git/x", "[odd].txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x", encoding="utf-8")
    names = lambda paths: [str(Path(path).relative_to(tmp_path)) for path in paths]  # noqa: E731
    assert names(sources.expand(tmp_path)) == ["[odd].txt", "a.txt", "b.txt", "sub/c.txt"]
    assert names(sources.expand(str(tmp_path / "*.txt"))) == ["[odd].txt", "a.txt", "b.txt"]
    assert names(sources.expand(str(tmp_path / "**/c.*"))) == ["sub/c.txt"]
    assert names(sources.expand(str(tmp_path / "[odd].txt"))) == ["[odd].txt"]
    assert names(sources.expand([tmp_path / "b.txt", str(tmp_path / "a*")])) == ["b.txt", "a.txt"]


def test_parquet(small: Tokenizer, tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "a.parquet"
    parquet.write_table(pyarrow.table({"text": [*DOCUMENTS, None], "number": range(5)}), path)
    (tmp_path / "b.txt").write_text("plain", encoding="utf-8")
    expected = [small.encode_ordinary(text) for text in (*DOCUMENTS, "plain")]
    assert documents_of(*small.encode_files(tmp_path)) == expected
    assert small.count_files(tmp_path) == sum(map(len, expected))
    assert int(small.token_frequencies(tmp_path).sum()) == sum(map(len, expected))
    assert (
        bytewright.train(tmp_path, 280, progress=False).merges
        == bytewright.train([*DOCUMENTS, "plain"], 280, progress=False).merges
    )
    with pytest.raises(bytewright.BytewrightError, match="column 'body'"):
        small.encode_files(path, field="body")
    with pytest.raises(bytewright.BytewrightError, match="holds int"):
        small.encode_files(path, field="number")


def test_parquet_without_pyarrow_says_what_brings_it(
    small: Tokenizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    with pytest.raises(bytewright.MissingExtraError, match=r"pip install 'bytewright\[parquet\]'"):
        small.encode_files(tmp_path / "a.parquet")
