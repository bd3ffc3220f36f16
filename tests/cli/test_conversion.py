"""The rules by which `bytewright compress` and `decompress` make files of files."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bytewright import bwz

from .conftest import Call, at_terminal, environment, names, spawn

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("flags", [[], ["-k"], ["--rm", "-k"]])
def test_the_source_stays(call: Call, file: Path, flags: list[str]) -> None:
    assert call("compress", *flags, file).code == 0
    assert names(file.parent) == ["a.txt", "a.txt.bwz"]


def test_rm_deletes_it(call: Call, file: Path, text: bytes) -> None:
    assert call("compress", "-k", "--rm", file).code == 0
    assert names(file.parent) == ["a.txt.bwz"]
    assert call("decompress", "--rm", f"{file}.bwz").code == 0
    assert names(file.parent) == ["a.txt"]
    assert file.read_bytes() == text
    assert call("compress", "--rm", file, "-o", file.parent / "b").code == 0
    assert names(file.parent) == ["b"]


@pytest.mark.parametrize(
    "flags",
    [["-c"], ["-o", "-"], ["-o", "/dev/null"], ["-d", "--range", "0:3", "-o", "b"]],
)
def test_rm_needs_a_file_that_keeps_the_data(call: Call, file: Path, flags: list[str]) -> None:
    result = call("compress", "--rm", file, *flags)
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith("bytewright compress: --rm ")
    assert file.exists()


def test_rm_keeps_what_failed(call: Call, file: Path) -> None:
    (file.parent / "a.txt.bwz").write_bytes(b"precious")
    assert call("compress", "--rm", file).code == 1
    assert names(file.parent) == ["a.txt", "a.txt.bwz"]
    assert call("decompress", "--rm", f"{file}.bwz", "-f").code == 1
    assert names(file.parent) == ["a.txt", "a.txt.bwz"]


def test_existing_output_stays_without_force(call: Call, file: Path, text: bytes) -> None:
    out = file.parent / "a.txt.bwz"
    for flags in ([], ["-o", out]):
        out.write_bytes(b"precious")
        result = call("compress", file, *flags)
        assert result.code == 1
        assert result.err == f"bytewright compress: {out}: exists already; -f/--force overwrites it\n"
        assert out.read_bytes() == b"precious"
        assert call("compress", file, *flags, "-f").code == 0
        assert out.read_bytes() == bwz.compress(text)


def test_what_is_compressed_is_not_compressed_again(call: Call, file: Path) -> None:
    for suffix in ("bwz", "bpez"):
        path = file.rename(file.parent / f"a.{suffix}")
        result = call("compress", path)
        assert result.code == 1
        assert f"{path}: is compressed already" in result.err
        file = path
    assert call("compress", "-f", file).code == 0
    assert names(file.parent) == ["a.bpez", "a.bpez.bwz"]


def test_an_input_that_is_the_output(call: Call, file: Path, text: bytes) -> None:
    (file.parent / "same").hardlink_to(file)
    for out in (file, file.parent / "same"):
        result = call("compress", file, "-f", "-o", out)
        assert result.code == 1
        assert f"{file}: is the output, too" in result.err
        assert file.read_bytes() == text


def test_folders_links_and_devices_are_skipped(call: Call, file: Path, text: bytes) -> None:
    folder = file.parent
    (folder / "folder").mkdir()
    (folder / "link").symlink_to(file)
    os.mkfifo(folder / "fifo")
    result = call("compress", *(folder / name for name in ("folder", "link", "fifo", "nowhere", "a.txt")))
    assert result.code == 1
    assert [line.removeprefix(f"bytewright compress: {folder}/") for line in result.err.splitlines()] == [
        "folder: is a folder; -r/--recursive goes into it",
        "link: is a symbolic link; -f/--force follows it",
        "fifo: is not a regular file; -f/--force reads it, -c too",
        "nowhere: No such file or directory",
    ]
    # The file after them was done all the same.
    assert (folder / "a.txt.bwz").read_bytes() == bwz.compress(text)
    assert call("compress", "-f", folder / "link").code == 0
    assert (folder / "link.bwz").read_bytes() == bwz.compress(text)
    assert spawn("compress", "-c", folder / "link").stdout == bwz.compress(text)


def test_recursive(call: Call, tmp_path: Path) -> None:
    for name in ("b/c/2", "b/1", "a/3", "a/already.bwz"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "a/link").symlink_to(tmp_path / "b/1")
    result = call("compress", "-rv", tmp_path / "b", tmp_path / "a")
    assert result.code == 0
    done = [line.rpartition(f"{tmp_path}/")[2] for line in result.err.splitlines()]
    assert done == ["b/1.bwz", "b/c/2.bwz", "a/3.bwz"]
    assert names(tmp_path / "a") == ["3", "3.bwz", "already.bwz", "link"]
    (tmp_path / "a/already.bwz").unlink()
    shutil.rmtree(tmp_path / "b/c")
    (tmp_path / "b/1").unlink()
    result = call("decompress", "-r", tmp_path)
    assert result.err == f"bytewright decompress: {tmp_path}/a/3: exists already; -f/--force overwrites it\n"
    assert (tmp_path / "b/1").read_text() == "b/1"


def test_mode_and_times_are_kept(call: Call, file: Path) -> None:
    file.chmod(0o640)
    times = (1_000_000_000_123_456_789, 1_100_000_000_987_654_321)
    os.utime(file, ns=times)
    packed = file.parent / "a.txt.bwz"
    for command, source, made in (("compress", file, packed), ("decompress", packed, file)):
        assert call(command, "--rm", source).code == 0
        status = made.stat()
        assert stat.S_IMODE(status.st_mode) == 0o640
        assert status.st_mtime_ns == times[1]
    assert call("compress", file, "-o", file.parent / "b").code == 0
    assert (file.parent / "b").stat().st_mtime_ns == times[1]


def test_set_user_id_is_not_kept(call: Call, file: Path) -> None:
    file.chmod(0o4755)
    assert call("compress", file).code == 0
    assert stat.S_IMODE((file.parent / "a.txt.bwz").stat().st_mode) == 0o755


def test_names_that_are_no_text(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/a\xff\n\x1b[1m"
    with open(name, "wb") as file:
        file.write(b"tyger")
    done = spawn("compress", "-v", os.fsdecode(name), PYTHONIOENCODING="utf-8")
    assert done.returncode == 0
    assert b"/a\\udcff\\n\\x1b[1m: " in done.stderr
    listed = spawn("list", os.fsdecode(name + b".bwz"), PYTHONIOENCODING="utf-8")
    assert listed.stdout.endswith(b"/a\\udcff\\n\\x1b[1m.bwz\n")


def test_compressed_data_and_terminals(file: Path) -> None:
    code, shown = at_terminal("compress", "-c", file, stream="stdout")
    assert (code, "compressed data is not written to a terminal" in shown) == (1, True)
    code, shown = at_terminal("compress", "-cf", file, stream="stdout")
    assert (code, "BWZ" in shown) == (0, True)
    # What is on the terminal may be compressed, and an end may be shown there.
    spawn("compress", file)
    code, shown = at_terminal("cat", "--range", ":4", f"{file}.bwz", stream="stdout")
    assert (code, shown) == (0, file.read_bytes()[:4].decode())
    code, shown = at_terminal("decompress", stream="stdin")
    assert (code, "compressed data is not read from a terminal" in shown) == (1, True)


def test_progress_is_for_terminals(file: Path) -> None:
    code, shown = at_terminal("compress", file, stream="stdin")
    assert code == 0
    assert "compressing" in shown
    assert shown.endswith("\r\x1b[K")
    assert at_terminal("compress", "-qf", file, stream="stdin") == (0, "")


def test_closed_streams(file: Path, text: bytes) -> None:
    def run(command: str) -> subprocess.CompletedProcess[bytes]:
        script = f'exec "{sys.executable}" -m bytewright {command}'
        return subprocess.run(["sh", "-c", script], capture_output=True, env=environment(), check=False)

    done = run(f"compress '{file}' >&-")
    assert (done.returncode, done.stderr) == (0, b"")
    assert (file.parent / "a.txt.bwz").read_bytes() == bwz.compress(text)
    done = run(f"compress -c '{file}' >&-")
    assert (done.returncode, done.stderr) == (1, b"bytewright compress: stdout is closed\n")
    done = run("compress <&-")
    assert (done.returncode, done.stderr) == (1, b"bytewright compress: stdin is closed\n")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
@pytest.mark.parametrize("flags", [["-c"], ["-fo", "/dev/full"]])
def test_a_full_disk(file: Path, flags: list[str]) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "bytewright", "compress", file, *flags],
            stdout=full,
            stderr=subprocess.PIPE,
            env=environment(),
            check=False,
        )
    assert done.returncode == 1
    name = "<stdout>" if flags == ["-c"] else "/dev/full"
    assert done.stderr.decode() == f"bytewright compress: {name}: No space left on device\n"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder(call: Call, file: Path) -> None:
    file.parent.chmod(0o555)
    try:
        result = call("compress", "--rm", file)
    finally:
        file.parent.chmod(0o755)
    assert (result.code, result.err) == (1, f"bytewright compress: {file}.bwz: Permission denied\n")
    assert names(file.parent) == ["a.txt"]
