"""Whether an article helped: the form below it, which works without scripts; a script sends the same form and stays on the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from api.pages.addresses import article_path
from api.pages.failures import PageRoute
from api.pages.rendering import PageLanguage, link_maker, page_language
from api.pages.session import require_own_page, visitor_entrance
from api.pages.shelf import shelf_of
from api.pages.wording import Words, readable, words
from api.state import state_of
from api.visitors import is_robot, visitor_of
from kb.errors import InvalidInputError
from kb.records.article_votes import ARTICLE_REASONS, ArticleVote
from kb.records.rows import MAX_COMMENT, Rating
from kb.types import Lang

router = APIRouter(route_class=PageRoute, include_in_schema=False, dependencies=[Depends(visitor_entrance)])


@dataclass(frozen=True, slots=True)
class ArticleVoteForm:
    """The fields of the form; ``detail`` is set by its second step, an empty ``rating`` withdraws."""

    rating: Annotated[str, Form()] = ""
    reasons: Annotated[tuple[str, ...], Form()] = ()
    comment: Annotated[str, Form()] = ""
    detail: Annotated[str, Form()] = ""
    lang: Annotated[str, Form()] = ""


@router.post("/articles/{article_id:path}/vote", dependencies=[Depends(require_own_page)])
def vote(request: Request, article_id: str, form: Annotated[ArticleVoteForm, Depends()]) -> Response:
    """Record what this person says of the article and show it again by a redirect, so that reloading does not vote twice.

    One vote for each person, article and day; the last one stands. What a robot sends counts for nothing.
    """
    shown = shelf_of(request).article(article_id)
    chosen: Lang | None = "zh" if form.lang == "zh" else "en" if form.lang == "en" else None
    rating = _rating(form, words(chosen or page_language(request).lang))
    if not is_robot(request):
        cast = ArticleVote(
            article_id=shown.id,
            visitor=visitor_of(request),
            rating=rating,
            reasons=form.reasons,
            comment=readable(form.comment).strip() if rating else "",
            content_hash=shown.content_hash,
        )
        state_of(request).opened.records.article_votes.cast(cast)
    said = "withdrawn" if rating is None else "noted" if form.detail else rating
    link = link_maker(PageLanguage(chosen or "en", chosen is not None))
    return RedirectResponse(f"{link(article_path(shown.id), vote=said)}#helpful", status_code=303)


def _rating(form: ArticleVoteForm, t: Words) -> Rating | None:
    """The rating of a form that can be used. Raises ``InvalidInputError`` in the page's language."""
    rating: Rating | None = "up" if form.rating == "up" else "down" if form.rating == "down" else None
    if form.rating != (rating or "") or not set(form.reasons) <= set(ARTICLE_REASONS if rating == "down" else ()):
        raise InvalidInputError(t("vote.unusable"))
    if len(form.comment) > MAX_COMMENT:
        raise InvalidInputError(t("vote.comment_too_long", n=len(form.comment), max=MAX_COMMENT))
    return rating
