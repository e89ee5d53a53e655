"""What readers give back: votes, and whether a citation still holds."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.bodies import JsonBody
from api.models import FeedbackRequest, VerifyRequest
from api.openapi import door_responses, json_body, json_response
from api.replies import json_reply
from api.responses import FeedbackDocument, VerificationDocument
from api.routes.articles import is_visible
from api.security import Caller, Entrance
from api.state import state_of
from kb.types import Verification

router = APIRouter(tags=["feedback"])
Voter = Annotated[Caller, Depends(Entrance(("feedback",), public=True))]
Reader = Annotated[Caller, Depends(Entrance(("search", "ask"), public=True))]
_GONE = Verification("gone", None, None, "")


@router.post(
    "/v1/feedback",
    summary="Vote on an answer",
    responses={
        200: json_response(FeedbackDocument, "The vote was changed or withdrawn."),
        201: json_response(FeedbackDocument, "The first vote on this answer."),
        **door_responses(body=True, extra=(404,)),
    },
    openapi_extra=json_body(FeedbackRequest),
)
def vote(
    request: Request, caller: Voter, body: Annotated[FeedbackRequest, Depends(JsonBody(FeedbackRequest))]
) -> Response:
    """One vote per answer, by its `feedback_token`; the last one wins, `rating: null` withdraws it."""
    created = state_of(request).opened.service.vote(
        body.answer_id,
        body.token,
        rating=body.rating,
        reasons=tuple(body.reasons),
        comment=body.comment,
        resolved=body.resolved,
    )
    document = {"object": "feedback", "answer_id": body.answer_id, "rating": body.rating}
    return json_reply(document, status=201 if created else 200)


@router.post(
    "/v1/citations/verify",
    summary="Check whether a citation still holds",
    responses={200: json_response(VerificationDocument), **door_responses(body=True)},
    openapi_extra=json_body(VerifyRequest),
)
def verify(
    request: Request, caller: Reader, body: Annotated[VerifyRequest, Depends(JsonBody(VerifyRequest))]
) -> Response:
    """`unchanged`, `moved` (same words, other place), `changed` or `gone`, with the current text around it."""
    opened = state_of(request).opened
    article = opened.live.current().articles.get(body.article_id)
    # What a caller may not read must look the same as what is not there.
    hidden = article is not None and not is_visible(article, caller)
    found = _GONE if hidden else opened.service.verify_citation(body.article_id, body.content_hash, body.quote)
    return json_reply(
        {
            "object": "verification",
            "article_id": body.article_id,
            "status": found.status,
            "content_hash": found.content_hash,
            "source_span": None if found.span is None else {"start": found.span.start, "end": found.span.end},
            "current": found.current,
        }
    )
