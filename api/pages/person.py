"""The page for asking for a person: a form that works without scripts, and what has become of a request.

A visitor has no session, so the form is guarded by what the browser says of where it comes from; what goes along of a
conversation is proven by the token of its answer.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from api.pages.addresses import safe_link
from api.pages.failures import PageRoute
from api.pages.person_panel import PersonForm, PersonPanel, faults, new_form, request_of
from api.pages.rendering import PageLanguage, link_maker, page_language, render
from api.pages.routes import may_show
from api.pages.session import require_own_page, visitor_entrance
from api.pages.wording import HTML_LANG, words
from api.replies import site_url
from api.routes.handoffs import take
from api.security import Caller
from api.state import state_of
from kb.errors import InvalidInputError, KbError
from kb.types import Lang

router = APIRouter(route_class=PageRoute, include_in_schema=False, dependencies=[Depends(visitor_entrance)])


@router.get("/person")
def person(request: Request, answer: str = "", request_id: str = "", token: str = "") -> Response:
    """The form, about ``answer`` if there is one; or, with ``request_id`` and its receipt, how far that request has come."""
    language = page_language(request)
    if request_id:
        return _status(request, language, request_id, token)
    return _page(request, language, new_form(answer))


@router.post("/person", dependencies=[Depends(require_own_page)])
def ask_for_person(request: Request, form: Annotated[PersonForm, Depends()]) -> Response:
    """Store the request and show what becomes of it by a redirect; with what is wrong, the form again as it was filled in."""
    chosen: Lang | None = "zh" if form.lang == "zh" else "en" if form.lang == "en" else None
    language = PageLanguage(chosen, True) if chosen else page_language(request)
    page_url = f"{site_url(request)}/a/{form.answer}" if form.answer else f"{site_url(request)}/person"
    body = request_of(form, language.lang, page_url)
    wrong = faults(form) | (
        {name: what for name, what in body.items() if name != "form"} if isinstance(body, dict) else {}
    )
    if wrong or isinstance(body, dict):
        return _page(request, language, form, wrong=wrong or {"form": "person.unusable"}, status=422)
    taken = take(request, Caller("anonymous"), body, form.idempotency_key)
    link = link_maker(PageLanguage(language.lang, chosen is not None))
    return RedirectResponse(link("/person", request_id=taken["id"], token=taken["token"]), status_code=303)


def _page(
    request: Request,
    language: PageLanguage,
    form: PersonForm,
    *,
    wrong: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    state = state_of(request)
    panel = PersonPanel(
        form,
        accepts=state.opened.reception.accepts(),
        contact=safe_link(state.settings.handoff_contact) if state.settings.handoff_contact else "",
        channels=state.settings.handoff_channels,
        wrong=wrong or {},
    )
    values = {"person": panel, "about": _question(request, form.answer), "handoff": None, "replies": ()}
    return render(request, "person.html", language, values, status=status, headers={"X-Robots-Tag": "noindex"})


def _status(request: Request, language: PageLanguage, request_id: str, token: str) -> Response:
    opened = state_of(request).opened
    try:
        opened.handing_over.check_receipt(token, request_id)
        found = opened.records.handoffs.get(request_id)
    except KbError:
        raise InvalidInputError(words(language.lang)("person.unknown")) from None
    replies = opened.records.handoff_replies.of(found.id)
    values = {"handoff": found, "person": None, "about": None, "replies": replies}
    return render(request, "person.html", language, values, headers={"X-Robots-Tag": "noindex"})


def _question(request: Request, answer_id: str) -> dict[str, Any] | None:
    """The question of an answer that anybody may read, or None."""
    opened = state_of(request).opened
    document = opened.records.get_answer(answer_id) if answer_id else None
    if document is None or not may_show(document, opened.live.current().articles):
        return None
    asked = document["question"]
    return {"text": asked["text"], "html_lang": HTML_LANG[asked["lang"]], "id": answer_id}
