"""The same ids as tiktoken and tokenizers, with published vocabularies, on slices of every corpus."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest

import bytewright
from bytewright import Tokenizer, catalogue
from tests.parity import texts

tiktoken = pytest.importorskip("tiktoken")
tiktoken_load = pytest.importorskip("tiktoken.load")
tokenizers = pytest.importorskip("tokenizers")

ENCODINGS = ("gpt2", "r50k_base", "cl100k_base", "o200k_base", "o200k_harmony")
FILES = (
    "gpt2-tokenizer.json",
    "gpt-neox-20b-tokenizer.json",
    "models/command-r.tokenizer.json",
    "models/deepseek.tokenizer.json",
    "models/falcon.tokenizer.json",
    "models/glm-4.6.tokenizer.json",
    "models/mistral-nemo.tokenizer.json",
    "models/qwen2.tokenizer.json",
    "models/roberta-base.tokenizer.json",
)
# How text is split by vocabularies whose files do not say it, as their models' own code has it.
HAN = r"[\p{Han}]+"
UPPER = r"\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]"
LOWER = r"\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]"
SUFFIX = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
REST = r"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
RANKS = {
    "llama3": rf"{SUFFIX}|[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|{REST}",
    "llama4": catalogue.ENCODINGS["o200k_base"].pattern,
    "kimi-k2": rf"{HAN}|[^\r\n\p{{L}}\p{{N}}]?[{UPPER}]*[{LOWER}]+{SUFFIX}?"
    rf"|[^\r\n\p{{L}}\p{{N}}]?[{UPPER}]+[{LOWER}]*{SUFFIX}?|{REST}",
}
CASES = {
    "command-r": None,
    "deepseek": None,
    "falcon": None,
    "glm-4.6": None,
    "llama3": "llama3",
    "llama4": "o200k",
    "mistral-nemo": None,
    "qwen2": None,
    "roberta-base": None,
}
CORPORA = (
    "canon/alice29.txt",
    "canon/bible.txt",
    "canon/world192.txt",
    "wiki-en.txt",
    "multilingual.txt",
    "code.txt",
    "logs-json.txt",
    "wiki-xml-multi.xml",
    "enwik8-head.xml",
)


@cache
def slices(corpora: Path, name: str, count: int, length: int) -> list[str]:
    """Pieces from all over a corpus, cut at bytes and repaired."""
    path = corpora / name
    size = path.stat().st_size
    pieces = []
    with path.open("rb") as file:
        for index in range(count):
            file.seek(size * index // count)
            pieces.append(file.read(length).decode("utf-8", "ignore"))
    return pieces


@cache
def published(data: Path, name: str) -> tuple[Tokenizer, object]:
    """A vocabulary and tiktoken's `Encoding` of it."""
    encoding = catalogue.ENCODINGS[name]
    path = data / "vocabularies" / encoding.ranks.file
    if not path.exists():
        pytest.skip(f"{path} is not there")
    ranks = tiktoken_load.load_tiktoken_bpe(str(path))
    special = encoding.special_tokens
    ours = Tokenizer.load(path, encoding.pattern, special_tokens=special)
    pattern = ours.tiktoken_pattern
    assert pattern is not None
    return ours, tiktoken.Encoding(name, pat_str=pattern, mergeable_ranks=ranks, special_tokens=special)


@cache
def from_file(data: Path, name: str) -> tuple[Tokenizer, object]:
    """A vocabulary and the `Tokenizer` of tokenizers of it."""
    path = data / "vocabularies" / name
    return Tokenizer.load(path), tokenizers.Tokenizer.from_file(str(path))


def check_tiktoken(data: Path, name: str, strings: list[str]) -> None:
    ours, theirs = published(data, name)
    for string, ids in zip(strings, ours.encode_batch(strings, disallowed_special=()), strict=True):
        assert ids == theirs.encode_ordinary(string), repr(string[:200])  # type: ignore[attr-defined]


def check_tokenizers(data: Path, name: str, strings: list[str]) -> None:
    ours, theirs = from_file(data, name)
    # tokenizers drops bytes without a token silently, and we refuse them.
    missing = {chr(byte) for byte in set(range(128)) if bytes([byte]) not in ours.vocabulary}
    strings = [string for string in strings if not missing & set(string)]
    batch = theirs.encode_batch(strings, add_special_tokens=False)  # type: ignore[attr-defined]
    ours_ids = ours.encode_batch(strings, allowed_special="all")
    for string, ids, encoding in zip(strings, ours_ids, batch, strict=True):
        assert ids == encoding.ids, repr(string[:200])


@pytest.mark.parametrize("name", ENCODINGS)
def test_tiktoken_on_adversarial_strings(name: str, data: Path) -> None:
    check_tiktoken(data, name, texts.strings())


@pytest.mark.parametrize("corpus", CORPORA)
@pytest.mark.parametrize("name", ENCODINGS)
def test_tiktoken_on_corpora(name: str, corpus: str, data: Path) -> None:
    check_tiktoken(data, name, slices(data / "corpora", corpus, 20, 10_000))


@pytest.mark.slow
@pytest.mark.parametrize("corpus", CORPORA)
@pytest.mark.parametrize("name", ("gpt2", "cl100k_base", "o200k_base"))
def test_tiktoken_on_more_of_the_corpora(name: str, corpus: str, data: Path) -> None:
    check_tiktoken(data, name, slices(data / "corpora", corpus, 40, 250_000))


@pytest.mark.parametrize("name", RANKS)
def test_tiktoken_with_ranks_of_models(name: str, data: Path) -> None:
    path = data / "vocabularies" / "models" / f"{name}.tiktoken"
    ours = Tokenizer.load(path, RANKS[name])
    pattern = ours.tiktoken_pattern
    assert pattern is not None
    ranks = tiktoken_load.load_tiktoken_bpe(str(path))
    theirs = tiktoken.Encoding(name, pat_str=pattern, mergeable_ranks=ranks, special_tokens={})
    strings = [*texts.strings()]
    for corpus in CORPORA:
        strings += slices(data / "corpora", corpus, 10, 10_000)
    for string, ids in zip(strings, ours.encode_batch(strings), strict=True):
        assert ids == theirs.encode_ordinary(string), repr(string[:200])


@pytest.mark.parametrize("name", CASES)
def test_ids_that_the_models_themselves_give(name: str, data: Path) -> None:
    folder = data / "vocabularies"
    path = folder / "models" / f"{name}.tokenizer.json"
    if not path.exists():
        path = folder / "models" / f"{name}.tiktoken"
    ours = Tokenizer.load(path, CASES[name])
    strings = (folder / "cases" / "texts.txt").read_bytes().decode().split("\n__ggml_vocab_test__\n")
    lines = (folder / "cases" / f"{name}.ids").read_text().split("\n")
    assert len(strings) > 40
    for string, line in zip(strings, lines, strict=False):
        assert ours.encode(string, disallowed_special=()) == [int(number) for number in line.split()]


@pytest.mark.parametrize("name", FILES)
def test_tokenizers_on_adversarial_strings(name: str, data: Path) -> None:
    check_tokenizers(data, name, texts.strings())


@pytest.mark.parametrize("name", FILES)
def test_tokenizers_on_corpora(name: str, data: Path) -> None:
    for corpus in CORPORA:
        check_tokenizers(data, name, slices(data / "corpora", corpus, 10, 5_000))


@pytest.mark.slow
@pytest.mark.parametrize("corpus", CORPORA)
@pytest.mark.parametrize("name", FILES)
def test_tokenizers_on_more_of_the_corpora(name: str, corpus: str, data: Path) -> None:
    check_tokenizers(data, name, slices(data / "corpora", corpus, 40, 25_000))


@pytest.mark.parametrize("name", ("bpe-200k", "superbpe-200k"))
def test_folders_of_vocab_and_merges(name: str, data: Path) -> None:
    folder = data / "vocabularies" / name
    pattern = "o200k" if name == "bpe-200k" else "none"
    ours = Tokenizer.load(folder, pattern)
    peer = ours.to_tokenizers()
    for corpus in CORPORA:
        for string in slices(data / "corpora", corpus, 3, 2_000):
            assert ours.encode(string) == peer.encode(string, add_special_tokens=False).ids  # type: ignore[attr-defined]
    with pytest.raises(bytewright.EncodeError, match="0xFF"):
        ours.encode(b"a\xff")


@pytest.mark.parametrize("corpus", CORPORA)
@pytest.mark.parametrize("name", ("gpt2", "o200k_base"))
def test_what_is_saved_gives_the_same_ids_elsewhere(
    name: str, corpus: str, data: Path, tmp_path: Path
) -> None:
    ours, _ = published(data, name)
    strings = slices(data / "corpora", corpus, 4, 5_000)
    ours.save(tmp_path / "tokenizer.json")
    peer = tokenizers.Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    encoding = ours.to_tiktoken()
    for string in strings:
        ids = ours.encode(string, disallowed_special=())
        assert encoding.encode_ordinary(string) == ids
        if not any(special in string for special in ours.special_tokens):
            assert peer.encode(string, add_special_tokens=False).ids == ids


@pytest.mark.parametrize("name", ENCODINGS)
def test_by_name(name: str, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BYTEWRIGHT_HOME", raising=False)
    tokenizer = bytewright.get_encoding(name)
    _, theirs = published(data, name)
    assert tokenizer.vocabulary_size == theirs.n_vocab  # type: ignore[attr-defined]
    assert tokenizer.decode(tokenizer.encode("naïve 東京 🦀")) == "naïve 東京 🦀"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::bytewright.TrainingWarning")  # the smallest corpora yield less
@pytest.mark.parametrize("corpus", CORPORA)
def test_merges_are_those_of_bpe_trainer(corpus: str, data: Path) -> None:
    """Every merge, in order, on a slice of each corpus."""
    documents = slices(data / "corpora", corpus, 400, 10_000)
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=32_000,
        min_frequency=0,
        show_progress=False,
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
    )
    peer = tokenizers.Tokenizer(tokenizers.models.BPE())
    peer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    peer.train_from_iterator(documents, trainer)
    ours = bytewright.train(documents, 32_000, pattern="gpt2", progress=False)
    byte = _byte_of_character()
    theirs = json.loads(peer.to_str())["model"]["merges"]
    assert ours.merges == [
        tuple(bytes(byte[character] for character in token) for token in merge) for merge in theirs
    ]


def _byte_of_character() -> dict[str, int]:
    """GPT-2's spelling of bytes: printable ones by themselves, the others from U+0100 on."""
    shown = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    hidden = [byte for byte in range(256) if byte not in shown]
    return {chr(byte): byte for byte in shown} | {chr(256 + place): byte for place, byte in enumerate(hidden)}
