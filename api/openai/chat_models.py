"""What `POST /v1/chat/completions` takes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from api.chat.settings import Metadata
from api.openai.fields import ChatMessage, ModelName, OpenBody, PersonName, PlainFormat, ToolChoice, only

_EXAMPLE: dict[str, Any] = {
    "model": "kb",
    "messages": [
        {"role": "system", "content": "You are a helpful assistant."},
        {"role": "user", "content": "How long does a refund take?"},
        {"role": "assistant", "content": "Five to seven working days. [1]"},
        {"role": "user", "content": "And by bank transfer?"},
    ],
}


class StreamOptions(OpenBody):
    include_usage: bool | None = Field(default=None, description="End the stream with a chunk that holds `usage`.")


class ChatCompletionRequest(OpenBody):
    """The last message is the question; what the user wrote before is the conversation. Other fields of OpenAI's API are let
    through and change nothing: an answer has no temperature, and no tool is called.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE, {**_EXAMPLE, "stream": True}]})

    model: ModelName
    messages: Annotated[list[ChatMessage], Field(min_length=1, max_length=2000)]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    metadata: Metadata | None = None
    user: PersonName | None = Field(default=None, description="Like `safety_identifier`.")
    safety_identifier: PersonName | None = Field(
        default=None, description="Your name of the person who asks: with a secret key, `person_ref` of `POST /v1/ask`."
    )
    n: Annotated[Literal[1] | None, only("There is one answer: n must be 1.", 1, None)] = None
    response_format: PlainFormat = None
    modalities: Annotated[list[Literal["text"]] | None, Field(max_length=1)] = None
    audio: Annotated[None, only("Answers are text: audio is not available.", None)] = None
    logprobs: Annotated[
        Literal[False] | None, only("Answers are quotes, not samples: there are no logprobs.", False, None)
    ] = None
    tool_choice: ToolChoice = None
    function_call: ToolChoice = None
