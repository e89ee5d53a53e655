"""Trying an article before it is published."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.bodies import JsonBody
from api.models import ReplayRequest
from api.openapi import door_responses, json_body, json_response
from api.replay_responses import ReplayDocument
from api.replaying import replay_document, replay_draft
from api.replies import json_reply
from api.security import Caller, Entrance
from api.state import state_of

router = APIRouter(tags=["owners"])
Reader = Annotated[Caller, Depends(Entrance(("gaps:read", "gaps:write")))]


@router.post(
    "/v1/drafts/replay",
    summary="Try a draft on what people ask",
    responses={200: json_response(ReplayDocument), **door_responses(body=True, extra=(404, 409))},
    openapi_extra=json_body(ReplayRequest),
)
def replay_a_draft(
    request: Request, caller: Reader, body: Annotated[ReplayRequest, Depends(JsonBody(ReplayRequest))]
) -> Response:
    """Asks the gap's questions, and a sample of those that are answered now, without the draft and with it. Changes nothing."""
    done = replay_draft(
        state_of(request).opened,
        body.article_markdown,
        article_id=body.article_id,
        gap_id=body.gap_id,
        questions=body.questions,
    )
    return json_reply(replay_document(done))
