"""The formulas: pure functions over plain numbers, each with its worked example and its source.

Ranks start at 1 and 0 means "not found". Relevance lists are in ranked order. What judges a confidence is in
``kb.calibration.measures``, because operators calibrate too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = Sequence[float] | NDArray[np.float64]
Flags = Sequence[bool] | NDArray[np.bool_]


class Interval(NamedTuple):
    """A point estimate with its confidence bounds."""

    value: float
    low: float
    high: float


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
