"""Which cells form one gap, looked at again in the background with all that is known by now."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kb.gaps.agglomerate import Linkage, agglomerate, density, neighbours_of
from kb.gaps.telling import tell
from kb.types import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class RegroupParameters:
    """When cells belong together; chosen by the entry "Gap grouping: cells and regrouping" of eval/LOG.md.

    ``margin``: how far the mean cosine between two groups of wordings may lie below their densities. The density of a
    wording is its mean cosine with the ``around`` nearest ones: where needs lie close together, groups must be tighter.
    With few wordings the density says little, so it is mixed with ``usual_density`` as if that had been seen
    ``usual_weight`` times. ``floor``: the least mean cosine, whatever the density. ``across``: least cosine of the
    centroids of groups in two languages, which must be each other's nearest; ``faithful``: what a pair that is together
    has ahead of others. ``neighbours``: cells that each is compared with.
    """

    margin: float = 0.09
    floor: float = 0.4
    around: int = 20
    usual_density: float = 0.7
    usual_weight: float = 200.0
    across: float = 0.65
    faithful: float = 0.05
    neighbours: int = 64


DEFAULT_REGROUPING = RegroupParameters()


@dataclass(frozen=True, slots=True, eq=False)
class CellPicture:
    """Cells and the sums of their wordings' vectors, one row for each cell and language.

    ``cells``, ``roots``: ids of the cell and of the gap it belongs to now. ``chinese``: else English. ``counts``: wordings.
    ``sums``: shape ``(rows, dimensions)``.
    """

    cells: tuple[str, ...]
    roots: tuple[str, ...]
    chinese: BoolArray
    counts: NDArray[np.int64]
    sums: FloatArray


@dataclass(frozen=True, slots=True)
class Ruled:
    """What owners have decided. ``held``: gaps whose cells stay together and in which no other held gap ends.

    ``closed``: gaps that take in nothing by themselves, because somebody has finished with them. They are held too.
    """

    held: frozenset[str] = frozenset()
    closed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Move:
    """A cell that belongs to another gap now: to ``root``, which is the cell itself when it stands alone again."""

    cell: str
    before: str
    root: str
    note: str  # as it is kept


def regroup(picture: CellPicture, ruled: Ruled, parameters: RegroupParameters = DEFAULT_REGROUPING) -> list[Move]:
    """What must move so that near cells form one gap and others do not.

    Every gap that no owner holds is taken apart first where its cells do not belong together any more, then groups are
    put together across gaps. A gap's id stays with most of its wordings; ``ruled.held`` gaps keep theirs.
    """
    units = _units(picture, ruled)
    groups: list[list[_Unit]] = []
    for chinese in (False, True):
        groups += _grouped([unit for unit in units if unit.chinese == chinese], parameters)
    groups = _join_languages(groups, parameters)
    return list(_moves(groups))


@dataclass(frozen=True, slots=True, eq=False)
class _Unit:
    """Cells that move together: one, or all of a held gap. ``total``, ``count``: of the language that most wordings are in."""

    cells: tuple[str, ...]
    root: str
    held: bool
    chinese: bool
    count: int
    total: FloatArray


def _units(picture: CellPicture, ruled: Ruled) -> list[_Unit]:
    rows_of: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    cells_of_root: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for cell, root in zip(picture.cells, picture.roots, strict=True):
        cells_of_root[root][cell] = None
    for row, (cell, root) in enumerate(zip(picture.cells, picture.roots, strict=True)):
        if picture.counts[row] > 0 and root not in ruled.closed:
            rows_of[tuple(cells_of_root[root]) if root in ruled.held else (cell,)].append(row)
    units = []
    for cells, rows in rows_of.items():
        counts = [sum(int(picture.counts[row]) for row in rows if picture.chinese[row] == zh) for zh in (False, True)]
        chinese = counts[1] > counts[0]
        total = picture.sums[[row for row in rows if picture.chinese[row] == chinese]].sum(axis=0)
        root = picture.roots[rows[0]]
        units.append(_Unit(cells, root, root in ruled.held, chinese, max(counts), total))
    return units


def _grouped(units: Sequence[_Unit], parameters: RegroupParameters) -> list[list[_Unit]]:
    """Units of one language, put together."""
    if not units:
        return []
    counts = np.array([unit.count for unit in units], dtype=np.int64)
    sums = np.stack([unit.total for unit in units])
    found = neighbours_of(np.asarray(sums / counts[:, None], dtype=np.float32), parameters.neighbours)
    seen = float(counts.sum())
    usual = parameters.usual_weight
    dense = density(found, counts, parameters.around)
    dense = (dense * seen + parameters.usual_density * usual) / (seen + usual)
    linkage = Linkage(parameters.floor, parameters.margin)
    pairs = _pairs(found.rows, found.cosines - (dense[:, None] + dense[found.rows]) / 2 >= -parameters.margin)
    roots = [unit.root for unit in units]
    inside = [(one, other) for one, other in pairs if roots[one] == roots[other]]
    fixed = np.array([unit.held for unit in units], dtype=bool)
    parts = agglomerate(sums, counts, dense, inside, linkage, fixed)
    part_of = {row: number for number, rows in enumerate(parts) for row in rows}
    joined = agglomerate(
        np.stack([sums[rows].sum(axis=0) for rows in parts]),
        np.array([counts[rows].sum() for rows in parts]),
        np.array([np.average(dense[rows], weights=counts[rows]) for rows in parts]),
        {(part_of[one], part_of[other]) for one, other in pairs if part_of[one] != part_of[other]},
        linkage,
        np.array([fixed[rows].any() for rows in parts]),
    )
    return [[units[row] for part in group for row in parts[part]] for group in joined]


def _pairs(rows: IntArray, near: BoolArray) -> list[tuple[int, int]]:
    pairs = {
        (min(one, other), max(one, other))
        for one, position in zip(*(found.tolist() for found in np.nonzero(near)), strict=True)
        if (other := int(rows[one, position])) != one
    }
    return sorted(pairs)


def _join_languages(groups: list[list[_Unit]], parameters: RegroupParameters) -> list[list[_Unit]]:
    """Put each group with the one in the other language that means the same."""
    english = [group for group in groups if not group[0].chinese]
    chinese = [group for group in groups if group[0].chinese]
    if not english or not chinese:
        return groups
    cosines = _centroids(chinese) @ _centroids(english).T
    # Not by ``cosines.argmax`` alone: what is together stays together where another is nearer by a hair.
    places = {unit.root: number for number, group in enumerate(english) for unit in group}
    for row, group in enumerate(chinese):
        for root in {unit.root for unit in group} & places.keys():
            cosines[row, places[root]] += parameters.faithful
    partner = cosines.argmax(axis=1)
    back = cosines.argmax(axis=0)
    for row, group in enumerate(chinese):
        column = int(partner[row])
        held = any(unit.held for unit in group) and any(unit.held for unit in english[column])
        if back[column] == row and cosines[row, column] >= parameters.across and not held:
            english[column] = english[column] + group
        else:
            english.append(group)
    return english


def _centroids(groups: Sequence[Sequence[_Unit]]) -> FloatArray:
    sums = np.stack([np.sum([unit.total for unit in group], axis=0) for group in groups])
    centroids: FloatArray = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)
    return centroids


def _moves(groups: Sequence[Sequence[_Unit]]) -> Iterator[Move]:
    for group in groups:
        root = _keeper(group)
        wordings = sum(unit.count for unit in group)
        for unit in group:
            if unit.root != root:
                for cell in unit.cells:
                    yield Move(cell, unit.root, root, _reason(unit, group, root, wordings))


def _keeper(group: Sequence[_Unit]) -> str:
    """The gap that stands for the group: a held one, else of those that stand now the one with most wordings; of equals
    the older, whose id is smaller. A group that has left its gap is named after its largest cell."""
    held = [unit.root for unit in group if unit.held]
    if held:
        return held[0]
    cells = {cell for unit in group for cell in unit.cells}
    weights: Counter[str] = Counter()
    for unit in group:
        if unit.root in cells:
            weights[unit.root] += unit.count
    if not weights:
        weights.update({unit.cells[0]: unit.count for unit in group})
    return min(weights, key=lambda gap_id: (-weights[gap_id], gap_id))


def _reason(unit: _Unit, group: Sequence[_Unit], root: str, wordings: int) -> str:
    rest = [other for other in group if other is not unit]
    if not rest:
        return tell("parted", n=unit.count).kept()
    mean = sum(float(unit.total @ other.total) for other in rest) / (unit.count * sum(other.count for other in rest))
    return tell("near", n=unit.count, others=wordings - unit.count, mean=f"{mean:.2f}").kept()
