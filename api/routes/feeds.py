"""Feeds that owners follow."""

from __future__ import annotations

import hashlib
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.atom import MEDIA_TYPE, FeedHead, atom_feed, feed_namespace
from api.openapi import door_responses
from api.params import GapFeedParams
from api.replies import site_url
from api.security import Caller, Entrance
from api.state import state_of
from kb.records.feed import FeedQuery

router = APIRouter(tags=["owners"])
Reader = Annotated[Caller, Depends(Entrance(("gaps:read", "gaps:write"), produces=(MEDIA_TYPE,), basic=True))]
ENTRIES = 50


@router.get(
    "/v1/gaps.atom",
    summary="Follow gaps as a feed",
    responses={
        200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}}}},
        304: {"description": "Nothing has changed since the `If-None-Match` of the request."},
        **door_responses(extra=(422,)),
    },
)
def gaps_feed(request: Request, caller: Reader, params: Annotated[GapFeedParams, Query()]) -> Response:
    """The gaps to which something happened last, the newest first, in Atom."""
    state = state_of(request)
    query = FeedQuery(tuple(params.status), params.cause, params.owner, params.lang)
    head = FeedHead(
        title=f"{state.settings.site_name}: gaps" + (f" of {params.owner}" if params.owner else ""),
        author=state.settings.site_name,
        site_url=site_url(request),
        path=request.url.path + (f"?{request.url.query}" if request.url.query else ""),
        namespace=feed_namespace(state.opened.visitor_secret),
        updated=state.started_at,
    )
    body = atom_feed(head, state.opened.records.feed.newest(query, ENTRIES))
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=MEDIA_TYPE, headers=headers)
