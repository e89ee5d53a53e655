"""Terms of many texts behind an inverted index, weighted by how rare they are."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from kb.gaps.column import Column

_REFRESH = 1.05  # learned weights are taken anew when the rows have grown by this factor


class TermTable:
    """Rows of distinct terms. ``idf`` gives the weight of a term (> 0); without it, weights are learned from the rows.

    Learned weights drift as rows come in. They are taken anew whenever the rows have grown by a fixed share, which
    happens at the same counts of rows in every table: one that is rebuilt from the same rows gives the same cosines.
    """

    def __init__(self, idf: Callable[[str], float] | None = None) -> None:
        self._idf = idf
        self._ids: dict[str, int] = {}
        self._postings: list[array[int]] = []  # the rows of each term, ascending
        self._squares = Column(np.float64)  # squared weight of each term
        self._norms = Column(np.float64)  # squared length of each row
        self._counted = 0  # rows that the learned weights were taken from

    def __len__(self) -> int:
        return len(self._norms)

    def add(self, terms: Iterable[str]) -> int:
        """Add a row; return its number."""
        row = len(self._norms)
        ids = [self._id(term) for term in dict.fromkeys(terms)]
        for term_id in ids:
            self._postings[term_id].append(row)
        self._norms.append(float(sum(self._squares.array[term_id] for term_id in ids)))
        if self._idf is None and row + 1 >= self._counted * _REFRESH + 1:
            self._weigh(row + 1)
        return row

    def _id(self, term: str) -> int:
        known = self._ids.get(term)
        if known is None:
            known = self._ids[term] = len(self._ids)
            self._postings.append(array("q"))
            self._squares.append(self._square(term))
        return known

    def _square(self, term: str) -> float:
        """The squared weight of a term that no row had when the weights were taken."""
        return self._idf(term) ** 2 if self._idf is not None else _learned(0, self._counted)

    def _weigh(self, rows: int) -> None:
        self._counted = rows
        self._norms.array[:] = 0.0
        for term_id, posting in enumerate(self._postings):
            square = _learned(len(posting), rows)
            self._squares.array[term_id] = square
            self._norms.array[np.frombuffer(posting, np.int64)] += square

    def near(self, terms: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The rows that share a term with ``terms``, and the cosine of each."""
        shared = np.zeros(len(self._norms))
        norm = 0.0
        for term in dict.fromkeys(terms):
            known = self._ids.get(term)
            if known is None:
                norm += self._square(term)
                continue
            square = float(self._squares.array[known])
            norm += square
            shared[np.frombuffer(self._postings[known], np.int64)] += square
        found = np.flatnonzero(shared)
        cosines: NDArray[np.float64] = shared[found] / np.sqrt(np.maximum(self._norms.array[found] * norm, 1e-12))
        return found, cosines


def _learned(rows_with_term: int, rows: int) -> float:
    """Squared inverse document frequency, positive even for a term that every row has."""
    return math.log1p((rows + 1) / (rows_with_term + 0.5)) ** 2
