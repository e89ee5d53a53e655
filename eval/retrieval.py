"""The service's own ranking with its parts switched on and off: what a question meets before it is answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from eval.corpus import Corpus, Progress
from eval.datasets import Question as EvalQuestion
from eval.scoring import Place, Response
from kb.answer.confidence import features, weights_for
from kb.answer.fuse import FusionParameters, vector_weight
from kb.answer.question import Question, understand
from kb.answer.retrieve import retrieve
from kb.types import FloatArray, Hit

Legs = Literal["fused", "bm25", "vectors"]
DEPTH = 20


@dataclass(frozen=True, slots=True)
class Ranked:
    """One question as the service reads it, what it found, and whether vectors had a say."""

    question: Question
    hits: tuple[Hit, ...]
    hybrid: bool


def rank(
    corpus: Corpus,
    questions: Sequence[EvalQuestion],
    progress: Progress,
    *,
    legs: Legs = "fused",
    fusion: FusionParameters | None = None,
    vectors: FloatArray | None = None,
) -> list[Ranked]:
    """Rank every question with both legs as configured, or with one alone.

    ``fusion``: other parameters than the configured ones. ``vectors``: of the questions, if they are at hand.
    """
    texts = [question.text for question in questions]
    asked = corpus.question_vectors(texts, progress) if vectors is None else vectors
    languages = {article.lang for article in corpus.snapshot.articles.values()}
    written = next(iter(languages)) if len(languages) == 1 else None
    ranked = []
    for number, text in enumerate(texts):
        question = understand(text)
        own = vector_weight(corpus.card.skill, question.lang, written or question.lang, fusion or FusionParameters())
        weight = {"fused": own, "bm25": 0.0, "vectors": 1.0}[legs]
        hits = retrieve(corpus.snapshot, question.terms, asked[number], weight=weight, limit=DEPTH)
        ranked.append(Ranked(question, tuple(hits), weight > 0.0))
        progress(f"rank: {legs}", number + 1, len(texts))
    return ranked


def response(ranked: Ranked) -> Response:
    """A ranking as a response that can be judged; its score is the fused one."""
    places = tuple(Place(hit.article.id, hit.passage.span) for hit in ranked.hits)
    return Response(places, score=ranked.hits[0].score if ranked.hits else 0.0)


def evidence(corpus: Corpus, ranked: Ranked) -> dict[str, float]:
    """The features from which confidence is estimated; empty when nothing was found."""
    return features(corpus.snapshot, ranked.question, ranked.hits, weights_for(corpus.snapshot, ranked.question))
