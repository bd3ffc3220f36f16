"""Vocabularies into files and back, into other libraries and back; damaged files; a full disk."""

from __future__ import annotations

import base64
import json
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import bytewright
from bytewright import Tokenizer
from tests.conftest import PATTERNS, SPECIAL, trained

FORMATS = {"tiktoken": "v.tiktoken", "tokenizer.json": "tokenizer.json", "gpt2": "folder"}
LINE = "It's 1234567 naïve 東京 🦀 words \n\n  DON'T  \r\n"


@pytest.mark.parametrize("pattern", [*PATTERNS, None, r"\p{L}+|[^\p{L}]"])
@pytest.mark.parametrize("form", FORMATS)
def test_round_trip(form: str, pattern: str | None, tmp_path: Path, text: str) -> None:
    tokenizer = trained(pattern, 600)
    path = tmp_path / FORMATS[form]
    tokenizer.save(path, form)
    if form == "tokenizer.json":
        again = Tokenizer.load(path)
        assert again.special_tokens == tokenizer.special_tokens
    else:
        again = Tokenizer.load(path, pattern or "none", special_tokens=tokenizer.special_tokens)
    assert again.vocabulary == tokenizer.vocabulary
    assert again.merges == tokenizer.merges
    for sample in (LINE, text[:20_000]):
        assert again.encode(sample) == tokenizer.encode(sample)


def test_formats_by_the_ending(small: Tokenizer, tmp_path: Path) -> None:
    small.save(tmp_path / "a.tiktoken")
    small.save(tmp_path / "a.json")
    small.save(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "a.tiktoken", "tokenizer.json"]
    assert Tokenizer.load(tmp_path / "a.json") == Tokenizer.load(tmp_path / "tokenizer.json")
    with pytest.raises(bytewright.VocabularyError, match="format"):
        small.save(tmp_path / "a.bin")
    with pytest.raises(ValueError, match="gpt3"):
        small.save(tmp_path / "a.bin", "gpt3")


def test_a_pattern_is_never_guessed(small: Tokenizer, tmp_path: Path) -> None:
    small.save(tmp_path / "a.tiktoken")
    with pytest.raises(bytewright.VocabularyError, match="pattern"):
        Tokenizer.load(tmp_path / "a.tiktoken")


@pytest.mark.parametrize("pattern", PATTERNS)
def test_to_tiktoken(pattern: str, text: str) -> None:
    pytest.importorskip("tiktoken")
    tokenizer = trained(pattern)
    encoding = tokenizer.to_tiktoken("mine")
    assert encoding.name == "mine"
    for sample in (LINE, text):
        assert encoding.encode(sample) == tokenizer.encode(sample)
    marked = f"a{SPECIAL[0]}b"
    assert encoding.encode(marked, allowed_special="all") == tokenizer.encode(marked, allowed_special="all")


@pytest.mark.parametrize("pattern", PATTERNS)
def test_to_tokenizers(pattern: str, text: str) -> None:
    pytest.importorskip("tokenizers")
    tokenizer = trained(pattern)
    peer = tokenizer.to_tokenizers()
    for sample in (LINE, text):
        assert peer.encode(sample, add_special_tokens=False).ids == tokenizer.encode(sample)
    marked = f"a{SPECIAL[0]}b"
    assert peer.encode(marked, add_special_tokens=False).ids == tokenizer.encode(
        marked, allowed_special="all"
    )
    assert peer.decode(tokenizer.encode(LINE)) == LINE


@pytest.mark.parametrize("package", ["tiktoken", "tokenizers"])
def test_a_missing_package_says_what_brings_it(
    package: str, small: Tokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, package, None)
    with pytest.raises(bytewright.MissingExtraError, match=f"pip install {package}"):
        getattr(small, f"to_{package}")()


def lines_of(ranks: dict[bytes, int]) -> bytes:
    return b"".join(base64.b64encode(token) + f" {rank}\n".encode() for token, rank in ranks.items())


BYTES = {bytes([byte]): byte for byte in range(256)}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a vocabulary at all",
        lines_of(BYTES) + b"YWI=",
        lines_of(BYTES) + b"YWI= x\n",
        lines_of(BYTES) + b"Y!I= 256\n",
        lines_of(BYTES) + b"YWI= 97\n",
        lines_of(BYTES) + b"YQ== 256\n",
        lines_of(BYTES) + b"YWI= 4294967296\n",
        lines_of(BYTES) + b"YWI= -1\n",
        lines_of(BYTES)[:-7],
        bytes(range(256)),
    ],
)
def test_damaged_tiktoken_files(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "broken.tiktoken"
    path.write_bytes(content)
    with pytest.raises(bytewright.VocabularyError, match=r"broken\.tiktoken"):
        Tokenizer.load(path, "gpt2")


def damage(document: dict[str, object], *keys: object) -> dict[str, object]:
    """A copy in which the value at a path of keys is another one."""
    copy = json.loads(json.dumps(document))
    *path, last, value = keys
    place = copy
    for key in path:
        place = place[key]
    place[last] = value
    return copy


def test_damaged_tokenizer_json_files(small: Tokenizer, tmp_path: Path) -> None:
    good = tmp_path / "good.json"
    small.save(good)
    document = json.loads(good.read_text(encoding="utf-8"))
    path = tmp_path / "broken.json"
    first = document["model"]["merges"][0]
    longest = max(document["model"]["vocab"], key=len)
    cases = {
        "truncated": good.read_text(encoding="utf-8")[:-50],
        "no model": json.dumps(damage(document, "model", None)),
        "another model": json.dumps(damage(document, "model", "type", "Unigram")),
        "id twice": json.dumps(damage(document, "model", "vocab", "!", 1)),
        "id beyond u32": json.dumps(damage(document, "model", "vocab", "!", 2**32)),
        "id below 0": json.dumps(damage(document, "model", "vocab", "!", -1)),
        "merge of the unknown": json.dumps(damage(document, "model", "merges", 0, ["nothing", "known"])),
        "merge into the unknown": json.dumps(damage(document, "model", "merges", 0, [longest, longest])),
        "merge of one": json.dumps(damage(document, "model", "merges", 0, [first[0]])),
        "unknown normalizer": json.dumps(damage(document, "normalizer", {"type": "BertNormalizer"})),
        "unknown pre_tokenizer": json.dumps(damage(document, "pre_tokenizer", {"type": "Metaspace"})),
        "list": "[]",
    }
    for name, content in cases.items():
        path.write_text(content, encoding="utf-8")
        with pytest.raises(bytewright.VocabularyError, match=r"broken\.json") as caught:
            Tokenizer.load(path)
        assert caught.value.path == str(path), name
    for feature in ("BertNormalizer", "Metaspace", "Unigram"):
        matching = next(content for content in cases.values() if feature in content)
        path.write_text(matching, encoding="utf-8")
        with pytest.raises(bytewright.VocabularyError, match=feature):
            Tokenizer.load(path)


def test_damaged_gpt2_files(small: Tokenizer, tmp_path: Path) -> None:
    small.save(tmp_path, "gpt2")
    merges = (tmp_path / "merges.txt").read_text(encoding="utf-8")
    (tmp_path / "merges.txt").write_text(merges + "nothing known\n", encoding="utf-8")
    with pytest.raises(bytewright.VocabularyError, match=r"merges\.txt"):
        Tokenizer.load(tmp_path, "gpt2")
    (tmp_path / "merges.txt").unlink()
    with pytest.raises((bytewright.VocabularyError, FileNotFoundError), match=r"merges\.txt"):
        Tokenizer.load(tmp_path, "gpt2")


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """Writing beyond so many bytes fails, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.parametrize("form", FORMATS)
def test_a_full_disk_loses_nothing(form: str, small: Tokenizer, tmp_path: Path) -> None:
    path = tmp_path / FORMATS[form]
    trained("o200k", 400).save(path, form)
    files = sorted(file for file in tmp_path.rglob("*") if file.is_file())
    before = {file: file.read_bytes() for file in files}
    with file_size_limit(1000), pytest.raises(OSError) as caught:
        small.save(path, form)
    assert caught.value.errno is not None and str(caught.value.filename).startswith(str(tmp_path))
    assert {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()} == before


def test_a_full_disk_loses_no_profile(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.profile"
    bytewright.Profile.build(["a"], progress=False).save(path)
    before = path.read_bytes()
    big = bytewright.Profile.build([text], progress=False)
    with file_size_limit(1000), pytest.raises(OSError):
        big.save(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_saving_where_nothing_can_be_written(small: Tokenizer, tmp_path: Path) -> None:
    for form, name in FORMATS.items():
        if form == "gpt2":
            continue
        with pytest.raises(FileNotFoundError):
            small.save(tmp_path / "no such folder" / name, form)
