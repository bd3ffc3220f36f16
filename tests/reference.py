"""The slow and obvious version of training and encoding, on pretokens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise


def byte_order() -> list[int]:
    """The bytes in the order of the characters that GPT-2 writes them as."""
    printable = [
        *range(ord("!"), ord("~") + 1),
        *range(ord("¡"), ord("¬") + 1),
        *range(ord("®"), ord("ÿ") + 1),
    ]
    return printable + [byte for byte in range(256) if byte not in printable]


def replace(symbols: list[int], pair: tuple[int, int], new: int) -> list[int]:
    """Puts `new` for each occurrence of a pair, from the left."""
    out: list[int] = []
    index = 0
    while index < len(symbols):
        if tuple(symbols[index : index + 2]) == pair:
            out.append(new)
            index += 2
        else:
            out.append(symbols[index])
            index += 1
    return out


def train(
    pretokens: Sequence[tuple[bytes, int]],
    merges: int,
    ties: str = "smallest-ids",
    min_frequency: int = 0,
    longest: int = 2**32,
) -> list[tuple[bytes, bytes]]:
    """The merges, in order; the pretokens stand in the order in which they were first seen."""
    order = byte_order()
    tokens = [bytes([byte]) for byte in order]
    words = [([order.index(byte) for byte in pretoken], count) for pretoken, count in pretokens]
    learned: list[tuple[bytes, bytes]] = []
    while len(learned) < merges:
        counts: Counter[tuple[int, int]] = Counter()
        for symbols, count in words:
            for pair in pairwise(symbols):
                counts[pair] += count
        allowed = {
            pair: count
            for pair, count in counts.items()
            if count > 0 and count >= min_frequency and len(tokens[pair[0]]) + len(tokens[pair[1]]) <= longest
        }
        if not allowed:
            break
        most = max(allowed.values())
        candidates = [pair for pair, count in allowed.items() if count == most]
        # A `Counter` keeps the order of insertion, which is that of the first occurrence.
        best = min(candidates) if ties == "smallest-ids" else candidates[0]
        learned.append((tokens[best[0]], tokens[best[1]]))
        tokens.append(tokens[best[0]] + tokens[best[1]])
        words = [(replace(symbols, best, len(tokens) - 1), count) for symbols, count in words]
    return learned


def encode(pretoken: bytes, rank: Callable[[bytes, bytes], int | None]) -> list[bytes]:
    """Merges the neighbours with the lowest rank, the leftmost first, until none has one."""
    parts = [bytes([byte]) for byte in pretoken]
    while True:
        ranked = [
            (found, index)
            for index, (left, right) in enumerate(pairwise(parts))
            if (found := rank(left, right)) is not None
        ]
        if not ranked:
            return parts
        _, index = min(ranked)
        parts[index : index + 2] = [parts[index] + parts[index + 1]]


def encode_by_ranks(pretoken: bytes, ranks: dict[bytes, int]) -> list[int]:
    """As tiktoken: a whole token is taken as it is, else the joined bytes decide."""
    if pretoken in ranks:
        return [ranks[pretoken]]
    return [ranks[part] for part in encode(pretoken, lambda left, right: ranks.get(left + right))]


def encode_by_merges(
    pretoken: bytes, ids: dict[bytes, int], merges: Sequence[tuple[bytes, bytes]], ignore_merges: bool = False
) -> list[int]:
    """As tokenizers: only listed pairs merge, the first of the list first."""
    if ignore_merges and pretoken in ids:
        return [ids[pretoken]]
    order = {pair: place for place, pair in reversed(list(enumerate(merges)))}
    return [ids[part] for part in encode(pretoken, lambda left, right: order.get((left, right)))]
