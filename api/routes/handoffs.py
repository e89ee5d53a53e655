"""Asking for a person: anybody may, owners see what was asked, who asked may see how far it has come.

``POST /v1/handoffs`` answers 202 once the request is stored for good:
``{"object": "handoff", "id": "hnd_…", "status": "queued", "created_at": "…", "acknowledged_at": null, "token": "…"}``.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.agent_entrance import agent_of
from api.bodies import JsonBody
from api.handoff_documents import packet_document, seen_document, status_document, summary_document
from api.handoff_models import HandoffRequest
from api.handoff_responses import (
    HandoffDocument,
    HandoffListDocument,
    HandoffSeenDocument,
    HandoffTakenDocument,
)
from api.idempotency import idempotency_key, key_parameter, key_scope, request_hash
from api.openapi import door_responses, json_body, json_response
from api.params import HandoffListParams, HandoffParams
from api.replies import bad_cursor, decode_cursor, encode_cursor, json_reply, list_document, site_url
from api.security import Caller, Entrance
from api.state import state_of
from api.visitors import person_of, person_ref_of
from kb.errors import InvalidInputError
from kb.handing_over import Contact, Line, PersonRequest
from kb.ids import new_id

if TYPE_CHECKING:
    from api.composition import OpenService

router = APIRouter(tags=["feedback"])
_VISITOR = Entrance(("handoffs",), public=True)
_OWNER = Entrance(("handoffs",))
_KEY = key_parameter("Makes a repeated request harmless: the same key and body give the same hand-over.")


async def _reader(request: Request) -> Caller:
    """With a token the visitor's door, with a link the agent's, else the owners'."""
    return await (_VISITOR if "token" in request.query_params else agent_of)(request)


Visitor = Annotated[Caller, Depends(_VISITOR)]
Owner = Annotated[Caller, Depends(_OWNER)]
Body = Annotated[HandoffRequest, Depends(JsonBody(HandoffRequest))]


@router.post(
    "/v1/handoffs",
    summary="Ask for a person",
    status_code=202,
    responses={
        202: json_response(HandoffTakenDocument, "Stored for good; also for a repeated key."),
        **door_responses(body=True, extra=(409,)),
    },
    openapi_extra={**json_body(HandoffRequest), "parameters": [_KEY]},
)
def add_handoff(request: Request, caller: Visitor, body: Body) -> Response:
    """What was asked and shown goes along; contact data only with the visitor's consent."""
    return json_reply(take(request, caller, body, idempotency_key(request)), status=202)


@router.get(
    "/v1/handoffs",
    summary="List requests for a person",
    tags=["owners"],
    responses={200: json_response(HandoffListDocument), **door_responses(extra=(422,))},
)
def list_handoffs(request: Request, caller: Owner, params: Annotated[HandoffListParams, Query()]) -> Response:
    """The newest first, without contacts."""
    handoffs = state_of(request).opened.records.handoffs
    try:
        page = handoffs.page(status=params.status, limit=params.limit, cursor=decode_cursor(params.cursor))
    except InvalidInputError:
        raise bad_cursor() from None
    cursor = None if page.next_cursor is None else encode_cursor(page.next_cursor)
    data = [summary_document(handoff, site_url(request)) for handoff in page.handoffs]
    return json_reply({**list_document(data, cursor), "waiting": handoffs.waiting()})


@router.get(
    "/v1/handoffs/{handoff_id}",
    summary="One request for a person",
    responses={
        200: json_response((HandoffSeenDocument, HandoffDocument), "The status with a token, else the whole packet."),
        **door_responses(extra=(404, 422)),
    },
)
def get_handoff(
    request: Request,
    caller: Annotated[Caller, Depends(_reader)],
    handoff_id: str,
    params: Annotated[HandoffParams, Query()],
) -> Response:
    """The packet for owners and for who has the link; with the `token` of the visitor who asked, how far it has come and what
    was answered."""
    opened = state_of(request).opened
    replies = opened.records.handoff_replies
    if params.token is not None:
        opened.handing_over.check_receipt(params.token, handoff_id)
        return json_reply(seen_document(opened.records.handoffs.get(handoff_id), replies.of(handoff_id)))
    handoff, base = opened.records.handoffs.get(handoff_id), site_url(request)
    since = None if params.link else datetime.now(UTC)  # a link cannot make one that lasts longer
    document = packet_document(
        handoff,
        opened.handing_over.contact_of(handoff),
        base,
        agent_url=opened.agent_links.url_of(handoff, base, since=since),
        replies=replies.of(handoff_id),
    )
    return json_reply(document)


def take(request: Request, caller: Caller, body: HandoffRequest, key: str | None = None) -> dict[str, str | None]:
    """Store the request of ``body`` and return what its visitor is told; for pages as well as for the call.

    Raises ``NotAllowedError``, ``InvalidInputError``, ``ConflictError``.
    """
    opened = state_of(request).opened
    visitor = person_of(request, caller, body.visitor or body.person_ref)
    trusted = caller.kind in ("secret_key", "local")
    person = person_ref_of(caller, body.person_ref, "/person_ref")
    scope = key_scope(caller, body.conversation_id or body.answer_id or visitor)
    contact = body.contact
    handoff, _ = opened.handing_over.take(
        PersonRequest(
            conversation_id=_conversation_of(opened, body, person),
            answer_id=body.answer_id,
            token=body.token,
            question=body.question or "",
            message=body.message,
            contact=None
            if contact is None
            else Contact(" ".join(contact.name.split()), contact.email or "", contact.phone or ""),
            transcript=tuple(Line(line.role, line.text) for line in body.transcript),
            lang=None if body.lang == "auto" else body.lang,
            channel=body.channel if "channel" in body.model_fields_set else None,
            page_url=body.page_url,
            visitor=visitor,
            trusted=trusted,
            person=None if person is None else opened.people.key(person),
            idempotency=None if key is None else (scope, key),
            request_hash=request_hash(body),
        )
    )
    return {**status_document(handoff), "token": opened.handing_over.receipt(handoff)}


def _conversation_of(opened: OpenService, body: HandoffRequest, person: str | None) -> str | None:
    """The conversation that goes along: the one that is named, else the latest of the person, else a new one that can be theirs."""
    if body.conversation_id is not None or body.answer_id is not None or person is None:
        return body.conversation_id
    return opened.people.conversation(person) or new_id("cnv")
