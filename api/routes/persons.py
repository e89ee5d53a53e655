"""Taking away everything that one person asked, in whatever channel."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.bodies import JsonBody
from api.openapi import door_responses, json_body, json_response
from api.person_models import ErasureDocument, PersonErasureRequest
from api.replies import json_reply
from api.security import Caller, Entrance
from api.state import state_of

router = APIRouter(tags=["owners"])
Body = Annotated[PersonErasureRequest, Depends(JsonBody(PersonErasureRequest))]


# Not DELETE: a name in its address would be kept by every log on the way, and a body there has no meaning (RFC 9110, 9.3.5).
@router.post(
    "/v1/persons/erase",
    summary="Erase everything of a person",
    responses={
        200: json_response(ErasureDocument, "Erased; zeros when nothing was kept."),
        **door_responses(body=True),
    },
    openapi_extra=json_body(PersonErasureRequest),
)
def erase_person(request: Request, caller: Annotated[Caller, Depends(Entrance(("admin",)))], body: Body) -> Response:
    """Conversations, votes, signals and hand-overs of the person whom your bots call `person_ref`, or named as `visitor`."""
    state = state_of(request)
    removed = state.opened.people.erase(body.person_ref, datetime.now(UTC).date(), state.settings.retention_days)
    return json_reply({"object": "erasure", **asdict(removed)})
