"""What `POST /v1/responses` gives, for the OpenAPI document and for tests."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from api.responses import AnswerDocument, Count, OpenAIError, StoredAnswerDocument


class TextAnnotationDocument(BaseModel, extra="forbid", defer_build=True):
    """`text[start_index:end_index]` is the mark `[n]`; positions count Unicode code points from 0, the end is exclusive."""

    type: Literal["url_citation"]
    start_index: Count
    end_index: Count
    title: str
    url: str


class OutputTextDocument(BaseModel, extra="forbid", defer_build=True):
    type: Literal["output_text"]
    text: str = Field(description="CommonMark, with `[n]` behind what source n supports.")
    annotations: list[TextAnnotationDocument]
    logprobs: list[Any] = Field(max_length=0)


class OutputMessageDocument(BaseModel, extra="forbid", defer_build=True):
    id: str
    type: Literal["message"]
    role: Literal["assistant"]
    status: Literal["in_progress", "completed"]
    content: list[OutputTextDocument]


class CachedTokensDocument(BaseModel, extra="forbid", defer_build=True):
    cached_tokens: Literal[0]
    cache_write_tokens: Literal[0]


class ReasoningTokensDocument(BaseModel, extra="forbid", defer_build=True):
    reasoning_tokens: Literal[0]


class ResponseUsageDocument(BaseModel, extra="forbid", defer_build=True):
    """Search terms by our own tokenizer, of all input and of the reply. Nothing is charged by it."""

    input_tokens: Count
    input_tokens_details: CachedTokensDocument
    output_tokens: Count
    output_tokens_details: ReasoningTokensDocument
    total_tokens: Count
    tokenizer: str = Field(description="Name and version of the tokenizer that counted.")


class ConversationDocument(BaseModel, extra="forbid", defer_build=True):
    id: str


class PlainTextDocument(BaseModel, extra="forbid", defer_build=True):
    type: Literal["text"]


class TextSettingsDocument(BaseModel, extra="forbid", defer_build=True):
    format: PlainTextDocument


class ResponseDocument(BaseModel, extra="forbid", defer_build=True):
    """A response in OpenAI's shape. `kb` is the answer of `POST /v1/ask`; null when a chat program asked by itself."""

    id: str
    object: Literal["response"]
    created_at: int
    completed_at: int | None
    status: Literal["in_progress", "completed", "failed"]
    error: OpenAIError | None
    incomplete_details: None
    instructions: None = Field(description="Always null: instructions are not obeyed.")
    metadata: dict[str, str]
    model: str
    output: list[OutputMessageDocument]
    parallel_tool_calls: Literal[False]
    previous_response_id: str | None
    conversation: ConversationDocument | None
    temperature: None
    top_p: None
    tool_choice: Literal["none"]
    tools: list[Any] = Field(max_length=0)
    text: TextSettingsDocument
    truncation: Literal["disabled"]
    background: Literal[False]
    store: bool = Field(description="Whether it can be named in `previous_response_id`.")
    usage: ResponseUsageDocument | None
    kb: AnswerDocument | StoredAnswerDocument | None


class ResponseEventDocument(BaseModel, extra="allow", defer_build=True):
    """An event of a streamed response; `response.completed` carries the whole of it, `kb` included."""

    type: Literal[
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.annotation.added",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
        "response.failed",
    ]
    sequence_number: Count
