"""The public JSON shape of an answer: the projection that every door shows and the records keep."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from kb.types import Answer, Citation, Generation, Reason


def answer_document(answer: Answer) -> dict[str, Any]:
    """Return ``answer`` as plain JSON values, in the field names of the public contract."""
    return {
        "object": "answer",
        "id": answer.id,
        "created_at": timestamp(answer.created_at),
        "conversation_id": answer.conversation_id,
        "question": {"text": answer.question, "lang": answer.question_lang, "redactions": answer.redactions},
        "outcome": answer.outcome.value,
        "reason": reason_document(answer.reason),
        "lang": answer.lang,
        "preface": answer.preface or None,
        "answer": None
        if answer.answer is None
        else {"markdown": answer.answer.markdown, "html": answer.answer.html, "text": answer.answer.text},
        "citations": [citation_document(citation) for citation in answer.citations],
        "confidence": {"score": round(answer.confidence.score, 4), "level": answer.confidence.level},
        "options": [
            {"id": option.id, "label": option.label, "article_id": option.article_id, "anchor": option.anchor}
            for option in answer.options
        ],
        "suggestions": [citation_document(citation, with_answer_spans=False) for citation in answer.suggestions],
        "actions": [{"label": action.label, "url": action.url} for action in answer.actions],
        "related": [{"article_id": r.article_id, "title": r.title, "url": r.url} for r in answer.related],
        "handoff": {
            "offered": answer.handoff.offered,
            "channels": list(answer.handoff.channels),
            "message": answer.handoff.message,
            "contact_url": answer.handoff.contact_url or None,
            "accepts": answer.handoff.accepts,
            "team": answer.handoff.team or None,
            "urgency": answer.handoff.urgency,
            "open": answer.handoff.open,
            "opens_at": None if answer.handoff.opens_at is None else timestamp(answer.handoff.opens_at),
        },
        "feedback_token": answer.feedback_token,
        "gap_id": answer.gap_id,
        "index": {"revision": answer.index.revision, "built_at": timestamp(answer.index.built_at)},
        "timings_ms": {
            "embed": round(answer.timings_ms.embed, 2),
            "retrieve": round(answer.timings_ms.retrieve, 2),
            "answer": round(answer.timings_ms.answer, 2),
            "total": round(answer.timings_ms.total, 2),
        },
        **({} if answer.generation is None else {"generator": generation_document(answer.generation)}),
    }


def generation_document(generation: Generation) -> dict[str, Any]:
    return {"result": generation.result, "dropped": generation.dropped, "ms": round(generation.ms, 1)}


def reason_document(reason: Reason | None) -> dict[str, str] | None:
    return None if reason is None else {"code": reason.code.value, "detail": reason.detail}


def citation_document(citation: Citation, *, with_answer_spans: bool = True) -> dict[str, Any]:
    """Return ``citation`` as plain JSON values; suggestions carry no ``answer_spans``."""
    document: dict[str, Any] = {
        "n": citation.n,
        "article_id": citation.article_id,
        "passage_id": citation.passage_id,
        "title": citation.title,
        "heading_path": list(citation.heading_path),
        "url": citation.url,
        "highlight_url": citation.highlight_url,
        "quote": citation.quote,
        "source_span": {"start": citation.source_span.start, "end": citation.source_span.end},
        "content_hash": citation.content_hash,
        "lang": citation.lang,
        "owner": citation.owner,
        "last_reviewed_on": day(citation.last_reviewed_on),
        "stale": citation.stale,
    }
    if with_answer_spans:
        document["answer_spans"] = [{"start": s.start, "end": s.end} for s in citation.answer_spans]
    return document


def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC with seconds: ``2026-11-22T01:20:11Z``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def day(value: date | None) -> str | None:
    return None if value is None else value.isoformat()
