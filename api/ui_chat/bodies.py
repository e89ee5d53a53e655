"""What `POST /v1/ui/chat` takes and gives, for the OpenAPI document and for tests."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.chat.settings import Metadata
from api.openai.fields import OpenBody

_EXAMPLE: dict[str, Any] = {
    "id": "chat-1",
    "trigger": "submit-message",
    "messages": [
        {"id": "m-1", "role": "user", "parts": [{"type": "text", "text": "How long does a refund take?"}]},
    ],
}


class KbData(OpenBody):
    """What is read of an answer that comes back with the next message."""

    conversation_id: str | None = None
    options: list[dict[str, Any]] = Field(default=[])


class UiPart(OpenBody):
    """A part of a message. Text is read, and from `data-kb` to which conversation a reply belongs."""

    type: Annotated[str, Field(min_length=1, max_length=200)]
    text: str | None = None
    data: Any = None


class UiMessage(OpenBody):
    role: Literal["system", "user", "assistant"]
    parts: Annotated[list[UiPart], Field(max_length=2000)]


class UiChatRequest(OpenBody):
    """The body that `useChat` sends. Other fields are let through; `metadata` can be added with the transport's `body`."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: str | None = None
    messages: Annotated[list[UiMessage], Field(min_length=1, max_length=2000)]
    metadata: Metadata | None = None


class UiPartDocument(BaseModel, extra="allow", defer_build=True):
    """A part of the stream. `data-kb` carries the answer of `POST /v1/ask`; `source-url` the places that are quoted."""

    type: Literal["start", "text-start", "text-delta", "text-end", "source-url", "data-kb", "finish", "error"]
