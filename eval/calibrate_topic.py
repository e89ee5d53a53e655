"""Fits what tells another topic from a missing article: the two reasons of having no answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from eval.calibrate_examples import Example
from eval.calibrate_fit import MODELS
from kb.answer.confidence import LogisticModel
from kb.answer.reason import TOPIC_FEATURES

# Only help centres have a topic. An encyclopedia is about everything, and hiding one article hides its whole topic.
_HELP_CENTRES = ("arduino", "intune", "tidb", "covid", "bitext", "shop", "service")


def fit_topics(examples: Sequence[Example]) -> dict[str, Any]:
    """One logistic model for each regime, other topics and missing articles weighing alike in every set."""
    from sklearn.linear_model import LogisticRegression

    models: dict[str, Any] = {}
    for name in MODELS:
        own = [e for e in without_answer(examples) if e.model == name]
        away = np.asarray([is_elsewhere(e) for e in own])
        if len(set(away.tolist())) < 2:
            continue
        sizes: dict[tuple[str, bool], int] = {}
        for example in own:
            key = (example.set_name, is_elsewhere(example))
            sizes[key] = sizes.get(key, 0) + 1
        weights = np.asarray([1 / sizes[e.set_name, is_elsewhere(e)] for e in own])
        model = LogisticRegression(C=10.0, max_iter=2000)
        values = np.asarray([[e.features.get(f, 0.0) for f in TOPIC_FEATURES] for e in own])
        model.fit(values, away, sample_weight=weights / weights.mean())
        models[name] = {
            "bias": round(float(model.intercept_[0]), 4),
            "weights": {f: round(float(w), 4) for f, w in zip(TOPIC_FEATURES, model.coef_[0], strict=True)},
        }
    return models


def topic_confusion(examples: Sequence[Example]) -> dict[str, dict[str, float]]:
    """Share called off topic, by set, of the questions about other things and of those whose article is missing.

    Each set is judged by models fitted on the others.
    """
    shares: dict[str, dict[str, float]] = {}
    for name in dict.fromkeys(e.set_name for e in without_answer(examples)):
        models = fit_topics([e for e in examples if e.set_name != name and e.half == "dev"])
        called: dict[bool, list[bool]] = {True: [], False: []}
        for example in without_answer(examples):
            if example.set_name == name and example.model in models:
                model = models[example.model]
                probability = LogisticModel(model["bias"], model["weights"]).probability(example.features)
                called[is_elsewhere(example)].append(probability >= 0.5)
        shares[name] = {
            label: round(sum(called[flag]) / len(called[flag]), 3)
            for label, flag in (("other topic", True), ("missing article", False))
            if called[flag]
        }
    return shares


def without_answer(examples: Sequence[Example]) -> list[Example]:
    """The unanswerable questions of help centres, asked in their own language."""
    return [
        e
        for e in examples
        if not e.answerable and "xling" not in e.file and e.set_name.partition("-")[0] in _HELP_CENTRES
    ]


def is_elsewhere(example: Example) -> bool:
    return example.origin == "elsewhere" or example.kind == "off-topic"
