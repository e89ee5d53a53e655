"""Sums of the vectors of many cells, for the vectors of one model."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from kb.gaps.column import Column
from kb.types import FloatArray, Lang

_SKETCH = 64  # dimensions in which rows are compared first
_SKETCHED_FROM = 4096  # rows
_LOOKED_AT = 512


@cache
def _projection(dimensions: int) -> FloatArray:
    """Random directions, the same in every process; what they leave of a vector is a sixth, and six times as fast."""
    directions = np.random.default_rng(0).normal(size=(dimensions, min(_SKETCH, dimensions)))
    return np.linalg.qr(directions)[0].astype(np.float32)


class Centroids:
    """One row for each cell and language: the sum of the vectors of its wordings.

    Wordings of two languages have rows of their own, because vectors of one language lie nearer to each other than to
    those of another language that mean the same.
    """

    def __init__(self, dimensions: int) -> None:
        self._sums = Column(np.float32, (dimensions,))
        self._projection = _projection(dimensions)
        self._sketches = Column(np.float32, (self._projection.shape[1],))
        self._norms = Column(np.float64)
        self._counts = Column(np.int64)
        self._cells = Column(np.int64)
        self._foreign = Column(np.int64)  # 0: English, 1: Chinese
        self._rows: dict[tuple[int, Lang], int] = {}

    def __len__(self) -> int:
        return len(self._cells)

    @property
    def cells(self) -> NDArray[np.int64]:
        """The cell of each row."""
        return self._cells.array

    @property
    def counts(self) -> NDArray[np.int64]:
        """Wordings in each row."""
        return self._counts.array

    @property
    def sums(self) -> FloatArray:
        """The sum of each row, shape ``(rows, dimensions)``."""
        return self._sums.array

    def is_lang(self, lang: Lang) -> NDArray[np.bool_]:
        """Which rows are of this language."""
        own: NDArray[np.bool_] = self._foreign.array == (lang == "zh")
        return own

    def has(self, cell: int) -> bool:
        """Whether a wording of the cell has a vector here."""
        rows = (self._rows.get((cell, "en")), self._rows.get((cell, "zh")))
        return any(row is not None and self._counts.array[row] > 0 for row in rows)

    def add(self, cell: int, lang: Lang, vector: FloatArray, count: int = 1) -> None:
        """Add a wording's rounded vector, or the sum of ``count`` of them."""
        row = self._rows.get((cell, lang))
        if row is None:
            row = self._rows[cell, lang] = len(self._cells)
            self._sums.append(np.zeros(len(vector), dtype=np.float32))
            self._sketches.append(np.zeros(self._projection.shape[1], dtype=np.float32))
            self._norms.append(0.0)
            self._counts.append(0)
            self._cells.append(cell)
            self._foreign.append(lang == "zh")
        self._sums.array[row] += vector
        self._counts.array[row] += count
        self._norms.array[row] = np.linalg.norm(self._sums.array[row])
        self._sketches.array[row] = self._sums.array[row] @ self._projection

    def clear(self, cell: int) -> None:
        """Forget the wordings of a cell."""
        for lang in ("en", "zh"):
            row = self._rows.get((cell, lang))
            if row is not None:
                self._sums.array[row] = 0.0
                self._sketches.array[row] = 0.0
                self._counts.array[row] = 0
                self._norms.array[row] = 0.0

    def nearest(self, vector: FloatArray) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Rows near to ``vector`` and the cosine of each one's centroid with it; 0 for an empty row.

        All rows, or of very many those whose sketches are nearest: a row with a cosine of 0.8 is missed when 512 others
        look nearer in 64 dimensions, where a cosine is off by 0.05 (Johnson and Lindenstrauss 1984).
        """
        norms = np.maximum(self._norms.array, 1e-9)
        rows = np.arange(len(norms))
        if len(rows) > _SKETCHED_FROM:
            seen = (self._sketches.array @ (vector @ self._projection)) / norms
            rows = np.argpartition(-seen, _LOOKED_AT)[:_LOOKED_AT]
        cosines: NDArray[np.float64] = (self._sums.array[rows] @ vector) / norms[rows]
        return rows, cosines
