"""Which gap a question belongs to: the same need in other words joins, another need opens a gap of its own."""

from __future__ import annotations

import math
import threading
from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from kb.gaps.vocabulary import GapMember
from kb.ids import new_id
from kb.types import FloatArray, Lang

Number = TypeVar("Number", np.int64, np.float64)
_REFRESH = 1.05  # learned weights are taken anew when the rows have grown by this factor


@dataclass(frozen=True, slots=True)
class GroupingParameters:
    """How like a gap's representative a question must be to join it, as cosines in (0, 1].

    ``vector`` is for the vectors of a model that understands the language. ``lexical`` is for terms where there are no
    vectors to compare, ``same_words`` for terms beside vectors: words in common then say little that the vectors did
    not. Chosen by the entry "Gap grouping: first thresholds" of eval/LOG.md: few wrong joins before few gaps, because
    an owner can merge two gaps at a glance and cannot see a need that was buried in another.
    """

    lexical: float = 0.5
    vector: float = 0.65
    same_words: float = 0.8


DEFAULT_PARAMETERS = GroupingParameters()


@dataclass(frozen=True, slots=True)
class Assignment:
    """The gap of a question. ``similarity``: cosine with its representative that decided, 1.0 for a new gap."""

    gap_id: str
    is_new: bool
    similarity: float


class GapDirectory:
    """The representatives of all gaps, in memory. Thread-safe.

    A question is compared with each gap's representative (the wording that opened it) and never with those that joined
    later, so that a gap stays within a fixed radius and does not creep from need to need: leader clustering (Hartigan
    1975, Clustering Algorithms, ch. 3). Whatever order a directory is rebuilt in, the same question joins the same gap.

    Terms are compared by the cosine of binary vectors weighted by inverse document frequency. ``idf`` gives the weight
    of a term (> 0), for instance from the articles; without it, the weight is learned from the representatives.
    """

    def __init__(
        self,
        members: Iterable[GapMember] = (),
        *,
        parameters: GroupingParameters = DEFAULT_PARAMETERS,
        idf: Callable[[str], float] | None = None,
    ) -> None:
        self._parameters = parameters
        self._lock = threading.Lock()
        self._gap_ids: list[str] = []
        self._terms = _TermTable(idf)
        self._vectors: dict[str | None, _VectorTable] = {}
        for member in members:
            self.add(member)

    def __len__(self) -> int:
        return len(self._gap_ids)

    def add(self, member: GapMember) -> None:
        """Add a representative. A gap may have several: those of gaps that were merged into it."""
        with self._lock:
            self._add(member.gap_id, member.terms, member.vector, member.encoder)

    def assign(
        self,
        terms: Sequence[str],
        vector: FloatArray | None = None,
        lang: Lang = "en",
        *,
        encoder: str | None = None,
    ) -> Assignment:
        """Return the gap nearest to the question, or a new one for which the question becomes the representative.

        ``terms``: of the question, repetitions do not count. ``vector``: unit vector by the model with fingerprint
        ``encoder``, only where that model understands the language; it is compared with vectors of the same model.
        ``lang`` is not compared: a code or a name may carry a need across languages, and so may a multilingual vector.
        """
        with self._lock:
            row, margin, similarity = self._nearest(terms, vector, encoder)
            if row >= 0 and margin >= 1.0:
                return Assignment(self._gap_ids[row], False, similarity)
            gap_id = new_id("gap")
            self._add(gap_id, terms, vector, encoder)
            return Assignment(gap_id, True, 1.0)

    def _nearest(
        self, terms: Sequence[str], vector: FloatArray | None, encoder: str | None
    ) -> tuple[int, float, float]:
        """The best row, how far it passes its threshold (1.0: just), and the cosine that says so; row -1 for none."""
        if not self._gap_ids:
            return -1, 0.0, 0.0
        cosines = self._terms.cosines(terms)
        margins = cosines / self._parameters.lexical
        table = self._vectors.get(encoder)
        if vector is not None and table is not None:
            rows, near = table.cosines(vector)
            # Cosines of different kinds are compared by how far each passes its own threshold.
            lexical, similar = cosines[rows] / self._parameters.same_words, near / self._parameters.vector
            margins[rows] = np.maximum(lexical, similar)
            cosines[rows] = np.where(similar > lexical, near, cosines[rows])
        best = int(margins.argmax())
        return best, float(margins[best]), float(cosines[best])

    def _add(self, gap_id: str, terms: Sequence[str], vector: FloatArray | None, encoder: str | None) -> None:
        row = len(self._gap_ids)
        self._gap_ids.append(gap_id)
        self._terms.add(terms)
        if vector is not None:
            self._vectors.setdefault(encoder, _VectorTable(len(vector))).add(row, vector)


class _TermTable:
    """Rows of distinct terms behind an inverted index.

    Learned weights drift as rows come in. They are taken anew whenever the rows have grown by a fixed share, which
    happens at the same counts of rows in every directory: one that is rebuilt from the same rows gives the same
    cosines.
    """

    def __init__(self, idf: Callable[[str], float] | None) -> None:
        self._idf = idf
        self._ids: dict[str, int] = {}
        self._postings: list[array[int]] = []  # the rows of each term, ascending
        self._squares = _Column(np.float64)  # squared weight of each term
        self._norms = _Column(np.float64)  # squared length of each row
        self._counted = 0  # rows that the learned weights were taken from

    def add(self, terms: Sequence[str]) -> None:
        row = len(self._norms)
        ids = [self._id(term) for term in dict.fromkeys(terms)]
        for term_id in ids:
            self._postings[term_id].append(row)
        self._norms.append(float(sum(self._squares.array[term_id] for term_id in ids)))
        if self._idf is None and row + 1 >= self._counted * _REFRESH + 1:
            self._weigh(row + 1)

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

    def cosines(self, terms: Sequence[str]) -> NDArray[np.float64]:
        """Cosine of ``terms`` with every row, shape ``(rows,)``."""
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
        cosines: NDArray[np.float64] = shared / np.sqrt(np.maximum(self._norms.array * norm, 1e-12))
        return cosines


def _learned(rows_with_term: int, rows: int) -> float:
    """Squared inverse document frequency, positive even for a term that every row has."""
    return math.log1p((rows + 1) / (rows_with_term + 0.5)) ** 2


class _VectorTable:
    """Vectors of one model and the rows they belong to."""

    def __init__(self, dimensions: int) -> None:
        self._matrix = np.zeros((16, dimensions), dtype=np.float32)
        self._rows = _Column(np.int64)

    def add(self, row: int, vector: FloatArray) -> None:
        if len(self._rows) == len(self._matrix):
            self._matrix = np.concatenate((self._matrix, np.zeros_like(self._matrix)))
        self._matrix[len(self._rows)] = vector
        self._rows.append(row)

    def cosines(self, vector: FloatArray) -> tuple[NDArray[np.int64], FloatArray]:
        """The rows that have a vector, and the cosine of each with ``vector``."""
        return self._rows.array, self._matrix[: len(self._rows)] @ vector


class _Column(Generic[Number]):
    """A one-dimensional array that grows at its end, twofold at a time."""

    def __init__(self, dtype: type[Number]) -> None:
        self._buffer: NDArray[Number] = np.zeros(16, dtype=dtype)
        self._size = 0

    def __len__(self) -> int:
        return self._size

    @property
    def array(self) -> NDArray[Number]:
        """The filled part; writing to it writes to the column."""
        return self._buffer[: self._size]

    def append(self, value: float) -> None:
        if self._size == len(self._buffer):
            self._buffer = np.concatenate((self._buffer, np.zeros_like(self._buffer)))
        self._buffer[self._size] = value
        self._size += 1
