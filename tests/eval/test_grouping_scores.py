"""The measurement of grouping: scores by hand, baselines of the right size, and a stream that ends in groups."""

from __future__ import annotations

import numpy as np
import pytest

from eval.grouping import Stream, across, measure, speed, table
from eval.grouping_data import LabelledSet, Pairs
from eval.grouping_scores import baseline_groups, score


def labelled(per_need: int = 8, needs: int = 4) -> LabelledSet:
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(needs, 48))
    vectors = np.repeat(centres, per_need, axis=0) + 0.5 * rng.normal(size=(needs * per_need, 48))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    questions = tuple(f"need{row // per_need} wording{row}" for row in range(len(vectors)))
    return LabelledSet("toy", questions, np.repeat(np.arange(needs), per_need), vectors.astype(np.float32))


def test_scores_by_hand() -> None:
    found = score(np.array([0, 0, 1, 1]), np.array([0, 0, 0, 1]))
    assert (found.groups, found.purity) == (2, 0.75)
    assert (found.precision, found.recall, found.f1) == (pytest.approx(1 / 3), 0.5, pytest.approx(0.4))
    perfect = score(np.array([0, 1, 1]), np.array([5, 3, 3]))
    assert (perfect.v_measure, perfect.f1) == (1.0, 1.0)


def test_a_stream_of_clear_needs_is_grouped_and_compared() -> None:
    measured = measure(labelled(), 2, baselines=True)
    ours = measured["systems"]["kb"]
    assert ours["v_measure"] > 0.8
    assert len(measured["systems"]) == 7
    assert "| toy | kb |" in table({"toy": measured})


def test_baselines_make_as_many_groups_as_asked() -> None:
    questions = labelled()
    found = baseline_groups(questions.vectors, 6)
    for name, groups in found.items():
        if "HDBSCAN" not in name:
            assert len(np.unique(groups)) == 6
        assert groups.min() >= 0


def test_twins_in_two_languages_are_counted() -> None:
    english = labelled(1, 6)
    pairs = Pairs(
        "toy",
        english.questions,
        tuple(f"问题{row}" for row in range(6)),
        english.vectors,
        english.vectors,
        np.arange(6),
    )
    assert across(pairs) == {"joined": 1.0, "wrong": 0.0, "false": 0.0}


def test_the_speed_of_few_gaps() -> None:
    measured = speed(20, 60, dimensions=16, samples=3)
    assert measured["gaps"] == 20
    assert all(isinstance(value, int | float) for value in measured.values())


def test_a_stream_keeps_one_group_for_one_wording() -> None:
    stream = Stream()
    for _ in range(3):
        stream.ask("How do I pay?", None)
    assert len(set(stream.groups().tolist())) == 1
