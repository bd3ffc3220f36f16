"""Training, from text and from a profile."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

import bytewright


@pytest.mark.parametrize("pattern", ["gpt2", "cl100k", "o200k"])
def test_train(benchmark: BenchmarkFixture, documents: list[str], pattern: str) -> None:
    made = benchmark(bytewright.train, documents, 4000, pattern=pattern, threads=1, progress=False)
    assert len(made) == 4000


def test_count(benchmark: BenchmarkFixture, documents: list[str]) -> None:
    profile = benchmark(bytewright.Profile.build, documents, pattern="gpt2", threads=1, progress=False)
    assert len(profile) > 1000


def test_train_from_a_profile(benchmark: BenchmarkFixture, documents: list[str], tmp_path: Path) -> None:
    place = tmp_path / "corpus.profile"
    bytewright.Profile.build(documents, pattern="gpt2", progress=False).save(place)
    profile = bytewright.Profile.load(place)
    made = benchmark(bytewright.train, profile, 4000, threads=1, progress=False)
    assert len(made) == 4000
