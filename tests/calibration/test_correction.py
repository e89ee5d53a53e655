"""Corrections keep the order of scores, thresholds keep the budget, and fitting moves no further than what was seen allows."""

from __future__ import annotations

import doctest

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.answer import calibration
from kb.answer.calibration import Calibration, Correction, CurvePoint, thresholds_for
from kb.calibration.fit import Belief, Outcomes, corrected, curve_of, fit_correction, measure, reliability

scores = st.floats(0.01, 0.99)
corrections = st.builds(Correction, st.floats(0.2, 3.0), st.floats(-3.0, 3.0))


def world(n: int, slope: float, intercept: float, seed: int = 1) -> Outcomes:
    """Scores whose true probability is ``Correction(slope, intercept).apply(score)``."""
    rng = np.random.default_rng(seed)
    drawn = np.clip(rng.beta(1.2, 0.8, n), 0.011, 0.989)
    truth = [Correction(slope, intercept).apply(float(score)) for score in drawn]
    return Outcomes(tuple(drawn.tolist()), tuple((rng.random(n) < np.asarray(truth)).tolist()))


def test_examples_hold() -> None:
    assert doctest.testmod(calibration).failed == 0


@given(corrections, scores, scores)
def test_a_correction_keeps_order_and_range(correction: Correction, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert correction.apply(low) <= correction.apply(high)
    assert 0.01 <= correction.apply(low) <= 0.99
    assert correction.apply(low) == correction.apply(low)


def test_nothing_found_stays_nothing() -> None:
    assert Correction(1.0, 5.0).apply(0.0) == 0.0


def test_fitting_finds_the_correction_behind_the_data() -> None:
    found = fit_correction(world(20_000, 0.8, 0.7), Belief(slope_deviation=10, intercept_deviation=10))
    assert found.slope == pytest.approx(0.8, abs=0.08)
    assert found.intercept == pytest.approx(0.7, abs=0.08)


def test_few_observations_move_little_and_none_nothing() -> None:
    belief = Belief(Correction(1.2, -0.4))
    assert fit_correction(Outcomes((), ()), belief) == belief.correction
    ten = fit_correction(world(10, 1.0, 3.0), belief)
    many = fit_correction(world(5000, 1.0, 3.0), belief)
    assert abs(ten.intercept + 0.4) < abs(many.intercept + 0.4)
    assert fit_correction(world(200, 1.0, 0.0)).slope > 0


def test_the_corrected_scores_are_truer() -> None:
    seen, fresh = world(3000, 0.7, -1.2, seed=2), world(3000, 0.7, -1.2, seed=3)
    before, after = measure(fresh), measure(corrected(fresh, fit_correction(seen)))
    assert after["ece"] < 0.5 * before["ece"]
    assert after["brier"] < before["brier"]
    assert after["auroc"] == pytest.approx(before["auroc"])


@pytest.mark.parametrize("budget", [0.02, 0.05, 0.1, 0.2])
def test_thresholds_keep_the_budget_on_questions_they_were_not_chosen_on(budget: float) -> None:
    curve = curve_of(world(20_000, 1.0, 0.0, seed=4))
    answer = thresholds_for(budget, curve).answer
    fresh = world(20_000, 1.0, 0.0, seed=5)
    given_ = [right for score, right in zip(fresh.scores, fresh.right, strict=True) if score >= answer]
    assert given_, "something is answered"
    assert 1 - sum(given_) / len(given_) <= budget + 0.01
    below = thresholds_for(budget, curve).answer - 0.05
    looser = [right for score, right in zip(fresh.scores, fresh.right, strict=True) if score >= below]
    assert 1 - sum(looser) / len(looser) > budget - 0.01, "nor is it stricter than it has to be"


@given(
    st.lists(st.tuples(scores, st.booleans()), min_size=1, max_size=50), st.floats(0.001, 0.9), st.floats(0.001, 0.9)
)
def test_a_looser_budget_never_answers_less(rows: list[tuple[float, bool]], one: float, other: float) -> None:
    curve = curve_of(Outcomes(tuple(s for s, _ in rows), tuple(r for _, r in rows)))
    strict, loose = (Calibration(curve=curve).thresholds(budget) for budget in sorted((one, other)))
    assert loose.answer <= strict.answer
    for chosen in (strict, loose):
        assert 0 < chosen.suggest <= chosen.answer <= chosen.high <= 0.99


@pytest.mark.parametrize("budget", [0.0, 1.0, -0.1])
def test_a_budget_is_a_share(budget: float) -> None:
    with pytest.raises(ValueError, match="share"):
        thresholds_for(budget, ())


def test_a_budget_that_nothing_keeps_answers_only_the_surest() -> None:
    assert thresholds_for(0.01, [CurvePoint(0.5, 0.5, 0.2)]).answer == 0.99


def test_bins_of_the_diagram_count_everything_once() -> None:
    outcomes = world(500, 1.0, 0.0)
    bins = reliability(outcomes)
    assert sum(count for _, _, count in bins) == 500
    assert [mean for mean, _, _ in bins] == sorted(mean for mean, _, _ in bins)
    assert reliability(Outcomes((), ())) == ()
