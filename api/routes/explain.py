"""Why this answer, and why not that one."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.bodies import JsonBody
from api.models import ExplainRequest
from api.openapi import door_responses, json_body, json_response
from api.owner_responses import ExplanationDocument
from api.replies import json_reply
from api.security import Caller, Entrance
from api.state import state_of
from kb.types import Filters, Query

router = APIRouter(tags=["owners"])
Owner = Annotated[Caller, Depends(Entrance(("gaps:read",)))]


@router.post(
    "/v1/explain",
    summary="Explain an answer",
    responses={200: json_response(ExplanationDocument), **door_responses(body=True, extra=(404,))},
    openapi_extra=json_body(ExplainRequest),
)
def explain(
    request: Request, caller: Owner, body: Annotated[ExplainRequest, Depends(JsonBody(ExplainRequest))]
) -> Response:
    """Both legs, ranks, filters and features; for `article_id`, its rank and the words it lacks. Logs nothing."""
    filters = body.filters
    query = Query(
        question=body.question,
        lang=body.lang,
        filters=Filters(tuple(filters.category), tuple(filters.tags), tuple(filters.audience)),
        cross_language=body.cross_language,
    )
    explanation = state_of(request).opened.service.explain(query, body.article_id)
    return json_reply({"object": "explanation", **asdict(explanation)})
