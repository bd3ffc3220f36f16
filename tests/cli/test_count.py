"""`count`: totals, tables, CSV, JSON, pictures, profiles, and what can't be done."""

from __future__ import annotations

import csv
import gzip
import io
import json
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import bytewright

from .conftest import SPECIAL, VOCAB_SIZE, environment, make_text, spawn

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Call


@pytest.fixture
def tokenizer(vocabulary: Path) -> bytewright.Tokenizer:
    return bytewright.Tokenizer.load(vocabulary)


@pytest.fixture
def expected(tokenizer: bytewright.Tokenizer, corpus: Path) -> np.ndarray[Any, Any]:
    """How often each id comes when the corpus is encoded."""
    return np.bincount(tokenizer.encode_ordinary(corpus.read_bytes()), minlength=VOCAB_SIZE)


def test_totals(call: Call, vocabulary: Path, corpus: Path, expected: np.ndarray[Any, Any]) -> None:
    result = call("count", corpus, "--vocabulary", vocabulary)
    assert result.code == 0
    size, tokens = corpus.stat().st_size, int(expected.sum())
    rows = [line.split("  ") for line in result.out.splitlines()]
    facts = {row[0]: [cell.strip() for cell in row[1:] if cell] for row in rows}
    assert facts == {
        "documents": ["1"],
        "bytes": [f"{size:,}"],
        "tokens": [f"{tokens:,}"],
        "bytes per token": [f"{size / tokens:.3f}"],
        "distinct tokens": [f"{np.count_nonzero(expected):,}", f"of {VOCAB_SIZE}"],
    }
    assert "MB/s" in result.err
    quiet = call("count", corpus, "--vocabulary", vocabulary, "-q", "-T", 1)
    assert (quiet.out, quiet.err) == (result.out, "")


def test_by_file_where_there_are_several(call: Call, vocabulary: Path, tmp_path: Path) -> None:
    texts = {"a.txt": make_text(300, 1), "empty.txt": "", "b.txt": make_text(40, 2)}
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    paths = [tmp_path / name for name in texts]
    parts = [json.loads(call("count", path, "--vocabulary", vocabulary, "--json").out) for path in paths]
    whole = json.loads(call("count", *paths, "--vocabulary", vocabulary, "--json").out)
    keys = ("documents", "bytes", "tokens", "bytes_per_token", "distinct_tokens", "special_tokens_seen")
    assert [{key: part[key] for key in keys} for part in parts] == [
        {key: part[key] for key in keys} for part in whole["files"]
    ]
    assert [part["path"] for part in whole["files"]] == [str(path) for path in paths]
    for key in ("documents", "bytes", "tokens"):
        assert whole[key] == sum(part[key] for part in parts)
    assert whole["files"][1]["bytes_per_token"] is None
    shown = call("count", *paths, "--vocabulary", vocabulary).out.splitlines()
    assert len(shown) == 5
    assert shown[0].split() == ["documents", "bytes", "tokens", "bytes", "per", "token", "distinct", "tokens"]
    assert shown[-1].split()[:4] == ["all", "3", f"{whole['bytes']:,}", f"{whole['tokens']:,}"]


def test_csv_and_json_hold_every_token(
    call: Call,
    vocabulary: Path,
    corpus: Path,
    tokenizer: bytewright.Tokenizer,
    expected: np.ndarray[Any, Any],
) -> None:
    found = call("count", corpus, "--vocabulary", vocabulary, "--csv", "-q")
    assert (found.code, found.err) == (0, "")
    rows = list(csv.DictReader(io.StringIO(found.out)))
    vocabulary_by_id = tokenizer.vocabulary
    assert [bytes.fromhex(row["hex"]) for row in rows] == [vocabulary_by_id[int(row["id"])] for row in rows]
    order = sorted(range(VOCAB_SIZE), key=lambda id: (-expected[id], id))
    assert [int(row["id"]) for row in rows] == order
    assert [int(row["count"]) for row in rows] == [expected[id] for id in order]
    assert [row["text"] for row in rows if row["special"] == "1"] == [SPECIAL]
    report = json.loads(call("count", corpus, "--vocabulary", vocabulary, "--json").out)
    same = [(row["id"], row["count"], row["hex"], row["text"]) for row in report["frequencies"]]
    assert same == [(int(row["id"]), int(row["count"]), row["hex"], row["text"]) for row in rows]
    assert report["tokens"] == sum(row["count"] for row in report["frequencies"])
    assert report["distinct_tokens"] == sum(row["count"] > 0 for row in report["frequencies"])
    first = json.loads(call("count", corpus, "--vocabulary", vocabulary, "--json", "--top", 3).out)
    assert first["frequencies"] == report["frequencies"][:3]
    none = json.loads(call("count", corpus, "--vocabulary", vocabulary, "--json", "--top", 0).out)
    assert none["frequencies"] == []


def test_top_token_and_word(
    call: Call,
    vocabulary: Path,
    corpus: Path,
    tokenizer: bytewright.Tokenizer,
    expected: np.ndarray[Any, Any],
) -> None:
    space = tokenizer.vocabulary.index(b" ")
    word = "strawing"
    given = ["--top", 4, "--token", space, "--token", r"\n", "--token", SPECIAL, "--word", word]
    result = call("count", corpus, "--vocabulary", vocabulary, *given)
    assert result.code == 0
    blocks = [block.splitlines() for block in result.out.split("\n\n")]
    ranking = [line.split() for line in blocks[1][1:]]
    order = sorted(range(VOCAB_SIZE), key=lambda id: (-expected[id], id))[:4]
    assert [row[:3] for row in ranking] == [
        [str(rank), str(id), f"{expected[id]:,}"] for rank, id in enumerate(order, 1)
    ]
    chosen = [line.split() for line in blocks[2][1:]]
    newline = tokenizer.vocabulary.index(b"\n")
    assert [(row[0], row[1], row[-1]) for row in chosen] == [
        (str(space), f"{expected[space]:,}", "·"),
        (str(newline), f"{expected[newline]:,}", "↵"),
        (str(tokenizer.special_tokens[SPECIAL]), "0", SPECIAL),
    ]
    ids = tokenizer.encode(word)
    assert blocks[3][0] == f"{word}: {len(ids)} tokens"
    assert [line.split() for line in blocks[3][2:]] == [
        [tokenizer.decode([id]), str(id), f"{expected[id]:,}"] for id in ids
    ]
    report = json.loads(call("count", corpus, "--vocabulary", vocabulary, *given, "--json").out)
    assert [row["id"] for row in report["chosen"]] == [
        space,
        newline,
        tokenizer.special_tokens[SPECIAL],
    ]
    assert [row["id"] for row in report["words"][0]["tokens"]] == ids
    rows = list(
        csv.DictReader(
            io.StringIO(call("count", corpus, "--vocabulary", vocabulary, "--csv", "--word", word).out)
        )
    )
    assert [(int(row["id"]), int(row["count"])) for row in rows] == [(id, expected[id]) for id in ids]


def test_bytes_that_are_no_character_are_escaped(call: Call, vocabulary: Path, tmp_path: Path) -> None:
    path = tmp_path / "bytes"
    path.write_bytes(b"\xff\xff\xfe\x00\x07")
    result = call("count", path, "--vocabulary", vocabulary, "--top", 4)
    assert r"\xFF" in result.out and r"\x00" in result.out and "\x07" not in result.out
    found = call("count", path, "--vocabulary", vocabulary, "--csv", "--token", r"\xff")
    assert found.out.splitlines()[1].endswith(r',2,1,"ff",0,"\xff"')


def test_stdin_compressed_json_lines_and_separators(
    call: Call, vocabulary: Path, corpus: Path, tmp_path: Path
) -> None:
    whole = json.loads(call("count", corpus, "--vocabulary", vocabulary, "--json").out)
    piped = spawn("count", "--vocabulary", vocabulary, "--json", "-q", data=corpus.read_bytes())
    assert piped.returncode == 0, piped.stderr
    report = json.loads(piped.stdout)
    assert report["files"][0]["path"] == "-"
    assert {**report, "files": 0, "seconds": 0} == {**whole, "files": 0, "seconds": 0}

    packed = tmp_path / "corpus.txt.gz"
    packed.write_bytes(gzip.compress(corpus.read_bytes()))
    lines = tmp_path / "lines.json"
    lines.write_text(json.dumps({"body": corpus.read_text(encoding="utf-8")}) + "\n", encoding="utf-8")
    for given in ([packed], [lines, "--field", "body"]):
        found = json.loads(call("count", *given, "--vocabulary", vocabulary, "--json").out)
        assert {key: found[key] for key in ("documents", "bytes", "tokens", "frequencies")} == {
            key: whole[key] for key in ("documents", "bytes", "tokens", "frequencies")
        }
    split = json.loads(call("count", corpus, "--separator", r"\n", "--vocabulary", vocabulary, "--json").out)
    assert (split["documents"], split["bytes"]) == (2_000, whole["bytes"])


def test_parquet(call: Call, vocabulary: Path, corpus: Path, tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    rows = [*corpus.read_text(encoding="utf-8").splitlines(keepends=True), f"{SPECIAL}!"]
    parquet.write_table(pyarrow.table({"body": rows}), tmp_path / "rows.parquet")
    (tmp_path / "rows.txt").write_text("".join(rows), encoding="utf-8")
    given = ["--vocabulary", vocabulary, "--json"]
    text = json.loads(call("count", tmp_path / "rows.txt", "--separator", r"\n", *given).out)
    found = json.loads(call("count", tmp_path / "rows.parquet", "--field", "body", *given).out)
    assert {**found, "files": 0, "seconds": 0} == {**text, "files": 0, "seconds": 0}
    assert found["special_tokens_seen"] == 1


def test_special_tokens_are_reported_or_matched(
    call: Call, vocabulary: Path, tmp_path: Path, tokenizer: bytewright.Tokenizer
) -> None:
    path = tmp_path / "special.txt"
    path.write_text(f"the{SPECIAL}ing{SPECIAL}", encoding="utf-8")
    given = ["count", path, "--vocabulary", vocabulary, "--token", SPECIAL, "--json"]
    result = call(*given)
    report = json.loads(result.out)
    assert (report["special_tokens_seen"], report["chosen"][0]["count"]) == (2, 0)
    assert report["tokens"] == len(tokenizer.encode_ordinary(path.read_text()))
    assert "2 special tokens in the text taken for ordinary text; --allow-special" in result.err
    allowed = json.loads(call(*given, "--allow-special").out)
    assert (allowed["special_tokens_seen"], allowed["chosen"][0]["count"]) == (0, 2)


def test_plot(call: Call, vocabulary: Path, corpus: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    picture = tmp_path / "ranks.png"
    given = ["count", corpus, "--vocabulary", vocabulary, "--plot", picture, "--word", "strawing 東京 $x$"]
    result = call(*given)
    assert result.code == 0, result.err
    assert picture.read_bytes().startswith(b"\x89PNG\r\n")
    assert picture.stat().st_size > 10_000
    assert f"wrote {picture}" in result.err
    again = call(*given)
    assert (again.code, again.out) == (1, "")
    assert "exists already" in again.err
    assert call(*given, "-f").code == 0
    other = call("count", corpus, "--vocabulary", vocabulary, "--plot", tmp_path / "ranks.txt")
    assert other.code == 1 and ".png" in other.err
    empty = tmp_path / "empty.txt"
    empty.touch()
    assert call("count", empty, "--vocabulary", vocabulary, "--plot", tmp_path / "none.png").code == 0


def test_a_profile_stands_for_its_text(call: Call, vocabulary: Path, corpus: Path, tmp_path: Path) -> None:
    profile = tmp_path / "corpus.profile"
    assert call("profile", corpus, "-o", profile, "--separator", r"\n").code == 0
    given = ["--separator", r"\n", "--vocabulary", vocabulary, "--json"]
    text = json.loads(call("count", corpus, *given).out)
    found = json.loads(call("count", profile, *given).out)
    assert {**found, "files": 0, "seconds": 0} == {**text, "files": 0, "seconds": 0}
    both = json.loads(call("count", profile, corpus, *given).out)
    assert [part["tokens"] for part in both["files"]] == [text["tokens"]] * 2
    assert [row["count"] for row in both["frequencies"]] == [2 * row["count"] for row in text["frequencies"]]


def test_a_profile_made_for_a_vocabulary(
    call: Call, vocabulary: Path, corpus: Path, tmp_path: Path, tokenizer: bytewright.Tokenizer
) -> None:
    made = tmp_path / "vocabulary.json"
    parts = json.loads((vocabulary / "tokenizer.json").read_text(encoding="utf-8"))
    parts["normalizer"] = {"type": "NFD"}
    made.write_text(json.dumps(parts), encoding="utf-8")
    text = tmp_path / "text.txt"
    text.write_text(make_text(100) + SPECIAL, encoding="utf-8")
    profile = tmp_path / "text.profile"
    given = ["--vocabulary", made, "--json"]
    assert call("profile", text, "-o", profile).code == 0
    assert "normaliser nfd" in call("count", profile, *given).err
    assert call("profile", text, "-o", profile, "-f", "--vocabulary", made).code == 0
    right = json.loads(call("count", text, *given).out)
    found = json.loads(call("count", profile, *given).out)
    assert {**found, "files": 0, "seconds": 0} == {**right, "files": 0, "seconds": 0}
    assert found["special_tokens_seen"] == 1


def test_a_profile_of_another_pattern_is_refused(
    call: Call, vocabulary: Path, corpus: Path, tmp_path: Path
) -> None:
    profile = tmp_path / "corpus.profile"
    assert call("profile", corpus, "-o", profile, "--pattern", "gpt2").code == 0
    result = call("count", profile, "--vocabulary", vocabulary)
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith("bytewright count: ") and result.err.count("\n") == 1
    assert "pretokenizer gpt2" in result.err and "pretokenizer o200k" in result.err


@pytest.mark.parametrize(
    ("flags", "code", "problem"),
    [
        (["--csv", "--json"], 1, "either --csv or --json"),
        (["--token", "100000"], 1, "no token of that id"),
        (["--token", "no such token"], 1, "its tokens are "),
        (["--token", r"\xZZ"], 1, "hexadecimal"),
        (["--token", ""], 1, "empty"),
        (["--word", ""], 1, "empty"),
        (["--top", "some"], 2, "--top"),
        (["--plot", "no/such/folder/a.png"], 1, "No such folder"),
    ],
)
def test_wrong_usage(
    call: Call, vocabulary: Path, corpus: Path, flags: list[str], code: int, problem: str
) -> None:
    if "--plot" in flags:
        pytest.importorskip("matplotlib")
    result = call("count", corpus, "--vocabulary", vocabulary, *flags)
    assert (result.code, result.out) == (code, "")
    assert problem in result.err


def test_bad_files(call: Call, vocabulary: Path, tmp_path: Path) -> None:
    missing = call("count", tmp_path / "missing.txt", "--vocabulary", vocabulary)
    assert (missing.code, missing.out) == (1, "")
    assert "missing.txt: No such file or directory" in missing.err
    (tmp_path / "bad.txt.gz").write_bytes(gzip.compress(b"text" * 1000)[:-9])
    bad = call("count", tmp_path / "bad.txt.gz", "--vocabulary", vocabulary)
    assert (bad.code, bad.out) == (1, "")
    assert "bad.txt.gz" in bad.err
    (tmp_path / "cut.profile").write_bytes(b"\x89BWPROF\n\x01")
    cut = call("count", tmp_path / "cut.profile", "--vocabulary", vocabulary)
    assert (cut.code, cut.out) == (1, "")
    assert "cut.profile" in cut.err


def test_ctrl_c_and_a_reader_that_goes_away(vocabulary: Path, corpus: Path) -> None:
    command = [sys.executable, "-m", "bytewright", "count", "--vocabulary", str(vocabulary)]
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    time.sleep(0.7)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (130, b"", b"bytewright count: interrupted\n")
    line = (
        f'"{sys.executable}" -m bytewright count "{corpus}" --vocabulary "{vocabulary}" --csv -q | head -n 1'
    )
    done = subprocess.run(["sh", "-c", line], capture_output=True, env=environment(), check=False, timeout=60)
    assert (done.stdout, done.stderr) == (b"id,count,bytes,hex,special,text\n", b"")
