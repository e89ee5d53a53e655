"""Everything that can be measured, behind one shape: a list of questions in, one response per question out."""

from __future__ import annotations

from collections.abc import Sequence

from eval.baselines import Ranking, baseline_rankings, lexical_rankings
from eval.corpus import Corpus, PlainVectors, Progress
from eval.datasets import Question
from eval.scoring import Place, Response

BASELINES = ("bm25", "minilm", "rrf")
DEPTH_REPORTED = 10  # places kept of every ranking; the deepest number reported is MRR@10


def baseline_responses(
    corpus: Corpus, questions: Sequence[Question], progress: Progress, *, vectors: bool = True
) -> dict[str, list[Response]]:
    """Responses of every baseline to the questions, by baseline name; without ``vectors`` BM25 alone, and nothing is embedded."""
    texts = [question.text for question in questions]
    if not vectors:
        return {"bm25": [_ranked(corpus, ranking) for ranking in lexical_rankings(corpus.search_texts, texts)]}
    plain = PlainVectors(corpus)
    rankings = baseline_rankings(
        corpus.search_texts,
        texts,
        plain.passages(progress),
        plain.questions(texts, progress),
        progress=lambda done: progress("rank by the baselines", done, len(texts)),
    )
    return {name: [_ranked(corpus, ranking) for ranking in ranked] for name, ranked in rankings.items()}


def _ranked(corpus: Corpus, ranking: Ranking) -> Response:
    places = (corpus.snapshot.passages[row] for row, _ in ranking[:DEPTH_REPORTED])
    return Response(
        places=tuple(Place(passage.article_id, passage.span) for passage in places),
        score=ranking[0][1] if ranking else 0.0,
    )


def no_progress(step: str, done: int, of: int) -> None:
    """A progress callback that says nothing."""
