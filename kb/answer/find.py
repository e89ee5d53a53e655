"""What the articles of one language have to say to a question, and how much that can be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from kb.answer.confidence import estimate, features, weights_for
from kb.answer.evidence import TermWeights
from kb.answer.filters import allowed_rows
from kb.answer.fuse import FusionParameters, is_trusted, vector_weight
from kb.answer.question import Question
from kb.answer.retrieve import retrieve
from kb.index.snapshot import Snapshot
from kb.types import Filters, FloatArray, Hit, Lang


@dataclass(frozen=True, slots=True)
class Findings:
    """Ranked passages of one language. ``score``: probability that the first answers the question; 0 without any."""

    lang: Lang
    hits: tuple[Hit, ...]
    weights: TermWeights
    features: Mapping[str, float]
    score: float
    vector_weight: float


def find(
    snapshot: Snapshot,
    question: Question,
    vector: FloatArray | None,
    *,
    skill: Mapping[str, float],
    written: Lang,
    filters: Filters,
    today: date,
    limit: int = 20,
    fusion: FusionParameters = FusionParameters(),
) -> Findings:
    """Search the articles written in ``written``. ``skill``: what the model behind ``vector`` can do (``ModelCard.skill``)."""
    allowed = allowed_rows(snapshot, filters, today, written)
    trusted = vector is not None and is_trusted(skill, question.lang, written, fusion)
    weight = vector_weight(len(snapshot.passages), fusion) if trusted else 0.0
    weights = weights_for(snapshot, question)
    hits = []
    if allowed.any():
        hits = retrieve(snapshot, question.searched, vector, weight=weight, allowed=allowed, limit=limit, fusion=fusion)
    values = features(snapshot, question, hits, weights)
    return Findings(written, tuple(hits), weights, values, estimate(values, hybrid=weight > 0.0), weight)


# How much surer the other language must be before its text is shown to someone who did not ask in it.
_CLEARLY_BETTER = 0.15


def prefer(own: Findings, other: Findings | None, bar: float) -> Findings:
    """The findings to answer from: the question's own language unless it has nothing and the other clearly has.

    ``bar``: the score from which findings are worth stating.
    """
    if other is None or not other.hits or own.score >= bar:
        return own
    if not own.hits or (other.score >= bar and other.score >= own.score + _CLEARLY_BETTER):
        return other
    return own
