"""`bytewright decompress`, `cat` and `test`: what comes back, ranges, and damage."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bytewright import bpez, bwz

from .conftest import Call, Result, environment, names, spawn

if TYPE_CHECKING:
    from pathlib import Path

BLOCK = 1 << 14


@pytest.fixture
def packed(tmp_path: Path, text: bytes) -> Path:
    """The text in two frames of several blocks, alone in its folder."""
    path = tmp_path / "a.txt.bwz"
    half = len(text) // 2
    path.write_bytes(
        bwz.compress(text[:half], block_size=BLOCK) + bwz.compress(text[half:], block_size=BLOCK)
    )
    return path


def test_a_file_beside_the_file(call: Call, packed: Path, text: bytes) -> None:
    result = call("decompress", packed)
    assert (result.code, result.out, result.err) == (0, "", "")
    assert names(packed.parent) == ["a.txt", "a.txt.bwz"]
    assert (packed.parent / "a.txt").read_bytes() == text


def test_where_it_goes(call: Call, packed: Path, text: bytes) -> None:
    out = packed.parent / "b"
    assert call("decompress", packed, "-o", out).code == 0
    assert out.read_bytes() == text
    with packed.open("rb") as stdin:
        for arguments in ([], ["-"], ["-c", packed], [packed, "-o", "-"]):
            command = [sys.executable, "-m", "bytewright", "decompress", *arguments]
            stdin.seek(0)
            done = subprocess.run(command, stdin=stdin, capture_output=True, check=False)
            assert (done.returncode, done.stdout, done.stderr) == (0, text, b"")
    assert spawn("decompress", data=packed.read_bytes()).stdout == text
    assert spawn("cat", data=packed.read_bytes()).stdout == text


@pytest.mark.parametrize("name", ["a", "a.gz", ".bwz", "a.BWZ"])
def test_a_suffix_that_is_none(call: Call, packed: Path, text: bytes, name: str) -> None:
    path = packed.rename(packed.parent / name)
    result = call("decompress", path)
    assert result.code == 1
    assert result.err.startswith(f"bytewright decompress: {path}: does not end in .bwz or .bpez; ")
    assert names(packed.parent) == [name]
    assert call("decompress", path, "-c").out.encode() == text


def test_verbose_and_json(call: Call, packed: Path, text: bytes) -> None:
    result = call("decompress", packed, "-v", "--json")
    assert result.code == 0
    assert result.err.startswith(f"{packed}: ")
    assert result.err.endswith(f" -> {packed.parent / 'a.txt'}\n")
    (summary,) = json.loads(result.out)
    assert (summary["compressed"], summary["original"]) == (packed.stat().st_size, len(text))


def test_cat(call: Call, packed: Path, text: bytes) -> None:
    (packed.parent / "b.bpez").write_bytes(bpez.compress(b"tyger"))
    result = call("cat", packed, packed.parent / "b.bpez", packed)
    assert (result.code, result.err) == (0, "")
    assert result.out.encode() == text + b"tyger" + text


def test_the_format_is_known_by_content_then_by_suffix(call: Call, tmp_path: Path) -> None:
    files = {
        "a.bpez": bwz.compress(b"tyger"),
        "b.bpez": bpez.compress(b"tyger"),
        "c.bpez": bwz.skippable_frame(b"note") + bwz.compress(b"tyger"),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
        assert call("cat", tmp_path / name).out == "tyger"
        assert spawn("cat", tmp_path / name).stdout == b"tyger"
    # What comes through a pipe has no suffix.
    assert spawn("cat", data=files["b.bpez"]).returncode == 1
    assert spawn("cat", "--format", "bpez", data=files["b.bpez"]).stdout == b"tyger"
    assert spawn("cat", data=files["c.bpez"]).stdout == b"tyger"


def ranges(size: int) -> list[tuple[int | None, int | None]]:
    chosen = random.Random(3)
    edges = [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, size // 2 - 1, size // 2, size - 1, size, size + 5]
    some = [sorted(chosen.choices(edges, k=2)) for _ in range(12)]
    return [(None, None), (None, 5), (size - 5, None), (size + 9, None), *((a, b) for a, b in some)]


def test_ranges_are_slices(call: Call, packed: Path, text: bytes) -> None:
    (packed.parent / "a.bpez").write_bytes(bpez.compress(text, block_size=BLOCK))
    out = packed.parent / "out"
    for start, end in ranges(len(text)):
        written = f"{'' if start is None else start}:{'' if end is None else end}"
        for path in (packed, packed.parent / "a.bpez"):
            assert call("decompress", path, "-fo", out, "--range", written).code == 0
            assert out.read_bytes() == text[start:end], written


def test_ranges_of_a_pipe(packed: Path, text: bytes) -> None:
    for start, end in ((None, 7), (BLOCK - 1, BLOCK + 1), (len(text) - 3, None), (len(text) + 1, None)):
        written = f"{'' if start is None else start}:{'' if end is None else end}"
        done = spawn("cat", "--range", written, data=packed.read_bytes())
        assert (done.returncode, done.stdout, done.stderr) == (0, text[start:end], b"")


def test_units_of_ranges(packed: Path, text: bytes) -> None:
    assert spawn("cat", "--range", "16k:17KiB", packed).stdout == text[16 << 10 : 17 << 10]
    assert spawn("cat", "--range", "1kB:2kB", packed).stdout == text[1000:2000]


def test_a_range_decodes_only_its_blocks(call: Call, packed: Path, text: bytes) -> None:
    data = bytearray(packed.read_bytes())
    data[100] ^= 1  # in the first block
    packed.write_bytes(data)
    assert call("cat", packed).code == 1
    result = call("cat", "--range", f"{len(text) - 9}:", packed)
    assert (result.code, result.out.encode()) == (0, text[-9:])


def test_a_range_is_no_whole_file(call: Call, packed: Path) -> None:
    result = call("decompress", packed, "--range", "0:9")
    assert (result.code, names(packed.parent)) == (1, ["a.txt.bwz"])
    assert "-c or -o OUT" in result.err
    for command in ("test", "list"):
        assert "--range" in call("compress", f"--{command}", packed, "--range", "0:9").err


def damaged(data: bytes) -> dict[str, tuple[bytes, str]]:
    """For each way to damage a file what is left of it, and what the message says."""
    flipped = bytearray(data)
    flipped[len(data) // 2] ^= 4
    return {
        "cut": (data[:-1], "the compressed data ends at byte"),
        "short": (data[:2], "the compressed data ends at byte 2"),
        "empty": (b"", "there is no frame at all"),
        "flipped": (bytes(flipped), "of the compressed data: "),
        "trailing": (data + b"0", f"byte {len(data)} of the compressed data: bytes follow the last frame"),
        "begun": (data + bwz.compress(b"more")[:5], f"the compressed data ends at byte {len(data) + 5}"),
        "plain": (b"tyger" * 99, "byte 0 of the compressed data: not a .bwz file"),
    }


@pytest.mark.parametrize("way", damaged(b" " * 9))
def test_damage_leaves_nothing(call: Call, packed: Path, way: str) -> None:
    whole = packed.read_bytes()
    data, message = damaged(whole)[way]
    packed.write_bytes(data)
    (packed.parent / "whole.bwz").write_bytes(whole)

    def check(result: Result, command: str, name: str) -> None:
        assert result.code == 1
        assert result.err.startswith(f"bytewright {command}: {name}: ")
        assert message in result.err
        assert result.err.count("\n") == 1

    check(call("decompress", "--rm", packed, packed.parent / "whole.bwz"), "decompress", str(packed))
    # The next file was done, and this one stays.
    assert names(packed.parent) == ["a.txt.bwz", "whole"]
    check(call("test", packed), "test", str(packed))
    for given in ([packed], []):
        # What comes out before the damage is found may end within a character.
        done = spawn("cat", *given, data=data)
        name = str(packed) if given else "<stdin>"
        check(Result(done.returncode, "", done.stderr.decode()), "cat", name)


def test_damaged_bpez(call: Call, tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "a.bpez"
    path.write_bytes(bpez.compress(text)[:-1])
    result = call("decompress", path)
    assert (result.code, names(tmp_path)) == (1, ["a.bpez"])
    assert f"{path}: the compressed data ends at byte" in result.err


def test_memory_limit(call: Call, packed: Path) -> None:
    result = call("decompress", packed, "--memory-limit", "10k")
    assert (result.code, names(packed.parent)) == (1, ["a.txt.bwz"])
    assert f"{packed}: " in result.err
    assert call("decompress", packed, "--memory-limit", "1M").code == 0


def test_test(call: Call, packed: Path, text: bytes) -> None:
    result = call("test", packed)
    assert (result.code, result.out, result.err) == (0, "", "")
    result = call("test", "-v", packed, packed)
    assert (result.code, result.out) == (0, "")
    assert [line[: len(str(packed)) + 4] for line in result.err.splitlines()] == [f"{packed}: OK"] * 2
    assert spawn("test", data=packed.read_bytes()).returncode == 0
    bad = packed.parent / "bad.bwz"
    bad.write_bytes(packed.read_bytes()[:-1])
    result = call("test", "-r", "--json", packed.parent)
    assert result.code == 1
    good, failed = json.loads(result.out)
    assert good == {"file": str(packed), "ok": True, "original": len(text)}
    assert (failed["file"], failed["ok"]) == (str(bad), False)
    assert failed["error"] in result.err
    assert names(packed.parent) == ["a.txt.bwz", "bad.bwz"]


def test_a_missing_file_does_not_stop_the_rest(call: Call, packed: Path, text: bytes) -> None:
    result = call("cat", packed.parent / "nowhere.bwz", packed)
    assert result.code == 1
    assert result.err == f"bytewright cat: {packed.parent / 'nowhere.bwz'}: No such file or directory\n"
    assert result.out.encode() == text


def test_tracebacks_on_request(packed: Path) -> None:
    packed.write_bytes(b"")
    assert b"Traceback" not in spawn("decompress", packed).stderr
    assert b"Traceback" in spawn("decompress", packed, "-vv").stderr


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="no /proc here")
@pytest.mark.parametrize("name", ["zeros.bwz", "zeros.bpez"])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, name: str) -> None:
    codec = bwz if name.endswith("bwz") else bpez
    (tmp_path / name).write_bytes(codec.compress(bytes(160 << 20)))
    code = (
        "import sys; from bytewright.cli import main; code = main(sys.argv[1:])\n"
        "peak = next(line for line in open('/proc/self/status') if line.startswith('VmHWM:'))\n"
        "sys.exit(code or (int(peak.split()[1]) > 120_000 and peak))"
    )
    command = [sys.executable, "-c", code, "decompress", "-T", "2", tmp_path / name, "-o", os.devnull]
    done = subprocess.run(command, capture_output=True, env=environment(), check=False)
    assert (done.returncode, done.stderr) == (0, b"")
