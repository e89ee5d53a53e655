"""Fields that both OpenAI-shaped doors take: messages, and parameters that would change what is answered.

What does not change it (temperature, tools that we never call, ...) is not looked at: unknown fields are let through.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag
from pydantic_core import PydanticCustomError

from api.chat.asking import EVENT_STREAM
from api.chat.messages import Message
from api.security import Entrance

# Clients of OpenAI's API ask for JSON even where they want a stream, and cannot be without a key.
ASKING = Entrance(("ask",), public=True, produces=("application/json", EVENT_STREAM), filler=True)
_TEXT_PARTS = frozenset({"text", "input_text", "output_text"})
_UNREADABLE = {"image": "An image", "audio": "A sound", "file": "A file", "video": "A video"}
_ROLES: dict[str, Literal["user", "assistant", "told", "tool"]] = {
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
    "function": "tool",
}


class OpenBody(BaseModel):
    """A JSON object of fields that we know, and of others that do not matter to us."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True, defer_build=True)


class Part(OpenBody):
    """A part of a message. Text is read; an image, a sound or a file in the question is refused."""

    type: Annotated[str, Field(min_length=1, max_length=60)]
    text: str | None = None


def _form(value: object) -> str:
    return _LIST if isinstance(value, list) else _TEXT


# Which form was meant decides which errors are told.
_TEXT, _LIST = "(text)", "(list)"
by_form = Discriminator(_form)
Text = Annotated[str, Tag(_TEXT)]
Content = Annotated[Text | Annotated[list[Part], Tag(_LIST)], by_form] | None


class ChatMessage(OpenBody):
    """A message. What a `user` wrote is read; all others are neither obeyed nor searched for."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Content = None


def message_of(role: str, content: Content, pointer: str) -> Message:
    """One message as all chat doors read it; ``pointer``: JSON pointer to ``content``."""
    if isinstance(content, str) or content is None:
        return Message(_ROLES.get(role, "told"), content or "", pointer)
    text = "\n".join(part.text for part in content if part.type in _TEXT_PARTS and part.text)
    return Message(_ROLES.get(role, "told"), text, pointer, _unreadable(part.type for part in content))


def _unreadable(kinds: Iterable[str]) -> str:
    for kind in kinds:
        for word, name in _UNREADABLE.items():
            if word in kind:
                return name
    return ""


def only(said: str, *allowed: Any) -> BeforeValidator:
    """Refuse what is none of ``allowed`` by saying why: ``said``."""

    def check(value: Any) -> Any:
        if not any(value == one and type(value) is type(one) for one in allowed):
            raise PydanticCustomError("unsupported", "{said}", {"said": said})
        return value

    return BeforeValidator(check)


def _as_text(value: Any) -> Any:
    if isinstance(value, dict) and isinstance(value.get("type"), str) and value["type"] != "text":
        raise PydanticCustomError("unsupported", "{said}", {"said": _STRUCTURED})
    return value


_STRUCTURED = "The answer is text; its whole object stands beside it under `kb`, whatever format is asked for."


class TextFormat(OpenBody):
    type: Literal["text"]


PlainFormat = Annotated[TextFormat | None, BeforeValidator(_as_text)]
ToolChoice = Annotated[
    Literal["none", "auto"] | None, only("No tool is ever called: leave tool_choice out.", None, "none", "auto")
]
ModelName = Annotated[
    str, Field(min_length=1, max_length=200, json_schema_extra={"enum": ["kb", "kb-plain"], "example": "kb"})
]
PersonName = Annotated[str, Field(max_length=200)]
