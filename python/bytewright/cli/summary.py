"""What there is to say about a vocabulary on one screen."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING, Any, TextIO

from bytewright.cli.terminal import bold, clip, display_width, plural, table, use_colour, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bytewright import Tokenizer

LONGEST = 8
WIDTH = 78
SPECIAL_SHOWN = 6

SEMANTICS = {
    "ranks": "rank of the joined bytes, as tiktoken",
    "merges": "place in the list of merges, as tokenizers",
    "merges, whole tokens first": "place in the list, tokens that are a whole pretoken first (ignore_merges)",
}


def describe(tokenizer: Tokenizer, name: str) -> dict[str, Any]:
    """The facts, as JSON takes them."""
    memory = tokenizer.memory  # before merges are found out, which then take memory, too
    special = tokenizer.special_tokens
    ordinary = _ordinary(tokenizer)
    lengths = Counter(len(data) for _, data in ordinary)
    single = {data for _, data in ordinary if len(data) == 1}
    return {
        "vocabulary": name,
        "tokens": len(tokenizer),
        "vocabulary_size": tokenizer.vocabulary_size,
        "unused_ids": tokenizer.vocabulary_size - len(tokenizer),
        "merges": len(tokenizer.merges),
        "bytes_covered": len(single),
        "bytes_missing": [byte for byte in range(256) if bytes([byte]) not in single],
        "partial_characters": sum(not _is_text(data) for _, data in ordinary),
        "special_tokens": special,
        "pattern": tokenizer.pattern,
        "pretokenizer_path": tokenizer.pretokenizer_path,
        "normalizer": tokenizer.normalizer,
        "semantics": tokenizer.semantics,
        "memory": memory,
        "lengths": dict(sorted(lengths.items())),
        "longest": longest_tokens(tokenizer, LONGEST),
    }


def longest_tokens(tokenizer: Tokenizer, count: int) -> list[dict[str, Any]]:
    """The longest ordinary tokens, longest first, as JSON takes them."""
    longest = sorted(_ordinary(tokenizer), key=lambda item: (-len(item[1]), item[0]))[:count]
    return [{"id": id, "bytes": len(data), "text": visible(data), "hex": data.hex()} for id, data in longest]


def _ordinary(tokenizer: Tokenizer) -> list[tuple[int, bytes]]:
    special = set(tokenizer.special_tokens.values())
    return [
        (id, data) for id, data in enumerate(tokenizer.vocabulary) if data is not None and id not in special
    ]


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def lines(facts: dict[str, Any], stream: TextIO) -> list[str]:
    """The facts as lines for people, at most 80 columns wide."""
    colour = use_colour(stream)
    rows = [
        ("tokens", _tokens(facts)),
        ("ids", _ids(facts)),
        ("special", _special(facts["special_tokens"])),
        ("bytes", _coverage(facts["bytes_missing"])),
        ("", f"{facts['partial_characters']:,} tokens begin or end within a character"),
        ("split by", _pattern(facts["pattern"])),
        *([("splitter", _path(facts["pretokenizer_path"]))] if facts["pattern"] is not None else []),
        ("merged by", SEMANTICS.get(facts["semantics"], facts["semantics"])),
        ("normalizer", facts["normalizer"] or "none"),
        ("memory", f"{facts['memory'] / 1e6:,.1f} MB, and caches for each thread"),
    ]
    out = [bold(os.fspath(facts["vocabulary"]), colour), *table(rows, "<<"), ""]
    out += [bold("longest tokens", colour), *longest_lines(facts["longest"])]
    out += ["", bold("bytes a token", colour), *_histogram(facts["lengths"])]
    return out


def _pattern(pattern: str | None) -> str:
    return "nothing: a text is one pretoken" if pattern is None else clip(pattern, WIDTH - 14)


def _path(path: str) -> str:
    """Which way splitting goes, in words."""
    kinds = {"scanner": "hand-written scanner", "automaton": "automaton", "engine": "regex engine, slow"}
    if "," in path:
        return clip(f"in steps: {path}", WIDTH - 14)
    kind, _, name = path.partition(" ")
    return f"{kinds.get(kind, path)}{f' ({name})' if name and kind in kinds else ''}"


def longest_lines(longest: Sequence[dict[str, Any]], width: int = WIDTH) -> list[str]:
    """Lines of (length, id, token)."""
    rows = [(f"{token['bytes']} bytes", f"id {token['id']}") for token in longest]
    heads = table(rows, "><") if rows else []
    room = width - max(map(display_width, heads), default=0) - 2
    return [
        f"{head.ljust(width - room - 2)}  {clip(token['text'], room)}"
        for head, token in zip(heads, longest, strict=True)
    ]


def _tokens(facts: dict[str, Any]) -> str:
    special = len(facts["special_tokens"])
    merged = facts["tokens"] - special - facts["bytes_covered"]
    return (
        f"{facts['tokens']:,}: {facts['bytes_covered']} single bytes, {merged:,} merged"
        f"{f', {special} special' if special else ''}; {plural(facts['merges'], 'merge')}"
    )


def _ids(facts: dict[str, Any]) -> str:
    unused = f", {facts['unused_ids']:,} of them unused" if facts["unused_ids"] else ""
    return f"0 to {facts['vocabulary_size'] - 1:,}{unused}"


def _special(special: dict[str, int]) -> str:
    if not special:
        return "no special tokens"
    shown = [f"{token} ({id})" for token, id in sorted(special.items(), key=lambda item: item[1])]
    more = len(shown) - SPECIAL_SHOWN
    return clip(" ".join(shown[:SPECIAL_SHOWN]), WIDTH - 24) + (f" and {more:,} more" if more > 0 else "")


def _coverage(missing: Sequence[int]) -> str:
    if not missing:
        return "all 256 have a token: any text can be encoded"
    names = " ".join(f"{byte:02X}" for byte in missing[:13]) + (" …" if len(missing) > 13 else "")
    return f"{256 - len(missing)} have a token; text with {names} can't be encoded"


def _histogram(lengths: dict[int, int], bar: int = 44) -> list[str]:
    """A bar for each length up to 16 bytes, then doubling ranges."""
    edges = [*range(1, 9), 9, 13, 17, 33, 65, 129, 257]
    groups = []
    for place, start in enumerate(edges):
        end = edges[place + 1] - 1 if place + 1 < len(edges) else max([*lengths, start])
        count = sum(number for length, number in lengths.items() if start <= length <= end)
        groups.append((f"{start}" if start == end else f"{start}–{end}", count))
    while groups and not groups[-1][1]:
        groups.pop()
    most = max((count for _, count in groups), default=1) or 1
    rows = [(name, f"{count:,}", _bar(count / most * bar)) for name, count in groups]
    return table(rows, ">><") if rows else []


def _bar(length: float) -> str:
    eighths = round(length * 8)
    return "█" * (eighths // 8) + ("", *"▏▎▍▌▋▊▉")[eighths % 8] if eighths else ("▏" if length > 0 else "")
