"""Which gap a question belongs to: the same need in other words joins, another need opens a gap of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kb.errors import StorageError
from kb.gaps.centroids import Centroids
from kb.gaps.regroup import CellPicture
from kb.gaps.term_table import TermTable
from kb.gaps.wordings import Cell, GapNews, GapWording, rounded
from kb.ids import new_id
from kb.types import FloatArray, Lang

_WORDED_ALIKE = 32  # representatives looked at by words
# What has changed in the records since the given point.
Source = Callable[[int], GapNews]


@dataclass(frozen=True, slots=True)
class GroupingParameters:
    """How like a cell of a gap a question must be to join it, as cosines in (0, 1].

    ``vector``: with the centroid of its wordings, by a model that understands the language. ``across``: with the
    centroid of wordings in the other language. ``lexical``: of terms with those of its representative, where there are
    no vectors to compare; ``same_words``: beside vectors, where words in common say little that the vectors did not.
    Chosen by the entry "Gap grouping: cells and regrouping" of eval/LOG.md: strict, because what is wrongly put together here
    is not seen again, and near cells are put together in the background (``kb.gaps.regroup``).
    """

    vector: float = 0.8
    across: float = 0.8
    lexical: float = 0.5
    same_words: float = 0.8


DEFAULT_PARAMETERS = GroupingParameters()


@dataclass(frozen=True, slots=True)
class Assignment:
    """The gap of a question, and the cell of that gap which it joins: the gap itself, or one that was merged into it.

    ``similarity``: the cosine that decided, 1.0 for a new gap and for a wording that was there.
    """

    gap_id: str
    cell: str
    is_new: bool
    similarity: float


class GapDirectory:
    """All gaps in memory, for assigning questions to them. Thread-safe.

    A gap consists of cells: itself as it was opened, and those merged into it. A wording that is known stays in its
    cell. A new one joins the cell whose centroid is nearest within a fixed radius, else it opens a gap: sequential
    leader clustering with centroids (Hartigan 1975, Clustering Algorithms, ch. 3-4). Cells are small, so one never
    becomes "everything about payments". The state depends on the wordings and not on their order: a directory that is
    rebuilt from the records decides alike.

    Terms are compared by the cosine of binary vectors weighted by inverse document frequency. ``idf`` gives the weight
    of a term (> 0), for instance from the articles; without it, the weight is learned from the representatives.

    ``source`` is asked for what other processes and owners have changed before each assignment. When it raises
    ``StorageError``, what is known decides.
    """

    def __init__(
        self,
        cells: Iterable[Cell] = (),
        *,
        parameters: GroupingParameters = DEFAULT_PARAMETERS,
        idf: Callable[[str], float] | None = None,
        source: Source | None = None,
    ) -> None:
        self._parameters = parameters
        self._idf = idf
        self._source = source
        self._lock = threading.RLock()
        self._until = -1
        self.changes = 0  # grows with every wording and every change, for those who wait for some
        self._forget()
        for cell in cells:
            self._put(cell)

    def _forget(self) -> None:
        self._ids: list[str] = []  # of each cell
        self._roots: list[str] = []
        self._number: dict[str, int] = {}
        self._place: dict[str, int] = {}  # of each wording, by its key: the cell
        self._keys: list[set[str]] = []
        self._terms = TermTable(self._idf)
        self._cell_of_terms: list[int] = []  # of each row of terms; -1: the representative was replaced
        self._terms_of_cell: dict[int, int] = {}
        self._centroids: dict[str | None, Centroids] = {}
        self._fresh: set[str] = set()

    def __len__(self) -> int:
        return len(self._ids)

    def sync(self) -> None:
        """Take in what has changed in the records. Raises ``StorageError``."""
        if self._source is None:
            return
        with self._lock:
            self._take(self._source(self._until))

    def assign(
        self,
        terms: Sequence[str],
        vector: FloatArray | None = None,
        lang: Lang = "en",
        *,
        encoder: str | None = None,
        key: str | None = None,
    ) -> Assignment:
        """Return the gap of the question, or a new one.

        ``terms``: of the question, repetitions do not count. ``vector``: unit vector by the model with fingerprint
        ``encoder``, only where that model understands the language; it is compared with vectors of the same model.
        ``key``: what all spellings of the question share; None: never seen before.
        """
        with self._lock:
            with suppress(StorageError):  # answering goes on without the records; they are asked again next time
                self.sync()
            known = None if key is None else self._place.get(key)
            if known is not None:
                return Assignment(self._roots[known], self._ids[known], False, 1.0)
            vector = None if vector is None else rounded(vector)
            cell, margin, similarity = self._nearest(terms, vector, lang, encoder)
            joins = cell >= 0 and margin >= 1.0
            gap_id = self._ids[cell] if joins else new_id("gap")
            self._add(GapWording(key or new_id("q"), gap_id, tuple(terms), lang, vector, encoder), gap_id)
            root = self._roots[self._number[gap_id]]
            return Assignment(root, gap_id, not joins, similarity if joins else 1.0)

    def _nearest(
        self, terms: Sequence[str], vector: FloatArray | None, lang: Lang, encoder: str | None
    ) -> tuple[int, float, float]:
        """The best cell, how far it passes its threshold (1.0: just), and the cosine that says so; cell -1 for none."""
        best = (-1, 0.0, 0.0)
        table = None if vector is None else self._centroids.get(encoder)
        if table is not None and vector is not None and len(table):
            rows, cosines = table.nearest(vector)
            margins = cosines / np.where(table.is_lang(lang)[rows], self._parameters.vector, self._parameters.across)
            place = int(margins.argmax())
            best = (int(table.cells[rows[place]]), float(margins[place]), float(cosines[place]))
        rows, cosines = self._terms.near(terms)
        # Cosines of different kinds are compared by how far each passes its own threshold.
        for position in _largest(cosines, _WORDED_ALIKE):
            cell = self._cell_of_terms[int(rows[position])]
            beside = table is not None and cell >= 0 and table.has(cell)
            margin = float(cosines[position]) / (self._parameters.same_words if beside else self._parameters.lexical)
            if cell >= 0 and margin > best[1]:
                best = (cell, margin, float(cosines[position]))
        return best

    def _take(self, news: GapNews) -> None:
        if news.complete:
            self._forget()
        self._until = news.until
        for gap_id in news.gone:
            if gap_id in self._number:
                self._clear(self._number[gap_id])
        for cell in news.cells:
            self._put(cell)
        for wording in news.wordings:
            if self._place.get(wording.key) != self._number.get(wording.gap_id, -1):
                self._add(wording, wording.gap_id)

    def _put(self, cell: Cell) -> None:
        number = self._open(cell.gap_id, cell.root)
        self._roots[number] = cell.root
        self._clear(number)
        sums: dict[tuple[str | None, Lang], list[FloatArray]] = {}
        for wording in cell.wordings:
            self._enter(wording, number)
            if wording.vector is not None:
                sums.setdefault((wording.encoder, wording.lang), []).append(wording.vector)
        for (encoder, lang), vectors in sums.items():
            self._table(encoder, len(vectors[0])).add(number, lang, np.sum(vectors, axis=0), len(vectors))

    def _open(self, gap_id: str, root: str) -> int:
        number = self._number.get(gap_id)
        if number is None:
            number = self._number[gap_id] = len(self._ids)
            self._ids.append(gap_id)
            self._roots.append(root)
            self._keys.append(set())
        return number

    def _clear(self, number: int) -> None:
        self.changes += 1
        for key in self._keys[number]:
            if self._place.get(key) == number:
                del self._place[key]
        self._keys[number].clear()
        for table in self._centroids.values():
            table.clear(number)
        row = self._terms_of_cell.pop(number, None)
        if row is not None:
            self._cell_of_terms[row] = -1

    def _add(self, wording: GapWording, root: str) -> None:
        number = self._open(wording.gap_id, root)
        self._enter(wording, number)
        if wording.vector is not None:
            self._table(wording.encoder, len(wording.vector)).add(number, wording.lang, wording.vector)

    def _table(self, encoder: str | None, dimensions: int) -> Centroids:
        table = self._centroids.get(encoder)
        if table is None:
            table = self._centroids[encoder] = Centroids(dimensions)
        return table

    def _enter(self, wording: GapWording, number: int) -> None:
        """All but the vector."""
        self.changes += 1
        self._fresh.add(wording.gap_id)
        self._place[wording.key] = number
        self._keys[number].add(wording.key)
        if number not in self._terms_of_cell:
            self._terms_of_cell[number] = self._terms.add(wording.terms)
            self._cell_of_terms.append(number)

    def take_fresh(self) -> set[str]:
        """The cells that wordings came to since this was last asked."""
        with self._lock:
            fresh, self._fresh = self._fresh, set()
            return fresh

    def move(self, roots: Mapping[str, str]) -> None:
        """Let cells belong to other gaps: ``roots`` names the gap of each. For who keeps no records."""
        with self._lock:
            for gap_id, root in roots.items():
                self._roots[self._number[gap_id]] = root

    def pictures(self) -> dict[str | None, CellPicture]:
        """What the cells look like now, for each model that has made vectors of some."""
        with self._lock:
            return {encoder: self._picture(table) for encoder, table in self._centroids.items() if len(table)}

    def _picture(self, table: Centroids) -> CellPicture:
        return CellPicture(
            cells=tuple(self._ids[cell] for cell in table.cells.tolist()),
            roots=tuple(self._roots[cell] for cell in table.cells.tolist()),
            chinese=table.is_lang("zh"),
            counts=table.counts.copy(),
            sums=table.sums.copy(),
        )


def _largest(values: NDArray[np.float64], number: int) -> list[int]:
    """Positions of the largest values, largest first, of equals the first."""
    chosen = np.arange(len(values)) if len(values) <= number else np.argpartition(-values, number)[:number]
    return sorted(chosen.tolist(), key=lambda position: (-values[position], position))
