"""`encode` and `decode`: files, pipes, formats, and what can't be done."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

import bytewright

from .conftest import SPECIAL, VOCAB_SIZE, make_text, spawn

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Call


@pytest.fixture
def documents(tmp_path: Path) -> list[Path]:
    """Two files and an empty one between them."""
    paths = [tmp_path / name for name in ("a.txt", "empty.txt", "b.txt")]
    for seed, path in enumerate(paths):
        path.write_text("" if path.name == "empty.txt" else make_text(300, seed), encoding="utf-8")
    return paths


def test_text_is_a_document_a_line(call: Call, vocabulary: Path, documents: list[Path]) -> None:
    result = call("encode", *documents, "--vocabulary", vocabulary)
    assert (result.code, result.err) == (0, "")
    tokenizer = bytewright.Tokenizer.load(vocabulary)
    lines = result.out.split("\n")
    assert lines.pop() == ""
    assert [[int(word) for word in line.split()] for line in lines] == [
        tokenizer.encode(path.read_text(encoding="utf-8")) for path in documents
    ]


@pytest.mark.parametrize("form", ["text", "uint16", "uint32", "npy"])
@pytest.mark.parametrize("separator", [None, r"\n"])
def test_round_trip(
    call: Call, vocabulary: Path, documents: list[Path], tmp_path: Path, form: str, separator: str | None
) -> None:
    out = tmp_path / "ids"
    flags = [] if separator is None else ["--separator", separator]
    encoded = call(
        "encode", *documents, "--vocabulary", vocabulary, "-o", out, "--format", form, "--json", *flags
    )
    assert encoded.code == 0, encoded.err
    summary = json.loads(encoded.out)
    expected = b"".join(path.read_bytes() for path in documents)
    assert summary["bytes"] == len(expected)
    assert summary["documents"] == (3 if separator is None else 600)
    if form == "text":
        assert summary["offsets"] is None
        assert out.read_text().count("\n") == summary["documents"]
    else:
        width = 2 if form == "uint16" or form == "npy" else 4
        assert out.stat().st_size == width * summary["tokens"] + (128 if form == "npy" else 0)
        offsets = np.load(f"{out}.offsets.npy")
        assert (offsets.dtype, offsets.shape) == (np.dtype("int64"), (summary["documents"] + 1,))
        assert (offsets[0], offsets[-1]) == (0, summary["tokens"])
        ids = np.load(out) if form == "npy" else np.fromfile(out, dtype=form)
        tokenizer = bytewright.Tokenizer.load(vocabulary)
        first = (
            documents[0].read_bytes()
            if separator is None
            else documents[0].read_bytes().split(b"\n")[0] + b"\n"
        )
        assert tokenizer.decode_bytes(ids[: offsets[1]]) == first
    flags = ["--format", form] if form.startswith("uint") else []
    assert call("decode", out, "--vocabulary", vocabulary, "-o", tmp_path / "back.txt", *flags).code == 0
    assert (tmp_path / "back.txt").read_bytes() == expected
    left = {"ids", "back.txt", *(path.name for path in documents)} | (
        {"ids.offsets.npy"} if form != "text" else set()
    )
    assert {path.name for path in tmp_path.iterdir()} == left


def test_npy_by_the_name_of_the_output(
    call: Call, vocabulary: Path, documents: list[Path], tmp_path: Path
) -> None:
    result = call("encode", *documents, "--vocabulary", vocabulary, "-o", tmp_path / "ids.npy")
    assert result.code == 0
    assert f"wrote {tmp_path / 'ids.npy'} and {tmp_path / 'ids.npy.offsets.npy'}" in result.err
    ids = np.load(tmp_path / "ids.npy")
    assert ids.dtype == np.uint16
    np.save(tmp_path / "wide.npy", ids.astype(np.int64))
    for name in ("ids.npy", "wide.npy"):
        assert (
            call("decode", tmp_path / name, "--vocabulary", vocabulary, "-f", "-o", tmp_path / "back").code
            == 0
        )
        assert (tmp_path / "back").read_bytes() == b"".join(path.read_bytes() for path in documents)


def test_through_pipes(vocabulary: Path) -> None:
    text = make_text(200, 3).encode() + bytes(range(256))
    for flags in ([], ["--format", "uint16"], ["--format", "uint32"]):
        for arguments in (["encode"], ["encode", "-"]):
            encoded = spawn(*arguments, "--vocabulary", vocabulary, *flags, data=text)
            assert (encoded.returncode, encoded.stderr) == (0, b"")
            decoded = spawn("decode", "--vocabulary", vocabulary, *flags, data=encoded.stdout)
            assert (decoded.returncode, decoded.stderr) == (0, b"")
            assert decoded.stdout == text


def test_stdin_has_documents_too(vocabulary: Path) -> None:
    tokenizer = bytewright.Tokenizer.load(vocabulary)
    separated = spawn(
        "encode", "--separator", r"<>\n", "--vocabulary", vocabulary, data=b"one<>\ntwo<>\nthree"
    )
    parts = ["one<>\n", "two<>\n", "three"]
    assert separated.stdout.decode() == "".join(
        " ".join(map(str, tokenizer.encode(part))) + "\n" for part in parts
    )
    lines = "".join(json.dumps({"text": part}) + "\n" for part in parts).encode()
    assert (
        spawn("encode", "--field", "text", "--vocabulary", vocabulary, data=lines).stdout == separated.stdout
    )


@pytest.mark.parametrize("line", [b'{"text": 3}', b"[1]", b"{", b'{"body": "x"}'])
def test_a_bad_line_of_json_is_named(vocabulary: Path, line: bytes) -> None:
    done = spawn(
        "encode", "--field", "text", "--vocabulary", vocabulary, data=b'{"text": "fine"}\n' + line + b"\n"
    )
    assert done.returncode == 1
    assert done.stderr.startswith(b"bytewright encode: /dev/stdin: line 2: not ")


def test_special_tokens_are_text_unless_allowed(call: Call, vocabulary: Path, tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text(f"one{SPECIAL}two{SPECIAL}")
    plain = call("encode", tmp_path / "text.txt", "--vocabulary", vocabulary)
    assert (
        "2 special tokens in the text taken for ordinary text; --allow-special makes them their ids"
        in plain.err
    )
    assert str(VOCAB_SIZE - 1) not in plain.out.split()
    allowed = call("encode", tmp_path / "text.txt", "--vocabulary", vocabulary, "--allow-special")
    assert allowed.err == ""
    assert allowed.out.split().count(str(VOCAB_SIZE - 1)) == 2
    piped = spawn("encode", "--vocabulary", vocabulary, data=f"one{SPECIAL}two{SPECIAL}".encode())
    assert piped.stdout.decode() == plain.out
    assert b"2 special tokens" in piped.stderr
    piped = spawn(
        "encode", "--allow-special", "--vocabulary", vocabulary, data=f"one{SPECIAL}two{SPECIAL}".encode()
    )
    assert piped.stdout.decode() == allowed.out
    skipped = spawn("decode", "--skip-special", "--vocabulary", vocabulary, data=piped.stdout)
    assert skipped.stdout == b"onetwo"


def test_existing_output_stays_without_force(
    call: Call, vocabulary: Path, documents: list[Path], tmp_path: Path
) -> None:
    out = tmp_path / "ids.npy"
    for existing in (out, tmp_path / "ids.npy.offsets.npy"):
        existing.write_text("precious")
        result = call("encode", *documents, "--vocabulary", vocabulary, "-o", out)
        assert result.code == 1
        assert f"{existing}: exists already; -f/--force overwrites it" in result.err
        assert existing.read_text() == "precious"
        existing.unlink()
    out.write_text("precious")
    assert call("encode", *documents, "--vocabulary", vocabulary, "-o", out, "-f").code == 0
    assert len(np.load(out)) > 0


@pytest.mark.parametrize("flags", [["--format", "npy"], ["--json"]])
def test_what_stdout_cannot_hold(
    call: Call, vocabulary: Path, documents: list[Path], flags: list[str]
) -> None:
    result = call("encode", *documents, "--vocabulary", vocabulary, *flags)
    assert result.code == 1
    assert "stdout" in result.err
    assert result.out == ""


def test_ids_that_do_not_fit(call: Call, tmp_path: Path) -> None:
    ranks = {bytes([byte]): byte for byte in range(256)} | {b"ab": 70_000}
    bytewright.Tokenizer.from_ranks(ranks, "gpt2", {}).save(tmp_path / "wide.tiktoken", format="tiktoken")
    (tmp_path / "a.txt").write_text("abc")
    command = ["encode", tmp_path / "a.txt", "--vocabulary", tmp_path / "wide.tiktoken", "--pattern", "gpt2"]
    result = call(*command, "--format", "uint16", "-o", tmp_path / "ids")
    assert result.code == 1
    assert "ids up to 70,000 do not fit into uint16" in result.err
    assert not (tmp_path / "ids").exists()
    assert call(*command).out == "70000 99\n"
    assert call(*command, "-o", tmp_path / "ids.npy", "-q").code == 0
    assert np.load(tmp_path / "ids.npy").tolist() == [70_000, 99]
    assert np.load(tmp_path / "ids.npy").dtype == np.uint32


def test_a_missing_file_stops_before_the_output(
    call: Call, vocabulary: Path, documents: list[Path], tmp_path: Path
) -> None:
    result = call(
        "encode", documents[0], tmp_path / "nowhere.txt", "--vocabulary", vocabulary, "-o", tmp_path / "ids"
    )
    assert result.code == 1
    assert "nowhere.txt: No such file" in result.err
    assert not (tmp_path / "ids").exists()


def test_a_failure_in_the_middle_leaves_nothing(
    call: Call, vocabulary: Path, documents: list[Path], tmp_path: Path
) -> None:
    (tmp_path / "damaged.gz").write_bytes(b"\x1f\x8b\x08\x00damaged")
    result = call(
        "encode",
        documents[0],
        tmp_path / "damaged.gz",
        "--vocabulary",
        vocabulary,
        "-o",
        tmp_path / "ids.npy",
    )
    assert result.code == 1
    assert "damaged.gz" in result.err
    assert not [path for path in tmp_path.iterdir() if "ids" in path.name]


@pytest.mark.parametrize(
    ("data", "flags", "message"),
    [
        (b"1 2 999999", [], "id 999999 at index 2 is not in the vocabulary"),
        (b"1 2 three 4", [], "'three' at index 2 is not an id"),
        (b"1 -2", [], "'-2' at index 1 is not an id"),
        (b"1 2.5", [], "'2.5' at index 1 is not an id"),
        (b"1 99999999999999999999", [], "at index 1 is not an id (0 to 4294967295)"),
        (b"\x01\x00a", ["--format", "uint16"], "ends within an id"),
        (b"\xff\xff", ["--format", "uint16"], "id 65535 at index 0"),
        (b"\x93NUMPY\x01\x00", [], "not an .npy file"),
        (b"\x93NUMPY\x01\x00\x04\x00{}  ", [], "header is damaged"),
        (b"\x93NUMPY\x01\x00\x04\x00[[[[", [], "header is damaged"),
        (b"not npy", ["--format", "npy"], "not an .npy file"),
    ],
)
def test_decode_refuses(
    call: Call, vocabulary: Path, tmp_path: Path, data: bytes, flags: list[str], message: str
) -> None:
    (tmp_path / "ids").write_bytes(data)
    result = call("decode", tmp_path / "ids", "--vocabulary", vocabulary, "-o", tmp_path / "text", *flags)
    assert result.code == 1
    assert result.err.startswith(f"bytewright decode: {tmp_path / 'ids'}: ")
    assert message in result.err
    assert result.err.count("\n") == 1
    assert not (tmp_path / "text").exists()


def test_decode_refuses_other_arrays(call: Call, vocabulary: Path, tmp_path: Path) -> None:
    for array, message in (
        (np.zeros(3), "<f8"),
        (np.zeros((2, 2), np.uint32), "(2, 2)"),
        (np.array([1, -1]), "-1 at index 1"),
    ):
        np.save(tmp_path / "ids.npy", array)
        result = call("decode", tmp_path / "ids.npy", "--vocabulary", vocabulary)
        assert result.code == 1
        assert message in result.err
    np.save(tmp_path / "ids.npy", np.arange(10, dtype=np.uint16))
    (tmp_path / "ids.npy").write_bytes((tmp_path / "ids.npy").read_bytes()[:-2])
    result = call("decode", tmp_path / "ids.npy", "--vocabulary", vocabulary)
    assert (result.code, "holds 9 ids, but its header says 10" in result.err) == (1, True)


def test_long_text_of_ids_is_read_in_parts(
    call: Call, vocabulary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bytewright.cli import ids_files

    monkeypatch.setattr(ids_files, "BLOCK", 7)
    text = make_text(5)
    tokenizer = bytewright.Tokenizer.load(vocabulary)
    for separator in (" ", ",", "\n", "\r\n", " , "):
        (tmp_path / "ids").write_text(separator.join(map(str, tokenizer.encode(text))))
        result = call("decode", tmp_path / "ids", "--vocabulary", vocabulary)
        assert (result.out, result.err) == (text, "")


@pytest.mark.parametrize("name", ["no-such-vocabulary", "no/such/folder", "missing.json"])
def test_a_vocabulary_that_is_not_there(call: Call, corpus: Path, name: str) -> None:
    result = call("encode", corpus, "--vocabulary", name)
    assert result.code == 1
    assert name in result.err
    assert result.err.count("\n") == 1
