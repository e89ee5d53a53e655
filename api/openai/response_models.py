"""What `POST /v1/responses` takes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, Tag

from api.chat.settings import Metadata
from api.models import Identifier
from api.openai.fields import Content, ModelName, OpenBody, PersonName, PlainFormat, Text, ToolChoice, by_form, only

_EXAMPLE: dict[str, Any] = {"model": "kb", "input": "How long does a refund take?"}
ResponseId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_\-]{1,120}$")]


class InputItem(OpenBody):
    """A message, or anything else that was said or done before (a tool's result, reasoning), which is not read."""

    type: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    role: Literal["system", "developer", "user", "assistant"] | None = None
    content: Content = None


Items = Annotated[list[InputItem], Field(min_length=1, max_length=2000), Tag("(list)")]


class TextSettings(OpenBody):
    format: PlainFormat = None


class NamedConversation(OpenBody):
    id: Identifier


class ResponseRequest(OpenBody):
    """The input, or its last message, is the question. `instructions` are data of the caller: not obeyed and not searched for.
    Other fields of OpenAI's API are let through and change nothing.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE, {**_EXAMPLE, "stream": True}]})

    model: ModelName
    input: Annotated[Text | Items, by_form]
    stream: bool | None = None
    previous_response_id: ResponseId | None = Field(
        default=None, description="`id` of the response whose conversation goes on."
    )
    conversation: Identifier | NamedConversation | None = Field(
        default=None, description="The conversation that goes on, as `conversation.id` of a response names it."
    )
    metadata: Metadata | None = None
    user: PersonName | None = Field(default=None, description="Like `safety_identifier`.")
    safety_identifier: PersonName | None = Field(
        default=None, description="Your name of the person who asks: with a secret key, `person_ref` of `POST /v1/ask`."
    )
    store: bool | None = Field(
        default=None,
        description="With false the response can be neither asked for again nor named in `previous_response_id`. What was asked is "
        "kept all the same, masked, for as long as the operator has set.",
    )
    text: TextSettings | None = None
    tool_choice: ToolChoice = None
    background: Annotated[
        Literal[False] | None, only("An answer takes milliseconds: background is not available.", False, None)
    ] = None
    prompt: Annotated[None, only("There are no stored prompts: send the question as input.", None)] = None
