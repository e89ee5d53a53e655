"""`POST /v1/chat/completions`: a question and what was said before it, answered in the shape of a chat model."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response, StreamingResponse

from api.bodies import JsonBody
from api.chat.asking import EVENT_STREAM, STREAM_HEADERS, Reply, begun, query_of, reply_to
from api.chat.counting import TOKENIZER, count_tokens
from api.chat.messages import asked_in
from api.chat.saying import Mark
from api.chat.settings import settings_of
from api.idempotency import key_parameter
from api.openai.chat_models import ChatCompletionRequest
from api.openai.chat_responses import ChatCompletionChunkDocument, ChatCompletionDocument, StreamErrorDocument
from api.openai.fields import ASKING, message_of
from api.openai.models import list_sources
from api.openapi import door_responses, event_stream, json_body, json_response
from api.problems import ProblemDetails, problem_document
from api.replies import json_reply
from api.requests import context_of
from api.security import Caller
from kb.ids import new_id

router = APIRouter(tags=["chat programs"])
Asker = Annotated[Caller, Depends(ASKING)]
Body = Annotated[ChatCompletionRequest, Depends(JsonBody(ChatCompletionRequest))]
_DONE = b"data: [DONE]\n\n"
_KEY = key_parameter("The same key and body give the stored answer again, and no second record of the question.")
_STREAM_EXAMPLE = """\
data: {"id":"chatcmpl-01KB3VA2M7","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"Use a backup code."}}]}

data: [DONE]
"""


@router.post(
    "/v1/chat/completions",
    summary="Ask a question like a chat model",
    responses={
        200: json_response(
            ChatCompletionDocument,
            "The reply, whatever its outcome; with `stream` pieces of it, then `data: [DONE]`.",
            content=event_stream(_STREAM_EXAMPLE, ChatCompletionChunkDocument, StreamErrorDocument, last="[DONE]"),
        ),
        **door_responses(body=True, extra=(404, 409)),
    },
    openapi_extra={**json_body(ChatCompletionRequest), "parameters": [_KEY]},
)
async def create_chat_completion(request: Request, caller: Asker, body: Body) -> Response:
    """Only what users wrote is read. System messages are neither obeyed nor searched for."""
    messages = [message_of(m.role, m.content, f"/messages/{i}/content") for i, m in enumerate(body.messages)]
    settings = settings_of(body.metadata, "openai", body.safety_identifier or body.user)
    listed = list_sources(body.model, settings.list_sources)
    asked = asked_in(messages, "/messages")
    query = query_of(request, caller, body, asked, settings)
    completion = _Completion(new_id("chatcmpl").replace("_", "-"), body.model, int(time.time()))
    texts = [message.text for message in messages]
    if not body.stream:
        reply = await reply_to(request, query, asked, list_sources=listed)
        return json_reply(completion.whole(reply, await _usage(texts, reply)))
    _, parts = await begun(request, query, asked, list_sources=listed)
    counted = body.stream_options is not None and body.stream_options.include_usage is True

    async def sent() -> AsyncIterator[bytes]:
        yield _data(completion.chunk({"role": "assistant", "content": ""}, counted=counted))
        async with aclosing(parts):
            async for part in parts:
                if isinstance(part, str):
                    yield _data(completion.chunk({"content": part}, counted=counted))
                elif isinstance(part, Reply):
                    for chunk in completion.ending(part, await _usage(texts, part) if counted else None):
                        yield _data(chunk)
                elif isinstance(part, ProblemDetails):
                    yield _data({"error": problem_document(part, context_of(request.scope).id)["error"]})
                    return
        yield _DONE

    return StreamingResponse(sent(), media_type=EVENT_STREAM, headers=STREAM_HEADERS)


@dataclass(frozen=True, slots=True)
class _Completion:
    """One reply, in whole or in chunks. ``name``: its id; ``created``: seconds since 1970."""

    name: str
    model: str
    created: int

    def whole(self, reply: Reply, usage: dict[str, Any]) -> dict[str, Any]:
        message = {
            "role": "assistant",
            "content": reply.said.text,
            "refusal": None,
            "annotations": [_annotation(mark) for mark in reply.said.marks],
        }
        choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
        head = self._head("chat.completion", reply)
        return {**head, "choices": [choice], "usage": usage, "kb": reply.document}

    def chunk(self, delta: dict[str, Any], *, counted: bool) -> dict[str, Any]:
        """A chunk in the middle. ``counted``: the client was promised ``usage``, which is null until the last one."""
        choice = {"index": 0, "delta": delta, "finish_reason": None, "logprobs": None}
        return {**self._head("chat.completion.chunk"), "choices": [choice], **({"usage": None} if counted else {})}

    def ending(self, reply: Reply, usage: dict[str, Any] | None) -> list[dict[str, Any]]:
        """The last chunk, or the last two with ``usage``."""
        head, kb = self._head("chat.completion.chunk", reply), {"kb": reply.document}
        delta = {"annotations": [_annotation(mark) for mark in reply.said.marks]} if reply.said.marks else {}
        choice = {"index": 0, "delta": delta, "finish_reason": "stop", "logprobs": None}
        if usage is None:
            return [{**head, "choices": [choice], **kb}]
        return [{**head, "choices": [choice], "usage": None, **kb}, {**head, "choices": [], "usage": usage, **kb}]

    def _head(self, kind: str, reply: Reply | None = None) -> dict[str, Any]:
        document = None if reply is None else reply.document
        return {
            "id": self.name,
            "object": kind,
            "created": self.created,
            "model": self.model,
            "system_fingerprint": None if document is None else document["index"]["revision"],
        }


async def _usage(texts: list[str], reply: Reply) -> dict[str, Any]:
    asked, said = await count_tokens(texts), await count_tokens([reply.said.text])
    return {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said, "tokenizer": TOKENIZER}


def _annotation(mark: Mark) -> dict[str, Any]:
    citation = {"start_index": mark.start, "end_index": mark.end, "title": mark.title, "url": mark.url}
    return {"type": "url_citation", "url_citation": citation}


def _data(document: dict[str, Any]) -> bytes:
    return b"data: " + orjson.dumps(document) + b"\n\n"
