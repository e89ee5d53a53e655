"""Requests for a person at the desk: the list, and one packet with everything that was asked and shown before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from api.pages.failures import PageRoute
from api.pages.gap_forms import may_write
from api.pages.rendering import link_maker, page_language, render
from api.pages.session import Owner, owner_of, require_own_form
from api.pages.wording import words
from api.state import state_of
from kb.errors import InvalidInputError
from kb.records.handoffs import HandoffStatus
from kb.types import Article

PAGE = 50
View = Literal["waiting", "failed", "acknowledged", "all"]
VIEWS: tuple[View, ...] = ("waiting", "failed", "acknowledged", "all")
_STATUS: Mapping[str, HandoffStatus | Literal["waiting"] | None] = {
    "waiting": "waiting",
    "failed": "failed",
    "acknowledged": "acknowledged",
    "all": None,
}

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Reader = Annotated[Owner, Depends(owner_of)]


@router.get("/owner/handoffs")
def handoffs(request: Request, owner: Reader, view: str = "waiting", cursor: str = "") -> Response:
    """Who waits for a person, the newest first."""
    chosen = view if view in _STATUS else "waiting"
    stored = state_of(request).opened.records.handoffs
    try:
        page = stored.page(status=_STATUS[chosen], limit=PAGE, cursor=cursor or None)
    except InvalidInputError:  # a mangled address begins the list anew instead of failing
        page = stored.page(status=_STATUS[chosen], limit=PAGE)
    values: dict[str, Any] = {
        "owner": owner,
        "handoffs": page.handoffs,
        "next_cursor": page.next_cursor or "",
        "chosen": chosen,
        "views": VIEWS,
        "waiting": stored.waiting(),
    }
    return render(request, "owner_handoffs.html", page_language(request), values)


@router.get("/owner/handoffs/{handoff_id}")
def handoff(request: Request, owner: Reader, handoff_id: str, done: str = "") -> Response:
    """One packet. Raises ``NotFoundError``."""
    opened = state_of(request).opened
    found = opened.records.handoffs.get(handoff_id)
    articles = opened.service.articles()
    contact = opened.handing_over.contact_of(found)
    values: dict[str, Any] = {
        "owner": owner,
        "handoff": found,
        "packet": found.packet,
        "turns": [{**turn, "at": datetime.fromisoformat(turn["at"])} for turn in found.packet["turns"]],
        "reach": None if contact is None else {"name": "", "email": "", "phone": "", **contact},
        "opened": [_opened(line["article_id"], articles) for line in found.packet["opened"]],
        "done": done == "ack",
    }
    return render(request, "owner_handoff.html", page_language(request), values)


@router.post("/owner/handoffs/{handoff_id}/ack", dependencies=[Depends(require_own_form)])
def acknowledge(request: Request, owner: Reader, handoff_id: str) -> Response:
    """Take a request over; then show it again by a redirect. Raises ``NotFoundError``."""
    language = page_language(request)
    may_write(owner, words(language.lang))
    state_of(request).opened.records.handoffs.acknowledge(handoff_id, owner.name)
    return RedirectResponse(link_maker(language)(f"/owner/handoffs/{handoff_id}", done="ack"), status_code=303)


def _opened(article_id: str, articles: Mapping[str, Article]) -> dict[str, Any]:
    article = articles.get(article_id)
    return {
        "id": article_id,
        "title": article.title if article else article_id,
        "lang": article.lang if article else "en",
    }
