"""What the pages of owners and agents show of one request for a person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fastapi import Request

from api.state import state_of
from kb.assist import assist
from kb.errors import KbError
from kb.records.handoffs import Handoff
from kb.types import Article


def packet_values(request: Request, handoff: Handoff) -> dict[str, Any]:
    """The values of ``_packet.html``."""
    opened = state_of(request).opened
    articles = opened.service.articles()
    contact = opened.handing_over.contact_of(handoff)
    return {
        "handoff": handoff,
        "packet": {"mood": "calm", "mood_signs": [], **handoff.packet},
        "turns": [{**turn, "at": datetime.fromisoformat(turn["at"])} for turn in handoff.packet["turns"]],
        "reach": None if contact is None else {"name": "", "email": "", "phone": "", **contact},
        "opened": [_opened(line["article_id"], articles) for line in handoff.packet["opened"]],
        "replies": opened.records.handoff_replies.of(handoff.id),
        "passages": _passages(request, handoff),
    }


def _passages(request: Request, handoff: Handoff) -> tuple[Any, ...]:
    opened = state_of(request).opened
    try:
        snapshot = opened.live.current()
    except KbError:
        return ()
    return assist(opened.service.answerer, snapshot, (handoff.question, *handoff.packet["rewordings"][::-1]))


def _opened(article_id: str, articles: Mapping[str, Article]) -> dict[str, Any]:
    article = articles.get(article_id)
    return {
        "id": article_id,
        "title": article.title if article else article_id,
        "lang": article.lang if article else "en",
    }
