"""Answers of every outcome and reason in both languages, as documents with absolute addresses."""

from __future__ import annotations

from typing import Any

BASE = "https://help.example.com"
TEXTS = {
    "en": (
        "Refunds reach a card in 3 to 5 days.",
        "To ask for one:\n1. Open *Orders* & choose <Refund>.\n2. Press [Send](https://evil.example).",
    ),
    "zh": (
        "退款一般在 3 到 5 天内到账。",
        "申请步骤：\n1. 打开“订单”并选择 <退款>。\n2. 点击 [提交](https://evil.example)。",
    ),
}
TITLES = {"en": "Refunds: how *long* they take", "zh": "退款多久到账 <说明>"}
QUESTIONS = {"en": "How long does a refund take?", "zh": "退款多久到账？"}
REASONS = (
    *("not_covered", "low_confidence", "off_topic", "conflicting_sources", "needs_account_data"),
    *("restricted", "unclear_question", "asked_for_person", "policy"),
)


def place(n: int, lang: str, **changes: Any) -> dict[str, Any]:
    url = f"{BASE}/articles/{lang}/refunds.html#times"
    return {
        "n": n,
        "article_id": f"{lang}/refunds",
        "passage_id": f"{lang}/refunds#times.0",
        "title": TITLES[lang],
        "heading_path": [TITLES[lang], f"({n})"],
        "url": url,
        "highlight_url": f"{url}:~:text=Refunds%20(reach),days.",
        "quote": TEXTS[lang][0],
        "source_span": {"start": 0, "end": 9},
        "content_hash": f"sha256:{'0' * 64}",
        "lang": lang,
        "owner": None,
        "last_reviewed_on": None,
        "stale": n == 2,
    } | changes


def document(outcome: str, lang: str = "en", **changes: Any) -> dict[str, Any]:
    """An answer as every door gives it."""
    answered = outcome == "answered"
    pieces = changes.pop("pieces", TEXTS[lang])
    text = "\n\n".join(pieces)
    marked = "\n\n".join(f"{piece} [{n}]" for n, piece in enumerate(pieces, start=1))
    citations, at = [], 0
    for n, piece in enumerate(pieces if answered else (), start=1):
        span = {"start": at, "end": at + len(piece)}
        citations.append({**place(n, lang), "answer_spans": [span]})
        at = span["end"] + 2
    reasons = {"no_answer": "not_covered", "suggested": "low_confidence", "handoff": "asked_for_person"}
    return {
        "object": "answer",
        "id": "ans_01KB3VA2M7Q2V5H0D6N8R4T9WX",
        "created_at": "2026-11-22T01:20:11Z",
        "conversation_id": "cnv_01KB3V9QJ2V5H0D6N8R4T9WXYZ",
        "question": {"text": QUESTIONS[lang], "lang": lang, "redactions": 0},
        "outcome": outcome,
        "reason": {"code": reasons[outcome], "detail": ""} if outcome in reasons else None,
        "lang": lang,
        "preface": None,
        "answer": {"markdown": marked, "html": "", "text": text} if answered else None,
        "citations": citations,
        "confidence": {"score": 0.9, "level": "high"},
        "options": [option(n, lang) for n in range(3)] if outcome == "clarify" else [],
        "suggestions": [place(n, lang) for n in (1, 2)] if outcome in ("suggested", "no_answer") else [],
        "actions": [{"label": "Refund form", "url": "/refund/new"}] if answered else [],
        "related": [],
        "handoff": {
            "offered": outcome in ("handoff", "no_answer"),
            "channels": ["chat"],
            "message": "",
            "contact_url": None,
            "accepts": True,
        },
        "feedback_token": "ImFuc18wMUtCM1ZBMk03Ig.u1Qx",
        "gap_id": "gap_01KB2T" if outcome == "no_answer" else None,
        "index": {"revision": "r-1", "built_at": "2026-11-21T23:00:04Z"},
        "timings_ms": {"embed": 1.0, "retrieve": 1.0, "answer": 1.0, "total": 3.0},
    } | changes


def option(n: int, lang: str) -> dict[str, str]:
    return {
        "id": f"{lang}/refunds#times-{n}",
        "label": f"{TITLES[lang]} {n}",
        "article_id": f"{lang}/refunds",
        "anchor": f"times-{n}",
    }


SAMPLES = {
    "answered": {"preface": "We are sorry about the trouble."},
    "suggested": {},
    "clarify": {},
    "no_answer": {},
    "handoff": {},
}


def samples(lang: str) -> dict[str, dict[str, Any]]:
    """One answer of each outcome."""
    return {outcome: document(outcome, lang, **changes) for outcome, changes in SAMPLES.items()}
