"""Near cells form one gap, far ones part, and owners' decisions stand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.gaps.agglomerate import Linkage, agglomerate, density, neighbours_of
from kb.gaps.regroup import CellPicture, RegroupParameters, Ruled, regroup
from kb.gaps.telling import worded
from kb.types import FloatArray

PLAIN = RegroupParameters(usual_weight=1e9, usual_density=0.7, margin=0.1, floor=0.4)  # a threshold of 0.6

NOTHING = Ruled()


def unit(*angles: float) -> FloatArray:
    """Vectors in the plane; the cosine of two is that of the difference of their angles, in degrees."""
    radians = np.radians(angles)
    return np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)


def picture(
    angles: Sequence[float],
    roots: Sequence[str] | None = None,
    counts: Sequence[int] | None = None,
    chinese: Sequence[bool] | None = None,
) -> CellPicture:
    """Cells g0, g1 ... of identical wordings each."""
    names = tuple(f"g{number}" for number in range(len(angles)))
    number = np.array(counts or [1] * len(angles), dtype=np.int64)
    return CellPicture(
        cells=names,
        roots=tuple(roots or names),
        chinese=np.array(chinese or [False] * len(angles), dtype=bool),
        counts=number,
        sums=unit(*angles) * number[:, None].astype(np.float32),
    )


def moved(found: CellPicture, ruled: Ruled = NOTHING, parameters: RegroupParameters = PLAIN) -> dict[str, str]:
    return {move.cell: move.root for move in regroup(found, ruled, parameters)}


def test_near_cells_join_the_larger_and_of_equals_the_older() -> None:
    assert moved(picture([0, 20, 120])) == {"g1": "g0"}
    assert moved(picture([0, 20, 120], counts=[1, 2, 1])) == {"g0": "g1"}


def test_a_move_says_why() -> None:
    (move,) = regroup(picture([0, 20], counts=[3, 1]), Ruled(), PLAIN)
    assert (move.cell, move.before, move.root) == ("g1", "g1", "g0")
    assert worded(move.note) == "Its 1 wording is near the other 3: mean cosine 0.94."


def test_cells_that_do_not_belong_together_part_and_the_id_stays_with_most_wordings() -> None:
    assert moved(picture([0, 10, 120, 130], roots=["g0"] * 4, counts=[1, 5, 1, 1])) == {"g2": "g2", "g3": "g2"}
    assert moved(picture([120, 0, 10], roots=["g0"] * 3)) == {"g1": "g1", "g2": "g1"}


def test_groups_do_not_chain() -> None:
    """Each of the row is near the next; the ends are not near each other."""
    found = moved(picture([0, 40, 80, 120, 160]))
    assert 2 <= len(found) < 4


def test_what_owners_hold_stays_together_and_apart() -> None:
    far = picture([0, 120], roots=["g0", "g0"])
    assert moved(far, Ruled(held=frozenset({"g0"}))) == {}
    near = picture([0, 5])
    assert moved(near, Ruled(held=frozenset({"g0", "g1"}))) == {}
    assert moved(near, Ruled(held=frozenset({"g1"}))) == {"g0": "g1"}
    closed = frozenset({"g1"})
    assert moved(near, Ruled(held=closed, closed=closed)) == {}


def test_a_third_gap_does_not_bring_two_held_ones_together() -> None:
    found = moved(picture([0, 5, 10]), Ruled(held=frozenset({"g0", "g2"})))
    assert set(found) == {"g1"}


def test_each_other_s_nearest_in_two_languages_join() -> None:
    mixed = picture([0, 60, 10, 15], chinese=[False, False, True, False])
    assert moved(mixed, parameters=RegroupParameters(usual_weight=1e9, usual_density=1.2, across=0.8)) == {"g3": "g2"}
    apart = picture([0, 70], chinese=[False, True])
    assert moved(apart, parameters=RegroupParameters(across=0.8)) == {}
    assert moved(picture([0, 70], roots=["g0", "g0"], chinese=[False, True])) == {"g1": "g1"}


def test_where_it_is_crowded_groups_must_be_tighter() -> None:
    rng = np.random.default_rng(1)
    crowd = [float(angle) for angle in rng.uniform(0, 25, size=40)]
    lone = moved(picture([0, 45]), parameters=RegroupParameters(usual_weight=0.0))
    assert lone == {"g1": "g0"}
    dense = moved(picture([*crowd, 70]), parameters=RegroupParameters(usual_weight=0.0))
    assert "g40" not in dense


def test_density_is_the_mean_of_the_nearest_members_without_oneself() -> None:
    means = unit(0, 60, 90)
    found = neighbours_of(means, 3)
    counts = np.array([1, 2, 1], dtype=np.int64)
    expected = [0.5, (1 + np.cos(np.radians(30))) / 2, np.cos(np.radians(30))]
    np.testing.assert_allclose(density(found, counts, 2), expected, atol=1e-6)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.floats(0, 180), min_size=2, max_size=14), st.integers(0, 3))
def test_linkage_is_that_of_the_textbook(angles: list[float], extra: int) -> None:
    """The same groups as the plain algorithm that looks at every pair after every merge."""
    vectors = unit(*angles)
    counts = np.array([1 + (extra * row) % 4 for row in range(len(angles))], dtype=np.int64)
    sums = vectors * counts[:, None].astype(np.float32)
    size = len(angles)
    pairs = [(one, other) for one in range(size) for other in range(one + 1, size)]
    found = agglomerate(
        sums, counts, np.full(size, 0.7, np.float32), pairs, Linkage(0.0, 0.05), np.zeros(size, dtype=bool)
    )
    assert sorted(row for group in found for row in group) == list(range(size))
    for group in found:
        for rows in found:
            if rows is not group:
                cosine = float(sums[group].sum(axis=0) @ sums[rows].sum(axis=0))
                assert cosine / (counts[group].sum() * counts[rows].sum()) < 0.65 + 1e-4


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.floats(0, 180), st.integers(0, 5), st.booleans()), min_size=1, max_size=12))
def test_gaps_that_stand_belong_to_themselves_and_a_held_one_keeps_its_cells(
    cells: list[tuple[float, int, bool]],
) -> None:
    angles = [angle for angle, _, _ in cells]
    roots = [f"g{min(root, number)}" for number, (_, root, _) in enumerate(cells)]
    roots = [root if roots[int(root[1:])] == root else f"g{number}" for number, root in enumerate(roots)]
    chinese = [zh for _, _, zh in cells]
    held = frozenset({roots[0]})
    moves = moved(picture(angles, roots, chinese=chinese), Ruled(held))
    after = [moves.get(f"g{number}", root) for number, root in enumerate(roots)]
    assert all(after[int(root[1:])] == root for root in after), "one step leads to the gap that stands"
    kept = defaultdict(set)
    for before, now in zip(roots, after, strict=True):
        kept[before].add(now)
    assert kept[roots[0]] == {roots[0]}


def test_parameters_are_in_range() -> None:
    parameters = RegroupParameters()
    assert parameters.floor < parameters.usual_density - parameters.margin
    with pytest.raises(AttributeError):
        parameters.floor = 0.0  # type: ignore[misc]
