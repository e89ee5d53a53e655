"""What owners see of gaps and figures, as plain JSON values in the field names of the public contract."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from kb.documents import timestamp
from kb.records.checks import Check
from kb.records.figures import Bounds, Kpis, SeriesPoint, Share
from kb.records.rows import Gap, GapSummary
from kb.types import Article

GAP_COLUMNS = (
    "id",
    "label",
    "lang",
    "status",
    "cause",
    "owner",
    "people",
    "person_requests",
    "signals",
    "created_at",
    "last_signal_at",
    "assignee",
    "due_on",
    "dismissed_reason",
)


def gap_rows(gaps: Iterable[GapSummary]) -> list[list[Any]]:
    """Rows of a table with ``GAP_COLUMNS``."""
    documents = map(gap_summary_document, gaps)
    return [[document[column] for column in GAP_COLUMNS] for document in documents]


def gap_summary_document(gap: GapSummary) -> dict[str, Any]:
    return {
        "object": "gap",
        "id": gap.id,
        "label": gap.label,
        "lang": gap.lang,
        "status": gap.status.value,
        "cause": gap.cause.value,
        "cause_evidence": gap.cause_evidence,
        "owner": gap.owner,
        "people": gap.people,
        "person_requests": gap.person_requests,
        "signals": gap.signals,
        "kinds": {kind.value: count for kind, count in gap.kinds.items()},
        "created_at": timestamp(gap.created_at),
        "last_signal_at": timestamp(gap.last_signal_at),
        "merged_into": gap.merged_into,
        "assignee": gap.assignee,
        "due_on": None if gap.due_on is None else gap.due_on.isoformat(),
        "dismissed_reason": gap.dismissed_reason,
        "opened_at": None if gap.opened_at is None else timestamp(gap.opened_at),
    }


def gap_document(gap: Gap) -> dict[str, Any]:
    return {
        **gap_summary_document(gap.summary),
        "questions": [
            {
                "text": question.text,
                "lang": question.lang,
                "count": question.count,
                "first_at": timestamp(question.first_at),
                "last_at": timestamp(question.last_at),
            }
            for question in gap.questions
        ],
        "articles": [{"article_id": article_id, "count": count} for article_id, count in gap.articles],
        "history": [
            {
                "at": timestamp(event.at),
                "who": event.who,
                "field": event.field,
                "before": event.before,
                "after": event.after,
                "note": event.note,
            }
            for event in gap.history
        ],
        "checks": [_check(check) for check in gap.checks],
        "found": None if gap.found is None else asdict(gap.found),
    }


def _check(check: Check) -> dict[str, Any]:
    return {
        "question": check.question,
        "lang": check.lang,
        "at": timestamp(check.at),
        "revision": check.revision,
        "outcome": check.outcome.value,
        "reason": check.reason,
        "score": check.score,
        "answered": check.answered,
        "new_text": check.new_text,
        "article_id": check.article_id,
        "quote": check.quote,
    }


def kpis_document(figures: Kpis, articles: Mapping[str, Article]) -> dict[str, Any]:
    """The figures of a period beside what the served ``articles`` add to them.

    ``articles`` may be empty: a report does not need an index.
    """
    today, usage = datetime.now(UTC).date(), figures.usage
    overdue = [
        (usage[a.id].cited, a.id)
        for a in articles.values()
        if a.id in usage and a.review_due_on is not None and a.review_due_on < today
    ]
    return {
        "object": "kpis",
        "period": {"start": timestamp(figures.start), "end": timestamp(figures.end)},
        "questions": figures.questions,
        "conversations": figures.conversations,
        "visitors": figures.visitors,
        "outcomes": {outcome.value: _share(share) for outcome, share in figures.outcomes.items()},
        "self_service": _bounds(figures.self_service),
        "first_contact": _bounds(figures.first_contact),
        "helpful": {**_share(figures.helpful), "interval": _interval(figures.helpful)},
        "answer_ms_p50": figures.answer_ms_p50,
        "answer_ms_p95": figures.answer_ms_p95,
        "top_questions": [{"text": q.text, "lang": q.lang, "count": q.count} for q in figures.top_questions],
        "top_articles": [{"article_id": a.article_id, "count": a.count} for a in figures.top_articles],
        "never_used_articles": sorted(articles.keys() - usage.keys()),
        "overdue_articles": [{"article_id": i, "count": n} for n, i in sorted(overdue, key=lambda p: (-p[0], p[1]))],
        "gaps_open": figures.gaps_open,
        "gap_age_median_days": figures.gap_age_median,
        "gap_age_max_days": figures.gap_age_max,
        "gaps_opened": figures.gaps_opened,
        "gaps_verified": figures.gaps_verified,
        "gaps_reopened": figures.gaps_reopened,
        "heat_map": [list(hours) for hours in figures.heat_map],
        "rising_words": [{"word": w.word, "count": w.count, "before": w.before} for w in figures.rising_words],
        "series": [_point(point) for point in figures.series],
        "purged_until": None if figures.purged_until is None else timestamp(figures.purged_until),
    }


def leaves(document: Any, name: str = "") -> Iterable[tuple[str, Any]]:
    """The single values of a document under dotted names: ``{"a": {"b": [1, 2]}}`` gives ``a.b.0`` and ``a.b.1``."""
    if isinstance(document, Mapping):
        for key, value in document.items():
            yield from leaves(value, f"{name}.{key}" if name else str(key))
    elif isinstance(document, list):
        for position, value in enumerate(document):
            yield from leaves(value, f"{name}.{position}")
    else:
        yield name, document


def _share(share: Share) -> dict[str, Any]:
    return {"count": share.count, "of": share.of, "rate": share.rate}


def _interval(share: Share) -> list[float] | None:
    return None if share.interval is None else list(share.interval)


def _point(point: SeriesPoint) -> dict[str, Any]:
    return {
        "start": timestamp(point.start),
        "end": timestamp(point.end),
        "questions": point.questions,
        "conversations": point.conversations,
        "visitors": point.visitors,
        "outcomes": {outcome.value: count for outcome, count in point.outcomes.items()},
        "self_service": _bounds(point.self_service),
        "helpful": _share(point.helpful),
    }


def _bounds(bounds: Bounds) -> dict[str, Any]:
    return {"pessimistic": _share(bounds.pessimistic), "optimistic": _share(bounds.optimistic)}
