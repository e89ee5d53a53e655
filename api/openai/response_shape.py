"""A response as one object: what is known before it is answered, and what stands in it then."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from api.chat.asking import Reply
from api.chat.counting import TOKENIZER, count_tokens
from api.chat.saying import Mark
from api.openai.response_ids import response_id
from api.openai.response_models import ResponseRequest
from kb.ids import new_id


@dataclass(frozen=True, slots=True)
class Shape:
    """``texts``: all that was sent. ``item``: the id of the message in it. ``created``: seconds since 1970. ``stored``: whether it
    may be asked for again, and gone on with."""

    request: Request
    model: str
    metadata: dict[str, str]
    previous: str | None
    texts: Sequence[str]
    created: int
    item: str
    stored: bool = True

    @classmethod
    def of(cls, request: Request, body: ResponseRequest, texts: Sequence[str], created: int) -> Shape:
        metadata = {} if body.metadata is None else body.metadata.model_dump(exclude_none=True)
        return cls(
            request,
            body.model,
            metadata,
            body.previous_response_id,
            texts,
            created,
            new_id("msg"),
            body.store is not False,
        )

    def name_of(self, answer_id: str | None) -> str:
        """The id of the response that the answer is."""
        return response_id(self.request, answer_id if self.stored else None)

    async def completed(self, reply: Reply, name: str = "") -> dict[str, Any]:
        """The whole. ``name``: the id it was announced under, "" for that of its answer."""
        document = reply.document
        answer_id = None if document is None else document["id"]
        return {
            **self._whole(name or self.name_of(answer_id), reply, int(time.time())),
            "usage": await self._usage(reply),
        }

    def again(self, name: str, reply: Reply) -> dict[str, Any]:
        """The whole of a response that was given before; what was sent for it is not kept, so nobody knows what it came to."""
        return self._whole(name, reply, self.created)

    def _whole(self, name: str, reply: Reply, at: int) -> dict[str, Any]:
        document = reply.document
        conversation = document and self.stored and document["conversation_id"]
        return {
            **self.begun(name),
            "completed_at": at,
            "status": "completed",
            "output": [self.message(reply.said.text, reply.said.marks)],
            "conversation": {"id": conversation} if conversation else None,
            "store": document is not None and self.stored,
            "kb": document,
        }

    def begun(self, name: str) -> dict[str, Any]:
        return {
            "id": name,
            "object": "response",
            "created_at": self.created,
            "completed_at": None,
            "status": "in_progress",
            "error": None,
            "incomplete_details": None,
            "instructions": None,
            "metadata": self.metadata,
            "model": self.model,
            "output": [],
            "parallel_tool_calls": False,
            "previous_response_id": self.previous,
            "conversation": None,
            "temperature": None,
            "top_p": None,
            "tool_choice": "none",
            "tools": [],
            "text": {"format": {"type": "text"}},
            "truncation": "disabled",
            "background": False,
            "store": self.stored,
            "usage": None,
            "kb": None,
        }

    def message(self, text: str, marks: Sequence[Mark], status: str = "completed") -> dict[str, Any]:
        content = [output_text(text, marks)] if status == "completed" else []
        return {"id": self.item, "type": "message", "role": "assistant", "status": status, "content": content}

    async def _usage(self, reply: Reply) -> dict[str, Any]:
        asked, said = await count_tokens(self.texts), await count_tokens([reply.said.text])
        return {
            "input_tokens": asked,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": said,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": asked + said,
            "tokenizer": TOKENIZER,
        }


def output_text(text: str, marks: Sequence[Mark]) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": [annotation(mark) for mark in marks], "logprobs": []}


def annotation(mark: Mark) -> dict[str, Any]:
    return {
        "type": "url_citation",
        "start_index": mark.start,
        "end_index": mark.end,
        "title": mark.title,
        "url": mark.url,
    }
