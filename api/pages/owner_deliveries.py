"""What other systems would not take: every delivery that was given up, of events and of requests for a person alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from api.pages.failures import PageRoute
from api.pages.gap_forms import may_write
from api.pages.rendering import link_maker, page_language, render
from api.pages.session import Owner, owner_of, require_own_form
from api.pages.wording import words
from api.state import state_of
from kb.records.dead_letters import DeadLetter
from kb.records.events import channel_of

SHOWN = 200
_MOST = 10_000  # that "done" may say

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Reader = Annotated[Owner, Depends(owner_of)]


@dataclass(frozen=True, slots=True)
class LetterView:
    """``receiver``: the name of a destination, else an address. ``about``: path of the page of what it tells of, "" for none.
    ``age``: in ``unit``, "days", "hours" or "minutes"."""

    letter: DeadLetter
    receiver: str
    about: str
    age: int
    unit: str


@router.get("/owner/deliveries")
def deliveries(request: Request, owner: Reader, again: str = "") -> Response:
    """What was given up, the newest first. ``again``: how many have just begun anew."""
    events = state_of(request).opened.records.events
    now = datetime.now(UTC)
    letters = [_view(letter, now) for letter in events.dead_letters(SHOWN)]
    begun = int(again) if again.isascii() and again.isdecimal() and len(again) <= 5 else None
    values: dict[str, Any] = {
        "owner": owner,
        "letters": letters,
        "total": events.given_up(),
        "again_count": None if begun is None or begun > _MOST else begun,
        "most": SHOWN,
    }
    return render(request, "owner_deliveries.html", page_language(request), values)


@router.post("/owner/deliveries/retry", dependencies=[Depends(require_own_form)])
def retry(
    request: Request, owner: Reader, event: Annotated[str, Form()] = "", target: Annotated[str, Form()] = ""
) -> Response:
    """Try one delivery again, or all of them; then show the list by a redirect. Raises ``NotFoundError``."""
    language = page_language(request)
    may_write(owner, words(language.lang))
    begun = state_of(request).opened.records.events.retry(event or None, target or None)
    return RedirectResponse(f"{link_maker(language)('/owner/deliveries', again=str(begun))}#done", status_code=303)


def _view(letter: DeadLetter, now: datetime) -> LetterView:
    minutes = max(0, int((now - letter.at).total_seconds() // 60))
    age, unit = (minutes, "minutes")
    if minutes >= 48 * 60:
        age, unit = minutes // (24 * 60), "days"
    elif minutes >= 120:
        age, unit = minutes // 60, "hours"
    return LetterView(letter, channel_of(letter.target) or letter.target, _about(letter), age, unit)


def _about(letter: DeadLetter) -> str:
    for name, path in (("handoff_id", "handoffs"), ("gap_id", "gaps")):
        if isinstance(letter.payload.get(name), str):
            return f"/owner/{path}/{letter.payload[name]}"
    return ""
