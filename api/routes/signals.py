"""Telling the service what it cannot see by itself: needs that others could not meet, articles that were opened elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.bodies import JsonBody, OneOrMany
from api.openapi import door_responses, json_body, json_response
from api.owner_responses import SignalDocument, SignalListDocument
from api.replies import json_reply, list_document
from api.responses import OpeningDocument
from api.routes.articles import is_visible
from api.security import Caller, Entrance
from api.signal_models import OpeningRequest, SignalBatch, SignalRequest
from api.state import state_of
from api.visitors import named_person, person_of
from kb.answer.housekeeping import is_housekeeping
from kb.errors import InvalidInputError, NotFoundError
from kb.gaps.vocabulary import SignalKind
from kb.records import SignalResult
from kb.reporting import Report, report

router = APIRouter(tags=["owners"])
Reporter = Annotated[Caller, Depends(Entrance(("signals", "gaps:write")))]
Reader = Annotated[Caller, Depends(Entrance(("search", "ask", "feedback"), public=True))]
Body = Annotated[SignalRequest | SignalBatch, Depends(OneOrMany(SignalRequest, SignalBatch, "signals"))]


@router.post(
    "/v1/signals",
    summary="Report needs that were not met",
    responses={
        200: json_response((SignalDocument, SignalListDocument), "Every `external_id` was known; a list for a list."),
        201: json_response((SignalDocument, SignalListDocument), "Counted; a list for a list."),
        **door_responses(body=True, extra=(404,)),
    },
    openapi_extra=json_body(SignalRequest, SignalBatch),
)
def add_signals(request: Request, caller: Reporter, body: Body) -> Response:
    """A bot could not answer from its own sources, or an owner sees that an article needs work: it joins the gap of that need."""
    opened = state_of(request).opened
    sent = body.signals if isinstance(body, SignalBatch) else [body]
    articles = opened.service.articles()
    results = report([_report(request, each) for each in sent], opened.records, opened.service.signals, articles)
    status = 201 if any(result.created for result in results) else 200
    documents = [_document(result) for result in results]
    return json_reply(list_document(documents) if isinstance(body, SignalBatch) else documents[0], status=status)


@router.post(
    "/v1/openings",
    tags=["feedback"],
    summary="Tell that an article was opened",
    status_code=202,
    responses={202: json_response(OpeningDocument, "Noted."), **door_responses(body=True, extra=(404,))},
    openapi_extra=json_body(OpeningRequest),
)
def add_opening(
    request: Request, caller: Reader, body: Annotated[OpeningRequest, Depends(JsonBody(OpeningRequest))]
) -> Response:
    """For pages and bots of your own: a suggestion that is opened is one that was taken, and a search that led somewhere."""
    opened = state_of(request).opened
    article = opened.live.current().articles.get(body.article_id)
    if article is None or not is_visible(article, caller):
        raise NotFoundError("There is no article with this id.", "GET /v1/articles lists them.")
    visitor = person_of(request, caller, body.visitor)
    opening_id = opened.visits.opened(article, body.source_id, channel=body.channel, visitor=visitor)
    return json_reply({"object": "opening", "id": opening_id}, status=202)


def _report(request: Request, sent: SignalRequest) -> Report:
    if sent.question is not None and is_housekeeping(sent.question):
        raise InvalidInputError(
            "This is a prompt of a chat program and nobody's question.",
            "Send what the visitor asked.",
            "/question",
        )
    at = None if sent.at is None else min(sent.at, datetime.now(UTC))  # the sender's clock may be ahead
    return Report(
        kind=SignalKind(sent.kind),
        external_id=sent.external_id,
        question=sent.question,
        lang=None if sent.lang == "auto" else sent.lang,
        channel=sent.channel,
        at=at,
        answer_id=sent.answer_id,
        article_id=sent.article_id,
        category=sent.category,
        visitor=None if sent.visitor is None else named_person(request, sent.visitor, at and at.date()),
        tags=tuple(dict.fromkeys(sent.reasons)),
    )


def _document(result: SignalResult) -> dict[str, str | bool]:
    return {"object": "signal", "id": result.id, "gap_id": result.gap_id, "created": result.created}
