"""An owner's word on which questions are one need. Grouping is bound by it from the next question on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel
from starlette.responses import Response

from api.bodies import JsonBody
from api.composition import OpenService
from api.documents import gap_document
from api.merge_models import MergeRequest, SplitRequest
from api.openapi import door_responses, json_body, json_response
from api.owner_responses import GapDocument
from api.replies import json_reply
from api.security import Caller, Entrance
from api.state import state_of
from kb.records import Gap

router = APIRouter(tags=["owners"])
Handler = Callable[..., Any]
Writer = Annotated[Caller, Depends(Entrance(("gaps:write",)))]


def _command(path: str, summary: str, body: type[BaseModel]) -> Callable[[Handler], Handler]:
    """A route that changes which questions a gap has and replies with one gap."""
    return router.post(
        path,
        summary=summary,
        responses={200: json_response(GapDocument), **door_responses(body=True, extra=(404, 409))},
        openapi_extra=json_body(body),
    )


def _reply(opened: OpenService, gap: Gap) -> Response:
    """The gap, once this process sorts new questions by what has changed."""
    opened.service.gaps.sync()
    return json_reply(gap_document(gap))


@_command("/v1/gaps/{gap_id}/merge", "Merge gaps", MergeRequest)
def merge_gaps(
    request: Request, caller: Writer, gap_id: str, body: Annotated[MergeRequest, Depends(JsonBody(MergeRequest))]
) -> Response:
    """The gap that remains; the other ids keep leading to it, and its new questions are those of all of them."""
    opened = state_of(request).opened
    sources, target = ([gap_id], body.into) if body.into is not None else (body.sources or [], gap_id)
    return _reply(opened, opened.records.merging.merge(sources, target, who=caller.name))


@_command("/v1/gaps/{gap_id}/split", "Split a gap", SplitRequest)
def split_gap(
    request: Request, caller: Writer, gap_id: str, body: Annotated[SplitRequest, Depends(JsonBody(SplitRequest))]
) -> Response:
    """The new gap with these questions. They stay apart: neither a new question nor the background joins them again."""
    opened = state_of(request).opened
    return _reply(opened, opened.records.merging.split(gap_id, body.questions, who=caller.name, label=body.label))
