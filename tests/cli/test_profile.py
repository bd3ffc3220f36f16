"""`profile`: counts once, trains often."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from .conftest import make_text

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Call


def test_training_on_a_profile_is_training_on_the_text(call: Call, corpus: Path, tmp_path: Path) -> None:
    result = call("profile", corpus, "-o", tmp_path / "corpus.profile", "--json")
    assert result.code == 0, result.err
    summary = json.loads(result.out)
    assert summary["bytes"] == corpus.stat().st_size
    assert summary["documents"] == 1
    assert summary["pretokens"] > 100
    for source, name in ((corpus, "text"), (tmp_path / "corpus.profile", "profile")):
        assert call("train", source, "-o", tmp_path / name, "--vocab-size", 500, "-q").code == 0
    assert (tmp_path / "text" / "tokenizer.json").read_bytes() == (
        tmp_path / "profile" / "tokenizer.json"
    ).read_bytes()


def test_profiles_and_text_merge_by_weight(call: Call, tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 2)):
        (tmp_path / f"{name}.txt").write_text(make_text(100, seed), encoding="utf-8")
        assert call("profile", tmp_path / f"{name}.txt", "-o", tmp_path / f"{name}.profile", "-q").code == 0
    (tmp_path / "aab.txt").write_text("", encoding="utf-8")
    twice = [tmp_path / "a.txt", tmp_path / "a.txt", tmp_path / "b.txt"]
    a, b = tmp_path / "a.profile", tmp_path / "b.profile"
    assert call("profile", a, b, "--weight", f"{a}=2", "-o", tmp_path / "weighted.profile", "-q").code == 0
    assert (
        call(
            "profile", a, tmp_path / "b.txt", "--weight", f"{a}=2", "-o", tmp_path / "mixed.profile", "-q"
        ).code
        == 0
    )
    assert call("profile", *twice, "-o", tmp_path / "twice.profile", "-q").code == 0
    for name in ("weighted", "mixed", "twice"):
        assert (
            call("train", tmp_path / f"{name}.profile", "-o", tmp_path / name, "--vocab-size", 450, "-q").code
            == 0
        )
    written = {(tmp_path / name / "tokenizer.json").read_bytes() for name in ("weighted", "mixed", "twice")}
    assert len(written) == 1


def test_weights_that_name_nothing(call: Call, corpus: Path, tmp_path: Path) -> None:
    for weight, message in (
        ("other.profile=2", "other.profile"),
        (f"{corpus}=-1", "-1"),
        ("2", "FILE=NUMBER"),
    ):
        result = call("profile", corpus, "--weight", weight, "-o", tmp_path / "out.profile")
        assert result.code in (1, 2)
        assert message in result.err
        assert not (tmp_path / "out.profile").exists()


def test_existing_output_stays_without_force(call: Call, corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.profile"
    out.write_text("precious")
    assert call("profile", corpus, "-o", out).code == 1
    assert out.read_text() == "precious"
    assert call("profile", corpus, "-o", out, "-f").code == 0
    assert out.read_bytes() != b"precious"


def test_a_damaged_profile_is_refused_by_name(call: Call, corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.profile"
    assert call("profile", corpus, "-o", out, "-q").code == 0
    out.write_bytes(out.read_bytes()[:-20])
    result = call("train", out, "-o", tmp_path / "trained")
    assert result.code == 1
    assert str(out) in result.err
    assert not (tmp_path / "trained").exists()


def test_profiles_of_different_patterns_do_not_merge(call: Call, corpus: Path, tmp_path: Path) -> None:
    for pattern in ("gpt2", "cl100k"):
        assert (
            call("profile", corpus, "--pattern", pattern, "-o", tmp_path / f"{pattern}.profile", "-q").code
            == 0
        )
    result = call(
        "profile", tmp_path / "gpt2.profile", tmp_path / "cl100k.profile", "-o", tmp_path / "both.profile"
    )
    assert result.code == 1
    assert "gpt2" in result.err and "cl100k" in result.err
    assert not (tmp_path / "both.profile").exists()
