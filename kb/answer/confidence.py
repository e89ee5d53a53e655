"""The probability that the best passage answers the question: a logistic model over features one can read.

One fitted model for each of the ranker's regimes: vectors vote, they do not, the articles are in another language. The
weights in ``confidence.json`` are fitted by ``eval.calibrate`` on development data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from kb.answer.calibration import Calibration, Correction, CurvePoint, Thresholds, squash
from kb.answer.evidence import TermWeights, weigh_terms
from kb.answer.question import Question
from kb.answer.rank import Regime
from kb.index.snapshot import Snapshot
from kb.types import Confidence, Level


@dataclass(frozen=True, slots=True)
class LogisticModel:
    """``probability = 1 / (1 + exp(-(bias + sum(weight * feature))))`` over ``kb.answer.confidence_features.FEATURES``."""

    bias: float
    weights: Mapping[str, float]

    def probability(self, features: Mapping[str, float]) -> float:
        """In [0.01, 0.99]: nothing that was fitted on a few thousand questions is surer than that."""
        return squash(self.bias + sum(weight * features.get(name, 0.0) for name, weight in self.weights.items()))


@cache
def shipped() -> Mapping[str, Any]:
    """The fitted document as ``eval.calibrate`` wrote it: models, curve, figures of sets that were left out."""
    document: Mapping[str, Any] = orjson.loads(Path(__file__).with_name("confidence.json").read_bytes())
    return document


@cache
def load_models() -> Mapping[str, LogisticModel]:
    """The fitted models, by the ranker's regime."""
    return {name: LogisticModel(model["bias"], model["weights"]) for name, model in shipped()["models"].items()}


@cache
def shipped_calibration() -> Calibration:
    """How scores are read where nobody has calibrated: as they are, thresholds by the curve of the development sets."""
    return Calibration(curve=tuple(CurvePoint(*point) for point in shipped().get("curve", ())))


@cache
def shipped_own_correction() -> Correction:
    """The correction that questions made from the articles suggest, over all development sets together."""
    return Correction(**shipped().get("own_correction", {}))


def estimate(values: Mapping[str, float], regime: Regime, correction: Correction = Correction()) -> float:
    """Calibrated probability for the features of a question; 0 when nothing was found."""
    if not values:
        return 0.0
    return correction.apply(load_models()[regime].probability(values))


def grade(score: float, thresholds: Thresholds = Thresholds()) -> Confidence:
    """``score`` with its level."""
    level: Level = "none"
    if score >= thresholds.high:
        level = "high"
    elif score >= thresholds.answer:
        level = "medium"
    elif score >= thresholds.suggest:
        level = "low"
    return Confidence(score, level)


def weights_for(snapshot: Snapshot, question: Question) -> TermWeights:
    """The question's content terms weighed by how rare they are in this index."""
    return weigh_terms(question.content, snapshot.lexical.idf_of)
