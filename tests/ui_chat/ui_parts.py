"""The parts of a UI message stream that we send, as ``uiMessageChunkSchema`` of npm `ai` 6.0.324 has them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, TypeAdapter
from pydantic.alias_generators import to_camel


class _Part(BaseModel, extra="forbid", strict=True, alias_generator=to_camel):
    """The package lets other fields through; we send none."""


class Start(_Part):
    type: Literal["start"]
    message_id: str | None = None
    message_metadata: Any = None


class TextStart(_Part):
    type: Literal["text-start"]
    id: str


class TextDelta(_Part):
    type: Literal["text-delta"]
    id: str
    delta: str


class TextEnd(_Part):
    type: Literal["text-end"]
    id: str


class SourceUrl(_Part):
    type: Literal["source-url"]
    source_id: str
    url: str
    title: str | None = None


class Data(_Part):
    """The package takes any type that begins with ``data-``."""

    type: Literal["data-kb"]
    id: str | None = None
    data: Any
    transient: bool | None = None


class Finish(_Part):
    type: Literal["finish"]
    finish_reason: Literal["stop", "length", "content-filter", "tool-calls", "error", "other"] | None = None


class Error(_Part):
    type: Literal["error"]
    error_text: str


PART: TypeAdapter[Any] = TypeAdapter(Start | TextStart | TextDelta | TextEnd | SourceUrl | Data | Finish | Error)
