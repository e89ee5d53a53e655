"""The events of a streamed response, numbered in the order in which they are sent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from api.chat.asking import Reply
from api.openai.response_shape import Shape, annotation, output_text

Event = dict[str, Any]


class ResponseEvents:
    """Makes the events of one response, whose id is ``name``; each method is called in turn, once, ``delta`` as often as needed."""

    def __init__(self, shape: Shape, name: str) -> None:
        self._shape = shape
        self._name = name
        self._sent = 0

    def opening(self) -> Iterator[Event]:
        for kind in ("created", "in_progress"):
            yield self._numbered(f"response.{kind}", response=self._shape.begun(self._name))
        item = self._shape.message("", (), "in_progress")
        yield self._numbered("response.output_item.added", output_index=0, item=item)
        yield self._in_text("response.content_part.added", part=output_text("", ()))

    def delta(self, text: str) -> Event:
        return self._in_text("response.output_text.delta", delta=text, logprobs=[])

    async def closing(self, reply: Reply) -> list[Event]:
        text, marks = reply.said.text, reply.said.marks
        added = [
            self._in_text("response.output_text.annotation.added", annotation_index=i, annotation=annotation(mark))
            for i, mark in enumerate(marks)
        ]
        return [
            *added,
            self._in_text("response.output_text.done", text=text, logprobs=[]),
            self._in_text("response.content_part.done", part=output_text(text, marks)),
            self._numbered("response.output_item.done", output_index=0, item=self._shape.message(text, marks)),
            self._numbered("response.completed", response=await self._shape.completed(reply, self._name)),
        ]

    def failed(self, error: dict[str, Any]) -> Event:
        """``error``: OpenAI's shape of what went wrong."""
        response = {**self._shape.begun(self._name), "status": "failed", "store": False, "error": error}
        return self._numbered("response.failed", response=response)

    def _in_text(self, kind: str, **fields: Any) -> Event:
        return self._numbered(kind, item_id=self._shape.item, output_index=0, content_index=0, **fields)

    def _numbered(self, kind: str, **fields: Any) -> Event:
        event = {"type": kind, **fields, "sequence_number": self._sent}
        self._sent += 1
        return event
