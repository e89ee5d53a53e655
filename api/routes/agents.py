"""What an agent does with a request for a person: take it over, and answer it. With a key, or with the link of the letter."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.agent_entrance import agent_of
from api.bodies import JsonBody
from api.handoff_documents import reply_document, summary_document
from api.handoff_models import HandoffReplyRequest
from api.handoff_responses import HandoffReplyByDocument, HandoffSummaryDocument
from api.idempotency import idempotency_key, key_parameter, key_scope, request_hash
from api.openapi import door_responses, json_body, json_response
from api.params import AgentLinkParams
from api.replies import json_reply, site_url
from api.security import Caller
from api.state import state_of
from kb.records.handoff_replies import Reply
from kb.replying import ReplyRequest, reply

router = APIRouter(tags=["owners"])
BY_LINK = "agent"  # the name of somebody who came by the link and gave none
_KEY = key_parameter("Makes a repeated request harmless: the same key and body give the same reply.")
Agent = Annotated[Caller, Depends(agent_of)]
Link = Annotated[AgentLinkParams, Query()]
Body = Annotated[HandoffReplyRequest, Depends(JsonBody(HandoffReplyRequest))]


@router.post(
    "/v1/handoffs/{handoff_id}/ack",
    summary="Take over a request for a person",
    responses={200: json_response(HandoffSummaryDocument), **door_responses(extra=(404, 422))},
)
def acknowledge_handoff(request: Request, caller: Agent, handoff_id: str, params: Link) -> Response:
    """Somebody takes care of it from now on. The first one stays: a second call changes nothing."""
    handoff = state_of(request).opened.records.handoffs.acknowledge(handoff_id, caller.name or BY_LINK)
    return json_reply(summary_document(handoff, site_url(request)))


@router.post(
    "/v1/handoffs/{handoff_id}/reply",
    summary="Answer a request for a person",
    status_code=201,
    responses={
        201: json_response(HandoffReplyByDocument, "Stored for good; also for a repeated key."),
        **door_responses(body=True, extra=(404, 409)),
    },
    openapi_extra={**json_body(HandoffReplyRequest), "parameters": [_KEY]},
)
def reply_to_handoff(request: Request, caller: Agent, handoff_id: str, params: Link, body: Body) -> Response:
    """The visitor reads it with the receipt, receivers of events get `handoff.replied`, and it stands with the gap as material for
    the article that was missing. Who answers has taken the request over."""
    stored = take_reply(request, caller, handoff_id, body, idempotency_key(request))
    return json_reply(reply_document(stored, who=True), status=201)


def take_reply(request: Request, caller: Caller, handoff_id: str, body: HandoffReplyRequest, key: str | None) -> Reply:
    """Store the reply of ``body``; for pages as well as for the call. Raises what ``kb.replying.reply`` raises."""
    sent = ReplyRequest(
        text=body.text,
        who=body.agent.strip() or caller.name or BY_LINK,
        lang=None if body.lang == "auto" else body.lang,
        idempotency=None if key is None else (key_scope(caller, BY_LINK), key),
        request_hash=request_hash(body),
    )
    return reply(state_of(request).opened.records, handoff_id, sent)[0]
