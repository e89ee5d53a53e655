"""The JSON shapes of hand-overs: status for the visitor, packet for owners, webhooks and mail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kb.documents import timestamp
from kb.records.handoff_replies import Reply
from kb.records.handoffs import Handoff

PAGE = "/owner/handoffs"


def status_document(handoff: Handoff) -> dict[str, Any]:
    """How far it has come."""
    return {
        "object": "handoff",
        "id": handoff.id,
        "status": handoff.status,
        "created_at": timestamp(handoff.at),
        "acknowledged_at": None if handoff.acknowledged_at is None else timestamp(handoff.acknowledged_at),
    }


def seen_document(handoff: Handoff, replies: Sequence[Reply]) -> dict[str, Any]:
    """What the visitor who asked may see of it."""
    return {**status_document(handoff), "replies": [reply_document(reply, who=False) for reply in replies]}


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
        "topic": handoff.topic,
        "team": handoff.team,
        "urgency": handoff.urgency,
        "gap_id": handoff.gap_id,
        "page_url": handoff.page_url,
        "has_contact": handoff.contact is not None,
        "url": f"{site_url}{PAGE}/{handoff.id}",
    }


def packet_document(
    handoff: Handoff,
    contact: dict[str, Any] | None,
    site_url: str,
    *,
    agent_url: str | None = None,
    replies: Sequence[Reply] = (),
) -> dict[str, Any]:
    """Everything, with the ``contact`` in clear. ``agent_url``: the link that opens the request without signing in."""
    return {
        **summary_document(handoff, site_url),
        **_LATER,
        **handoff.packet,
        **(
            {"turns": [_placed(turn, site_url) for turn in handoff.packet["turns"]]}
            if "turns" in handoff.packet
            else {}
        ),
        "contact": contact,
        "agent_url": agent_url,
        "replies": [reply_document(reply, who=True) for reply in replies],
    }


def _placed(turn: Mapping[str, Any], site_url: str) -> dict[str, Any]:
    """A question of the conversation, with whole addresses of the articles that were shown."""
    whole = {
        name: [{**each, "url": site_url + each["url"]} if each["url"].startswith("/") else each for each in turn[name]]
        for name in ("shown", "suggested")
    }
    return {**turn, **whole}


def reply_document(reply: Reply, *, who: bool) -> dict[str, Any]:
    """What a person answered; ``who`` did it is for owners."""
    document = {
        "object": "handoff.reply",
        "id": reply.id,
        "created_at": timestamp(reply.at),
        "text": reply.text,
        "lang": reply.lang,
    }
    return {**document, "who": reply.who} if who else document


# What packets hold that were stored before they had it.
_LATER: dict[str, Any] = {"mood": "calm", "mood_signs": []}
