"""`POST /v1/ui/chat`: what `useChat` of the AI SDK sends, answered in the parts that it shows."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Request
from pydantic import ValidationError
from starlette.responses import Response, StreamingResponse

from api.bodies import JsonBody
from api.chat.asking import EVENT_STREAM, STREAM_HEADERS, Reply, begun, query_of
from api.chat.messages import Message, asked_in
from api.chat.settings import ChatSettings, settings_of
from api.idempotency import key_parameter
from api.openapi import door_responses, event_stream, json_body
from api.problems import ProblemDetails
from api.security import Caller, Entrance
from api.ui_chat.bodies import KbData, UiChatRequest, UiMessage, UiPartDocument
from kb.ids import new_id
from kb.text.tokenize import normalize

router = APIRouter(tags=["chat programs"])
Asker = Annotated[Caller, Depends(Entrance(("ask",), public=True, produces=(EVENT_STREAM,)))]
Body = Annotated[UiChatRequest, Depends(JsonBody(UiChatRequest))]
_KEY = key_parameter("The same key and body give the stored answer again, and no second record of the question.")
_IDENTIFIER = re.compile(r"[A-Za-z0-9_\-]{1,64}")
_TEXT = "text-1"  # a reply has one text
_DONE = b"data: [DONE]\n\n"
_EXAMPLE = """\
data: {"type":"start","messageId":"msg_01KB3VA2M7"}

data: {"type":"text-start","id":"text-1"}

data: {"type":"text-delta","id":"text-1","delta":"Use a backup code. [1]"}

data: [DONE]
"""


@router.post(
    "/v1/ui/chat",
    summary="Ask from a page made with the AI SDK",
    responses={
        200: {
            "description": "A UI message stream, version 1 (`x-vercel-ai-ui-message-stream: v1`).",
            "content": event_stream(_EXAMPLE, UiPartDocument, last="[DONE]"),
        },
        **door_responses(body=True, extra=(404, 409)),
    },
    openapi_extra={**json_body(UiChatRequest), "parameters": [_KEY]},
)
async def ui_chat(request: Request, caller: Asker, body: Body) -> Response:
    """The last message is the question. The reply carries the whole answer as a `data-kb` part and goes on where it belongs."""
    asked = asked_in([_message(message, i) for i, message in enumerate(body.messages)], "/messages")
    settings = _settings(body, asked.question)
    query = query_of(request, caller, body, asked, settings)
    first, parts = await begun(request, query, asked, list_sources=settings.list_sources is True)

    async def sent() -> AsyncIterator[bytes]:
        yield _data({"type": "start", "messageId": first.answer_id or new_id("msg")})
        yield _data({"type": "text-start", "id": _TEXT})
        async with aclosing(parts):
            async for part in parts:
                if isinstance(part, str):
                    yield _data({"type": "text-delta", "id": _TEXT, "delta": part})
                elif isinstance(part, Reply):
                    for ending in _ending(part):
                        yield _data(ending)
                elif isinstance(part, ProblemDetails):
                    yield _data({"type": "error", "errorText": part.detail})
        yield _DONE

    headers = {**STREAM_HEADERS, "x-vercel-ai-ui-message-stream": "v1"}
    return StreamingResponse(sent(), media_type=EVENT_STREAM, headers=headers)


def _ending(reply: Reply) -> list[dict[str, Any]]:
    document = reply.document
    sources = [] if document is None else document["citations"]
    return [
        {"type": "text-end", "id": _TEXT},
        *(
            {"type": "source-url", "sourceId": str(place["n"]), "url": place["url"], "title": place["title"]}
            for place in sources
        ),
        *([] if document is None else [{"type": "data-kb", "id": document["id"], "data": document}]),
        {"type": "finish", "finishReason": "stop"},
    ]


def _message(message: UiMessage, place: int) -> Message:
    text = "\n".join(part.text for part in message.parts if part.type == "text" and part.text)
    files = any(part.type == "file" for part in message.parts)
    role = message.role if message.role in ("user", "assistant") else "told"
    return Message(role, text, f"/messages/{place}/parts", "A file" if files else "")


def _settings(body: UiChatRequest, question: str) -> ChatSettings:
    """What the page says, and what the last reply among its messages says: whose conversation it is, what was to be chosen."""
    settings = settings_of(body.metadata, "ui_chat")
    last = _last_answer(body.messages)
    if last is None:
        return settings
    if settings.conversation_id is None and last.conversation_id and _IDENTIFIER.fullmatch(last.conversation_id):
        settings = replace(settings, conversation_id=last.conversation_id)
    said = normalize(question).strip()
    chosen = [
        o for o in last.options if isinstance(o.get("id"), str) and normalize(str(o.get("label"))).strip() == said
    ]
    if settings.option_id is None and chosen:
        settings = replace(settings, option_id=chosen[0]["id"])
    return settings


def _last_answer(messages: Sequence[UiMessage]) -> KbData | None:
    for message in reversed(messages):
        if message.role == "assistant":
            data = [part.data for part in message.parts if part.type == "data-kb"]
            try:
                return KbData.model_validate(data[-1]) if data else None
            except ValidationError:  # another program's data of the same name
                return None
    return None


def _data(document: dict[str, Any]) -> bytes:
    return b"data: " + orjson.dumps(document) + b"\n\n"
