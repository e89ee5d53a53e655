"""The JSON shapes of hand-overs: status for the visitor, packet for owners, webhooks and mail."""

from __future__ import annotations

from typing import Any

from kb.documents import timestamp
from kb.records.handoffs import Handoff

PAGE = "/owner/handoffs"


def status_document(handoff: Handoff) -> dict[str, Any]:
    """What the visitor may see of it."""
    return {
        "object": "handoff",
        "id": handoff.id,
        "status": handoff.status,
        "created_at": timestamp(handoff.at),
        "acknowledged_at": None if handoff.acknowledged_at is None else timestamp(handoff.acknowledged_at),
    }


def summary_document(handoff: Handoff, site_url: str) -> dict[str, Any]:
    return {
        **status_document(handoff),
        "acknowledged_by": handoff.acknowledged_by,
        "conversation_id": handoff.conversation_id,
        "answer_id": handoff.answer_id,
        "question": handoff.question,
        "lang": handoff.lang,
        "channel": handoff.channel,
        "category": handoff.category,
        "urgency": handoff.urgency,
        "gap_id": handoff.gap_id,
        "page_url": handoff.page_url,
        "has_contact": handoff.contact is not None,
        "url": f"{site_url}{PAGE}/{handoff.id}",
    }


def packet_document(handoff: Handoff, contact: dict[str, Any] | None, site_url: str) -> dict[str, Any]:
    """Everything, with the ``contact`` in clear."""
    return {**summary_document(handoff, site_url), **handoff.packet, "contact": contact}
