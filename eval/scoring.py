"""From what a system returned to numbers: judge every question, then sum up a list of judgements."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from eval.datasets import GoldSpans, Question
from eval.metrics import false_answer_rate, first_rank, hit_at, mean_reciprocal_rank, ndcg_at
from kb.calibration.measures import auroc, brier, coverage_at_precision, expected_calibration_error, risk_coverage
from kb.types import Span

Numbers = dict[str, float]


class Place(NamedTuple):
    """Code points of one article file that a system returned."""

    article_id: str
    span: Span


@dataclass(frozen=True, slots=True)
class Response:
    """What a system returned for one question.

    ``places``: passages, best first. ``quotes``: the verbatim pieces of the composed answer (empty for mere rankings).
    ``score``: the larger the surer; in [0, 1] and to be judged as a probability when ``calibrated``.
    ``answered``: whether the system took it upon itself to answer.
    """

    places: tuple[Place, ...]
    quotes: tuple[Place, ...] = ()
    score: float = 0.0
    calibrated: bool = False
    answered: bool = True


@dataclass(frozen=True, slots=True)
class Judgement:
    """One question with what came of it. Ranks start at 1, 0 means not found, None that the set cannot say.

    ``right``: the first place is the right passage, or the right article where only that is known.
    """

    question: Question
    article_rank: int
    distinct_article_rank: int
    passage_rank: int | None
    answer_found: bool | None
    right: bool
    score: float
    calibrated: bool
    answered: bool


def is_hit(place: Place, gold: GoldSpans) -> bool:
    """Whether a returned passage is the gold one: by text, so that any way of cutting articles can be judged.

    It holds the whole of an accepted answer inside the gold passage; without answer text, it overlaps the gold passage
    by at least half of the shorter of the two.

    >>> gold = GoldSpans("a", passages=(Span(100, 200),), answers=(Span(150, 160),))
    >>> is_hit(Place("a", Span(140, 170)), gold), is_hit(Place("a", Span(100, 155)), gold)
    (True, False)
    >>> is_hit(Place("a", Span(150, 400)), GoldSpans("a", (Span(100, 200),), ()))
    True
    """
    if place.article_id != gold.article_id:
        return False
    if gold.answers:
        return any(place.span.start <= answer.start and answer.end <= place.span.end for answer in gold.answers)
    return any(_overlap(place.span, passage) for passage in gold.passages)


def judge(question: Question, gold: Sequence[GoldSpans], response: Response) -> Judgement:
    """Compare a response with the gold places; an unanswerable question has none, so nothing is right for it."""
    articles = {g.article_id for g in gold}
    order = [place.article_id for place in response.places]
    article_rank = first_rank([article in articles for article in order])
    distinct_rank = first_rank([article in articles for article in dict.fromkeys(order)])
    passage_rank: int | None = None
    answer_found: bool | None = None
    if question.answerable and question.level == "passage":
        passage_rank = first_rank([any(is_hit(place, g) for g in gold) for place in response.places])
        if any(g.answers for g in gold):
            answer_found = any(is_hit(quote, g) for quote in response.quotes for g in gold if g.answers)
    return Judgement(
        question=question,
        article_rank=article_rank,
        distinct_article_rank=distinct_rank,
        passage_rank=passage_rank,
        answer_found=answer_found,
        right=(passage_rank if passage_rank is not None else article_rank) == 1,
        score=response.score,
        calibrated=response.calibrated,
        answered=response.answered,
    )


def summarize(judgements: Sequence[Judgement]) -> Numbers:
    """All numbers of one system on one list of questions; a number that cannot be had is left out.

    ``n``, ``n_answerable``, ``n_passage`` say how many questions stand behind the shares.
    ``auroc``: scores of right first places against all others, unanswerable questions included.
    """
    answerable = [j for j in judgements if j.question.answerable]
    with_passage = [j.passage_rank for j in answerable if j.passage_rank is not None]
    article_ranks = [j.article_rank for j in answerable]
    best_known = [j.article_rank if j.passage_rank is None else j.passage_rank for j in answerable]
    scores, right = [j.score for j in judgements], [j.right for j in judgements]
    numbers = {
        "n": float(len(judgements)),
        "n_answerable": float(len(answerable)),
        "n_passage": float(len(with_passage)),
        "article@1": hit_at(article_ranks, 1),
        "article@4": hit_at(article_ranks, 4),
        "passage@1": hit_at(with_passage, 1),
        "passage@4": hit_at(with_passage, 4),
        "mrr@10": mean_reciprocal_rank(best_known),
        "article_ndcg@10": _mean(_single_gain_ndcg(j.distinct_article_rank) for j in answerable),
        "auroc": auroc(scores, right),
        "auroc_answerable": auroc(scores, [j.question.answerable for j in judgements]),
        "coverage@95": coverage_at_precision(scores, right),
        "answerable_answered@95": answered_at_precision(scores, right, [j.question.answerable for j in judgements]),
    }
    if judgements and all(j.calibrated for j in judgements):
        numbers |= _answer_numbers(judgements, scores, right)
    return {name: value for name, value in numbers.items() if not math.isnan(value)}


def _answer_numbers(judgements: Sequence[Judgement], scores: Sequence[float], right: Sequence[bool]) -> Numbers:
    answered = [j.answered for j in judgements]
    return {
        "answer_found": _mean(float(j.answer_found) for j in judgements if j.answer_found is not None),
        "ece": expected_calibration_error(scores, right),
        "ece_mass": expected_calibration_error(scores, right, by="mass"),
        "brier": brier(scores, right),
        "answered": _mean(float(a) for a in answered),
        "answered_precision": _mean(float(r) for r, a in zip(right, answered, strict=True) if a),
        "false_answers": false_answer_rate(answered, [j.question.answerable for j in judgements]),
    }


def answered_at_precision(
    scores: Sequence[float], right: Sequence[bool], answerable: Sequence[bool], precision: float = 0.95
) -> float:
    """Share of the answerable questions that get an answer when at least ``precision`` of all given answers are right.

    The threshold is the lowest one that allows it on these questions. NaN without answerable questions.

    >>> answered_at_precision([0.9, 0.8, 0.7], [True, False, True], [True, False, True], precision=0.6)
    1.0
    >>> answered_at_precision([0.9, 0.8, 0.7], [True, False, True], [True, False, True])
    0.5
    """
    if not any(answerable):
        return math.nan
    curve = risk_coverage(scores, right)
    good = curve.thresholds[curve.risk <= 1 - precision + 1e-12]
    bar = float(good.min()) if good.size else math.inf
    return sum(score >= bar for score, known in zip(scores, answerable, strict=True) if known) / sum(answerable)


def by_kind(judgements: Sequence[Judgement]) -> dict[str, Numbers]:
    """``n``, ``article@1`` and ``passage@1`` of every kind of answerable question."""
    groups: dict[str, list[Judgement]] = {}
    for judgement in judgements:
        if judgement.question.answerable:
            groups.setdefault(judgement.question.kind, []).append(judgement)
    keep = ("n", "article@1", "passage@1")
    return {kind: {k: v for k, v in summarize(group).items() if k in keep} for kind, group in sorted(groups.items())}


def _overlap(one: Span, other: Span) -> bool:
    shared = min(one.end, other.end) - max(one.start, other.start)
    shorter = min(one.end - one.start, other.end - other.start)
    return shared > 0 and 2 * shared >= shorter


def _single_gain_ndcg(rank: int) -> float:
    return ndcg_at([0.0] * (rank - 1) + [1.0], [1.0]) if rank else 0.0


def _mean(values: Iterable[float]) -> float:
    items = list(values)
    return sum(items) / len(items) if items else math.nan
