"""The pages that visitors ask on: answer, permalink, vote. Those they read on are in ``centre.py``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from api.models import MAX_QUESTION
from api.pages.answers import REASONS, AnswerView, VoteState, answer_view
from api.pages.failures import PageRoute
from api.pages.person_panel import PersonForm, PersonPanel, new_form
from api.pages.rendering import PageLanguage, link_maker, page_language, render
from api.pages.session import visitor_entrance
from api.pages.wording import readable, words
from api.requests import context_of
from api.state import state_of
from api.visitors import visitor_of
from kb.documents import answer_document
from kb.errors import InvalidInputError, NotFoundError
from kb.records.rows import MAX_COMMENT
from kb.text.language import count_han
from kb.types import Article, Lang, Query

CHANNEL = "help_page"

router = APIRouter(route_class=PageRoute, include_in_schema=False, dependencies=[Depends(visitor_entrance)])


@router.get("/ask")
def ask(request: Request, q: str = "", conversation: str = "", option: str = "") -> Response:
    """Answer a question. Each call is a question asked and is recorded as one, so it is kept from robots and caches."""
    asked = page_language(request)
    if not q.strip():
        return RedirectResponse(link_maker(asked)("/"), status_code=303)
    if request.method == "HEAD":  # nobody asks without wanting to read the answer
        return Response(media_type="text/html; charset=utf-8", headers={"Cache-Control": "no-store"})
    query = Query(
        question_text(q, asked),
        lang=question_lang(q, asked),
        conversation_id=conversation_id(conversation),
        channel=CHANNEL,
        visitor=visitor_of(request),
        option_id=option or None,
    )
    answer = state_of(request).opened.service.ask(query)
    state_of(request).metrics.observe_answer(answer)
    context_of(request.scope).outcome = answer.outcome.value
    document = answer_document(answer)
    language = page_language(request, document["lang"])
    vote = VoteState(document["feedback_token"])
    return _answer_page(request, language, document, vote=vote)


@router.get("/a/{answer_id}")
def permalink(request: Request, answer_id: str) -> Response:
    """A stored answer as it was given, and whether its sources still say so."""
    document = _stored(request, answer_id)
    verify = state_of(request).opened.service.verify_citation
    language = page_language(request, document["lang"])
    articles = state_of(request).opened.live.current().articles
    view = answer_view(document, words(language.lang), articles, check=lambda *place: verify(*place).status)
    return render(request, "answer.html", language, _values(view, None, new_form(answer_id)))


@router.get("/answers/{answer_id}/vote")
def voted(request: Request, answer_id: str, token: str = "", rating: str = "", state: str = "") -> Response:
    """The answer again, with what the visitor said of it and room for reasons; without its token, the permalink."""
    document = _stored(request, answer_id)
    if not state_of(request).opened.service.may_vote(answer_id, token):
        return RedirectResponse(link_maker(page_language(request))(f"/a/{answer_id}"), status_code=303)
    vote = VoteState(token, rating if rating in REASONS else "", state)
    language = page_language(request, document["lang"])
    return _answer_page(request, language, document, vote=vote)


@dataclass(frozen=True, slots=True)
class VoteForm:
    """The fields of the vote form; ``detail`` is set by its second step."""

    token: Annotated[str, Form()] = ""
    rating: Annotated[str, Form()] = ""
    reasons: Annotated[tuple[str, ...], Form()] = ()
    comment: Annotated[str, Form()] = ""
    detail: Annotated[str, Form()] = ""
    lang: Annotated[str, Form()] = ""


@router.post("/answers/{answer_id}/vote")
def vote(request: Request, answer_id: str, form: Annotated[VoteForm, Depends()]) -> Response:
    """Record a vote and show the answer again by a redirect, so that reloading does not vote twice."""
    chosen: Lang | None = "zh" if form.lang == "zh" else "en" if form.lang == "en" else None
    t = words(chosen or page_language(request).lang)
    given: Literal["up", "down"] | None = "up" if form.rating == "up" else "down" if form.rating == "down" else None
    if form.rating != (given or "") or not set(form.reasons) <= set(REASONS.get(form.rating, ())):
        raise InvalidInputError(t("vote.unusable"))
    if len(form.comment) > MAX_COMMENT:
        raise InvalidInputError(t("vote.comment_too_long", n=len(form.comment), max=MAX_COMMENT))
    state_of(request).opened.service.vote(
        answer_id,
        form.token,
        rating=given,
        reasons=form.reasons,
        comment=readable(form.comment).strip() if given else "",
    )
    state = "withdrawn" if given is None else "noted" if form.detail else ""
    link = link_maker(PageLanguage(chosen or "en", chosen is not None))
    target = link(f"/answers/{answer_id}/vote", token=form.token, rating=form.rating, state=state)
    return RedirectResponse(f"{target}#feedback", status_code=303)


def question_text(q: str, language: PageLanguage) -> str:
    """``q`` trimmed. Raises ``InvalidInputError`` in the page's language when no service could use it."""
    t = words(language.lang)
    text = q.strip()
    if len(text) > MAX_QUESTION:
        raise InvalidInputError(t("ask.too_long", n=len(text), max=MAX_QUESTION), pointer="/q")
    if text != readable(text):
        raise InvalidInputError(t("ask.unusable"), pointer="/q")
    return text


def conversation_id(given: str) -> str | None:
    """The id if it looks like one of ours; a mangled address starts a new conversation instead of failing."""
    return given if given.startswith("cnv_") and given.isascii() and given.replace("_", "").isalnum() else None


def question_lang(q: str, language: PageLanguage) -> Literal["auto", "en", "zh"]:
    """The page's language decides only where the question does not: "2FA" on a Chinese page is a Chinese question."""
    undecided = count_han(q) == 0 and len(q.split()) <= 2
    return "zh" if undecided and language.chosen and language.lang == "zh" else "auto"


def _answer_page(request: Request, language: PageLanguage, document: dict[str, Any], *, vote: VoteState) -> Response:
    view = answer_view(document, words(language.lang), state_of(request).opened.live.current().articles)
    values = _values(view, vote, new_form(view.id, vote.token))
    return render(request, "answer.html", language, values, headers={"X-Robots-Tag": "noindex"})


def _values(view: AnswerView, vote: VoteState | None, form: PersonForm) -> dict[str, Any]:
    panel = PersonPanel(form, accepts=view.accepts, contact=view.contact, channels=view.channels)
    return {
        "view": view,
        "vote": vote,
        "reasons": REASONS.get(vote.rating, ()) if vote else (),
        "person": panel,
    }


def _stored(request: Request, answer_id: str) -> dict[str, Any]:
    document = state_of(request).opened.records.get_answer(answer_id)
    if document is None or not may_show(document, state_of(request).opened.live.current().articles):
        raise NotFoundError("There is no such answer.")
    return document


def may_show(document: Mapping[str, Any], articles: Mapping[str, Article]) -> bool:
    """Whether a visitor may read a stored answer: not one that quotes articles written for bots or agents only."""
    quoted = (articles.get(source["article_id"]) for source in (*document["citations"], *document["suggestions"]))
    return all(article is None or "public" in article.audience for article in quoted)
