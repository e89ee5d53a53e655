"""Why this passage, why not that article: the evidence behind a decision, in numbers and words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from kb.answer.decide import Decision
from kb.answer.expand import Expanded
from kb.answer.filters import refusal
from kb.answer.find import Findings
from kb.answer.question import understand
from kb.answer.rank import Regime, contributions
from kb.index.snapshot import Snapshot
from kb.types import Article, ExplainedHit, Explanation, Filters, Hit

_SHOWN = 10


def explain(
    snapshot: Snapshot,
    asked: Expanded,
    findings: Findings,
    decision: Decision,
    *,
    article_id: str | None,
    filters: Filters,
    today: date,
) -> Explanation:
    """Lay open ``findings`` and ``decision``; with ``article_id``, also where that article stands and which words it lacks."""
    article = snapshot.articles.get(article_id) if article_id else None
    question, rewording = asked.question, findings.rewording
    if rewording is not None:
        question = understand(rewording.text, question.lang)
    return Explanation(
        question=asked.original,
        lang=question.lang,
        terms=question.content or question.terms,
        vector_weight=findings.vector_weight,
        outcome=decision.outcome,
        reason=decision.reason,
        confidence=decision.confidence,
        features=findings.features,
        hits=tuple(_explained(snapshot, hit, question.content, findings.regime) for hit in findings.hits[:_SHOWN]),
        article_id=article_id,
        article_rank=_rank(findings.hits, article_id),
        missing=_missing(snapshot, question.content, article) if article else (),
        excluded_by=_excluded(article, findings, filters, today) if article else "",
        substitutions=(*asked.corrections, *(rewording.substitutions if rewording else ())),
        synonyms={use.said: use.meant for use in asked.uses},
    )


def _explained(snapshot: Snapshot, hit: Hit, terms: Sequence[str], regime: Regime) -> ExplainedHit:
    return ExplainedHit(
        passage_id=hit.passage.id,
        article_id=hit.article.id,
        heading_path=hit.passage.heading_path,
        score=hit.score,
        lexical=hit.lexical,
        lexical_rank=hit.lexical_rank,
        vector=hit.vector,
        vector_rank=hit.vector_rank,
        matched_terms=tuple(term for term in terms if hit.row in snapshot.lexical.postings(term)),
        fused=hit.fused,
        logit=hit.logit,
        features=hit.features,
        rerank=hit.rerank,
        contributions=contributions(hit.features, regime),
    )


def _rank(hits: Sequence[Hit], article_id: str | None) -> int | None:
    """Place of the article among the articles found, from 1."""
    ranked = list(dict.fromkeys(hit.article.id for hit in hits))
    return ranked.index(article_id) + 1 if article_id in ranked else None


def _missing(snapshot: Snapshot, terms: Sequence[str], article: Article) -> tuple[str, ...]:
    rows = snapshot.rows_of_article[article.id]
    held = {term for term in terms if any(rows.start <= row < rows.stop for row in snapshot.lexical.postings(term))}
    return tuple(term for term in terms if term not in held)


def _excluded(article: Article, findings: Findings, filters: Filters, today: date) -> str:
    return refusal(article, filters, today) or ("lang" if article.lang != findings.lang else "")
