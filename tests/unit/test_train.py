"""`train`: its arguments, its sources, its errors."""

from __future__ import annotations

import _thread
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import bytewright
from bytewright import Tokenizer, train
from tests.conftest import PATTERNS

LECTURE = ["the car", "the cat", "the rat"]


def test_ties_first_seen_give_the_test_vector() -> None:
    tokenizer = train(LECTURE, 259, pattern=r"\w+", ties="first-seen", progress=False)
    assert [left + right for left, right in tokenizer.merges] == [b"th", b"the", b"ca"]


def test_ties_smallest_ids_are_those_of_tokenizers() -> None:
    tokenizer = train(LECTURE, 259, pattern="gpt2", progress=False)
    assert [left + right for left, right in tokenizer.merges] == [b"he", b"the", b"at"]


@pytest.mark.parametrize("ties", ["smallest-ids", "first-seen"])
def test_sources_say_the_same(tmp_path: Path, ties: str) -> None:
    for index, document in enumerate(LECTURE):
        (tmp_path / f"{index}.txt").write_text(document, encoding="utf-8")
    joined = tmp_path / "all" / "joined.txt"
    joined.parent.mkdir()
    joined.write_text("--".join(LECTURE), encoding="utf-8")
    files = sorted(tmp_path.glob("*.txt"))
    sources: dict[str, object] = {
        "documents": LECTURE,
        "bytes": [document.encode() for document in LECTURE],
        "generator": (document for document in LECTURE),
        "files": files,
        "glob": str(tmp_path / "*.txt"),
        "mixture": [LECTURE[0], files[1], LECTURE[2].encode()],
        "pretokens": [(b"the", 1), (b" car", 1), (b"the", 1), (b" cat", 1), (b"the", 1), (b" rat", 1)],
    }
    for name, source in sources.items():
        tokenizer = train(source, 259, pattern="gpt2", ties=ties, progress=False)  # type: ignore[arg-type]
        first = b"th" if ties == "first-seen" else b"he"
        assert b"".join(tokenizer.merges[0]) == first, name
        assert b"".join(tokenizer.merges[1]) == b"the", name


def test_a_separator_ends_documents(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("ab|ab|ab|cd|cd", encoding="utf-8")
    assert train(path, 257, pattern=None, separator="|", progress=False).merges == [(b"a", b"b")]
    profile = bytewright.Profile.build(path, pattern=None, separator="|", progress=False)
    assert list(profile) == [(b"ab|", 3), (b"cd", 1), (b"cd|", 1)]


def test_nothing_merges_across_documents() -> None:
    with pytest.warns(bytewright.TrainingWarning):
        assert train(["a", "b"] * 100, 300, pattern=None, progress=False).merges == []


def test_merges_do_not_depend_on_threads_order_or_batches(text: str, tmp_path: Path) -> None:
    documents = [text[begin : begin + 3000] for begin in range(0, len(text), 3000)]
    expected = train(documents, 700, threads=1, progress=False)
    assert train(documents, 700, threads=3, progress=False) == expected
    assert train(reversed(documents), 700, threads=2, progress=False) == expected
    for index, document in enumerate(documents):
        (tmp_path / f"{index}.txt").write_bytes(document.encode())
    assert train(tmp_path, 700, threads=2, progress=False) == expected


@pytest.mark.parametrize("pattern", [*PATTERNS, None, r"\p{L}+|[^\p{L}]"])
def test_patterns(pattern: str | None, text: str) -> None:
    tokenizer = train([text[:20_000]], 400, pattern=pattern, progress=False)
    assert tokenizer.pattern == pattern
    assert tokenizer.decode(tokenizer.encode(text[:5000])) == text[:5000]


def test_special_tokens_last_and_first(text: str) -> None:
    last = train([text], 400, special_tokens=["<a>", "<b>"], progress=False)
    assert last.special_tokens == {"<a>": 398, "<b>": 399}
    first = train([text], 400, special_tokens=["<a>", "<b>"], special_tokens_first=True, progress=False)
    assert first.special_tokens == {"<a>": 0, "<b>": 1}
    assert first.merges == last.merges
    assert len(first) == len(last) == 400


def test_special_tokens_in_the_text() -> None:
    text = ["a<s>b" * 50]
    with pytest.warns(bytewright.TrainingWarning, match="50 times"):
        ordinary = train(text, 258, pattern=None, special_tokens=["<s>"], progress=False)
    assert len(ordinary.merges) == 1
    with pytest.warns(bytewright.TrainingWarning):
        left_out = train(text, 259, pattern=None, special_tokens=["<s>"], allow_special=True, progress=False)
    assert left_out.merges == [(b"b", b"a")]


def test_min_frequency_and_longest_token(text: str) -> None:
    with pytest.warns(bytewright.TrainingWarning, match="of the 5,000 asked for"):
        tokenizer = train([text], 5000, min_frequency=200, progress=False)
    assert 256 < len(tokenizer) < 5000
    short = train([text], 500, max_token_length=3, progress=False)
    assert max(len(token or b"") for token in short.vocabulary) == 3


def test_less_text_than_asked_for_is_a_warning() -> None:
    with pytest.warns(bytewright.TrainingWarning, match="259 tokens of the 1,000"):
        tokenizer = train(["abcd"], 1000, pattern=None, progress=False)
    assert len(tokenizer) == 259 == tokenizer.vocabulary_size


def test_extend_keeps_the_prefix(text: str) -> None:
    half = train([text[: len(text) // 2]], 600, special_tokens=["<s>"], progress=False)
    more = train([text], 900, extend=half, special_tokens=["<t>"], progress=False)
    assert more.merges[: len(half.merges)] == half.merges
    assert more.vocabulary[:600] == half.vocabulary
    assert (
        len(more) == 900 and more.special_tokens["<s>"] == 599 and set(more.special_tokens) == {"<s>", "<t>"}
    )
    assert more.decode(more.encode(text)) == text


def test_extend_brings_the_pattern(text: str) -> None:
    base = train([text], 300, pattern="gpt2", progress=False)
    assert train([text], 310, extend=base, progress=False).pattern == "gpt2"
    assert train([text], 310, extend=base, pattern="gpt2", progress=False).pattern == "gpt2"
    with pytest.raises(bytewright.TrainingError, match="'gpt2'"):
        train([text], 310, extend=base, pattern="cl100k", progress=False)
    again = train([text], 310, extend=base, progress=False)
    assert again.merges == train([text], 310, pattern="gpt2", progress=False).merges


def test_normalizer() -> None:
    decomposed = ["e\u0301" * 20]
    tokenizer = train(decomposed, 257, pattern=None, normalizer="nfc", progress=False)
    assert tokenizer.normalizer == "nfc"
    assert b"".join(tokenizer.merges[0]) in ("é".encode(), "é".encode()[1:] + "é".encode()[:1])
    assert tokenizer.encode("e\u0301") == tokenizer.encode("é")
    with pytest.raises(ValueError, match="rot13"):
        train(decomposed, 257, normalizer="rot13", progress=False)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"vocab_size": 255}, "vocab_size is 255"),
        ({"vocab_size": -1}, "vocab_size is -1"),
        ({"vocab_size": 257, "special_tokens": ["<a>", "<b>"]}, "258"),
        ({"special_tokens": ["<a>", "<a>"]}, "<a>"),
        ({"special_tokens": [""]}, "empty"),
        ({"min_frequency": -1}, "min_frequency"),
        ({"max_token_length": 0}, "max_token_length"),
        ({"pattern": "(a"}, r"\(a"),
        ({"pattern": "gpt3"}, "gpt3.*gpt2"),
        ({"special_tokens": ["a"]}, "a"),
        ({"special_tokens": ["the"]}, "the"),
        ({"threads": 0}, "threads"),
    ],
)
def test_settings_that_can_not_be_met(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(bytewright.BytewrightError, match=message):
        train(LECTURE, **{"vocab_size": 259, "progress": False, **arguments})  # type: ignore[arg-type]


@pytest.mark.parametrize("source", [[], [""], iter(()), [b"", ""], [(b"a", 0)]])
def test_an_empty_corpus_is_an_error(source: object) -> None:
    with pytest.raises(bytewright.TrainingError):
        train(source, 300, progress=False)  # type: ignore[arg-type]


def test_empty_files_are_an_empty_corpus(tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()
    with pytest.raises(bytewright.TrainingError):
        train(tmp_path / "a.txt", 300, progress=False)


def test_settings_are_checked_before_the_text_is_read() -> None:
    def documents() -> Iterator[str]:
        raise AssertionError("read")
        yield ""

    for arguments in ({"vocab_size": 100}, {"pattern": "gpt3"}, {"pattern": "(a"}, {"ties": "none"}):
        with pytest.raises(ValueError):
            train(documents(), **{"vocab_size": 300, "progress": False, **arguments})  # type: ignore[arg-type]


@pytest.mark.parametrize("source", [[3], [None], [["a"]], [("a", "b")], [(b"a", 1.5)], b"text", 3])
def test_sources_of_other_types_are_refused(source: object) -> None:
    with pytest.raises(TypeError):
        train(source, 300, progress=False)  # type: ignore[arg-type]


def test_pairs_are_checked() -> None:
    for pair in ((b"a", -1), (b"a", 2**64), (b"a",), (b"a", 1, 2)):
        with pytest.raises(bytewright.TrainingError, match="item 1"):
            train([(b"ab", 1), pair], 300, progress=False)  # type: ignore[list-item]


def test_counts_are_64_bit() -> None:
    pairs = [(b"ab", 2**40), (b"bc", 2**40 + 1), (b"cd", 5)]
    assert train(pairs, 258, pattern=None, progress=False).merges == [(b"b", b"c"), (b"a", b"b")]


def test_what_a_generator_raises_comes_out() -> None:
    def documents() -> Iterator[str]:
        yield "some text"
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        train(documents(), 300, progress=False)


def test_progress_is_told() -> None:
    told: list[bytewright.Progress] = []
    train([f"word{i} and more words {i * 7}" for i in range(20_000)], 1000, progress=told.append, threads=2)
    assert told
    assert all(isinstance(progress, bytewright.Progress) and progress.done >= 0 for progress in told)
    assert {progress.stage for progress in told} >= {"merging"}
    for progress in told:
        assert progress.total is None or progress.done <= progress.total


def test_what_progress_raises_stops_the_work() -> None:
    class StopError(Exception):
        pass

    def stop(progress: bytewright.Progress) -> None:
        raise StopError

    with pytest.raises(StopError):
        train([f"word{i} and more words {i * 7}" for i in range(20_000)], 1000, progress=stop)


def test_ctrl_c_stops_at_once() -> None:
    noise = random.Random(0).randbytes(20_000_000)
    documents = [noise[begin : begin + 50] for begin in range(0, len(noise), 50)]
    timer = threading.Timer(0.5, _thread.interrupt_main)
    began = time.monotonic()
    timer.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            train(documents, 8_000_000, pattern=None, progress=False)
    finally:
        timer.cancel()
    # Uninterrupted this takes far longer; the bound is wide, so that a busy machine meets it too.
    assert time.monotonic() - began < 30


MEMORY = """
import resource, sys
import bytewright

def documents():
    block = open(sys.argv[1], encoding="utf-8").read() * 4
    for _ in range(int(sys.argv[2])):
        yield block

peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
list(zip(range(1), documents()))
before = peak()
bytewright.train(documents(), 400, threads=2, progress=False)
print((peak() - before) >> 20)
"""


def test_a_generator_is_not_held(text: str, tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_text(text, encoding="utf-8")
    size = len(text.encode()) * 4
    rounds = 400_000_000 // size
    command = [sys.executable, "-c", MEMORY, str(path), str(rounds)]
    result = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    assert int(result.stdout) < 150


@pytest.mark.slow
def test_a_generator_of_two_gigabytes_within_600_megabytes(data: Path) -> None:
    program = """
import resource, sys
import bytewright

def articles():
    for _ in range(10):
        with open(sys.argv[1], "rb") as file:
            article = bytearray()
            for line in file:
                article += line
                if line == b"</doc>\\n":
                    yield bytes(article)
                    article.clear()
            if article:
                yield bytes(article)

peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
before = peak()
bytewright.train(articles(), 32_000, threads=2, progress=False)
print((peak() - before) >> 20)
"""
    command = [sys.executable, "-c", program, str(data / "corpora" / "wiki-en.txt")]
    result = subprocess.run(command, capture_output=True, text=True, check=True, timeout=1200)
    assert int(result.stdout) < 600


def test_training_takes_profiles(text: str, tmp_path: Path) -> None:
    profile = bytewright.Profile.build([text], pattern="cl100k", progress=False)
    expected = train([text], 500, pattern="cl100k", progress=False)
    assert train(profile, 500, progress=False) == expected
    assert train(profile, 500, pattern="cl100k", progress=False) == expected
    with pytest.raises(bytewright.TrainingError, match="cl100k"):
        train(profile, 500, pattern="gpt2", progress=False)
    with pytest.raises(bytewright.TrainingError):
        train(profile, 500, ties="first-seen", progress=False)
    profile.save(tmp_path / "a.profile")
    assert train(tmp_path / "a.profile", 500, pattern="cl100k", progress=False) == expected
    assert isinstance(expected, Tokenizer)
