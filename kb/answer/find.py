"""What the articles of one language have to say to a question, and how much that can be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from kb.answer.calibration import Correction
from kb.answer.confidence import estimate, weights_for
from kb.answer.confidence_features import confidence_features
from kb.answer.evidence import TermWeights
from kb.answer.filters import allowed_rows
from kb.answer.fuse import FusionParameters, Trust, mastery, trust, vector_weight
from kb.answer.known import KNOWN_CONFIDENCE, known_articles
from kb.answer.lookup import Lookup, look_up
from kb.answer.question import Question
from kb.answer.rank import Ranker, Regime, load_rankers
from kb.answer.rerank import Reranker, rerank
from kb.answer.retrieve import retrieve
from kb.answer.translate import look_up_translated, translate
from kb.index.snapshot import Snapshot
from kb.types import Article, BoolArray, Filters, FloatArray, Hit, Lang, Rewording


@dataclass(frozen=True, slots=True)
class Findings:
    """Ranked passages of one language. ``score``: probability that the first answers the question; 0 without any.

    ``regime``: whose weights ordered the hits. ``rewording``: the other wording of the question that they were found by, None for
    the visitor's own.
    """

    lang: Lang
    hits: tuple[Hit, ...]
    weights: TermWeights
    features: Mapping[str, float]
    score: float
    vector_weight: float
    rewording: Rewording | None = None
    regime: Regime = "lexical"


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
    rankers: Mapping[Regime, Ranker] | None = None,
    correction: Correction = Correction(),
    hidden: frozenset[str] | None = None,
    reranker: Reranker | None = None,
) -> Findings:
    """Search the articles written in ``written``. ``skill``: what the model behind ``vector`` can do (``ModelCard.skill``).

    ``rankers``: others than the shipped ones; where there is none for a regime, the mix of both legs decides.
    ``correction``: of this help centre's scores. ``hidden``: search as if these articles were not there and no phrasing were
    known, which is how questions with a known outcome are made; None for a visitor's question. ``reranker``: reads the best
    passages again and puts them in its own order.
    """
    allowed = allowed_rows(snapshot, filters, today, written)
    if hidden:
        allowed = _without(snapshot, allowed, hidden)
    if question.lang != written and not allowed.any():
        # Most help centres have one language: do not translate a question for articles that are not there.
        return Findings(written, (), TermWeights({}, 0.0), {}, 0.0, 0.0, regime="other")
    known = _rows_of_known(snapshot, question, allowed) if hidden is None else None
    if known is not None:
        allowed = known
    trusted = trust(skill, question.lang, written, fusion) if vector is not None else Trust()
    weight = vector_weight(len(snapshot.passages), fusion) if trusted else 0.0
    if question.lang != written:
        weight *= fusion.across
    elif trusted.passages:
        weight *= mastery(skill, written, fusion)
    lookup = _lookup(snapshot, question, written)
    weights = lookup.weights
    regime = _regime(question.lang, written, trusted)
    hits = []
    if allowed.any():
        hits = retrieve(
            snapshot,
            lookup,
            vector,
            weight=weight,
            ranker=(load_rankers() if rankers is None else rankers).get(regime),
            allowed=allowed,
            trust=trusted,
            limit=limit,
            fusion=fusion,
        )
    if reranker is not None:
        hits = rerank(question.text, hits, reranker)
    values = confidence_features(snapshot, question, hits, weights, allowed, lookup.ideal)
    score = estimate(values, regime, correction)
    if known is not None and hits:
        score = max(score, KNOWN_CONFIDENCE)
        values["known_wording"] = 1.0
    return Findings(written, tuple(hits), weights, values, score, weight, regime=regime)


def _lookup(snapshot: Snapshot, question: Question, written: Lang) -> Lookup:
    """The question's own words, or what they may be in the other language."""
    if question.lang != written:
        return look_up_translated(snapshot.lexical, translate(question, written))
    return look_up(snapshot.lexical, question.searched, weights_for(snapshot, question), question.terms)


def _regime(asked: Lang, written: Lang, trusted: Trust) -> Regime:
    if asked != written:
        return "other"
    return "hybrid" if trusted.passages else "lexical"


def _without(snapshot: Snapshot, allowed: BoolArray, hidden: frozenset[str]) -> BoolArray:
    kept = allowed.copy()
    for article_id in hidden & snapshot.rows_of_article.keys():
        rows = snapshot.rows_of_article[article_id]
        kept[rows.start : rows.stop] = False
    return kept


def _rows_of_known(snapshot: Snapshot, question: Question, allowed: BoolArray) -> BoolArray | None:
    """The allowed rows of the one article whose title or known phrasing the question is; None when there is no such one."""
    rows = [snapshot.rows_of_article[article_id] for article_id in known_articles(snapshot, question.text)]
    usable = [r for r in rows if len(r) and allowed[r.start]]
    if len(usable) != 1:
        return None
    chosen = np.zeros_like(allowed)
    chosen[usable[0].start : usable[0].stop] = True
    return chosen


# How much surer the other language must be before its text is shown to someone who did not ask in it.
_CLEARLY_BETTER = 0.15


def prefer(own: Findings, other: Findings | None, bar: float) -> Findings:
    """The findings to answer from: the question's own language unless it has nothing and the other clearly has.

    ``bar``: the score from which findings are worth stating. An article that the other language finds clearly is answered from
    its translation, if there is one: what answers is known by then, and who asked in a language reads it.
    """
    if other is None or not other.hits or own.score >= bar:
        return own
    if not own.hits:
        return other
    if other.score < bar or other.score < own.score + _CLEARLY_BETTER:
        return own
    return _translated(own, other) or other


def _translated(own: Findings, other: Findings) -> Findings | None:
    """``own`` with the translation of the other language's first article in front, as sure as that; None if it was not found."""
    wanted = _work(other.hits[0].article)
    first = tuple(hit for hit in own.hits if _work(hit.article) == wanted)
    if not first:
        return None
    rest = tuple(hit for hit in own.hits if _work(hit.article) != wanted)
    return replace(own, hits=(*first, *rest), score=other.score)


def _work(article: Article) -> str:
    """What an article and its translation have in common: the id of the original."""
    return article.translation_of or article.id
