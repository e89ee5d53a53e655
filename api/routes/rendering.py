"""Answers as messages of a messenger, after they were given, and what a press of their buttons means."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.bodies import JsonBody
from api.inbound_responses import ClickDocument
from api.models import ClickRequest, RenderChannel, RenderOptions
from api.openapi import door_responses, json_body, json_response
from api.params import RenderParams
from api.problems import FieldError, ProblemDetails, ProblemError
from api.rendered import call_for, click_of, rendered
from api.replies import json_reply
from api.responses import RenderedDocument
from api.routes.ask import stored_answer
from api.security import Caller, Entrance

router = APIRouter(tags=["answers"])
_READER = Entrance(("ask", "gaps:read"), public=True)
_ASKER = Entrance(("ask",), public=True)


@router.get(
    "/v1/answers/{answer_id}/rendered/{channel}",
    summary="What was answered, as messages of a messenger",
    responses={200: json_response(RenderedDocument), **door_responses(extra=(404, 422))},
)
def get_rendered(
    request: Request,
    caller: Annotated[Caller, Depends(_READER)],
    answer_id: str,
    channel: RenderChannel,
    params: Annotated[RenderParams, Query()],
) -> Response:
    """Without the buttons to vote: they belong to who asked. `POST /v1/ask` with `render` gives them."""
    document = stored_answer(request, caller, answer_id)
    options = RenderOptions(channel=channel, limit=params.limit, links=params.links)
    return json_reply(rendered(request, document, options))


@router.post(
    "/v1/clicks",
    summary="What a pressed button means",
    responses={200: json_response(ClickDocument), **door_responses(body=True, extra=(404,))},
    openapi_extra=json_body(ClickRequest),
)
def read_click(
    request: Request,
    caller: Annotated[Caller, Depends(_ASKER)],
    body: Annotated[ClickRequest, Depends(JsonBody(ClickRequest))],
) -> Response:
    """The call that the bot makes for a button whose value it got back. Nothing is done here."""
    click = click_of(request, body.value)
    if click is None:
        detail = "This is no value of a button of ours; send it unchanged."
        raise ProblemError(ProblemDetails("invalid_input", detail, (FieldError("/value", detail),)))
    document = stored_answer(request, caller, click.answer_id)
    return json_reply({"object": "click", "kind": click.kind, **call_for(request, click, document)})
