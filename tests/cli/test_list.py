"""`bytewright list`."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bytewright import bpez, bwz

from .conftest import Call, spawn

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    """Two frames, of 4 blocks of text and of one of noise, with a note between."""
    path = tmp_path / "a.bwz"
    frames = bwz.compress(b"tyger, " * 512, block_size=1024), bwz.compress(random.Random(1).randbytes(5000))
    path.write_bytes(bwz.skippable_frame(b"note").join(frames))
    return path


def test_a_table(call: Call, packed: Path) -> None:
    result = call("list", packed)
    assert (result.code, result.err) == (0, "")
    head, row = result.out.splitlines()
    assert head.split() == ["frames", "blocks", "compressed", "original", "ratio", "check", "name"]
    size = packed.stat().st_size
    assert row.split() == [
        *("2", "5", f"{size:,}", "8,584", f"{100 * size / 8584:.2f}", "%", "XXH3", str(packed))
    ]


def test_a_total_of_several(call: Call, packed: Path, tmp_path: Path) -> None:
    (tmp_path / "b.bpez").write_bytes(bpez.compress(b"tyger"))
    (tmp_path / "empty.bwz").write_bytes(bwz.compress(b""))
    (tmp_path / "plain.txt").write_text("not listed")
    result = call("list", "-r", tmp_path)
    assert result.code == 0
    rows = [line.split() for line in result.out.splitlines()[1:]]
    size = (tmp_path / "b.bpez").stat().st_size
    assert rows[1] == ["-", "-", str(size), "5", f"{size * 20:.2f}", "%", "Adler-32", f"{tmp_path}/b.bpez"]
    assert rows[2][3:5] == ["0", "-"]
    total = sum(path.stat().st_size for path in tmp_path.glob("*.b*"))
    assert rows[3][:4] == ["3", str(5 + int(rows[2][1].replace("-", "0"))), f"{total:,}", "8,589"]
    assert rows[3][-2:] == ["3", "files"]


def test_frames(call: Call, packed: Path) -> None:
    lines = call("list", "-v", packed).out.splitlines()
    assert lines[3] == str(packed)
    text, noise = (line.split() for line in lines[5:])
    assert (text[0], text[2], text[5]) == ("0", "3,584", "1,024")
    assert (text[6], text[8:]) == ("4", ["(100.00", "%)"])
    assert noise[6:] == ["1", "stored", "(100.00", "%)"]
    second = packed.read_bytes().rindex(b"\xf8BWZ")
    assert noise[0] == f"{second:,}"


def test_json(call: Call, packed: Path) -> None:
    (listed,) = json.loads(call("list", "--json", packed).out)
    frames = listed.pop("frames")
    size = packed.stat().st_size
    assert listed == {
        "file": str(packed),
        "format": "bwz",
        "compressed": size,
        "original": 8584,
        "ratio": size / 8584,
        "check": "XXH3",
    }
    assert [frame["original"] for frame in frames] == [3584, 5000]
    assert frames[0]["offset"] == 0
    assert frames[0]["blocks"] == sum(kind["blocks"] for kind in frames[0]["kinds"].values()) == 4
    assert frames[1]["kinds"]["stored"]["original"] == 5000


def test_damage_and_what_is_no_file(call: Call, packed: Path, tmp_path: Path) -> None:
    (tmp_path / "cut.bwz").write_bytes(packed.read_bytes()[:-1])
    (tmp_path / "plain.txt").write_text("tyger " * 9)
    result = call("list", tmp_path / "cut.bwz", tmp_path / "plain.txt", tmp_path, packed)
    assert result.code == 1
    assert [line.partition(f"{tmp_path}")[2][:22] for line in result.err.splitlines()] == [
        "/cut.bwz: the compress",
        "/plain.txt: byte 0 of ",
        ": is a folder; -r/--re",
    ]
    assert len(result.out.splitlines()) == 2
    result = call("list", tmp_path / "cut.bwz")
    assert (result.code, result.out) == (1, "")


def test_stdin(packed: Path) -> None:
    with packed.open("rb") as stdin:
        command = [sys.executable, "-m", "bytewright", "list"]
        done = subprocess.run(command, stdin=stdin, capture_output=True, check=False)
    assert (done.returncode, done.stdout.split()[-1]) == (0, b"<stdin>")
    done = spawn("list", data=packed.read_bytes())
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.startswith(b"bytewright list: <stdin>: is a pipe")
