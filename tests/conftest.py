"""Texts, small vocabularies, and the corpora where they are."""

from __future__ import annotations

import argparse
import os
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import bytewright

settings.register_profile(
    "default", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("thorough", deadline=None, max_examples=5000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

# Nothing is left in the cache of who runs the tests, by no process that they start; those that are about it have a folder of their own.
os.environ["BYTEWRIGHT_CACHE"] = "off"

PATTERNS = ("gpt2", "cl100k", "o200k")
SPECIAL = ("<|endoftext|>", "<|fim|>")


@cache
def sample_text() -> str:
    """Some 200 kB that every machine has: program text, and a little of many scripts."""
    code = Path(argparse.__file__).read_text(encoding="utf-8")
    scripts = (
        "Die Größe der Straße läßt sich nicht ändern. L'été où nous sommes allés à Besançon, j'ai vu 1234567 étoiles. "
        "Быстрая лиса прыгает через ленивую собаку, а собака спит. Η γρήγορη αλεπού πηδά πάνω από το σκυλί. "
        "अभी मैं हिन्दी में लिख रहा हूँ और आप पढ़ रहे हैं। 私は昨日東京でラーメンを食べました。今天天气很好，我们去公园散步吧。 "
        "오늘은 날씨가 좋아서 공원에 갔습니다. السلام عليكم ورحمة الله وبركاته. สวัสดีชาวโลก ทุกคนสบายดีไหม "
        "🦀👩‍👩‍👧‍👦🏳️‍🌈 don't DON'T I'll I'LL we've WE'VE\r\n\r\n\t\t  x = 3.14159 // ok\n"
    )
    return code + scripts * 40


@cache
def trained(
    pattern: str | None, size: int = 1000, special: tuple[str, ...] = SPECIAL
) -> bytewright.Tokenizer:
    """A vocabulary trained on `sample_text`."""
    return bytewright.train(
        [sample_text()], size, pattern=pattern, special_tokens=special, threads=1, progress=False
    )


@pytest.fixture(scope="session")
def text() -> str:
    """Some 200 kB of program text and many scripts."""
    return sample_text()


@pytest.fixture(scope="session", params=PATTERNS)
def tokenizer(request: pytest.FixtureRequest) -> bytewright.Tokenizer:
    """A small vocabulary for each named pattern."""
    return trained(request.param)


@pytest.fixture(scope="session")
def small() -> bytewright.Tokenizer:
    """A small vocabulary with o200k's pattern."""
    return trained("o200k")


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of corpora and vocabularies."""
    folder = os.environ.get("BYTEWRIGHT_DATA")
    if not folder:
        pytest.skip("BYTEWRIGHT_DATA is not set: no corpora and no published vocabularies")
    return Path(folder)
