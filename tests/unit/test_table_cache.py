"""Tables of large vocabularies, kept for the next process."""

from __future__ import annotations

import itertools
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from bytewright import Tokenizer, folders

TEXT = "the quick brown fox jumps over the lazy dog"


def large() -> dict[bytes, int]:
    """Ranks of so many tokens that their tables are kept."""
    letters = [bytes([letter]) for letter in range(ord("a"), ord("z") + 1)]
    pairs = [first + second for first, second in itertools.product(letters, repeat=2)]
    fours = [left + right for left, right in itertools.product(pairs, pairs[:80])]
    return {
        token: rank for rank, token in enumerate([*(bytes([byte]) for byte in range(256)), *pairs, *fours])
    }


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("vocabulary") / "large.tiktoken"
    Tokenizer.from_ranks(large(), "o200k").save(path)
    return path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("BYTEWRIGHT_CACHE")
    monkeypatch.setenv("BYTEWRIGHT_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def kept(home: Path) -> list[Path]:
    return sorted(home.glob("tables/*"))


def test_loading_keeps_tables_and_uses_them(path: Path, home: Path) -> None:
    expected = Tokenizer.load(path, "o200k", cache=False)
    assert not home.exists()
    loaded = Tokenizer.load(path, "o200k")
    (file,) = kept(home)
    stamp = file.stat().st_mtime_ns
    for tokenizer in (
        loaded,
        Tokenizer.load(path, "o200k"),
        Tokenizer.load(path, "gpt2", special_tokens={"<|end|>": 60_000}),
        pickle.loads(pickle.dumps(loaded)),
    ):
        assert tokenizer.encode(TEXT) == expected.encode(TEXT)
        assert tokenizer.vocabulary[:50_000] == expected.vocabulary[:50_000]
    assert kept(home) == [file]
    assert file.stat().st_mtime_ns == stamp


def test_unpickling_keeps_tables(path: Path, home: Path) -> None:
    tokenizer = Tokenizer.load(path, "o200k", cache=False)
    assert pickle.loads(pickle.dumps(tokenizer)) == tokenizer
    assert len(kept(home)) == 1


def test_other_tokens_have_another_file(path: Path, home: Path, tmp_path: Path) -> None:
    Tokenizer.load(path, "o200k")
    other = tmp_path / "other.tiktoken"
    other.write_bytes(path.read_bytes().rpartition(b"\n")[0].rpartition(b"\n")[0])
    Tokenizer.load(other, "o200k")
    assert len(kept(home)) == 2


@pytest.mark.parametrize(
    "damage", [lambda content: content[:-1], lambda content: bytes(len(content)), lambda _: b""]
)
def test_a_damaged_file_is_mended(path: Path, home: Path, damage: object) -> None:
    assert callable(damage)
    expected = Tokenizer.load(path, "o200k").encode(TEXT)
    (file,) = kept(home)
    content = file.read_bytes()
    file.write_bytes(damage(content))
    assert Tokenizer.load(path, "o200k").encode(TEXT) == expected
    assert file.read_bytes() == content


@pytest.mark.parametrize("value", ["off", "OFF", "0"])
def test_switched_off(path: Path, home: Path, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("BYTEWRIGHT_CACHE", value)
    Tokenizer.load(path, "o200k")
    assert not home.exists()


def test_small_vocabularies_are_not_kept(small: Tokenizer, home: Path, tmp_path: Path) -> None:
    small.save(tmp_path / "small.json")
    Tokenizer.load(tmp_path / "small.json")
    assert not home.exists()


def test_where_nothing_can_be_written(
    path: Path, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.write_bytes(b"not a folder")
    assert Tokenizer.load(path, "o200k").encode(TEXT)
    monkeypatch.setenv("BYTEWRIGHT_HOME", "/proc/nothing")
    assert Tokenizer.load(path, "o200k").encode(TEXT)


def test_the_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BYTEWRIGHT_CACHE")
    monkeypatch.setenv("BYTEWRIGHT_HOME", "")
    monkeypatch.setenv("HOME", "/somewhere")
    assert folders.tables(True) == "/somewhere/.cache/bytewright/tables"
    assert folders.tables(False) is None
    monkeypatch.setenv("BYTEWRIGHT_HOME", "relative")
    assert folders.tables(True) is None


def test_without_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("BYTEWRIGHT_HOME", raising=False)
    monkeypatch.setattr(Path, "home", missing)
    assert folders.home() is None
    assert folders.tables(True) is None


def test_processes_at_once(path: Path, home: Path) -> None:
    script = f"import bytewright; print(bytewright.Tokenizer.load({str(path)!r}, 'o200k').encode({TEXT!r}))"
    processes = [
        subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, env=dict(os.environ))
        for _ in range(3)
    ]
    assert len({process.communicate()[0] for process in processes}) == 1
    assert not any(process.returncode for process in processes)
    assert len(kept(home)) == 1
