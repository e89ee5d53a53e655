"""`POST /v1/responses`: a question, answered in the shape of OpenAI's Responses API."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime
from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response, StreamingResponse

from api.bodies import JsonBody
from api.chat.asking import EVENT_STREAM, STREAM_HEADERS, Reply, begun, query_of, reply_to
from api.chat.messages import Message, asked_in
from api.chat.saying import said_of
from api.chat.settings import ChatSettings, settings_of
from api.idempotency import key_parameter
from api.leaving import in_thread
from api.openai.fields import ASKING, message_of
from api.openai.models import list_sources
from api.openai.response_documents import ResponseDocument, ResponseEventDocument
from api.openai.response_events import Event, ResponseEvents
from api.openai.response_ids import answer_of, conversation_of
from api.openai.response_models import InputItem, ResponseRequest
from api.openai.response_shape import Shape
from api.openapi import door_responses, event_stream, json_body, json_response
from api.problems import ProblemDetails, problem_document
from api.replies import json_reply, site_url
from api.requests import context_of
from api.routes.ask import stored_answer
from api.security import Caller, Entrance
from kb.errors import NotFoundError

router = APIRouter(tags=["chat programs"])
Asker = Annotated[Caller, Depends(ASKING)]
Reader = Annotated[Caller, Depends(Entrance(("ask", "gaps:read"), public=True, filler=True))]
_MODEL = "kb"  # under which a response is shown again
Body = Annotated[ResponseRequest, Depends(JsonBody(ResponseRequest))]
_KEY = key_parameter("The same key and body give the stored answer again, and no second record of the question.")
_STREAM_EXAMPLE = """\
event: response.output_text.delta
data: {"type":"response.output_text.delta","item_id":"msg_01","delta":"Use a backup code.","sequence_number":4}
"""


@router.post(
    "/v1/responses",
    summary="Ask a question like the Responses API",
    responses={
        200: json_response(
            ResponseDocument,
            "The response, whatever its outcome; with `stream` its events.",
            content=event_stream(_STREAM_EXAMPLE, ResponseEventDocument),
        ),
        **door_responses(body=True, extra=(404, 409)),
    },
    openapi_extra={**json_body(ResponseRequest), "parameters": [_KEY]},
)
async def create_response(request: Request, caller: Asker, body: Body) -> Response:
    """Only what users wrote is read. `previous_response_id` or `conversation` go on with what was asked before."""
    messages = _messages(body.input)
    settings = await in_thread(request, lambda: _settings(request, caller, body))
    listed = list_sources(body.model, settings.list_sources)
    asked = asked_in(messages, "/input")
    query = query_of(request, caller, body, asked, settings)
    shape = Shape.of(request, body, [message.text for message in messages], int(time.time()))
    if not body.stream:
        return json_reply(await shape.completed(await reply_to(request, query, asked, list_sources=listed)))
    first, parts = await begun(request, query, asked, list_sources=listed)

    async def sent() -> AsyncIterator[bytes]:
        events = ResponseEvents(shape, shape.name_of(first.answer_id))
        for event in events.opening():
            yield _encoded(event)
        async with aclosing(parts):
            async for part in parts:
                if isinstance(part, str):
                    yield _encoded(events.delta(part))
                elif isinstance(part, Reply):
                    for event in await events.closing(part):
                        yield _encoded(event)
                elif isinstance(part, ProblemDetails):
                    yield _encoded(events.failed(problem_document(part, context_of(request.scope).id)["error"]))

    return StreamingResponse(sent(), media_type=EVENT_STREAM, headers=STREAM_HEADERS)


@router.get(
    "/v1/responses/{response_id}",
    summary="What a response was",
    responses={200: json_response(ResponseDocument), **door_responses(extra=(404,))},
)
def get_response(request: Request, caller: Reader, response_id: str) -> Response:
    """The response as it was given, by the id that only who asked has; a secret key may name the answer instead. `model` is `kb`;
    `metadata`, `previous_response_id` and `usage` are not kept."""
    answer_id = answer_of(request, caller, response_id)
    if answer_id is None:
        raise NotFoundError("There is no response with this id.", "With store: false nothing can be asked for again.")
    document = stored_answer(request, caller, answer_id)
    created = int(datetime.fromisoformat(document["created_at"]).timestamp())
    shape = Shape(request, _MODEL, {}, None, (), created, f"msg_{answer_id.removeprefix('ans_')}")
    said = said_of(document, list_sources=list_sources(_MODEL, None), base=site_url(request))
    reply = Reply(said, document)
    return json_reply(shape.again(response_id, reply))


def _messages(given: str | Sequence[InputItem]) -> list[Message]:
    if isinstance(given, str):
        return [message_of("user", given, "/input")]
    return [
        message_of(item.role or "tool", item.content, f"/input/{i}/content")
        for i, item in enumerate(given)
        if item.role is not None or item.type not in ("reasoning", "item_reference", "compaction")
    ]


def _settings(request: Request, caller: Caller, body: ResponseRequest) -> ChatSettings:
    """Raises ``ProblemError`` 404 for a response that nobody was given."""
    settings = settings_of(body.metadata, "openai", body.safety_identifier or body.user)
    if body.previous_response_id is not None:
        return replace(settings, conversation_id=conversation_of(request, caller, body.previous_response_id))
    if body.conversation is None:
        return settings
    name = body.conversation if isinstance(body.conversation, str) else body.conversation.id
    return replace(settings, conversation_id=name)


def _encoded(event: Event) -> bytes:
    return f"event: {event['type']}\n".encode() + b"data: " + orjson.dumps(event) + b"\n\n"
