"""How true a confidence is: pure functions over plain numbers, each with its worked example and its source.

Confidences are in [0, 1]; ``correct`` says for each whether the answer was right.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = Sequence[float] | NDArray[np.float64]
Flags = Sequence[bool] | NDArray[np.bool_]


class RiskCoverage(NamedTuple):
    """Share of questions answered and error rate among them at every threshold, most confident first."""

    coverage: NDArray[np.float64]
    risk: NDArray[np.float64]
    thresholds: NDArray[np.float64]


def auroc(scores: Floats, labels: Flags) -> float:
    """Chance that a random positive scores above a random negative, ties counting half; NaN without both classes.

    Source: Hanley and McNeil, Radiology 143 (1982); computed as the Mann-Whitney statistic.

    >>> auroc([0.9, 0.8, 0.8, 0.1], [True, True, False, False])
    0.875
    """
    values = np.asarray(scores, dtype=np.float64)
    positive = np.asarray(labels, dtype=bool)
    n_pos, n_neg = int(positive.sum()), int((~positive).sum())
    if n_pos == 0 or n_neg == 0:
        return math.nan
    ranks = _average_ranks(values)
    return float((ranks[positive].sum() - n_pos * (n_pos + 1) / 2) / (n_pos * n_neg))


def brier(confidences: Floats, correct: Flags) -> float:
    """Mean squared distance between confidence and truth, NaN for no items; lower is better. Source: Brier, MWR 78 (1950).

    >>> round(brier([1.0, 0.5, 0.2], [True, False, False]), 4)
    0.0967
    """
    if len(confidences) == 0:
        return math.nan
    return float(np.mean((np.asarray(confidences, dtype=np.float64) - np.asarray(correct, dtype=np.float64)) ** 2))


def expected_calibration_error(
    confidences: Floats, correct: Flags, bins: int = 15, by: Literal["width", "mass"] = "width"
) -> float:
    """Mean gap between confidence and accuracy over bins, weighted by bin size; NaN for no items.

    ``by="width"``: bins of equal width over [0, 1], right-closed, 0 in the first (Guo et al., ICML 2017).
    ``by="mass"``: bins of equal count in order of confidence (Nguyen and O'Connor, EMNLP 2015), which does not
    hide a bad fit where most confidences crowd together.

    >>> round(expected_calibration_error([0.9, 0.9, 0.2, 0.2], [True, False, False, False], bins=2), 4)
    0.3
    >>> round(expected_calibration_error([0.9, 0.8, 0.2, 0.1], [True, True, False, False], bins=2, by="mass"), 4)
    0.15
    """
    values = np.asarray(confidences, dtype=np.float64)
    truth = np.asarray(correct, dtype=np.float64)
    if values.size == 0:
        return math.nan
    if by == "mass":
        parts = np.array_split(np.argsort(values, kind="stable"), min(bins, values.size))
    else:
        bin_of = np.clip(np.ceil(values * bins).astype(int) - 1, 0, bins - 1)
        parts = [np.flatnonzero(bin_of == b) for b in range(bins)]
    gaps = [len(part) * abs(values[part].mean() - truth[part].mean()) for part in parts if len(part)]
    return float(sum(gaps) / values.size)


def risk_coverage(confidences: Floats, correct: Flags) -> RiskCoverage:
    """Coverage and risk when everything at or above a threshold is answered; one point per distinct confidence.

    Source: El-Yaniv and Wiener, JMLR 11 (2010). Equal confidences cannot be told apart, so they enter together.

    >>> curve = risk_coverage([0.9, 0.8, 0.8, 0.3], [True, True, False, False])
    >>> curve.coverage.tolist(), curve.risk.round(2).tolist()
    ([0.25, 0.75, 1.0], [0.0, 0.33, 0.5])
    """
    values = np.asarray(confidences, dtype=np.float64)
    truth = np.asarray(correct, dtype=np.float64)
    order = np.argsort(-values, kind="stable")
    values, truth = values[order], truth[order]
    last_of_tie = np.flatnonzero(np.append(np.diff(values) != 0, True)) if values.size else np.empty(0, dtype=int)
    answered = last_of_tie + 1
    right = np.cumsum(truth)[last_of_tie] if values.size else np.empty(0)
    return RiskCoverage(answered / max(values.size, 1), 1 - right / answered, values[last_of_tie])


def coverage_at_precision(confidences: Floats, correct: Flags, precision: float = 0.95) -> float:
    """Largest share of all questions that can be answered with at least ``precision`` of them right.

    The threshold is chosen on the same questions, so this says how well confidence orders them, not what a
    threshold fixed elsewhere would give.

    >>> coverage_at_precision([0.9, 0.8, 0.7, 0.3], [True, True, False, True], precision=0.7)
    1.0
    >>> coverage_at_precision([0.9, 0.8, 0.7, 0.3], [True, True, False, True])
    0.5
    """
    curve = risk_coverage(confidences, correct)
    good = curve.coverage[curve.risk <= 1 - precision + 1e-12]
    return float(good.max()) if good.size else 0.0


def _average_ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """1-based ranks in ascending order; equal values share the mean of their ranks."""
    distinct, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    del distinct
    result: NDArray[np.float64] = (ends - (counts - 1) / 2)[inverse]
    return result
