"""Weights that put the right candidate first: listwise softmax, held near a plain mix of both legs.

Method: Cao et al., "Learning to Rank: From Pairwise Approach to Listwise Approach", ICML 2007, with several right candidates:
the loss of a question is minus the log of their summed softmax.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.rank_examples import Examples, take
from kb.answer.rank_features import FEATURES
from kb.types import BoolArray, FloatArray, IntArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class FitParameters:
    """``strength``: of the pull towards ``prior`` (weights by feature, the others 0), on features divided by their spread.

    ``balance``: a set of n questions weighs n to the power of 1 - ``balance``: 1 weighs sets alike, 0 questions.
    No weight may be negative: each feature is named so that more of it is better.
    Chosen on the development half, see ``eval/LOG.md``.
    """

    strength: float = 0.02
    prior: tuple[tuple[str, float], ...] = (("fused", 20.0),)
    balance: float = 1.0
    iterations: int = 200


def fit(
    examples: Examples, features: Sequence[str] = tuple(FEATURES), parameters: FitParameters = FitParameters()
) -> FloatArray:
    """One weight for each of ``FEATURES``, shape ``(len(FEATURES),)``; 0 for those that are not among ``features``."""
    from scipy.optimize import minimize

    weights = np.zeros(len(FEATURES), dtype=np.float32)
    chosen = [i for i, name in enumerate(FEATURES) if name in features]
    prior = np.asarray([dict(parameters.prior).get(name, 0.0) for name in FEATURES])[chosen]
    examples = take(examples, _telling(examples))
    if not len(examples.counts):
        weights[chosen] = prior
        return weights
    question = np.repeat(np.arange(len(examples.counts)), examples.counts)
    values = examples.features[:, chosen].astype(np.float64)
    values -= (np.add.reduceat(values, examples.starts) / examples.counts[:, None])[question]
    spread = np.sqrt((values**2).mean(axis=0)) + 1e-4
    problem = _Problem(
        values / spread, examples.right, examples.starts, question, _importance(examples, parameters.balance)
    )
    done = minimize(
        lambda w: problem.loss(w, prior * spread, parameters.strength),
        prior * spread,
        jac=True,
        method="L-BFGS-B",
        bounds=[(0.0, None)] * len(chosen),
        options={"maxiter": parameters.iterations},
    )
    weights[chosen] = np.round(done.x / spread, 3)
    return weights


def first_of(examples: Examples, weights: FloatArray) -> IntArray:
    """Position of the candidate that ``weights`` put first, for each question that has candidates; ties by the fused order."""
    found = examples.counts > 0
    question = np.repeat(np.arange(len(examples.counts)), examples.counts)
    logits = examples.features @ weights
    order = np.lexsort((np.arange(len(logits)), -logits, question))
    first: IntArray = order[examples.starts[found]]
    return first


def bias_of(examples: Examples, weights: FloatArray) -> float:
    """What to add to logits so that the mean score of the first candidates is the share of right ones, sets weighing alike."""
    first = first_of(examples, weights)
    if not len(first):
        return 0.0
    found = take(examples, examples.counts > 0)
    importance = _importance(found, 1.0)
    logits = (examples.features @ weights)[first]
    target = float(importance @ examples.right[first])
    low, high = -60.0, 60.0
    for _ in range(50):
        middle = (low + high) / 2
        reached = float(importance @ (1.0 / (1.0 + np.exp(-np.clip(logits + middle, -30, 30)))))
        low, high = (middle, high) if reached < target else (low, middle)
    return round(middle, 3)


def _telling(examples: Examples) -> BoolArray:
    """Questions with both right and wrong candidates: the others say nothing about an order."""
    right = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(examples.right)])
    ends = examples.starts + examples.counts
    number = right[ends] - right[examples.starts]
    telling: BoolArray = (number > 0) & (number < examples.counts)
    return telling


def _importance(examples: Examples, balance: float) -> Floats:
    size = Counter(examples.labels)
    importance = np.asarray([size[label] ** -balance for label in examples.labels])
    result: Floats = importance / importance.sum()
    return result


@dataclass(frozen=True, eq=False)
class _Problem:
    """Candidates in rows, with the question of each, and how much each question weighs."""

    values: Floats
    right: BoolArray
    starts: IntArray
    question: IntArray
    importance: Floats

    def loss(self, weights: Floats, prior: Floats, strength: float) -> tuple[float, Floats]:
        """The loss and its gradient."""
        logits = self.values @ weights
        odds = np.exp(logits - np.maximum.reduceat(logits, self.starts)[self.question])
        right = odds * self.right
        total = np.add.reduceat(odds, self.starts)
        hit = np.add.reduceat(right, self.starts) + 1e-300
        push = self.importance[self.question] * (odds / total[self.question] - right / hit[self.question])
        away = weights - prior
        loss = float(self.importance @ (np.log(total) - np.log(hit))) + strength * float(away @ away) / 2
        return loss, push @ self.values + strength * away
