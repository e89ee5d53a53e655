"""Which texts are embedded together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def like_length(lengths: Sequence[int], size: int) -> Iterator[list[int]]:
    """Yield all row numbers, longest first, at most ``size`` at a time: rows of one batch are padded to its longest.

    >>> list(like_length([3, 9, 4], 2))
    [[1, 2], [0]]
    """
    order = sorted(range(len(lengths)), key=lambda row: -lengths[row])
    for start in range(0, len(order), size):
        yield order[start : start + size]
