"""Platforms that send what visitors say: Dialogflow CX and Rasa are answered in the response, Chatwoot through its own API."""

from __future__ import annotations

import time
from functools import partial
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.bodies import JsonBody, OneOrMany
from api.inbound.bodies import ChatwootEvent, DialogflowRequest, RasaRequest
from api.inbound.chatwoot import Echo, chatwoot_options, kept, read_event
from api.inbound.conversing import converse, own_words
from api.inbound.deadline import within
from api.inbound.fulfilment import fulfilled, heard_of, in_words
from api.inbound.proof import chatwoot_signed, repeats_secret, secrets_in
from api.inbound_responses import DialogflowDocument, InboundDocument, RasaDocument
from api.openapi import door_responses, json_body, json_response
from api.problems import ProblemDetails, ProblemError
from api.replies import json_reply, site_url
from api.requests import context_of
from api.routes.ask import observe
from api.security import Entrance
from api.state import state_of
from kb.errors import KbError, NotFoundError

router = APIRouter(tags=["answers"])
_BY_KEY = Entrance(("ask",), basic=True)
_log = structlog.get_logger(__name__)
_TOKEN = {
    "name": "token",
    "in": "query",
    "required": False,
    "schema": {"type": "string"},
    "description": "KB_INBOUND_SECRET, for platforms that can send no header; else `X-KB-Token`, a bearer token or a password.",
}


async def _chatwoot(request: Request) -> None:
    """Chatwoot by its signature, else as other platforms."""
    secrets = secrets_in(state_of(request).settings.chatwoot_secret)
    if not chatwoot_signed(request, await request.body(), secrets):
        await _platform(request)


async def _platform(request: Request) -> None:
    """By the secret of inbound calls, or by a secret key with the scope `ask`; without either as owners' calls are."""
    secrets = secrets_in(state_of(request).settings.inbound_secret)
    if repeats_secret(request, secrets):
        return
    caller = await _BY_KEY(request)
    if secrets and caller.kind == "local":  # who set a secret wants it, also of a proxy on this machine
        raise ProblemError(
            ProblemDetails(
                "unauthenticated", "This door has a secret: send it as X-KB-Token, or a key with the scope ask."
            )
        )
    if caller.kind == "public_key":
        raise ProblemError(
            ProblemDetails("forbidden", "A platform calls with a secret: a public key says nothing of it.")
        )


@router.post(
    "/v1/inbound/fulfilment",
    summary="Answer a turn of Dialogflow CX or Rasa",
    responses={
        200: json_response((DialogflowDocument, RasaDocument), "In the shape of the platform that called, within 5 s."),
        **door_responses(body=True),
    },
    openapi_extra={**json_body(DialogflowRequest, RasaRequest), "parameters": [_TOKEN]},
)
async def fulfil(
    request: Request,
    _: Annotated[None, Depends(_platform)],
    body: Annotated[DialogflowRequest | RasaRequest, Depends(OneOrMany(DialogflowRequest, RasaRequest, "next_action"))],
) -> Response:
    """A question is answered, a pressed button does what it says. What goes wrong is said to the visitor, too, never silence."""
    opened = state_of(request).opened
    heard = heard_of(body, site_url(request))

    def turn(stop: Any) -> dict[str, Any]:
        return fulfilled(body, converse(opened, heard, stop, partial(observe, request)))

    started = context_of(request.scope).started
    try:
        response = await within(turn, started, worded=opened.service.generator is not None)
        outcome = "late"
    except Exception as error:  # noqa: BLE001 - the border: a visitor waits, and a platform says nothing for us
        told = f"{error.detail} {error.hint}" if isinstance(error, KbError) else repr(error)
        _log.error("inbound.failed", error=told)
        response, outcome = None, "failed"
    if response is None:
        says = own_words(heard)
        _log.warning("inbound.without_answer", outcome=outcome, seconds=round(time.perf_counter() - started, 2))
        response = in_words(body, says["wait" if outcome == "late" else "broken"], outcome, says["talk"])
    return json_reply(response)


@router.post(
    "/v1/inbound/chatwoot",
    summary="Take an event of Chatwoot's agent bot",
    responses={
        200: json_response(InboundDocument, "Taken for good, known already, or none of the bot's business."),
        **door_responses(body=True, extra=(404,)),
    },
    openapi_extra={**json_body(ChatwootEvent), "parameters": [_TOKEN]},
)
def take_chatwoot(
    request: Request,
    _: Annotated[None, Depends(_chatwoot)],
    body: Annotated[ChatwootEvent, Depends(JsonBody(ChatwootEvent))],
) -> Response:
    """The answer follows through Chatwoot's API a moment later; every message is answered once."""
    opened = state_of(request).opened
    if chatwoot_options(opened.settings) is None:
        raise NotFoundError("No Chatwoot is connected.", "Set KB_CHATWOOT_URL and KB_CHATWOOT_TOKEN.")
    found = read_event(body.model_dump())
    if isinstance(found, Echo):
        opened.records.inbound.heard(found.conversation, found.words)
    if found is None or isinstance(found, Echo):
        return json_reply({"object": "inbound", "status": "ignored"})
    taken = opened.records.inbound.take(found.id, found.conversation, kept(found, site_url(request), opened.seal))
    return json_reply({"object": "inbound", "status": "taken" if taken else "repeated"})
