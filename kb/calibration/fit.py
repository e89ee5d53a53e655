"""Fits the correction of one help centre: a careful step from what is believed already towards what was observed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kb.answer.calibration import HIGHEST, LOWEST, Correction, CurvePoint
from kb.calibration.measures import auroc, brier, coverage_at_precision, expected_calibration_error

_GRID = np.round(np.arange(LOWEST, HIGHEST + 0.005, 0.01), 2)
_STEPS = 50
_LEAST_SLOPE = 0.2  # an order of scores is never reversed, and never nearly forgotten


@dataclass(frozen=True, slots=True)
class Belief:
    """A correction with the standard deviations of its normal prior."""

    correction: Correction = Correction()
    slope_deviation: float = 0.25
    intercept_deviation: float = 0.5


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Scores in (0, 1), and for each whether the first citation was right."""

    scores: tuple[float, ...]
    right: tuple[bool, ...]


def fit_correction(outcomes: Outcomes, belief: Belief = Belief()) -> Correction:
    """The most probable correction given ``outcomes`` and a normal ``belief`` (maximum a posteriori, Newton's method).

    No outcomes give the belief's own correction. Source: Platt (1999), with the prior of Lin, Lin & Weng ("A note on
    Platt's probabilistic outputs", 2007) replaced by one on the two numbers themselves.
    """
    start = np.asarray([belief.correction.slope, belief.correction.intercept])
    if not outcomes.scores:
        return belief.correction
    design = np.stack([_logits(outcomes.scores), np.ones(len(outcomes.scores))], axis=1)
    truth = np.asarray(outcomes.right, dtype=np.float64)
    precision = np.diag([belief.slope_deviation**-2, belief.intercept_deviation**-2])
    values = start.copy()
    for _ in range(_STEPS):
        probability = 1.0 / (1.0 + np.exp(-np.clip(design @ values, -30, 30)))
        gradient = design.T @ (truth - probability) - precision @ (values - start)
        curvature = (design * (probability * (1 - probability))[:, None]).T @ design + precision
        step = np.clip(np.linalg.solve(curvature, gradient), -1.0, 1.0)
        values = values + step
        if float(np.abs(step).max()) < 1e-9:
            break
    return Correction(max(_LEAST_SLOPE, float(values[0])), float(values[1]))


def corrected(outcomes: Outcomes, correction: Correction) -> Outcomes:
    return Outcomes(tuple(correction.apply(score) for score in outcomes.scores), outcomes.right)


def curve_of(outcomes: Outcomes, weights: Sequence[float] | None = None) -> tuple[CurvePoint, ...]:
    """Risk and coverage at every hundredth from 0.01 to 0.99; thresholds that nothing reaches are left out."""
    scores, right = np.asarray(outcomes.scores), np.asarray(outcomes.right, dtype=np.float64)
    weight = np.ones(len(scores)) if weights is None else np.asarray(weights, dtype=np.float64)
    points = []
    for threshold in _GRID:
        given = scores >= threshold - 1e-9
        mass = float(weight[given].sum())
        if mass > 0.0:
            wrong = 1.0 - float((weight * right)[given].sum()) / mass
            points.append(CurvePoint(float(threshold), mass / float(weight.sum()), max(0.0, wrong)))
    return tuple(points)


def reliability(outcomes: Outcomes, bins: int = 10) -> tuple[tuple[float, float, int], ...]:
    """(mean confidence, share right, count) of every bin of equal width that is not empty, ascending."""
    scores, right = np.asarray(outcomes.scores), np.asarray(outcomes.right, dtype=np.float64)
    place = np.clip(np.ceil(scores * bins).astype(int) - 1, 0, bins - 1)
    found = (np.flatnonzero(place == b) for b in range(bins))
    return tuple((float(scores[i].mean()), float(right[i].mean()), len(i)) for i in found if len(i))


def measure(outcomes: Outcomes) -> dict[str, float]:
    """How true the scores are: ``n``, ``right``, ``auroc``, ``ece``, ``brier``, ``coverage@95``; NaN where undefined."""
    return {
        "n": float(len(outcomes.scores)),
        "right": float(np.mean(outcomes.right)) if outcomes.right else float("nan"),
        "auroc": auroc(outcomes.scores, outcomes.right),
        "ece": expected_calibration_error(outcomes.scores, outcomes.right),
        "brier": brier(outcomes.scores, outcomes.right),
        "coverage@95": coverage_at_precision(outcomes.scores, outcomes.right),
    }


def _logits(scores: Sequence[float]) -> NDArray[np.float64]:
    kept = np.clip(np.asarray(scores, dtype=np.float64), LOWEST / 10, 1 - LOWEST / 10)
    result: NDArray[np.float64] = np.log(kept / (1 - kept))
    return result
