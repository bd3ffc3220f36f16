"""Which programs nothing else beats."""

from __future__ import annotations

from collections.abc import Sequence


def front(points: Sequence[tuple[float, float]]) -> list[int]:
    """The Pareto front: those that no other beats in size or speed without losing in the other.

    Args:
        points: Size (less is better) and speed (more is better) of each.

    Returns:
        Their indices, the fastest first. O(n log n).

    Example:
        >>> front([(30, 5), (40, 9), (35, 5), (30, 7)])
        [1, 3]
    """
    order = sorted(range(len(points)), key=lambda index: (-points[index][1], points[index][0]))
    kept: list[int] = []
    for index in order:
        # All before it are at least as fast.
        if not kept or points[index][0] < points[kept[-1]][0] or points[index] == points[kept[-1]]:
            kept.append(index)
    return kept
