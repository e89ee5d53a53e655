"""BM25 over term counts, answered from precomputed postings.

The statistics (idf and its floor) are worked out by ``BM25Okapi`` of the package rank-bm25; the score of every (passage, term)
pair is worked out once when the index is opened, so that a question only adds up the postings of its terms.
Method: Robertson & Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
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
    ``known_numbers``: the column of every term that some row has, if that is known already.
    """

    vocabulary: tuple[str, ...]
    starts: NDArray[np.int64]
    columns: NDArray[np.int32]
    counts: NDArray[np.int32]
    known_numbers: Mapping[str, int] | None = field(default=None, repr=False, compare=False)

    @property
    def rows(self) -> int:
        return len(self.starts) - 1

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """The column of every term that some row has."""
        if self.known_numbers is not None:
            return self.known_numbers
        return dict(zip(self.vocabulary, range(len(self.vocabulary)), strict=True))


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


def append_counts(old: TermCounts, kept: Sequence[int], new: TermCounts, order: Sequence[int]) -> TermCounts:
    """Rows ``kept`` of ``old`` followed by all rows of ``new``, rearranged so that result row ``i`` is stacked row ``order[i]``.

    The columns of ``old`` stay as they are, those of terms that are new stand behind them. Cost: copies of arrays and of one
    dictionary, no text is tokenized and nothing is sorted.
    """
    numbers = dict(old.numbers)
    # A term that no row had any more when ``old`` was made has a column and no number; it gets a new column.
    added = tuple(term for term in new.vocabulary if term not in numbers)
    numbers.update((term, len(old.vocabulary) + i) for i, term in enumerate(added))
    renumber = np.asarray([numbers[term] for term in new.vocabulary], dtype=np.int32)
    vocabulary = old.vocabulary + added
    renumbered = TermCounts(vocabulary, new.starts, renumber[new.columns], new.counts, numbers)
    result = stack_counts(old, kept, renumbered, order)
    for column in np.flatnonzero(np.bincount(result.columns, minlength=len(vocabulary)) == 0).tolist():
        if numbers.get(vocabulary[column]) == column:
            del numbers[vocabulary[column]]
    return result


def stack_counts(old: TermCounts, kept: Sequence[int], new: TermCounts, order: Sequence[int]) -> TermCounts:
    """What ``append_counts`` gives where ``new`` has the columns of ``old`` already, and perhaps more behind them."""
    columns = np.concatenate([old.columns, new.columns])
    counts = np.concatenate([old.counts, new.counts])
    stacked = np.asarray([*kept, *range(old.rows, old.rows + new.rows)], dtype=np.int64)
    rows = stacked[np.asarray(order, dtype=np.int64)]
    begin = np.concatenate([old.starts[:-1], new.starts[:-1] + old.starts[-1]])[rows]
    end = np.concatenate([old.starts[1:], new.starts[1:] + old.starts[-1]])[rows]
    take = ranges(begin, end)
    starts = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(end - begin)])
    return TermCounts(new.vocabulary, starts, columns[take].astype(np.int32), counts[take], new.known_numbers)


def merge_counts(old: TermCounts, kept: Sequence[int], new: TermCounts, order: Sequence[int]) -> TermCounts:
    """What ``append_counts`` gives, in exactly the form that counting everything afresh would give: no unused terms, sorted."""
    merged = append_counts(old, kept, new, order)
    used = np.bincount(merged.columns, minlength=len(merged.vocabulary)) > 0
    renumber = np.cumsum(used) - 1
    terms = [term for term, is_used in zip(merged.vocabulary, used.tolist(), strict=True) if is_used]
    return _canonical(terms, merged.starts, renumber[merged.columns], merged.counts)


def _canonical(
    terms: list[str], starts: NDArray[np.int64], columns: NDArray[np.int64], counts: NDArray[np.int32]
) -> TermCounts:
    """Terms in code point order and every row's columns ascending: one table for one content."""
    order = sorted(range(len(terms)), key=terms.__getitem__)
    rank = np.empty(len(terms), dtype=np.int64)
    rank[order] = np.arange(len(terms))
    columns = rank[columns] if columns.size else columns
    row_of = np.repeat(np.arange(len(starts) - 1, dtype=np.int64), np.diff(starts))
    _, ordered, aligned = sort_pairs(row_of, columns, counts)
    return TermCounts(
        vocabulary=tuple(terms[i] for i in order),
        starts=starts,
        columns=ordered.astype(np.int32),
        counts=aligned.astype(np.int32),
    )


def sort_pairs(
    first: NDArray[np.integer], second: NDArray[np.integer], counts: NDArray[np.integer]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Three arrays of numbers >= 0, shape ``(n,)``, ordered by ``first``, then ``second``, then ``counts``.

    All three are packed into one number where they fit, which sorts several times faster than finding the order.
    """
    bits = [int(values.max(initial=0)).bit_length() for values in (first, second, counts)]
    if sum(bits) > 63:
        order = np.lexsort((counts, second, first))
        return first[order].astype(np.int64), second[order].astype(np.int64), counts[order].astype(np.int64)
    packed = (first.astype(np.int64) << (bits[1] + bits[2])) | (second.astype(np.int64) << bits[2]) | counts
    packed.sort()
    low, middle = (1 << bits[2]) - 1, (1 << bits[1]) - 1
    return packed >> (bits[1] + bits[2]), (packed >> bits[2]) & middle, packed & low


def ranges(begin: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.int64]:
    """The numbers of half-open ranges, one range after the other.

    >>> ranges(np.array([3, 0]), np.array([5, 2])).tolist()
    [3, 4, 0, 1]
    """
    lengths = end - begin
    offsets = np.repeat(begin - (np.cumsum(lengths) - lengths), lengths)
    result: NDArray[np.int64] = np.arange(len(offsets), dtype=np.int64) + offsets
    return result


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
        return sorted(self.vocabulary)

    @cached_property
    def _sorted_frequency(self) -> NDArray[np.int64]:
        """How many passages hold each of ``sorted_terms``."""
        columns = np.fromiter((self.vocabulary[term] for term in self.sorted_terms), dtype=np.int64)
        return self.starts[columns + 1] - self.starts[columns]

    def terms_from(self, beginning: str, most: int) -> list[str]:
        """The ``most`` frequent terms that begin like this, the frequent ones first."""
        low = bisect_left(self.sorted_terms, beginning)
        high = bisect_left(self.sorted_terms, beginning + "\U0010ffff", lo=low)
        order = np.argsort(-self._sorted_frequency[low:high], kind="stable")[:most]
        return [self.sorted_terms[low + place] for place in order.tolist()]


def build_lexical(counts: TermCounts, parameters: Bm25Parameters = Bm25Parameters()) -> LexicalIndex:
    """Work out idf and impacts from ``counts``."""
    size, width = counts.rows, len(counts.vocabulary)
    frequency = np.bincount(counts.columns, minlength=width)
    idf = _idf(frequency, size, parameters)
    row_of = np.repeat(np.arange(size, dtype=np.int64), np.diff(counts.starts))
    lengths = np.bincount(row_of, weights=counts.counts, minlength=size)
    average = max(lengths.mean() if size else 1.0, 1e-9)
    norms = parameters.k1 * (1 - parameters.b + parameters.b * lengths / average)
    columns, rows, tf = sort_pairs(counts.columns, row_of, counts.counts)
    impacts = idf[columns] * tf * (parameters.k1 + 1) / (tf + norms[rows])
    return LexicalIndex(
        vocabulary=counts.numbers,
        idf=idf.astype(np.float32),
        starts=np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(frequency)]),
        rows=rows.astype(np.int32),
        impacts=impacts.astype(np.float32),
        size=size,
        k1=parameters.k1,
    )


def _idf(frequency: NDArray[np.int64], size: int, parameters: Bm25Parameters) -> NDArray[np.float64]:
    """rank-bm25's idf by the number of passages that hold each term; one of none weighs as much as the rarest."""
    from rank_bm25 import BM25Okapi

    class Statistics(BM25Okapi):  # type: ignore[misc]
        """The package's own idf and floor, fed with counts that are known already instead of with the token lists."""

        def __init__(self, document_frequency: dict[int, int]) -> None:
            self.corpus_size = size
            self.epsilon = parameters.epsilon
            self.idf: dict[int, float] = {}
            self._calc_idf(document_frequency)

    used = np.flatnonzero(frequency)
    idf: NDArray[np.float64] = np.full(len(frequency), np.log(size + 0.5) - np.log(0.5))
    if used.size:
        statistics = Statistics(dict(zip(used.tolist(), frequency[used].tolist(), strict=True)))
        idf[used] = np.fromiter(map(statistics.idf.__getitem__, used.tolist()), dtype=np.float64, count=used.size)
    return np.maximum(idf, _SMALLEST_IDF)
