"""What a confidence means here: the correction for one help centre, and the thresholds that a budget of wrong answers gives.

Platt's correction on the logit (J. Platt, "Probabilistic outputs for support vector machines", 1999) never changes the
order of two scores. Thresholds come from a risk-coverage curve (El-Yaniv & Wiener, JMLR 11, 2010).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

LOWEST, HIGHEST = 0.01, 0.99  # nothing that was fitted on a few thousand questions is surer than that

# A suggestion is shown beside two others, so one that is right one time in five still helps more often than not.
_WORTH_SUGGESTING = 0.2
# An answer with less than this is not called "high", however loose the budget is.
_LEAST_HIGH = 0.8
DEFAULT_BUDGET = 0.05


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Scores from which an answer is offered as a suggestion, is stated, and is called certain; ascending."""

    answer: float = 0.5
    suggest: float = 0.2
    high: float = 0.8


@dataclass(frozen=True, slots=True)
class Correction:
    """``logit(p') = slope * logit(p) + intercept``; ``slope`` is positive.

    >>> Correction().apply(0.3), round(Correction(1.0, 1.0).apply(0.5), 3)
    (0.3, 0.731)
    """

    slope: float = 1.0
    intercept: float = 0.0

    def apply(self, score: float) -> float:
        """The corrected probability, in [0.01, 0.99]; scores of 0 (nothing was found) stay 0."""
        if score <= 0.0 or (self.slope == 1.0 and self.intercept == 0.0):
            return score
        return squash(self.slope * logit(score) + self.intercept)


class CurvePoint(NamedTuple):
    """What answering from ``threshold`` on gives: the share of all questions answered, and of these the share wrong."""

    threshold: float
    coverage: float
    wrong: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """How scores are read: ``correction`` of the shipped model, and the ``curve`` that thresholds are chosen on."""

    correction: Correction = Correction()
    curve: tuple[CurvePoint, ...] = field(default=(), repr=False, hash=False)

    def thresholds(self, budget: float = DEFAULT_BUDGET) -> Thresholds:
        return thresholds_for(budget, self.curve)


def thresholds_for(budget: float, curve: Sequence[CurvePoint]) -> Thresholds:
    """The thresholds for at most ``budget`` (a share in (0, 1)) of wrong answers among the answers given.

    ``answer``: the lowest score of ``curve`` from which the given answers together stay within the budget; the highest
    possible score when none does. ``high``: one answer alone stays within the budget, and at least 0.8. ``suggest``: 0.2.

    >>> curve = [CurvePoint(0.2, 0.9, 0.3), CurvePoint(0.5, 0.7, 0.1), CurvePoint(0.8, 0.5, 0.02)]
    >>> thresholds_for(0.1, curve), thresholds_for(0.05, curve).answer
    (Thresholds(answer=0.5, suggest=0.2, high=0.9), 0.8)
    """
    if not 0.0 < budget < 1.0:
        raise ValueError("a budget is a share between 0 and 1")
    within = [point.threshold for point in curve if point.coverage > 0.0 and point.wrong <= budget]
    answer = min(within, default=HIGHEST) if curve else 0.5
    answer = min(max(answer, LOWEST), HIGHEST)
    high = min(max(1.0 - budget, _LEAST_HIGH, answer), HIGHEST)
    return Thresholds(answer=answer, suggest=min(_WORTH_SUGGESTING, answer), high=high)


def logit(probability: float) -> float:
    """Log odds of a probability strictly between 0 and 1."""
    return math.log(probability / (1.0 - probability))


def squash(z: float) -> float:
    """The probability with log odds ``z``, kept in [0.01, 0.99]."""
    return max(LOWEST, min(HIGHEST, 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, z))))))
