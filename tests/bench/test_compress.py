"""`bytewright bench compress`, whole, on little text; and its parts."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sys
from pathlib import Path

import pytest

import bytewright
from bytewright import bwz
from bytewright.bench import adversarial, main, rounds
from bytewright.bench.compression import programs, selection, slowness, trial
from bytewright.bench.compression.front import front
from bytewright.bench.compression.programs import COMPRESS, DECOMPRESS, DIRECTIONS, PROGRAMS, Program
from bytewright.bench.compression.trial import Figures, Original, Trial, Usage
from bytewright.cli.options import CommandError

TEXT = b"the quick brown fox jumps over the lazy dog; don't stop 123\n" * 300 + bytes(range(256))
QUICK = ["--runs", "1", "--touch", "0", "-q"]
needs_gzip = pytest.mark.skipif(shutil.which("gzip") is None, reason="gzip is not installed")


@pytest.fixture
def text(tmp_path: Path) -> str:
    place = tmp_path / "text.bin"
    place.write_bytes(TEXT)
    return str(place)


@pytest.fixture
def bin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose programs go before all others."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", os.pathsep.join([str(folder), os.environ.get("PATH", "")]))
    return folder


def put(folder: Path, name: str, script: str) -> None:
    place = folder / name
    place.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    place.chmod(0o755)


@needs_gzip
def test_the_table(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compress", text, "--peers", "bytewright:1,gzip:6", "-T", "2", *QUICK]) == 0
    shown = capsys.readouterr().out
    assert f"{len(TEXT):,} bytes, sha256" in shown
    rows = {line.split()[0]: line.split() for line in reversed(shown.splitlines()) if ":" in line[:20]}
    # The baseline comes by itself.
    assert {"bytewright:1", "gzip:6", "gzip:9"} <= set(rows)
    assert rows["bytewright:1"][1:4] == ["2", "/", "2"] and rows["gzip:9"][1:4] == ["1", "/", "1"]
    assert rows["gzip:9"][6] == "1.00×"
    assert "start-up included" in shown and "without start-up" in shown


@needs_gzip
def test_json(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compress", text, "--peers", "bytewright,gzip", "-T", "1", *QUICK, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["corpus"] == [
        {"path": text, "bytes": len(TEXT), "sha256": hashlib.sha256(TEXT).hexdigest()}
    ]
    assert report["threads"] == 1 and report["baseline"] == "gzip:9" and report["machine"]["cores"] >= 1
    assert report["versions"]["bytewright"] == bytewright.__version__ and report["versions"]["gzip"]
    rows = {f"{row['peer']}:{row['mode']}": row for row in report["results"]}
    levels = {f"bytewright:{level}" for level in range(1, bwz.MAXIMUM_LEVEL + 1)}
    assert set(rows) == levels | {"gzip:1", "gzip:6", "gzip:9"}
    ours = rows["bytewright:1"]
    assert ours["percent"] == pytest.approx(100 * ours["compressed_bytes"] / len(TEXT))
    assert ours["ratios"]["size"] == ours["compressed_bytes"] / rows["gzip:9"]["compressed_bytes"]
    for direction in DIRECTIONS:
        part = ours[direction]
        assert len(part["runs"]) == 1 and len(part["start_up_runs"]) == trial.START_UPS
        assert part["seconds"] == part["first_seconds"] == part["best_seconds"] == part["runs"][0]["wall"]
        assert part["seconds"] > 0 and part["memory_bytes"] > 5e6 and part["threads"] == 1
        assert part["command"].split()[1:4] == ["-m", "bytewright", direction]


@needs_gzip
def test_several_files_have_a_summary(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "other.txt").write_bytes(TEXT[::-1])
    arguments = ["--peers", "bytewright:1,gzip:9", "--limit", "1k", *QUICK]
    assert main(["compress", text, str(tmp_path / "other.txt"), *arguments]) == 0
    shown = capsys.readouterr().out
    assert shown.count("1,000 bytes, sha256") == 2
    assert "% text.bin" in shown and "% other.txt" in shown and "% (mean)" in shown


@needs_gzip
def test_a_plot(text: str, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    place = tmp_path / "sizes.png"
    assert main(["compress", text, "--peers", "gzip", "--plot", str(place), *QUICK]) == 0
    assert place.read_bytes().startswith(b"\x89PNG")
    with pytest.raises(CommandError, match=r"\.png"):
        main(["compress", text, "--plot", str(tmp_path / "sizes.gif"), *QUICK])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--peers", "nobody"], "no peer 'nobody'; there are bytewright, bpez, gzip"),
        (["--peers", "gzip:loud"], "gzip has no mode 'loud' here; there are 1, 2"),
        (["--peers", "bytewright:0"], "bytewright has no mode '0'"),
        (["--baseline", "nobody:1"], "no peer 'nobody'"),
        (["--baseline", "gzip"], "a setting is needed"),
    ],
)
def test_wrong_names(text: str, arguments: list[str], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        main(["compress", text, *arguments, *QUICK])


def test_files_are_looked_at_first(text: str, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    with pytest.raises(bytewright.BytewrightError, match="empty: there is nothing in it"):
        main(["compress", text, str(tmp_path / "empty"), *QUICK])
    with pytest.raises(FileNotFoundError):
        main(["compress", text, str(tmp_path / "missing"), *QUICK])


def test_what_is_missing_is_named(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["compress", text, "--peers", "bytewright:1,xz", *QUICK]) == 0
    shown = capsys.readouterr().out
    assert "xz is not installed: apt-get install xz-utils" in shown
    assert "gzip is not installed: apt-get install gzip" in shown
    assert "×" not in shown, "there is no baseline"
    with pytest.raises(CommandError, match="--baseline zstd:3: zstd is not installed"):
        main(["compress", text, "--baseline", "zstd:3", *QUICK])


@pytest.mark.parametrize(
    ("script", "message"),
    [
        # What comes back is one byte short.
        (
            "test $1 = -c && exec cat $3; head -c -1 $3",
            r"decompressed, byte 0 differs \(0 bytes came back of 1\)",
        ),
        ("test $1 = -c && exec cat $3; tr q Q <$3", "decompressed, byte 4 differs"),
        ("echo bad news >&2; exit 3", "ended with status 3: bad news"),
        ("kill -9 $$", "ended with status -9"),
        ("sleep 60", "over the time limit"),
    ],
)
def test_what_does_not_work_is_not_timed(
    text: str, bin: Path, script: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    put(bin, "gzip", script)
    limit = ["--time-limit", "3"] if "sleep" in script else []
    assert main(["compress", text, "--peers", "bytewright:1,gzip:9", "--json", *limit, *QUICK]) == 1
    report = json.loads(capsys.readouterr().out)
    rows = {row["peer"]: row for row in report["results"]}
    assert "percent" in rows["bytewright"] and "percent" not in rows["gzip"]
    assert rows["bytewright"]["ratios"] == {}
    assert re.match(f"NOT TIMED: {message}", rows["gzip"]["problem"])
    assert any(note.startswith("text.bin, gzip:9: NOT TIMED") for note in report["notes"])


def test_a_program_that_fails_later_says_so(
    text: str, bin: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # It works while it is checked (twice each way), and no more.
    count = tmp_path / "count"
    put(bin, "gzip", f"echo >>{count}; test $(wc -l <{count}) -gt 5 && exit 9; cat $3")
    assert main(["compress", text, "--peers", "bytewright:1,gzip:9", *QUICK]) == 1
    assert "text.bin, gzip:9: ended with status 9" in capsys.readouterr().out


def modes(program: Program) -> list[str]:
    return [mode for mode in program.usual if mode != "reference"]


@pytest.mark.parametrize(
    ("name", "mode"), [(program.name, mode) for program in PROGRAMS for mode in modes(program)]
)
def test_each_program_gives_the_original_back(name: str, mode: str, text: str, tmp_path: Path) -> None:
    program = programs.named(name)
    assert program is not None
    if program.path() is None:
        pytest.skip(f"{name} is not installed")
    folder = tmp_path / "work"
    folder.mkdir()
    made = Trial(program, mode, 2, trial.prepare(Path(text), folder, None))
    made.check(60)
    assert 0 < made.size < len(TEXT) / 2
    assert re.fullmatch(r"\d+(\.\d+)+", programs.version(program))


def test_the_reference_is_run_as_a_program(tmp_path: Path) -> None:
    (tmp_path / "text").write_bytes(b"banana bandana")
    bpez = programs.named("bpez")
    assert bpez is not None
    made = Trial(bpez, "reference", 2, trial.prepare(tmp_path / "text", tmp_path, None))
    made.check(60)


def test_the_table_of_programs_is_sound() -> None:
    for program in PROGRAMS:
        assert set(program.usual) | set(program.slow) | set(program.single) <= set(program.settings)
        assert not set(program.usual) & set(program.slow)
        assert set(program.threaded) <= set(DIRECTIONS)
        threads = any("{threads}" in argument for argument in program.compress)
        assert threads or COMPRESS not in program.threaded
    assert len({program.name for program in PROGRAMS}) == len(PROGRAMS)


def test_threads_that_a_program_uses() -> None:
    asked = {program.name: program for program in PROGRAMS}
    assert [asked["gzip"].threads(direction, "9", 4) for direction in DIRECTIONS] == [1, 1]
    assert [asked["pigz"].threads(direction, "9", 4) for direction in DIRECTIONS] == [4, 1]
    assert [asked["7zip"].threads(COMPRESS, mode, 4) for mode in ("ppmd", "lzma2")] == [1, 4]
    assert [asked["bpez"].threads(DECOMPRESS, mode, 4) for mode in ("native", "reference")] == [4, 1]


def test_the_selection() -> None:
    ours = [f"bytewright:{level}" for level in range(1, bwz.MAXIMUM_LEVEL + 1)]

    def labels(
        peers: str | None, baseline: str | None = "bpez:native", everything: bool = False
    ) -> list[str]:
        return [each.label for each in selection.select(peers, baseline, everything).chosen]

    assert labels("bpez") == [*ours, "bpez:native", "bpez:reference"]
    assert labels("bytewright:1") == ["bytewright:1", "bpez:native"]
    assert labels("bpez:reference,bpez:reference", "bytewright:1") == [*ours, "bpez:reference"]
    if shutil.which("brotli"):
        assert labels("brotli", everything=True)[-4:] == [f"brotli:{mode}" for mode in (1, 5, 9, 11)]
        assert selection.select("brotli", None, False).left_out == ["brotli:11"]
        assert selection.select("brotli:11", None, False).left_out == []


def test_the_reference_is_for_small_files_unless_it_is_named() -> None:
    usual, named = (selection.select(peers, "bytewright:1", False) for peers in ("bpez", "bpez:reference"))
    small, large = programs.REFERENCE_BYTES, programs.REFERENCE_BYTES + 1

    def has_it(chosen: selection.Selection, size: int) -> bool:
        there, why = selection.for_file(chosen, size)
        found = any(each.label == "bpez:reference" for each in there)
        assert found == (why is None)
        return found

    assert [has_it(usual, small), has_it(usual, large), has_it(named, large)] == [True, False, True]


@pytest.mark.parametrize(
    ("points", "kept"),
    [
        ([], []),
        ([(5, 1)], [0]),
        ([(5, 1), (4, 2)], [1]),
        ([(5, 2), (4, 1)], [0, 1]),
        ([(4, 1), (5, 2)], [1, 0]),
        ([(5, 1), (5, 2)], [1]),
        ([(5, 1), (4, 1)], [1]),
        ([(5, 1), (5, 1)], [0, 1]),
        ([(30, 5), (40, 9), (35, 5), (30, 7), (20, 1), (25, 0.5)], [1, 3, 4]),
    ],
)
def test_the_front(points: list[tuple[float, float]], kept: list[int]) -> None:
    assert front(points) == kept

    def beaten(size: float, speed: float) -> bool:
        return any(a <= size and b >= speed and (a, b) != (size, speed) for a, b in points)

    assert sorted(kept) == [index for index, point in enumerate(points) if not beaten(*point)]


def usage(wall: float, memory: int = 0) -> Usage:
    return Usage(wall, wall, memory, 5_000_000)


def test_figures() -> None:
    made = Figures(
        [usage(3.0, 7), usage(1.5, 9), usage(2.0, 8)], [usage(0.5), usage(0.25), usage(0.5), usage(0.75)]
    )
    assert (made.seconds, made.first, made.best, made.start_up, made.work) == (2.0, 3.0, 1.5, 0.5, 1.5)
    assert made.speed(300) == 200 and made.peak.memory == 9 and not made.is_rough
    assert Figures([usage(1.0)], [usage(0.5), usage(1.0)]).is_rough
    assert not Figures([usage(1.5)], [usage(0.5), usage(1.0)]).is_rough
    # One that was held up among many does not count.
    assert not Figures([usage(1.0)], [*[usage(0.5)] * 8, usage(9.0)]).is_rough
    too_short = Figures([usage(0.25)], [usage(0.5)])
    assert too_short.work == 0 and too_short.speed(300) == 0


def made_trial(name: str, size: int, seconds: float, start: tuple[float, ...] = (0.1, 0.1)) -> Trial:
    """A trial whose two directions took so long."""
    program = programs.named(name)
    assert program is not None
    none = Path("none")
    made = Trial(program, program.usual[0], 1, Original("text", none, size, "", none, none))
    made.figures = {each: Figures([usage(seconds)], [usage(wall) for wall in start]) for each in DIRECTIONS}
    return made


def test_a_byte_against_one_of_prose() -> None:
    prose = made_trial("gzip", 1000, 0.6)
    assert slowness.against(prose, prose, COMPRESS) == 1
    # Start-up aside, 0.5 s for 1000 bytes against 2.5 s for 500.
    assert slowness.against(made_trial("gzip", 500, 2.6), prose, DECOMPRESS) == pytest.approx(10)
    # This prose may have taken 0.4 s, twice what start-up varies by.
    unsure = made_trial("gzip", 1000, 0.1, (0.0, 0.1, 0.2, 0.3, 0.4))
    assert slowness.against(made_trial("gzip", 1000, 4.1), unsure, COMPRESS) == pytest.approx(10)
    failed = Trial(prose.program, prose.mode, 1, prose.original)
    assert slowness.against(failed, prose, COMPRESS) is slowness.against(prose, failed, COMPRESS) is None


def test_what_is_over_the_bound() -> None:
    def texts(seconds: float, start: tuple[float, ...] = (0.1, 0.1)) -> dict[str, list[Trial]]:
        names = ("bytewright", "gzip")
        return {
            "prose": [made_trial(name, 1000, 1.1) for name in names],
            "prose without white space": [made_trial(name, 1000, seconds, start) for name in names],
        }

    over, under = texts(20.2), texts(20.0)
    assert list(slowness.too_slow(under)) == []
    assert [line.partition(" takes ")[0] for line in slowness.too_slow(over)] == [
        f"prose without white space, bytewright:1: TOO SLOW: {direction}" for direction in DIRECTIONS
    ]
    # What of start-up differs by more than the whole shows nothing.
    assert list(slowness.too_slow(texts(60.0, (0.0, 5.0, 30.0, 30.0)))) == []
    over["prose"][1].problem = "a problem"
    over["prose without white space"][1].figures[COMPRESS] = Figures()
    rows = {tuple(line.split()) for line in slowness.table(over, COMPRESS)}
    assert {("bytewright:1", "0.00", "20.1×!"), ("gzip:1", "0.00", "failed")} <= rows
    assert {("compress", "prose", "prose"), ("MB/s", "without"), ("white", "space")} <= rows
    assert any("19.9×" in line and "!" not in line for line in slowness.table(under, DECOMPRESS))
    first, _, ours, failed = slowness.as_json(over)
    assert first[COMPRESS]["times_prose"] == 1 and not first[COMPRESS]["is_over"]
    assert ours["text"] == "prose without white space" and ours[DECOMPRESS]["is_over"]
    assert COMPRESS not in failed


@needs_gzip
@pytest.mark.parametrize(("bound", "status"), [(-1.0, 1), (float("inf"), 0)])
def test_adversarial(
    bound: float, status: int, text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(slowness, "BOUND", bound)
    monkeypatch.setattr(Figures, "is_rough", False)
    every = adversarial.for_compressors
    monkeypatch.setattr(
        adversarial, "for_compressors", lambda *given: {key: every(*given)[key] for key in ("prose", "zeros")}
    )
    arguments = ["--peers", "bytewright:1,gzip:9", "--adversarial", "--limit", "9k", "-T", "2", *QUICK]
    assert main(["compress", text, text, *arguments, "--json"]) == status
    report = json.loads(capsys.readouterr().out)
    rows = [row for row in report["results"] if row["task"] == "adversarial"]
    assert [(row["text"], row["peer"], row["bytes"]) for row in rows] == [
        (name, peer, 9000) for name in ("prose", "zeros") for peer in ("bytewright", "gzip")
    ]
    assert all(row[direction]["is_over"] == bool(status) for row in rows for direction in DIRECTIONS)
    assert len([row for row in report["results"] if row["task"] == "compress"]) == 4
    # Only ours are to blame.
    blamed = [note for note in report["notes"] if "TOO SLOW" in note]
    assert len(blamed) == 4 * status and all("bytewright:1" in note for note in blamed)


def test_texts_that_make_compressors_slow(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes("b é\n漢 ".encode() * 300)
    (tmp_path / "b").write_bytes(TEXT)
    prose = slowness.prose([tmp_path / "a", tmp_path / "b"], 5000)
    assert prose == ("b é\n漢 ".encode() * 300 + TEXT)[:5000]
    made = adversarial.for_compressors(prose, len(prose))
    assert next(iter(made)) == "prose" and made["prose"] == prose
    assert len(made) == 12 and all(len(made[name]) == 5000 for name in made if "without" not in name)
    assert made.keys() - adversarial.texts(prose, 9).keys() >= {"ab repeated", "zeros", "distinct words"}
    assert 4997 <= len(made["prose without white space"]) <= 5000
    assert not re.search(rb"\s", made["prose without white space"])
    words = made["distinct words"].split()
    assert len(words) == len(set(words)) == 625
    lines = made["sorted lines"].split(b"\n")
    assert lines == sorted(prose.split(b"\n")) != prose.split(b"\n")
    # These never occur in the infinite word.
    assert made["Fibonacci word"].startswith(b"abaababaabaab")
    assert b"bb" not in made["Fibonacci word"] and b"aaa" not in made["Fibonacci word"]
    assert set(made["zeros"]) == {0} and set(made["ab repeated"][::2]) == {ord("a")}
    assert set(made["hexadecimal digits"]) == set(b"0123456789abcdef")


@pytest.mark.parametrize("prose", ["漢字x", "aé😀", "\xff\x80", "\x80"])
def test_texts_end_with_a_whole_character(prose: str) -> None:
    encoded = prose.encode("latin-1" if max(prose) < "\u0100" and "\x80" in prose else "utf-8")
    for size in range(1, 40):
        text = adversarial.for_compressors(encoded, size)["prose"]
        assert 0 < len(text) <= size and size - len(text) < 4
        if size >= 4 and "\x80" not in prose:
            text.decode()


def test_memory_is_that_of_the_program(tmp_path: Path) -> None:
    # Not what this process holds, which is more than a program that does nothing.
    true = shutil.which("true")
    assert true is not None
    nothing = trial.run([true], None, tmp_path, 60)
    assert nothing.memory < 12_000_000 and nothing.memory_is_bound
    much = trial.run([sys.executable, "-c", "print(len(b'a' * 100_000_000))"], None, tmp_path, 60)
    assert 100_000_000 < much.memory < 150_000_000 and not much.memory_is_bound
    assert much.cpu > 0 and much.wall > 0


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(rounds.FailedError, match=r"127.*No such file"):
        trial.run([str(tmp_path / "none")], None, tmp_path, 60)


@pytest.mark.parametrize(
    ("back", "message"),
    [
        (b"abcd", None),
        (b"abXd", "byte 2 differs"),
        (b"abc", r"byte 3 differs \(3 bytes came back of 4\)"),
        (b"abcde", "byte 4 differs"),
        (b"", "byte 0 differs"),
    ],
)
def test_what_comes_back_is_compared(back: bytes, message: str | None, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abcd")
    (tmp_path / "b").write_bytes(back)
    found = trial.differs(tmp_path / "a", tmp_path / "b")
    assert found is None if message is None else re.search(message, found or "")


def test_the_first_bytes_are_copied(text: str, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    for limit in (None, 1, 1000, len(TEXT), len(TEXT) + 1):
        made: Original = trial.prepare(Path(text), folder, limit)
        assert made.path.read_bytes() == TEXT[:limit]
        assert (made.size, made.digest) == (len(TEXT[:limit]), hashlib.sha256(TEXT[:limit]).hexdigest())
