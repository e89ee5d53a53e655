"""Answers as the doors would hand them to the records, and a clock to hand them in by."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from kb.gaps.vocabulary import GapStatus
from kb.ids import new_id
from kb.records import Records
from kb.records.history import Ruling


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **time: float) -> None:
        self.now += timedelta(**time)


def document(
    answer_id: str | None = None,
    *,
    text: str = "How do I reset it?",
    lang: str = "en",
    outcome: str = "answered",
    article: str | None = "en/account/reset",
    conversation: str | None = None,
    at: str = "2026-11-20T10:00:00Z",
    gap_id: str | None = None,
    total_ms: float = 9.0,
) -> dict[str, Any]:
    """The document of one answer; ``article`` is cited when it is answered and suggested otherwise."""
    place = {"article_id": article, "passage_id": f"{article}#steps.0", "title": "t"}
    answered = outcome == "answered"
    return {
        "object": "answer",
        "id": answer_id or new_id("ans"),
        "created_at": at,
        "conversation_id": conversation or new_id("cnv"),
        "question": {"text": text, "lang": lang, "redactions": 0},
        "outcome": outcome,
        "reason": None if answered else {"code": "not_covered", "detail": "Nothing."},
        "lang": lang,
        "answer": None,
        "citations": [place] if answered and article else [],
        "confidence": {"score": 0.9 if answered else 0.1, "level": "high" if answered else "none"},
        "suggestions": [place] if not answered and article else [],
        "gap_id": gap_id,
        "feedback_token": "secret-token",
        "index": {"revision": "r-1", "built_at": "2026-11-20T00:00:00Z"},
        "timings_ms": {"embed": 1.0, "retrieve": 2.0, "answer": 1.0, "total": total_ms},
    }


def prove(records: Records, gap_id: str, note: str = "Answered.") -> None:
    """Verify a gap as its questions would."""
    assert records.proofs.settle(records.proofs.gap(gap_id), [], Ruling(GapStatus.VERIFIED, note))
