"""The probability that the best passage answers the question: a logistic model over features one can read.

Two fitted models: ``hybrid`` where vectors vote, ``lexical`` where they do not (a language the model does not know).
The weights in ``confidence.json`` are fitted by ``eval.calibrate`` on development data.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from kb.answer.calibration import Calibration, Correction, CurvePoint, Thresholds, squash
from kb.answer.evidence import TermWeights, weigh_terms
from kb.answer.question import Question
from kb.index.snapshot import Snapshot
from kb.text.sentences import split_sentences
from kb.text.tokenize import cached_terms
from kb.types import Confidence, Hit, Level

FEATURES = (
    "coverage",
    "title_coverage",
    "sentence_coverage",
    "known",
    "lexical_share",
    "score",
    "margin",
    "article_margin",
    "agreement",
    "terms",
    "cosine",
    "cosine_margin",
    "wording",
)


@dataclass(frozen=True, slots=True)
class LogisticModel:
    """``probability = 1 / (1 + exp(-(bias + sum(weight * feature))))`` over ``FEATURES``."""

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
    """The fitted models, by name."""
    return {name: LogisticModel(model["bias"], model["weights"]) for name, model in shipped()["models"].items()}


@cache
def shipped_calibration() -> Calibration:
    """How scores are read where nobody has calibrated: as they are, thresholds by the curve of the development sets."""
    return Calibration(curve=tuple(CurvePoint(*point) for point in shipped().get("curve", ())))


@cache
def shipped_own_correction() -> Correction:
    """The correction that questions made from the articles suggest, over all development sets together."""
    return Correction(**shipped().get("own_correction", {}))


def features(snapshot: Snapshot, question: Question, hits: Sequence[Hit], weights: TermWeights) -> dict[str, float]:
    """What the evidence for the first hit looks like; every value is about 0 to 1, ``terms`` up to about 4."""
    if not hits:
        return {}
    top = hits[0]
    own = _row_terms(snapshot, top.row, weights)
    other = next((hit for hit in hits[1:] if hit.row != top.row), None)
    elsewhere = next((hit for hit in hits[1:] if hit.article.id != top.article.id), None)
    ideal = snapshot.lexical.ideal(question.searched)
    known = {term for term in weights.weights if term in snapshot.lexical.vocabulary}
    return {
        "coverage": weights.covered(own),
        "title_coverage": weights.covered(cached_terms(" ".join(top.passage.heading_path))),
        "sentence_coverage": _best_sentence(top, weights),
        "known": weights.covered(known),
        "lexical_share": min(1.0, top.lexical / ideal) if ideal > 0 else 0.0,
        "score": top.score,
        # Differences, not ratios: the fused score is on a fixed scale, and twice next to nothing is next to nothing.
        "margin": top.score - (other.score if other else 0.0),
        "article_margin": top.score - (elsewhere.score if elsewhere else 0.0),
        "agreement": float(top.lexical_rank == 1 and top.vector_rank == 1),
        "terms": math.log1p(len(weights.weights)),
        "cosine": max(0.0, top.vector),
        "cosine_margin": top.vector - elsewhere.vector if elsewhere else top.vector,
        "wording": max(0.0, top.wording),
    }


def estimate(values: Mapping[str, float], *, hybrid: bool, correction: Correction = Correction()) -> float:
    """Calibrated probability for the features of a question; 0 when nothing was found."""
    if not values:
        return 0.0
    return correction.apply(load_models()["hybrid" if hybrid else "lexical"].probability(values))


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


def _row_terms(snapshot: Snapshot, row: int, weights: TermWeights) -> set[str]:
    """Those of the question's terms that the passage has in any field."""
    counts = snapshot.counts
    columns = counts.columns[counts.starts[row] : counts.starts[row + 1]]
    vocabulary = snapshot.lexical.vocabulary
    found = set()
    for term in weights.weights:
        column = vocabulary.get(term)
        if column is not None:
            place = int(np.searchsorted(columns, column))
            if place < len(columns) and columns[place] == column:
                found.add(term)
    return found


def _best_sentence(hit: Hit, weights: TermWeights) -> float:
    plain = hit.passage.plain
    return max((weights.covered(cached_terms(plain[s.start : s.end])) for s in split_sentences(plain)), default=0.0)
