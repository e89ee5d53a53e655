"""The page of a signed link: an agent reads one request for a person, finds what may help, takes it over and answers it.

Nobody signs in. What opens the page is in its address, so nothing of the page may tell the address to anybody: no referrer, no
cache, no index. Forms need no other guard: no cookie is at work that another site could make use of.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from api.models import MAX_REPLY
from api.pages.failures import PageRoute
from api.pages.packet_view import packet_values
from api.pages.rendering import link_maker, page_language, render
from api.pages.reply_form import ReplyForm, reply_of
from api.pages.wording import words
from api.routes.agents import BY_LINK, take_reply
from api.security import Caller
from api.state import state_of
from kb.errors import InvalidInputError, KbError, NotAllowedError, NotFoundError

router = APIRouter(route_class=PageRoute, include_in_schema=False)
PRIVATE = {
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
Form = Annotated[ReplyForm, Depends()]


@router.get("/agent/handoffs/{handoff_id}")
def packet(request: Request, handoff_id: str, link: str = "", done: str = "") -> Response:
    """The request with its whole story."""
    ends = _opens(request, handoff_id, link)
    if isinstance(ends, Response):
        return ends
    return _page(request, handoff_id, link, ends, done=done if done in ("ack", "reply") else "")


@router.get("/agent/handoffs/{handoff_id}/{name}")
def back_to_packet(request: Request, handoff_id: str, name: str, link: str = "") -> Response:
    """Where a form was answered with a page, its address can be loaded again, in the other language too."""
    return _back(request, handoff_id, link)


@router.post("/agent/handoffs/{handoff_id}/ack")
def acknowledge(request: Request, handoff_id: str, form: Form, link: str = "") -> Response:
    """Take the request over; then show it again by a redirect."""
    ends = _opens(request, handoff_id, link)
    if isinstance(ends, Response):
        return ends
    who = form.name.strip()[:100] or BY_LINK
    state_of(request).opened.records.handoffs.acknowledge(handoff_id, who)
    return _back(request, handoff_id, link, done="ack")


@router.post("/agent/handoffs/{handoff_id}/reply")
def answer(request: Request, handoff_id: str, form: Form, link: str = "") -> Response:
    """Answer the visitor; then show the request again by a redirect, or with what is wrong and everything that was typed."""
    ends = _opens(request, handoff_id, link)
    if isinstance(ends, Response):
        return ends
    try:
        body = reply_of(form, form.name.strip(), words(page_language(request).lang))
        take_reply(request, Caller("anonymous"), handoff_id, body, form.key or None)
    except InvalidInputError as error:
        return _page(request, handoff_id, link, ends, wrong=error.detail, typed=form, status=422)
    return _back(request, handoff_id, link, done="reply")


def _opens(request: Request, handoff_id: str, link: str) -> datetime | Response:
    """Until when the link opens the request; else the page that says that it does not, and why."""
    opened = state_of(request).opened
    try:
        ends = opened.agent_links.check(link, handoff_id)
        opened.records.handoffs.get(handoff_id)
    except (NotAllowedError, NotFoundError) as error:
        return _closed(request, error)
    return ends


def _closed(request: Request, error: KbError) -> Response:
    gone = isinstance(error, NotFoundError)
    values = {"why": "agent.gone" if gone else "agent.closed"}
    return render(
        request, "agent_closed.html", page_language(request), values, status=404 if gone else 403, headers=PRIVATE
    )


def _back(request: Request, handoff_id: str, link: str, done: str = "") -> Response:
    target = link_maker(page_language(request))(f"/agent/handoffs/{handoff_id}", link=link, done=done)
    return RedirectResponse(f"{target}{'#done' if done else ''}", status_code=303, headers=PRIVATE)


def _page(
    request: Request,
    handoff_id: str,
    link: str,
    ends: datetime,
    *,
    done: str = "",
    wrong: str = "",
    typed: ReplyForm | None = None,
    status: int = 200,
) -> Response:
    found = state_of(request).opened.records.handoffs.get(handoff_id)
    values: dict[str, Any] = {
        **packet_values(request, found),
        "token": link,
        "ends": ends,
        "done": done,
        "wrong": wrong,
        "typed": typed or ReplyForm(key=uuid.uuid4().hex),
        "limit": MAX_REPLY,
    }
    return render(request, "agent.html", page_language(request, found.lang), values, status=status, headers=PRIVATE)
