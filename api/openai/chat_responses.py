"""What `POST /v1/chat/completions` gives, for the OpenAPI document and for tests."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from api.responses import AnswerDocument, Count, OpenAIError

_POSITIONS = "`content[start_index:end_index]` is the mark `[n]`; positions count Unicode code points from 0, the end is exclusive."


class UrlCitationDocument(BaseModel, extra="forbid", defer_build=True):
    start_index: Count = Field(description=_POSITIONS)
    end_index: Count
    title: str
    url: str


class AnnotationDocument(BaseModel, extra="forbid", defer_build=True):
    type: Literal["url_citation"]
    url_citation: UrlCitationDocument


class AssistantMessageDocument(BaseModel, extra="forbid", defer_build=True):
    role: Literal["assistant"]
    content: str = Field(description="CommonMark, with `[n]` behind what source n supports.")
    refusal: None = Field(description="Always null: see `kb.outcome` for what could not be answered.")
    annotations: list[AnnotationDocument]


class ChoiceDocument(BaseModel, extra="forbid", defer_build=True):
    index: Literal[0]
    message: AssistantMessageDocument
    finish_reason: Literal["stop"]
    logprobs: None


class ChatUsageDocument(BaseModel, extra="forbid", defer_build=True):
    """Search terms by our own tokenizer, of all messages and of the reply. Nothing is charged by it."""

    prompt_tokens: Count
    completion_tokens: Count
    total_tokens: Count
    tokenizer: str = Field(description="Name and version of the tokenizer that counted.")


class ChatCompletionDocument(BaseModel, extra="forbid", defer_build=True):
    """A reply in OpenAI's shape. `kb` is the answer of `POST /v1/ask`; null when a chat program asked by itself (a title, tags)."""

    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[ChoiceDocument]
    usage: ChatUsageDocument
    system_fingerprint: str | None = Field(description="Revision of the index that answered.")
    kb: AnswerDocument | None


class DeltaDocument(BaseModel, extra="forbid", defer_build=True):
    role: Literal["assistant"] | None = None
    content: str | None = None
    annotations: list[AnnotationDocument] | None = None


class ChunkChoiceDocument(BaseModel, extra="forbid", defer_build=True):
    index: Literal[0]
    delta: DeltaDocument
    finish_reason: Literal["stop"] | None
    logprobs: None


class ChatCompletionChunkDocument(BaseModel, extra="forbid", defer_build=True):
    """A piece of a streamed reply. The chunk with a `finish_reason` and any behind it carry the whole answer in `kb`."""

    id: str
    object: Literal["chat.completion.chunk"]
    created: int
    model: str
    choices: list[ChunkChoiceDocument]
    system_fingerprint: str | None
    usage: ChatUsageDocument | None = None
    kb: AnswerDocument | None = None


class StreamErrorDocument(BaseModel, extra="forbid", defer_build=True):
    """What went wrong behind the first piece; the stream ends with it."""

    error: OpenAIError
