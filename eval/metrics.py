"""The formulas: pure functions over plain numbers, each with its worked example and its source.

Ranks start at 1 and 0 means "not found". Relevance lists are in ranked order. Confidences are in [0, 1].
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = Sequence[float] | NDArray[np.float64]
Flags = Sequence[bool] | NDArray[np.bool_]


class Interval(NamedTuple):
    """A point estimate with its confidence bounds."""

    value: float
    low: float
    high: float


class RiskCoverage(NamedTuple):
    """Share of questions answered and error rate among them at every threshold, most confident first."""

    coverage: NDArray[np.float64]
    risk: NDArray[np.float64]
    thresholds: NDArray[np.float64]


def first_rank(relevant: Flags) -> int:
    """Rank of the first relevant item, 0 when there is none.

    >>> first_rank([False, True, True]), first_rank([False])
    (2, 0)
    """
    return next((rank for rank, flag in enumerate(relevant, start=1) if flag), 0)


def hit_at(ranks: Sequence[int], k: int) -> float:
    """Share of questions whose first relevant item stands at rank ``k`` or better (hit@k, also success@k).

    Source: TREC question answering tracks, "success at n" (Voorhees, 1999).

    >>> hit_at([1, 3, 0, 2], k=2)
    0.5
    """
    return _mean([1.0 if 0 < rank <= k else 0.0 for rank in ranks])


def recall_at(relevant: Flags, total: int, k: int) -> float:
    """Share of the ``total`` relevant items that stand among the first ``k``; NaN when ``total`` is 0.

    Source: Manning, Raghavan, Schuetze, Introduction to Information Retrieval (2008), chapter 8.

    >>> recall_at([True, False, True, True], total=4, k=3)
    0.5
    """
    return sum(map(bool, relevant[:k])) / total if total else math.nan


def mean_reciprocal_rank(ranks: Sequence[int], k: int = 10) -> float:
    """Mean of ``1/rank`` of the first relevant item, 0 beyond rank ``k``. Source: Voorhees, TREC-8 (1999).

    >>> mean_reciprocal_rank([1, 2, 0, 4])
    0.4375
    """
    return _mean([1 / rank if 0 < rank <= k else 0.0 for rank in ranks])


def ndcg_at(gains: Floats, ideal: Floats, k: int = 10) -> float:
    """Normalised discounted cumulative gain: DCG of ``gains`` over DCG of ``ideal`` sorted; NaN when no ideal gain.

    DCG sums ``gain / log2(rank + 1)``. Source: Jarvelin and Kekalainen, TOIS 20 (2002).

    >>> round(ndcg_at([0, 1, 0, 1], ideal=[1, 1]), 4)
    0.6509
    """
    best = _dcg(sorted((float(g) for g in ideal), reverse=True), k)
    return _dcg([float(g) for g in gains], k) / best if best > 0 else math.nan


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
    """Mean squared distance between confidence and truth; lower is better. Source: Brier, MWR 78 (1950).

    >>> round(brier([1.0, 0.5, 0.2], [True, False, False]), 4)
    0.0967
    """
    return _mean((np.asarray(confidences, dtype=np.float64) - np.asarray(correct, dtype=np.float64)) ** 2)


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


def false_answer_rate(answered: Flags, answerable: Flags) -> float:
    """Share of the unanswerable questions that were answered all the same; NaN when there is none.

    Source: the "HasAns/NoAns" split of SQuAD 2.0 (Rajpurkar et al., ACL 2018): one minus NoAns accuracy.

    >>> false_answer_rate([True, True, False, False], [True, False, False, False])
    0.3333333333333333
    """
    return _mean([1.0 if gave else 0.0 for gave, can in zip(answered, answerable, strict=True) if not can])


def paired_bootstrap(
    ours: Floats, theirs: Floats, *, resamples: int = 2000, level: float = 0.95, seed: int = 7
) -> Interval:
    """Mean of ``ours - theirs`` over the same questions with a percentile interval.

    Source: Efron and Tibshirani (1993), percentile method; paired as in Koehn, EMNLP 2004.

    >>> paired_bootstrap([1, 1, 1, 1], [0, 0, 0, 0])
    Interval(value=1.0, low=1.0, high=1.0)
    """
    difference = np.asarray(ours, dtype=np.float64) - np.asarray(theirs, dtype=np.float64)
    if difference.size == 0:
        return Interval(math.nan, math.nan, math.nan)
    rng = np.random.default_rng(seed)
    means = np.empty(resamples)
    for i in range(resamples):
        means[i] = difference[rng.integers(0, difference.size, difference.size)].mean()
    tail = (1 - level) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return Interval(float(difference.mean()), float(low), float(high))


def _dcg(gains: Sequence[float], k: int) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains[:k], start=1))


def _mean(values: Floats) -> float:
    return float(np.mean(values)) if len(values) else math.nan


def _average_ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """1-based ranks in ascending order; equal values share the mean of their ranks."""
    distinct, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    del distinct
    result: NDArray[np.float64] = (ends - (counts - 1) / 2)[inverse]
    return result
