"""Searching the articles, while typing or in full."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.openapi import door_responses, json_response
from api.params import SearchParams
from api.replies import bad_cursor, decode_cursor, encode_cursor, json_reply, list_document, site_url
from api.responses import SearchDocument
from api.security import Caller, Entrance
from api.state import state_of
from api.visitors import visitor_of
from kb.documents import timestamp
from kb.text.synonyms import Synonyms

router = APIRouter(tags=["articles"])
Searcher = Annotated[Caller, Depends(Entrance(("search",), public=True))]
_MAX_OFFSET = 1000


@router.get(
    "/v1/search",
    summary="Search the articles",
    responses={
        200: json_response(
            SearchDocument, headers={"ETag": {"description": "Changes with the index.", "schema": {"type": "string"}}}
        ),
        304: {"description": "The results are those of the ETag that was sent."},
        **door_responses(extra=(422,)),
    },
)
def search(request: Request, caller: Searcher, params: Annotated[SearchParams, Query()]) -> Response:
    """Results grouped by article with the headings that match."""
    opened = state_of(request).opened
    base = site_url(request)
    offset = _offset(params.cursor)
    etag = _etag(opened.live.current().revision, opened.synonyms.current(), params, base)
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    if _matches(request.headers.get("if-none-match", ""), etag):
        return Response(status_code=304, headers=headers)
    page = opened.service.search(
        params.q,
        lang=params.lang,
        category=tuple(params.category),
        tags=tuple(params.tag),
        mode=params.mode,
        limit=params.limit,
        offset=offset,
    )
    search_id = None
    if params.mode == "full" and offset == 0:  # further pages are the same search, and typing is none yet
        lang = None if params.lang == "auto" else params.lang
        search_id = opened.visits.searched(
            params.q, page, lang=lang, channel=params.channel, visitor=visitor_of(request)
        )
    results = [asdict(result) for result in page.results]
    for item in (*results, *(heading for result in results for heading in result["headings"])):
        if item["url"].startswith("/"):
            item["url"] = base + item["url"]
    following = offset + params.limit
    next_cursor = encode_cursor(str(following)) if page.has_more and following <= _MAX_OFFSET else None
    index = {"revision": page.index.revision, "built_at": timestamp(page.index.built_at)}
    substitutions = [asdict(substitution) for substitution in page.substitutions]
    document = {"id": search_id, **list_document(results, next_cursor), "index": index, "substitutions": substitutions}
    return json_reply(document, headers=headers)


def _etag(revision: str, synonyms: Synonyms, params: SearchParams, base: str) -> str:
    asked = hashlib.sha256(orjson.dumps([params.model_dump(), base, synonyms.fingerprint])).hexdigest()[:16]
    return f'"{revision}.{asked}"'


def _matches(if_none_match: str, etag: str) -> bool:
    """Weak comparison of RFC 9110, 13.1.2."""
    sent = (tag.strip().removeprefix("W/") for tag in if_none_match.split(","))
    return any(tag in ("*", etag) for tag in sent)


def _offset(cursor: str | None) -> int:
    position = decode_cursor(cursor)
    if position is None:
        return 0
    if not (position.isascii() and position.isdigit()) or int(position[:9]) > _MAX_OFFSET:
        raise bad_cursor()
    return int(position)
