"""BM25 over term counts, answered from precomputed postings.

The statistics (idf and its floor) are rank-bm25's own ``BM25Okapi``; the score of every (passage, term) pair is worked out
once when the index is built, so that a question only adds up the postings of its terms.
Method: Robertson & Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from kb.types import FloatArray

# Below this a term's weight would vanish or turn negative (rank-bm25 lets terms of tiny corpora do so).
_SMALLEST_IDF = 1e-3


@dataclass(frozen=True, slots=True)
class Bm25Parameters:
    """``k1`` saturates repeated terms, ``b`` in [0, 1] discounts long passages, ``epsilon`` scales the idf floor.

    ``k1`` and ``b`` were chosen by measurement, see ``eval/LOG.md``.
    """

    k1: float = 1.2
    b: float = 0.6
    epsilon: float = 0.25


@dataclass(frozen=True)
class TermCounts:
    """How often each term occurs in each passage: sparse rows (CSR).

    ``vocabulary[i]`` is the term of column ``i``; row ``r`` holds ``columns[starts[r]:starts[r + 1]]`` with ``counts`` alongside.
    """

    vocabulary: tuple[str, ...]
    starts: NDArray[np.int64]
    columns: NDArray[np.int32]
    counts: NDArray[np.int32]

    @property
    def rows(self) -> int:
        return len(self.starts) - 1


def count_terms(documents: Iterable[Mapping[str, int]]) -> TermCounts:
    """Collect the term counts of ``documents``, in their order."""
    vocabulary: dict[str, int] = {}
    starts, columns, counts = [0], [], []
    for document in documents:
        for term, count in document.items():
            columns.append(vocabulary.setdefault(term, len(vocabulary)))
            counts.append(count)
        starts.append(len(columns))
    return _canonical(
        list(vocabulary),
        np.asarray(starts, dtype=np.int64),
        np.asarray(columns, dtype=np.int64),
        np.asarray(counts, dtype=np.int32),
    )


def merge_counts(old: TermCounts, kept: Sequence[int], new: TermCounts, order: Sequence[int]) -> TermCounts:
    """Rows ``kept`` of ``old`` followed by all rows of ``new``, rearranged so that result row ``i`` is stacked row ``order[i]``.

    Terms that no row uses any more are dropped, so that the result is exactly what counting everything afresh would give.
    Cost: array work only, no text is tokenized.
    """
    vocabulary = {term: column for column, term in enumerate(old.vocabulary)}
    renumber = np.asarray([vocabulary.setdefault(term, len(vocabulary)) for term in new.vocabulary], dtype=np.int32)
    columns = np.concatenate([old.columns, renumber[new.columns] if new.columns.size else new.columns])
    counts = np.concatenate([old.counts, new.counts])
    stacked = [*kept, *range(old.rows, old.rows + new.rows)]
    begin = np.concatenate([old.starts[:-1], new.starts[:-1] + old.starts[-1]])
    end = np.concatenate([old.starts[1:], new.starts[1:] + old.starts[-1]])
    rows = np.asarray([stacked[i] for i in order], dtype=np.int64)
    lengths = (end[rows] - begin[rows]) if rows.size else np.zeros(0, dtype=np.int64)
    starts = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths)])
    # Position of every kept entry: its row's first entry plus its place in the row.
    take = np.repeat(begin[rows] - starts[:-1], lengths) + np.arange(starts[-1]) if rows.size else rows
    used, columns_left = np.unique(columns[take], return_inverse=True)
    terms = list(vocabulary)
    return _canonical([terms[column] for column in used], starts, columns_left.astype(np.int64), counts[take])


def _canonical(
    terms: list[str], starts: NDArray[np.int64], columns: NDArray[np.int64], counts: NDArray[np.int32]
) -> TermCounts:
    """Terms in code point order and every row's columns ascending: one table for one content."""
    order = sorted(range(len(terms)), key=terms.__getitem__)
    rank = np.empty(len(terms), dtype=np.int64)
    rank[order] = np.arange(len(terms))
    columns = rank[columns] if columns.size else columns
    row_of = np.repeat(np.arange(len(starts) - 1, dtype=np.int64), np.diff(starts))
    ascending = np.argsort(row_of * max(1, len(terms)) + columns)
    return TermCounts(
        vocabulary=tuple(terms[i] for i in order),
        starts=starts,
        columns=columns[ascending].astype(np.int32),
        counts=counts[ascending].astype(np.int32),
    )


@dataclass(frozen=True)
class LexicalIndex:
    """Postings by term: ``rows[starts[t]:starts[t + 1]]`` and what a match of term ``t`` adds to each row's score."""

    vocabulary: Mapping[str, int]
    idf: FloatArray
    starts: NDArray[np.int64]
    rows: NDArray[np.int32]
    impacts: FloatArray
    size: int
    k1: float

    def scores(self, terms: Sequence[str]) -> FloatArray:
        """BM25 of every passage for the question ``terms``: shape ``(size,)``, >= 0; a repeated term counts again."""
        scores = np.zeros(self.size, dtype=np.float32)
        for term, times in Counter(terms).items():
            column = self.vocabulary.get(term)
            if column is not None:
                begin, end = self.starts[column], self.starts[column + 1]
                # A row stands once in a term's postings, so plain indexed addition loses nothing.
                scores[self.rows[begin:end]] += self.impacts[begin:end] * times
        return scores

    def ideal(self, terms: Sequence[str]) -> float:
        """The score of a passage that repeats every term endlessly: the upper bound of ``scores``."""
        return (self.k1 + 1.0) * sum(self.idf_of(term) for term in terms)

    def postings(self, term: str) -> NDArray[np.int32]:
        """Rows of the passages that hold ``term``."""
        column = self.vocabulary.get(term)
        if column is None:
            return self.rows[:0]
        return self.rows[self.starts[column] : self.starts[column + 1]]

    def idf_of(self, term: str) -> float:
        """Weight of ``term``; a term that no passage holds weighs as much as the rarest one."""
        column = self.vocabulary.get(term)
        return float(self.idf[column]) if column is not None else self._largest_idf

    @cached_property
    def _largest_idf(self) -> float:
        return float(np.log(self.size + 0.5) - np.log(0.5)) if self.size else 1.0

    @cached_property
    def sorted_terms(self) -> list[str]:
        """All terms in code point order, for prefix search."""
        return list(self.vocabulary)


def build_lexical(counts: TermCounts, parameters: Bm25Parameters = Bm25Parameters()) -> LexicalIndex:
    """Work out idf and impacts from ``counts``."""
    size, width = counts.rows, len(counts.vocabulary)
    frequency = np.bincount(counts.columns, minlength=width)
    idf = _idf(counts.vocabulary, frequency, size, parameters)
    lengths = np.zeros(size, dtype=np.float64)
    row_of = np.repeat(np.arange(size, dtype=np.int32), np.diff(counts.starts))
    np.add.at(lengths, row_of, counts.counts)
    average = lengths.mean() if size else 1.0
    tf = counts.counts.astype(np.float64)
    discount = parameters.k1 * (1 - parameters.b + parameters.b * lengths[row_of] / max(average, 1e-9))
    impacts = idf[counts.columns] * tf * (parameters.k1 + 1) / (tf + discount)
    by_term = np.argsort(counts.columns, kind="stable")
    return LexicalIndex(
        vocabulary={term: column for column, term in enumerate(counts.vocabulary)},
        idf=idf.astype(np.float32),
        starts=np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(frequency)]),
        rows=row_of[by_term],
        impacts=impacts[by_term].astype(np.float32),
        size=size,
        k1=parameters.k1,
    )


def _idf(
    vocabulary: Sequence[str], frequency: NDArray[np.int64], size: int, parameters: Bm25Parameters
) -> NDArray[np.float64]:
    if not vocabulary:
        return np.zeros(0)
    from rank_bm25 import BM25Okapi

    class Statistics(BM25Okapi):  # type: ignore[misc]
        """rank-bm25's own idf, fed with counts that are known already instead of with the token lists."""

        def __init__(self, document_frequency: dict[str, int]) -> None:
            self.corpus_size = size
            self.epsilon = parameters.epsilon
            self.idf: dict[str, float] = {}
            self._calc_idf(document_frequency)

    statistics = Statistics(dict(zip(vocabulary, frequency.tolist(), strict=True)))
    idf: NDArray[np.float64] = np.asarray([statistics.idf[term] for term in vocabulary], dtype=np.float64)
    return np.maximum(idf, _SMALLEST_IDF)
