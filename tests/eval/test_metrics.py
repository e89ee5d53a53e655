"""The formulas: their worked examples, scikit-learn as oracle, and what must hold for any input."""

from __future__ import annotations

import doctest
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import brier_score_loss, ndcg_score, roc_auc_score

import eval.baselines
import eval.datasets
import eval.metrics
import eval.scoring
import kb.calibration.measures
from eval.metrics import (
    false_answer_rate,
    first_rank,
    hit_at,
    mean_reciprocal_rank,
    ndcg_at,
    paired_bootstrap,
    recall_at,
)
from kb.calibration.measures import (
    auroc,
    brier,
    coverage_at_precision,
    expected_calibration_error,
    risk_coverage,
)

# Confidences with few distinct values, so that ties are common.
confidences = st.lists(st.integers(0, 20).map(lambda i: i / 20), min_size=1, max_size=60)


@st.composite
def judged(draw: st.DrawFn) -> tuple[list[float], list[bool]]:
    scores = draw(confidences)
    return scores, draw(st.lists(st.booleans(), min_size=len(scores), max_size=len(scores)))


@pytest.mark.parametrize("module", [eval.metrics, eval.scoring, eval.datasets, eval.baselines, kb.calibration.measures])
def test_worked_examples_hold(module: Any) -> None:
    results = doctest.testmod(module)
    assert results.attempted > 0
    assert results.failed == 0


def test_every_metric_has_a_worked_example() -> None:
    finder = doctest.DocTestFinder(recurse=True)
    without = [
        test.name.rpartition(".")[2]
        for module in (eval.metrics, kb.calibration.measures)
        for test in finder.find(module, globs={})
        if not test.examples and test.name.rpartition(".")[2] in module.__dict__
    ]
    assert [name for name in without if not name.startswith("_")] == ["Interval", "RiskCoverage"]


@given(judged())
def test_auroc_equals_scikit_learn(case: tuple[list[float], list[bool]]) -> None:
    scores, labels = case
    if len(set(labels)) < 2:
        assert math.isnan(auroc(scores, labels))
    else:
        assert auroc(scores, labels) == pytest.approx(roc_auc_score(labels, scores))


@given(judged())
def test_brier_equals_scikit_learn(case: tuple[list[float], list[bool]]) -> None:
    scores, labels = case
    assert brier(scores, labels) == pytest.approx(brier_score_loss(labels, scores, labels=[False, True]))


@given(arrays(np.float64, st.integers(2, 30), elements=st.integers(0, 3).map(float)), st.integers(1, 40))
def test_ndcg_equals_scikit_learn(gains: Any, k: int) -> None:
    ours = ndcg_at(gains, gains, k)
    if gains.sum() == 0:
        assert math.isnan(ours)
    else:
        assert ours == pytest.approx(ndcg_score([gains], [np.arange(len(gains), 0, -1)], k=k))


@given(judged(), st.integers(1, 20))
def test_calibration_error_with_equal_width_bins_equals_its_definition(
    case: tuple[list[float], list[bool]], bins: int
) -> None:
    scores, labels = case
    total = 0.0
    for b in range(bins):
        inside = [i for i, s in enumerate(scores) if (b / bins < s <= (b + 1) / bins) or (b == 0 and s == 0)]
        if inside:
            gap = abs(np.mean([scores[i] for i in inside]) - np.mean([labels[i] for i in inside]))
            total += len(inside) / len(scores) * gap
    # Values on a bin's edge may fall to either side by rounding, which moves the result by one item's weight at most.
    on_edge = sum(1 for s in scores if s > 0 and abs(s * bins - round(s * bins)) < 1e-9)
    ours = expected_calibration_error(scores, labels, bins)
    assert abs(ours - total) <= 1e-9 + 2 * on_edge / len(scores)


@given(st.integers(1, 50), st.sampled_from(["width", "mass"]))
def test_perfectly_calibrated_bins_have_no_error(n: int, by: Any) -> None:
    assert expected_calibration_error([1.0] * n + [0.0] * n, [True] * n + [False] * n, by=by) == 0


@given(judged(), st.sampled_from(["width", "mass"]), st.integers(1, 30))
def test_calibration_error_is_a_share_and_at_least_the_overall_gap(
    case: tuple[list[float], list[bool]], by: Any, bins: int
) -> None:
    scores, labels = case
    error = expected_calibration_error(scores, labels, bins, by)
    assert abs(np.mean(scores) - np.mean(labels)) - 1e-9 <= error <= 1


@given(judged())
def test_risk_coverage_ends_at_everything(case: tuple[list[float], list[bool]]) -> None:
    scores, labels = case
    curve = risk_coverage(scores, labels)
    assert curve.coverage[-1] == 1
    assert curve.risk[-1] == pytest.approx(1 - np.mean(labels))
    assert (np.diff(curve.coverage) > 0).all()
    assert (np.diff(curve.thresholds) < 0).all()


@given(judged(), st.floats(0.05, 1))
def test_coverage_at_precision_can_be_reached_by_a_threshold(
    case: tuple[list[float], list[bool]], precision: float
) -> None:
    scores, labels = case
    coverage = coverage_at_precision(scores, labels, precision)
    possible = [
        np.mean([s >= t for s in scores])
        for t in set(scores)
        if np.mean([label for s, label in zip(scores, labels, strict=True) if s >= t]) >= precision - 1e-12
    ]
    assert coverage == pytest.approx(max(possible, default=0.0))


@given(st.lists(st.integers(0, 15), min_size=1, max_size=40), st.integers(1, 14))
def test_more_depth_never_loses_a_hit(ranks: list[int], k: int) -> None:
    assert hit_at(ranks, k) <= hit_at(ranks, k + 1)
    assert hit_at(ranks, 1) <= mean_reciprocal_rank(ranks) <= hit_at(ranks, 10)


@given(st.lists(st.booleans(), max_size=20), st.integers(1, 20))
def test_recall_is_the_share_of_relevant_items_seen(relevant: list[bool], k: int) -> None:
    total = sum(relevant)
    if total == 0:
        assert math.isnan(recall_at(relevant, total, k))
    else:
        assert recall_at(relevant, total, k) == sum(relevant[:k]) / total
    assert (first_rank(relevant) == 0) == (total == 0)


def test_false_answers_count_only_unanswerable_questions() -> None:
    assert math.isnan(false_answer_rate([True], [True]))
    assert false_answer_rate([True, False], [False, True]) == 1


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=40))
def test_bootstrap_holds_the_mean_and_turns_with_its_sides(pairs: list[tuple[bool, bool]]) -> None:
    ours, theirs = [float(a) for a, _ in pairs], [float(b) for _, b in pairs]
    one = paired_bootstrap(ours, theirs, resamples=200)
    other = paired_bootstrap(theirs, ours, resamples=200)
    assert one.low - 1e-9 <= one.value <= one.high + 1e-9
    assert one.value == pytest.approx(-other.value)
    assert one.low == pytest.approx(-other.high)


def test_bootstrap_interval_has_the_width_that_theory_gives() -> None:
    rng = np.random.default_rng(3)
    ours = (rng.random(2000) < 0.6).astype(float)
    interval = paired_bootstrap(ours, np.zeros(2000))
    assert interval.high - interval.low == pytest.approx(2 * 1.96 * math.sqrt(0.24 / 2000), rel=0.1)


def test_nothing_to_measure_is_not_a_number() -> None:
    assert math.isnan(hit_at([], 1))
    assert math.isnan(expected_calibration_error([], []))
    assert math.isnan(paired_bootstrap([], []).value)
    assert coverage_at_precision([], []) == 0
