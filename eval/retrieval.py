"""The service's own ranking with its parts switched on and off: what a question meets before it is answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from eval.corpus import Corpus, Progress
from eval.datasets import Question as EvalQuestion
from eval.scoring import Place, Response
from kb.answer.calibration import Thresholds
from kb.answer.expand import expand
from kb.answer.find import Findings, find, prefer
from kb.answer.fuse import FusionParameters
from kb.answer.question import understand
from kb.text.synonyms import NO_SYNONYMS
from kb.types import Filters, FloatArray, Lang

Legs = Literal["ranked", "fused", "bm25", "vectors"]
DEPTH = 20
_EVERY_DIRECTION = ("en", "zh", "en-zh", "zh-en")


def rank(
    corpus: Corpus,
    questions: Sequence[EvalQuestion],
    progress: Progress,
    *,
    legs: Legs = "ranked",
    fusion: FusionParameters | None = None,
    vectors: FloatArray | None = None,
    hidden: Sequence[frozenset[str] | None] | None = None,
) -> list[Findings]:
    """Search for every question as the service does ("ranked"), by the mix of both legs ("fused"), or by one leg alone.

    ``fusion``: other parameters than the configured ones. ``vectors``: of the questions, if they are at hand; without them, typing
    errors are corrected as the service does. ``hidden``: for each
    question the articles that must not be found (None: a question like any other).
    """
    texts = [question.text for question in questions]
    if legs == "ranked" and vectors is None:  # the baselines and parts get the words as they were typed
        texts = [expand(understand(text), corpus.snapshot, NO_SYNONYMS).question.text for text in texts]
    asked = corpus.question_vectors(texts, progress) if vectors is None else vectors
    search = _Search(corpus, legs, fusion or FusionParameters())
    found = []
    for number, text in enumerate(texts):
        found.append(search.findings(text, asked[number], hidden[number] if hidden else None))
        progress(f"rank: {legs}", number + 1, len(texts))
    return found


@dataclass(frozen=True)
class _Search:
    """One way to search one corpus: the question's own language first, the other one where that has nothing."""

    corpus: Corpus
    legs: Legs
    fusion: FusionParameters

    def findings(self, text: str, vector: FloatArray, hidden: frozenset[str] | None = None) -> Findings:
        question = understand(text)
        bar = Thresholds().answer
        skill, fusion = self._vote()

        def written(lang: Lang) -> Findings:
            return find(
                self.corpus.snapshot,
                question,
                None if self.legs == "bm25" else vector,
                skill=skill,
                written=lang,
                filters=Filters(),
                today=datetime.now(UTC).date(),
                limit=DEPTH,
                fusion=fusion,
                rankers=None if self.legs == "ranked" else {},
                hidden=hidden,
            )

        own = written(question.lang)
        return own if own.score >= bar else prefer(own, written("zh" if question.lang == "en" else "en"), bar)

    def _vote(self) -> tuple[Mapping[str, float], FusionParameters]:
        if self.legs == "vectors":
            return dict.fromkeys(_EVERY_DIRECTION, 1.0), FusionParameters(vector_weight=1.0, trusted_skill=0.0)
        return self.corpus.card.skill, self.fusion


def response(findings: Findings) -> Response:
    """Findings as a response that can be judged; its score is the confidence in the first passage."""
    places = tuple(Place(hit.article.id, hit.passage.span) for hit in findings.hits)
    return Response(places, score=findings.score)
