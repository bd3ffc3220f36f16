"""Arguments as people write them."""

from __future__ import annotations

import argparse

import pytest

from bytewright.cli.options import positive, separator, threads
from bytewright.cli.options import size as size_argument
from bytewright.cli.terminal import (
    clip,
    display_width,
    file_name,
    percent,
    rate,
    seconds,
    size,
    table,
    visible,
)


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("\\n", b"\n"),
        ("</doc>\\n", b"</doc>\n"),
        ("\\0", b"\0"),
        ("\\\\n", b"\\n"),
        ("\\r\\n\\t", b"\r\n\t"),
        ("\\xff\\x00", b"\xff\0"),
        ("\\u2029", "\u2029".encode()),
        ("größer", "größer".encode()),
        ("\udcff", b"\xff"),
    ],
)
def test_separator_understands_escapes(text: str, data: bytes) -> None:
    assert separator(text) == data


@pytest.mark.parametrize("text", ["\\", "\\x1", "\\uD8", "\\ud800", "\\q", ""])
def test_separator_refuses_what_is_none(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        separator(text)


@pytest.mark.parametrize(
    ("text", "number"), [("1", 1), ("32_000", 32_000), ("32,000", 32_000), ("32k", 32_000), ("2M", 2_000_000)]
)
def test_positive(text: str, number: int) -> None:
    assert positive(text) == number


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "", "k", "٣", "1e3"])
def test_positive_refuses_the_rest(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="whole number"):
        positive(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("4096", 4096),
        ("5B", 5),
        ("64k", 1 << 16),
        ("64K", 1 << 16),
        ("64KiB", 1 << 16),
        ("64kB", 64_000),
        ("1M", 1 << 20),
        ("2MB", 2_000_000),
        ("2GiB", 2 << 30),
        ("1T", 1 << 40),
    ],
)
def test_size(text: str, number: int) -> None:
    assert size_argument(text) == number


@pytest.mark.parametrize("text", ["", "k", "-1", "1.5M", "1iB", "1kb", "1 k", "1KK", "٣"])
def test_size_refuses_the_rest(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="number of bytes"):
        size_argument(text)


def test_threads() -> None:
    assert (threads("0"), threads("3")) == (None, 3)


def test_file_name_has_no_control_characters() -> None:
    assert file_name("größe 漢.txt") == "größe 漢.txt"
    assert file_name("a\n\x1b[1m\udcff") == "a\\n\\x1b[1m\\udcff"


@pytest.mark.parametrize(
    ("token", "shown"),
    [
        (b" the", "·the"),
        (b"\n\t\r", "↵→\\x0D"),
        (b"\xe2\x80", "\\xE2\\x80"),
        ("é東🦀".encode(), "é東🦀"),
        ("\u0301a".encode(), "◌\u0301a"),
        ("\u200d\u2028\u00a0".encode(), "\\u200D\\u2028\\u00A0"),
        (b"\x1b[31m", "\\x1B[31m"),
        (b"\x9b", "\\x9B"),
        ("\x9b".encode(), "\\u009B"),
    ],
)
def test_visible_has_a_sign_for_everything(token: bytes, shown: str) -> None:
    assert visible(token) == shown


def test_clip_counts_columns() -> None:
    assert clip("short", 10) == "short"
    assert clip("a" * 100, 10) == "aaaaa…aaaa"
    assert display_width(clip("漢" * 100, 11)) <= 11
    assert clip("漢" * 100, 11).count("…") == 1


def test_table_aligns_wide_characters() -> None:
    assert table([("漢", "1"), ("a", "10")], "<>") == ["  漢   1", "  a   10"]


def test_quantities() -> None:
    assert (percent(1, 6), percent(0, 7), percent(3, 0)) == ("16.67 %", "0.00 %", "-")
    assert (size(999), size(31_400_000), size(2.5e9)) == ("999 B", "31.4 MB", "2.5 GB")
    assert (seconds(0.00123), seconds(1.234), seconds(125)) == ("1.2 ms", "1.23 s", "2 min 05 s")
    assert (rate(1e9, 1), rate(1e6, 1), rate(1, 0)) == ("1,000 MB/s", "1.0 MB/s", "")
