"""Average linkage over many small groups, of which only near pairs are looked at."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kb.types import BoolArray, FloatArray

_BLOCK = 512  # rows compared with all others at a time: 40 MB at 20,000 rows


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The nearest rows of each row, nearest first, the row itself among them: ``rows`` and mean cosines, ``(n, k)``."""

    rows: NDArray[np.int64]
    cosines: FloatArray


def neighbours_of(means: FloatArray, keep: int) -> Neighbours:
    """``means``: mean vectors of the rows, ``(n, d)``. The scalar product of two is the mean cosine of their members."""
    size = len(means)
    keep = min(keep, size)
    rows = np.empty((size, keep), dtype=np.int64)
    cosines = np.empty((size, keep), dtype=np.float32)
    for start in range(0, size, _BLOCK):
        block = means[start : start + _BLOCK] @ means.T
        best = np.argpartition(-block, keep - 1, axis=1)[:, :keep]
        near = np.take_along_axis(block, best, axis=1)
        order = np.argsort(-near, axis=1, kind="stable")
        rows[start : start + _BLOCK] = np.take_along_axis(best, order, axis=1)
        cosines[start : start + _BLOCK] = np.take_along_axis(near, order, axis=1)
    return Neighbours(rows, cosines)


def density(found: Neighbours, counts: NDArray[np.int64], wanted: int) -> FloatArray:
    """Mean cosine of each row with the ``wanted`` nearest members of all rows, itself left out, shape ``(n,)``."""
    own = np.arange(len(counts))[:, None]
    weights = counts[found.rows] - (found.rows == own)
    before = np.cumsum(weights, axis=1) - weights
    taken = np.clip(wanted - before, 0, weights)
    mean: FloatArray = (taken * found.cosines).sum(axis=1) / np.maximum(taken.sum(axis=1), 1)
    return mean


@dataclass(frozen=True, slots=True)
class Linkage:
    """When two groups are put together: their mean cosine is at least ``floor``, and at most ``margin`` below the mean
    of their densities."""

    floor: float
    margin: float


def agglomerate(
    sums: FloatArray,
    counts: NDArray[np.int64],
    densities: FloatArray,
    pairs: Iterable[tuple[int, int]],
    linkage: Linkage,
    fixed: BoolArray,
) -> list[list[int]]:
    """Put groups together, nearest pair first, by average linkage; return the rows of each result.

    ``sums``: of the vectors of each row's members, ``(n, d)``; ``counts``: members of each row. ``pairs``: which rows may be
    compared at first. Two ``fixed`` rows are never in one result. What is compared is the mean cosine less the mean of
    both densities (cross-domain similarity local scaling: Conneau et al. 2018, "Word translation without parallel
    data", section 2.3). A union's value is between those of its parts, so pairs that fail at first need no later look
    (reducibility: Murtagh 1983, The Computer Journal 26:4).
    """
    return _Merging(sums, counts, densities, pairs, linkage, fixed).run()


class _Merging:
    def __init__(
        self,
        sums: FloatArray,
        counts: NDArray[np.int64],
        densities: FloatArray,
        pairs: Iterable[tuple[int, int]],
        linkage: Linkage,
        fixed: BoolArray,
    ) -> None:
        self.sums = sums.astype(np.float32).copy()
        self.counts = counts.astype(np.float64)
        self.densities = densities.astype(np.float64).copy()
        self.linkage = linkage
        self.fixed = fixed.copy()
        self.members: list[list[int]] = [[row] for row in range(len(counts))]
        self.version = [0] * len(counts)
        self.near: list[set[int]] = [set() for _ in counts]
        self.heap: list[tuple[float, int, int, int, int]] = []
        for one, other in pairs:
            self.near[one].add(other)
            self.near[other].add(one)
        for row, near in enumerate(self.near):
            self._push(row, [other for other in near if other > row])

    def run(self) -> list[list[int]]:
        while self.heap:
            _, one, other, version, other_version = heapq.heappop(self.heap)
            if (self.version[one], self.version[other]) == (version, other_version):
                self._merge(one, other)
        return [members for members in self.members if members]

    def _push(self, row: int, others: list[int]) -> None:
        if not others:
            return
        cosines = (self.sums[others] @ self.sums[row]) / (self.counts[others] * self.counts[row])
        values = cosines - (self.densities[others] + self.densities[row]) / 2
        passing = (cosines >= self.linkage.floor) & (values >= -self.linkage.margin)
        for position in np.flatnonzero(passing):
            other = others[position]
            if not (self.fixed[row] and self.fixed[other]):
                entry = (-float(values[position]), row, other, self.version[row], self.version[other])
                heapq.heappush(self.heap, entry)

    def _merge(self, one: int, other: int) -> None:
        """Let ``one`` stand for both."""
        total = self.counts[one] + self.counts[other]
        weighted = self.densities[one] * self.counts[one] + self.densities[other] * self.counts[other]
        self.densities[one] = weighted / total
        self.sums[one] += self.sums[other]
        self.counts[one] = total
        self.fixed[one] |= self.fixed[other]
        self.members[one] += self.members[other]
        self.members[other] = []
        self.version[one] += 1
        self.version[other] = -1
        near = {row for row in self.near[one] | self.near[other] if self.version[row] >= 0} - {one, other}
        self.near[one], self.near[other] = near, set()
        for row in near:
            self.near[row].add(one)
        self._push(one, sorted(near))
