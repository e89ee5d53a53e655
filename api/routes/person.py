"""Whether a person can be asked for here, before anything was asked.

``GET /v1/person`` answers ``{"object": "person", "accepts": true, "contact_url": "mailto:help@example.com"}``. Every answer
says the same in ``handoff``.
"""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from api.openapi import door_responses, json_response
from api.reception import contact_address
from api.replies import json_reply, site_url
from api.security import Caller, Entrance
from api.state import state_of

router = APIRouter(tags=["feedback"])


class PersonDocument(BaseModel, extra="forbid", defer_build=True):
    """The way to a person."""

    object: Literal["person"]
    accepts: bool = Field(
        description="`POST /v1/handoffs` reaches somebody: a webhook, a mailbox or a desk. If false, show `contact_url`."
    )
    contact_url: str | None = Field(
        description="Where a person is reached without this service: a web, mailto: or tel: address."
    )


@router.get(
    "/v1/person",
    summary="Whether a person can be asked for here",
    responses={200: json_response(PersonDocument), **door_responses()},
)
def person(
    request: Request, caller: Annotated[Caller, Depends(Entrance(("handoffs", "ask"), public=True))]
) -> Response:
    """For who wants a person before asking anything."""
    state = state_of(request)
    contact = contact_address(state.settings.handoff_contact)
    if contact.startswith("/"):
        contact = site_url(request) + contact
    document = {"object": "person", "accepts": state.opened.reception.accepts(), "contact_url": contact or None}
    return json_reply(document)
