"""The pages that visitors see: home, answer, permalink, vote, article, search."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Request
from fastapi import Query as Parameter
from starlette.responses import RedirectResponse, Response

from api.models import MAX_QUESTION
from api.pages import articles as shelf
from api.pages.addresses import article_path, safe_link
from api.pages.answers import REASONS, VoteState, answer_view
from api.pages.failures import PageRoute
from api.pages.rendering import PageLanguage, link_maker, page_language, render
from api.pages.session import visitor_entrance
from api.pages.traces import SOURCE, traced_results
from api.pages.wording import readable, words
from api.replies import site_url
from api.requests import context_of
from api.state import state_of
from api.visitors import is_robot, visitor_of
from kb.answer.filters import is_stale
from kb.documents import answer_document
from kb.errors import InvalidInputError, NotFoundError
from kb.records.rows import MAX_COMMENT
from kb.text.language import count_han
from kb.types import Article, Lang, Query
from kb.visits import is_source

CHANNEL = "help_page"
_SEARCH_SIZE = 10
Source = Annotated[str, Parameter(alias=SOURCE)]

router = APIRouter(route_class=PageRoute, include_in_schema=False, dependencies=[Depends(visitor_entrance)])


@router.get("/")
def home(request: Request) -> Response:
    language = page_language(request)
    articles = shelf.visible(state_of(request).opened.live.current().articles, _today())
    groups = shelf.groups(articles, language.lang)
    values = {"groups": groups, "examples": shelf.examples(groups)}
    return render(request, "home.html", language, values, headers={"Cache-Control": "private, no-cache"})


@router.get("/ask")
def ask(request: Request, q: str = "", conversation: str = "", option: str = "") -> Response:
    """Answer a question. Each call is a question asked and is recorded as one, so it is kept from robots and caches."""
    asked = page_language(request)
    if not q.strip():
        return RedirectResponse(link_maker(asked)("/"), status_code=303)
    query = Query(
        question_text(q, asked),
        lang=_question_lang(q, asked),
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
    return render(request, "answer.html", language, {"view": view, "vote": None, "reasons": ()})


@router.get("/answers/{answer_id}/vote")
def voted(request: Request, answer_id: str, token: str = "", rating: str = "", state: str = "") -> Response:
    """The answer again, with what the visitor said of it and room for reasons."""
    document = _stored(request, answer_id)
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


@router.get("/articles/{article_id:path}.html")
def article(request: Request, article_id: str, source: Source = "") -> Response:
    snapshot = state_of(request).opened.live.current()
    shown, others = _article(request, article_id)
    _note_opening(request, shown, source)
    language = page_language(request, shown.lang)
    today = _today()
    title_heading = shelf.title_heading(shown)
    values = {
        "article": shown,
        "category": shelf.category_of(shown),
        "title_anchor": title_heading.anchor if title_heading else "",
        "contents": shelf.contents(shown),
        "body": shelf.body_html(shown, snapshot.articles),
        "overdue": is_stale(shown, today),
        "other": shelf.translation(shown, others),
        "related": shelf.related(shown, others),
        "canonical": shown.url or f"{site_url(request)}{article_path(shown.id)}",
    }
    return render(request, "article.html", language, values, headers={"Cache-Control": "private, no-cache"})


@router.get("/out")
def out(request: Request, article: str = "", source: Source = "") -> Response:
    """The way to an article that stands on another site: the one its front matter names, and no other address."""
    shown, _ = _article(request, article)
    _note_opening(request, shown, source)
    headers = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}
    return RedirectResponse(safe_link(shown.url or article_path(shown.id)), status_code=303, headers=headers)


@router.get("/articles/{article_id:path}.md")
def article_source(request: Request, article_id: str) -> Response:
    """The article's file as it was indexed, for people and programs that prefer Markdown."""
    shown, _ = _article(request, article_id)
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-cache", "X-Robots-Tag": "noindex"}
    return Response(shown.text, media_type="text/markdown; charset=utf-8", headers=headers)


@router.get("/search")
def search(request: Request, q: str = "", page: str = "1", source: Source = "") -> Response:
    """Search the articles. ``source``: the search that this is another page of, which is not a search of its own."""
    language = page_language(request)
    number = min(int(page), 50) if page.isdecimal() and int(page) > 0 else 1
    values: dict[str, Any] = {"q": "", "results": (), "page": number, "has_more": False, "search_id": ""}
    if q.strip():
        opened = state_of(request).opened
        text, lang = question_text(q, language), _question_lang(q, language)
        found = opened.service.search(text, lang=lang, limit=_SEARCH_SIZE, offset=(number - 1) * _SEARCH_SIZE)
        search_id = source if is_source(source) else ""
        if not search_id and number == 1 and not is_robot(request):
            said = None if lang == "auto" else lang
            search_id = opened.visits.searched(text, found, lang=said, channel=CHANNEL, visitor=visitor_of(request))
        results = traced_results(found.results, opened.live.current().articles, search_id)
        values.update(q=text, results=results, has_more=found.has_more, search_id=search_id)
    return render(request, "search.html", language, values)


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


def _question_lang(q: str, language: PageLanguage) -> Literal["auto", "en", "zh"]:
    """The page's language decides only where the question does not: "2FA" on a Chinese page is a Chinese question."""
    undecided = count_han(q) == 0 and len(q.split()) <= 2
    return "zh" if undecided and language.chosen and language.lang == "zh" else "auto"


def _answer_page(request: Request, language: PageLanguage, document: dict[str, Any], *, vote: VoteState) -> Response:
    view = answer_view(document, words(language.lang), state_of(request).opened.live.current().articles)
    values = {"view": view, "vote": vote, "reasons": REASONS.get(vote.rating, ())}
    return render(request, "answer.html", language, values, headers={"X-Robots-Tag": "noindex"})


def _note_opening(request: Request, shown: Article, source: str) -> None:
    if not is_robot(request):
        source_id = source if is_source(source) else None
        state_of(request).opened.visits.opened(shown, source_id, channel=CHANNEL, visitor=visitor_of(request))


def _stored(request: Request, answer_id: str) -> dict[str, Any]:
    document = state_of(request).opened.records.get_answer(answer_id)
    if document is None or not may_show(document, state_of(request).opened.live.current().articles):
        raise NotFoundError("There is no such answer.")
    return document


def may_show(document: Mapping[str, Any], articles: Mapping[str, Article]) -> bool:
    """Whether a visitor may read a stored answer: not one that quotes articles written for bots or agents only."""
    quoted = (articles.get(source["article_id"]) for source in (*document["citations"], *document["suggestions"]))
    return all(article is None or "public" in article.audience for article in quoted)


def _article(request: Request, article_id: str) -> tuple[Article, list[Article]]:
    """The article and all that a visitor may read. Raises ``NotFoundError`` for any other."""
    articles = shelf.visible(state_of(request).opened.live.current().articles, _today())
    for found in articles:
        if found.id == article_id:
            return found, articles
    raise NotFoundError("There is no such article.")


def _today() -> date:
    return datetime.now(UTC).date()
