"""Everything that can be measured, behind one shape: a list of questions in, one response per question out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from eval.baselines import Ranking, baseline_rankings
from eval.corpus import Corpus
from eval.datasets import Question
from eval.scoring import Place, Response
from eval.vectors import plain_cache

Progress = Callable[[str, int, int], None]
BASELINES = ("bm25", "minilm", "rrf")
DEPTH_REPORTED = 10  # places kept of every ranking; the deepest number reported is MRR@10


def baseline_responses(
    set_name: str, corpus: Corpus, questions: Sequence[Question], progress: Progress
) -> dict[str, list[Response]]:
    """Responses of every baseline to the questions, by baseline name. Vectors come from the cache on disk."""
    texts = [question.text for question in questions]
    passage_vectors = plain_cache(set_name).get(
        corpus.search_texts, lambda done, of: progress(f"{set_name}: passages embedded", done, of)
    )
    question_vectors = plain_cache(f"{set_name}-questions").get(
        texts, lambda done, of: progress(f"{set_name}: questions embedded", done, of)
    )
    rankings = baseline_rankings(
        corpus.search_texts,
        texts,
        passage_vectors,
        question_vectors,
        progress=lambda done: progress(f"{set_name}: baselines", done, len(texts)),
    )
    return {name: [_ranked(corpus, ranking) for ranking in ranked] for name, ranked in rankings.items()}


def _ranked(corpus: Corpus, ranking: Ranking) -> Response:
    places = (corpus.passages[row] for row, _ in ranking[:DEPTH_REPORTED])
    return Response(
        places=tuple(Place(passage.article_id, passage.span) for passage in places),
        score=ranking[0][1] if ranking else 0.0,
    )


def no_progress(step: str, done: int, of: int) -> None:
    """A progress callback that says nothing."""


def answer_places(document: Mapping[str, Any]) -> Response:
    raise NotImplementedError
