"""Requests for a person at the desk: the list, and one packet with everything that was asked and shown before."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from api.models import MAX_REPLY
from api.pages.failures import PageRoute
from api.pages.gap_forms import may_write
from api.pages.packet_view import packet_values
from api.pages.rendering import link_maker, page_language, render
from api.pages.reply_form import ReplyForm, reply_of
from api.pages.session import Owner, owner_of, require_own_form
from api.pages.wording import words
from api.replies import site_url
from api.routes.agents import take_reply
from api.security import Caller
from api.state import state_of
from kb.errors import InvalidInputError
from kb.records.events import channel_of
from kb.records.handoffs import HandoffStatus

PAGE = 50
View = Literal["waiting", "failed", "acknowledged", "all"]
DONE = ("ack", "reply", "retry")
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
        "answered": state_of(request).opened.records.handoff_replies.counts([each.id for each in page.handoffs]),
    }
    return render(request, "owner_handoffs.html", page_language(request), values)


@router.get("/owner/handoffs/{handoff_id}")
def handoff(request: Request, owner: Reader, handoff_id: str, done: str = "") -> Response:
    """One packet. Raises ``NotFoundError``."""
    opened = state_of(request).opened
    found = opened.records.handoffs.get(handoff_id)
    values = {
        "owner": owner,
        **packet_values(request, found),
        "deliveries": [
            (channel_of(each.target) or each.target, each) for each in opened.records.events.reports(found.event_id)
        ],
        "agent_url": opened.agent_links.url_of(found, site_url(request), since=datetime.now(UTC)),
        "done": done if done in DONE else "",
        "limit": MAX_REPLY,
        "key": uuid.uuid4().hex,
    }
    return render(request, "owner_handoff.html", page_language(request), values)


@router.post("/owner/handoffs/{handoff_id}/ack", dependencies=[Depends(require_own_form)])
def acknowledge(request: Request, owner: Reader, handoff_id: str) -> Response:
    """Take a request over; then show it again by a redirect. Raises ``NotFoundError``."""
    language = page_language(request)
    may_write(owner, words(language.lang))
    state_of(request).opened.records.handoffs.acknowledge(handoff_id, owner.name)
    return RedirectResponse(link_maker(language)(f"/owner/handoffs/{handoff_id}", done="ack"), status_code=303)


@router.post("/owner/handoffs/{handoff_id}/reply", dependencies=[Depends(require_own_form)])
def answer(request: Request, owner: Reader, handoff_id: str, form: Annotated[ReplyForm, Depends()]) -> Response:
    """Answer the visitor; then show the request again by a redirect. Raises ``NotFoundError``, ``InvalidInputError``."""
    language = page_language(request)
    t = words(language.lang)
    may_write(owner, t)
    body = reply_of(form, owner.name, t)
    take_reply(request, Caller("user", owner.name), handoff_id, body, form.key or None)
    return RedirectResponse(link_maker(language)(f"/owner/handoffs/{handoff_id}", done="reply"), status_code=303)


@router.post("/owner/handoffs/{handoff_id}/retry", dependencies=[Depends(require_own_form)])
def retry(request: Request, owner: Reader, handoff_id: str) -> Response:
    """Deliver again what was given up; then show the request again by a redirect. Raises ``NotFoundError``."""
    language = page_language(request)
    may_write(owner, words(language.lang))
    records = state_of(request).opened.records
    records.events.retry(records.handoffs.get(handoff_id).event_id)
    return RedirectResponse(link_maker(language)(f"/owner/handoffs/{handoff_id}", done="retry"), status_code=303)
