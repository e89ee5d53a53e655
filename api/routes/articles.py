"""Reading the articles, and listing those that need attention."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.article_desk import USE_DAYS, attention_of
from api.article_responses import ArticleDocument, ArticleListDocument
from api.attention import Finding, Need, translations
from api.openapi import door_responses, json_response
from api.params import ArticleListParams
from api.replies import decode_cursor, encode_cursor, json_reply, list_document, site_url
from api.security import Caller, Entrance
from api.state import AppState, state_of
from kb.answer.filters import is_stale, refusal
from kb.answer.links import article_url, link_resolver
from kb.documents import day, timestamp
from kb.errors import NotFoundError
from kb.index.snapshot import Snapshot
from kb.records.article_use import UNUSED, ArticleUse
from kb.types import Article, Filters, Problem

if TYPE_CHECKING:
    from kb.proof.pairs import Pair

router = APIRouter(tags=["articles"])
USAGE_DAYS = 28
MARKDOWN, HTML = "text/markdown", "text/html"
_READ = Entrance(("search", "ask"), public=True, produces=("application/json", MARKDOWN, HTML))
_LIST = Entrance(("search", "ask"), public=True)
_LIST_STATUS = Entrance(("gaps:read",))
# Sent with bare article HTML: nothing in it may run or load, should somebody open it in a browser.
_INERT = {"Content-Security-Policy": "default-src 'none'; img-src 'self' https: data:; sandbox"}


async def _lister(request: Request) -> Caller:
    """Anybody may list; what needs attention is the owners' business."""
    return await (_LIST_STATUS if "status" in request.query_params else _LIST)(request)


@router.get(
    "/v1/articles",
    summary="List articles",
    responses={200: json_response(ArticleListDocument), **door_responses(extra=(422,))},
)
def list_articles(
    request: Request, caller: Annotated[Caller, Depends(_lister)], params: Annotated[ArticleListParams, Query()]
) -> Response:
    """Articles in the order of their ids. With `status`, those that need attention, of any audience; owners only."""
    state = state_of(request)
    base = site_url(request)
    if params.status is None:
        snapshot = state.opened.live.current()
        shown = [_summary(a, base) for a in snapshot.articles.values() if is_visible(a, caller)]
    else:
        shown = _attention_rows(state, Need(params.status), base)
    after = decode_cursor(params.cursor)
    matching = sorted(
        (
            row
            for row in shown
            if (params.lang is None or row["lang"] == params.lang)
            and (params.category is None or row["category"] == params.category)
            and (after is None or row["id"] > after)
        ),
        key=lambda row: row["id"],
    )
    page = matching[: params.limit]
    more = encode_cursor(page[-1]["id"]) if len(matching) > len(page) else None
    return json_reply(list_document(page, more))


@router.get(
    "/v1/articles/{article_id:path}",
    summary="Read an article",
    responses={
        200: json_response(
            ArticleDocument,
            "The article's facts; with `.md` behind the id its file, with `.html` its HTML.",
            content={MARKDOWN: {"schema": {"type": "string"}}, HTML: {"schema": {"type": "string"}}},
        ),
        **door_responses(extra=(404,)),
    },
)
def get_article(request: Request, caller: Annotated[Caller, Depends(_READ)], article_id: str) -> Response:
    """`{id}`: headings, review state, usage in 28 days. `{id}.md`: the file. `{id}.html`: safe HTML without a page."""
    state = state_of(request)
    snapshot = state.opened.live.current()
    article = snapshot.articles.get(article_id)
    suffix = ""
    if article is None:
        stem, dot, suffix = article_id.rpartition(".")
        article = snapshot.articles.get(stem) if dot and suffix in ("md", "html") else None
    if article is None or not is_visible(article, caller):
        raise NotFoundError("There is no article with this id.", "GET /v1/articles lists them.")
    if suffix == "md":
        return Response(article.text, media_type=MARKDOWN, headers={"Cache-Control": "no-cache"})
    if suffix == "html":
        return Response(_html(article, snapshot, site_url(request)), media_type=HTML, headers=_INERT)
    return json_reply(_full(article, snapshot, state, site_url(request)))


def is_visible(article: Article, caller: Caller) -> bool:
    return not refusal(article, Filters(audience=caller.audiences), today())


def today() -> date:
    return datetime.now(UTC).date()


def _html(article: Article, snapshot: Snapshot, base: str) -> str:
    # Here, not above: the Markdown parser is not needed to start.
    from kb.text.markdown import to_html

    return to_html(article.text[article.body_start :], resolve_link=link_resolver(article, snapshot.articles, base))


def _summary(article: Article, base: str) -> dict[str, Any]:
    return {
        "object": "article",
        "id": article.id,
        "title": article.title,
        "lang": article.lang,
        "category": article.category,
        "description": article.description,
        "tags": list(article.tags),
        "owner": article.owner,
        "url": article_url(article, base),
        "content_hash": article.content_hash,
        "last_reviewed_on": day(article.last_reviewed_on),
        "review_due_on": day(article.review_due_on),
        "stale": is_stale(article, today()),
        "translation_of": article.translation_of,
    }


def _full(article: Article, snapshot: Snapshot, state: AppState, base: str) -> dict[str, Any]:
    usage = state.opened.records.article_usage(USAGE_DAYS).get(article.id)
    return {
        **_summary(article, base),
        "path": article.path,
        "audience": list(article.audience),
        "headings": [{"level": h.level, "text": h.text, "anchor": h.anchor, "line": h.line} for h in article.headings],
        "actions": [{"label": a.label, "url": a.url} for a in article.actions],
        "translations": sorted(translations(snapshot.articles).get(article.id, ())),
        "usage": {
            "days": USAGE_DAYS,
            "cited": usage.cited if usage else 0,
            "suggested": usage.suggested if usage else 0,
            "up": usage.up if usage else 0,
            "down": usage.down if usage else 0,
            "last_at": timestamp(usage.last_at) if usage else None,
        },
    }


def _attention_rows(state: AppState, need: Need, base: str) -> list[dict[str, Any]]:
    """One row for each article with what was found, pairs once for each of their two articles."""
    found = attention_of(state, (need,))
    rows: dict[str, dict[str, Any]] = {}
    for finding in found.findings[need]:
        row = rows.setdefault(finding.id, _listed(finding.article, finding.path, base))
        row.update(_reason(finding, found.uses))
        if finding.pair is not None and finding.other is not None:
            other = rows.setdefault(finding.other.id, _listed(finding.other, finding.other.path, base))
            for side, swapped in ((row, False), (other, True)):
                side.setdefault("pairs", []).append(_pair_document(finding.pair, swapped))
    return list(rows.values())


def _listed(article: Article | None, path: str, base: str) -> dict[str, Any]:
    return _summary(article, base) if article is not None else _absent(path)


def _reason(finding: Finding, uses: Mapping[str, ArticleUse]) -> dict[str, Any]:
    if finding.need is Need.BROKEN:
        return {"problems": [problem_document(problem) for problem in finding.problems]}
    if finding.need is Need.BEHIND and finding.other is not None:
        return {
            "source": {
                "article_id": finding.other.id,
                "ahead_since": day(finding.since),
                "numbers": list(finding.only_there),
                "numbers_here": list(finding.only_here),
            }
        }
    use = uses.get(finding.id, UNUSED)
    return {"usage": {"days": USE_DAYS, **asdict(use)}}


def _pair_document(pair: Pair, swapped: bool) -> dict[str, Any]:
    """A pair as its second article sees it when ``swapped``."""
    places = []
    for place in pair.places:
        here, there = (place.right, place.left) if swapped else (place.left, place.right)
        says, says_there = (place.right_says, place.left_says) if swapped else (place.left_says, place.right_says)
        places.append(
            {
                "passage_id": here.passage_id,
                "text": here.text,
                "says": list(says),
                "other_passage_id": there.passage_id,
                "other_text": there.text,
                "other_says": list(says_there),
                "overlap": place.overlap,
            }
        )
    return {"article_id": pair.left if swapped else pair.right, "share": pair.share, "places": places}


def _absent(path: str) -> dict[str, Any]:
    """A file that never had a version fit for the index."""
    nothing = ("lang", "owner", "url", "content_hash", "last_reviewed_on", "review_due_on", "translation_of")
    row: dict[str, Any] = dict.fromkeys(nothing)
    name = path.removesuffix(".md")
    return {
        "object": "article",
        "id": name,
        "title": name,
        "category": "",
        "description": "",
        "tags": [],
        "stale": False,
    } | row


def problem_document(problem: Problem) -> dict[str, Any]:
    return {
        "path": problem.path,
        "line": problem.line,
        "code": problem.code,
        "message": problem.message,
        "fatal": problem.fatal,
    }
