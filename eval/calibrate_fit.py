"""The fit behind ``eval.calibrate``: logistic regression whose weights may not contradict what a feature means."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.calibrate_examples import Example
from kb.answer.confidence_features import DIRECTIONS, FEATURES
from kb.answer.rank import REGIMES
from kb.calibration.fit import Outcomes, measure
from kb.calibration.measures import auroc

# Of four questions that reach a help centre, about three are assumed to be answered in it.
ANSWERABLE_SHARE = 0.75
MODELS = REGIMES
# Sets over the same texts must be left out together.
_FAMILY = {"squad2": "wikipedia", "xquad": "wikipedia"}
_PENALTY = 0.5  # L2 on weights, beside the summed log loss of examples of mean weight 1; only tames collinear features

# What people really asked in vain counts twice as much as what was made unanswerable by hiding, or belongs elsewhere.
_ORIGIN_SHARE = {"set": 2.0, "hidden": 1.0, "elsewhere": 1.0}
_LEAST_ANSWERABLE = 20  # a set with fewer in a regime knows only one outcome there

Floats = NDArray[np.float64]


def fit(examples: Sequence[Example]) -> dict[str, Any]:
    """Weights of one model: ``{"bias": float, "weights": {feature: float}}``; no examples or one class gives bias 0.

    Maximum likelihood with a small L2 penalty under the signs of ``DIRECTIONS`` (L-BFGS-B, Byrd et al. 1995): a feature that
    speaks for an answer must not count against it because it happened to in the data.
    """
    from scipy.optimize import minimize

    taken = with_answers([e for e in examples if not e.known])
    right = np.asarray([e.right for e in taken], dtype=np.float64)
    if len(set(right.tolist())) < 2:
        return {"bias": 0.0, "weights": dict.fromkeys(FEATURES, 0.0)}
    values = np.hstack([matrix(taken), np.ones((len(taken), 1))])
    importance = example_weights(taken)

    def loss(parameters: Floats) -> tuple[float, Floats]:
        z = values @ parameters
        likelihood = importance @ (np.logaddexp(0.0, z) - right * z)
        slope = values.T @ (importance * (1.0 / (1.0 + np.exp(-np.clip(z, -30, 30))) - right))
        weights = np.append(parameters[:-1], 0.0)
        return float(likelihood + _PENALTY * weights @ weights), slope + 2 * _PENALTY * weights

    bounds = [(0.0 if d > 0 else None, 0.0 if d < 0 else None) for d in DIRECTIONS.values()] + [(None, None)]
    found = minimize(loss, np.zeros(values.shape[1]), jac=True, method="L-BFGS-B", bounds=bounds).x
    return {
        "bias": round(float(found[-1]), 5),
        "weights": {name: round(float(w), 5) for name, w in zip(FEATURES, found[:-1], strict=True)},
    }


def example_weights(examples: Sequence[Example]) -> Floats:
    """One weight per example, mean 1, adding up to ``ANSWERABLE_SHARE`` for the answerable questions of a set.

    The unanswerable ones of a set share the rest by ``_ORIGIN_SHARE``, so that no kind of negative drowns the others. Sets count
    alike, but those of one family together only as the square root of their number: they tell much the same.
    """
    sizes = Counter((e.set_name, e.answerable, e.origin) for e in examples)
    parts: dict[tuple[str, bool], float] = {}
    for set_name, answerable, origin in sizes:
        parts[set_name, answerable] = parts.get((set_name, answerable), 0.0) + _ORIGIN_SHARE[origin]
    families = Counter(family(name) for name in dict.fromkeys(e.set_name for e in examples))
    share = {True: ANSWERABLE_SHARE, False: 1 - ANSWERABLE_SHARE}
    weights = np.asarray(
        [
            share[e.answerable]
            * _ORIGIN_SHARE[e.origin]
            / parts[e.set_name, e.answerable]
            / sizes[e.set_name, e.answerable, e.origin]
            / math.sqrt(families[family(e.set_name)])
            for e in examples
        ]
    )
    return weights / weights.mean() if len(weights) else weights


def with_answers(examples: Sequence[Example]) -> list[Example]:
    """Those of sets that have answerable questions among ``examples`` at all; the others would only lower every score.

    Such are the English questions about other things asked of Chinese articles that nobody asks anything else in English.
    """
    answerable = Counter(e.set_name for e in examples if e.answerable)
    return [e for e in examples if answerable[e.set_name] >= _LEAST_ANSWERABLE]


def predict(model: Mapping[str, Any], examples: Sequence[Example]) -> Floats:
    """Probabilities by a fitted model, as served, shape ``(len(examples),)``."""
    z = model["bias"] + matrix(examples) @ np.asarray([model["weights"][name] for name in FEATURES])
    found: Floats = np.clip(1 / (1 + np.exp(-np.clip(z, -30, 30))), 0.01, 0.99)
    return np.asarray([e.served(float(p)) for e, p in zip(examples, found, strict=True)], dtype=np.float64)


def left_out_scores(examples: Sequence[Example]) -> Floats:
    """For every example the score of a model that was fitted without its whole family of sets, shape ``(n,)``.

    Fitted on the development halves, whatever halves the examples are from.
    """
    scores = np.zeros(len(examples))
    for name in dict.fromkeys(family(e.set_name) for e in examples):
        others = [e for e in examples if family(e.set_name) != name and e.half == "dev"]
        for model in MODELS:
            own = [i for i, e in enumerate(examples) if family(e.set_name) == name and e.model == model]
            if own:
                scores[own] = predict(fit([e for e in others if e.model == model]), [examples[i] for i in own])
    return scores


def set_figures(examples: Sequence[Example], scores: Floats) -> dict[str, dict[str, float]]:
    """The figures of every set's own questions (no hidden ones, none from elsewhere), one entry per file of a set."""
    figures: dict[str, dict[str, float]] = {}
    for key in dict.fromkeys((e.set_name, e.file) for e in examples):
        own = [i for i, e in enumerate(examples) if (e.set_name, e.file) == key and e.origin == "set"]
        if own:
            part = key[1].removeprefix("questions").lstrip("-")
            name = "/".join(filter(None, (key[0], part)))
            figures[name] = figures_of([examples[i] for i in own], scores[own])
    return figures


def figures_of(examples: Sequence[Example], scores: Floats) -> dict[str, float]:
    """``measure`` with ``auroc_answerable``, and ``answered@95``: share of the answerable ones that a threshold chosen on these
    very questions answers with at most 5 % wrong among the answers given.
    """
    right, answerable = np.asarray([e.right for e in examples]), np.asarray([e.answerable for e in examples])
    order = np.argsort(-scores, kind="stable")
    wrong = 1 - np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    last_of_tie = np.append(np.diff(scores[order]) != 0, True)
    good = np.flatnonzero((wrong <= 0.05 + 1e-12) & last_of_tie)
    answered = float(answerable[order][: good[-1] + 1].sum() / max(1, answerable.sum())) if len(good) else 0.0
    return measure(Outcomes(tuple(scores.tolist()), tuple(right.tolist()))) | {
        "mean_confidence": float(scores.mean()),
        "auroc_answerable": auroc(scores.tolist(), answerable.tolist()),
        "answered@95": answered,
    }


def family(set_name: str) -> str:
    """Sets made from the same source texts, in whatever language, share a family.

    >>> family("intune-zhcn"), family("xquad-zh") == family("squad2-en")
    ('intune', True)
    """
    first = set_name.partition("-")[0]
    return _FAMILY.get(first, first)


def matrix(examples: Sequence[Example]) -> Floats:
    """Feature values in the order of ``FEATURES``, shape ``(n, len(FEATURES))``; a feature that is not there is 0."""
    rows = [[e.features.get(name, 0.0) for name in FEATURES] for e in examples]
    return np.asarray(rows, dtype=np.float64).reshape(len(rows), len(FEATURES))
