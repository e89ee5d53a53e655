"""Answers put into the records of a running application, one of each outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from fastapi import FastAPI
from starlette.testclient import TestClient

if TYPE_CHECKING:
    from api.state import AppState

QUOTE = "The time until the money is on your account depends on how you paid:"


def state(client: TestClient) -> AppState:
    return cast("AppState", cast("FastAPI", client.app).state.kb)


def stored(client: TestClient, outcome: str, **changes: Any) -> str:
    """Log an answer of ``outcome`` and return the path of its permalink."""
    name = f"ans_{outcome}{len(changes)}{hash(str(changes)) & 0xFFFFFF}"
    place = {
        "n": 1,
        "article_id": "en/billing/refunds",
        "passage_id": "en/billing/refunds#times-by-payment-method.0",
        "title": "How long refunds take",
        "heading_path": ["How long refunds take", "Times by payment method"],
        "url": "/articles/en/billing/refunds.html#times-by-payment-method",
        "highlight_url": "/articles/en/billing/refunds.html#times-by-payment-method:~:text=The%20time",
        "quote": QUOTE,
        "source_span": {"start": 0, "end": len(QUOTE)},
        "content_hash": state(client).opened.live.current().articles["en/billing/refunds"].content_hash,
        "lang": "en",
        "owner": None,
        "last_reviewed_on": "2026-09-01",
        "stale": False,
    } | changes.pop("place", {})
    document = {
        "object": "answer",
        "id": name,
        "created_at": "2026-11-20T10:00:00Z",
        "conversation_id": "cnv_1",
        "question": {"text": "How long?", "lang": "en", "redactions": 0},
        "outcome": outcome,
        "reason": None,
        "lang": "en",
        "answer": None,
        "citations": [place] if outcome == "answered" else [],
        "confidence": {"score": 0.9, "level": "high"},
        "options": [],
        "suggestions": [] if outcome == "answered" else [place],
        "actions": [],
        "related": [],
        "handoff": {"offered": False, "channels": [], "message": ""},
        "feedback_token": "secret-token",
        "gap_id": None,
        "index": {"revision": "r-1", "built_at": "2026-11-19T10:00:00Z"},
        "timings_ms": {"embed": 1.0, "retrieve": 1.0, "answer": 1.0, "total": 3.0},
    } | changes
    if outcome == "answered":
        document["answer"] = {"markdown": QUOTE, "html": f"<p>{QUOTE}</p>", "text": QUOTE}
    state(client).opened.records.log_answer(document, channel="help_page")
    return f"/a/{document['id']}"
