"""What responses look like, for the OpenAPI document and for the tests that hold real responses against it.

Nothing is serialised through these: routes send plain documents as bytes. Clients must ignore fields they do not know;
the tests must not, because a field that nobody described is a mistake: that is why ``extra`` is forbidden.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from kb.types import Lang, Level, Outcome, ReasonCode

Share01 = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]


class FieldErrorDocument(BaseModel, extra="forbid", defer_build=True):
    pointer: str = Field(description="JSON pointer (RFC 6901) to the wrong field.")
    detail: str
    in_: Literal["body", "query", "path", "header"] = Field(alias="in")


class OpenAIError(BaseModel, extra="forbid", defer_build=True):
    message: str
    type: str
    code: str
    param: str | None


class ProblemDocument(BaseModel, extra="forbid", defer_build=True):
    """RFC 9457 problem details; `error` is the same in the shape that OpenAI clients read."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: list[FieldErrorDocument]
    error: OpenAIError


class SpanDocument(BaseModel, extra="forbid", defer_build=True):
    """A half-open range of Unicode code points."""

    start: Count
    end: Count


class QuestionDocument(BaseModel, extra="forbid", defer_build=True):
    text: str = Field(description="The question as stored: personal data is masked.")
    lang: Lang
    redactions: Count


class ReasonDocument(BaseModel, extra="forbid", defer_build=True):
    code: ReasonCode
    detail: str


class AnswerTextDocument(BaseModel, extra="forbid", defer_build=True):
    markdown: str
    html: str
    text: str


class SourceDocument(BaseModel, extra="forbid", defer_build=True):
    """A place in an article: `file[start:end] == quote`, always."""

    n: int = Field(ge=1)
    article_id: str
    passage_id: str
    title: str
    heading_path: list[str]
    url: str
    highlight_url: str
    quote: str
    source_span: SpanDocument
    content_hash: str
    lang: Lang
    owner: str | None
    last_reviewed_on: str | None
    stale: bool


class CitationDocument(SourceDocument):
    answer_spans: list[SpanDocument] = Field(description="The parts of `answer.text` that this place supports.")


class ConfidenceDocument(BaseModel, extra="forbid", defer_build=True):
    score: Share01 = Field(description="Calibrated probability that the answer is right.")
    level: Level


class OptionDocument(BaseModel, extra="forbid", defer_build=True):
    id: str
    label: str
    article_id: str
    anchor: str


class ActionDocument(BaseModel, extra="forbid", defer_build=True):
    label: str
    url: str


class RelatedDocument(BaseModel, extra="forbid", defer_build=True):
    article_id: str
    title: str
    url: str


class HandoffOfferDocument(BaseModel, extra="forbid", defer_build=True):
    """The way to a person. Answers stored by older versions have only the first three fields."""

    offered: bool = Field(description="This answer should be followed by a person.")
    channels: list[str] = Field(description="Names of ways to reach a person, as the operator set them.")
    message: str
    contact_url: str | None = Field(
        default=None, description="Where a person is reached without this service: a web, mailto: or tel: address."
    )
    accepts: bool = Field(
        default=False,
        description="`POST /v1/handoffs` reaches somebody: a webhook, a mailbox or a desk. If false, show `contact_url`.",
    )
    team: str | None = Field(
        default=None, description="Who takes over, by the name in `policy.yaml`; null when nobody is offered."
    )
    urgency: Literal["normal", "high"] = Field(default="normal", description="How soon a person should look.")
    open: bool | None = Field(
        default=None, description="Whether somebody of the team is there now; null when no opening hours are set."
    )
    opens_at: str | None = Field(
        default=None,
        description="When somebody is there again; null while somebody is there or when that is not known.",
    )


class IndexDocument(BaseModel, extra="forbid", defer_build=True):
    revision: str
    built_at: str


class TimingsDocument(BaseModel, extra="forbid", defer_build=True):
    embed: float
    retrieve: float
    answer: float
    total: float


class GenerationDocument(BaseModel, extra="forbid", defer_build=True):
    """What became of asking the optional model endpoint."""

    result: str = Field(description="`written`, or why the answer is the extractive one: `timeout`, `unsupported`, ...")
    dropped: Count = Field(description="Sentences that no quote supported.")
    ms: float = Field(ge=0)


class StoredAnswerDocument(BaseModel, extra="forbid", defer_build=True):
    """An answer as it was given, for whoever has its id."""

    object: Literal["answer"]
    id: str
    created_at: str
    conversation_id: str | None = Field(
        description="Null for whoever has only the link: it would let them read on in it."
    )
    question: QuestionDocument
    outcome: Outcome
    reason: ReasonDocument | None
    lang: Lang
    preface: str | None = Field(
        default=None, description="Said before the answer: sympathy, or when a person is there again."
    )
    answer: AnswerTextDocument | None
    citations: list[CitationDocument]
    confidence: ConfidenceDocument
    options: list[OptionDocument]
    suggestions: list[SourceDocument]
    actions: list[ActionDocument]
    related: list[RelatedDocument]
    handoff: HandoffOfferDocument
    gap_id: str | None
    index: IndexDocument
    timings_ms: TimingsDocument
    generator: GenerationDocument | None = Field(default=None, description="Only where a model endpoint is configured.")


class ButtonDocument(BaseModel, extra="forbid", defer_build=True):
    """A button of a message, and what a bot does when it is pressed."""

    kind: Literal["up", "down", "option", "person", "link"]
    label: str
    value: str | None = Field(description="What platforms with little room send back; `POST /v1/clicks` reads it.")
    url: str | None = Field(description="What a link opens.")
    call: Literal["/v1/feedback", "/v1/ask", "/v1/handoffs"] | None = Field(description="To be called with `body`.")
    body: dict[str, Any] | None


class RenderedDocument(BaseModel, extra="forbid", defer_build=True):
    """An answer as messages of one platform, within its limits."""

    channel: Literal["slack", "teams", "wecom", "feishu", "dingtalk", "telegram", "text"]
    messages: list[dict[str, Any]] = Field(
        min_length=1, description="To be sent in this order, without whom they are for."
    )
    cut: bool = Field(description="Something is left out, and a link leads to the whole answer.")
    buttons: list[ButtonDocument] = Field(description="Also those that the platform cannot show.")


class AnswerDocument(StoredAnswerDocument):
    """The one reply object."""

    conversation_id: str
    feedback_token: str = Field(description="Lets this visitor vote on this answer without a login.")
    rendered: RenderedDocument | None = Field(default=None, description="Only where `render` asked for it.")


class ListDocument(BaseModel, extra="forbid", defer_build=True):
    object: Literal["list"]
    has_more: bool
    next_cursor: str | None


class SearchHeadingDocument(BaseModel, extra="forbid", defer_build=True):
    text: str
    anchor: str
    url: str
    html: str = Field(description="`text`, escaped, with <mark> around matches.")


class SearchResultDocument(BaseModel, extra="forbid", defer_build=True):
    article_id: str
    title: str
    url: str
    lang: Lang
    category: str
    snippet_html: str = Field(description="Escaped text with <mark> around matches.")
    headings: list[SearchHeadingDocument] = Field(description="Those that match, or that stand above a match.")
    score: float
    title_html: str = Field(description="`title`, escaped, with <mark> around matches.")
    matched_question: str | None = Field(
        description="The known phrasing of the article that holds more of what was typed than its title; null in mode `full`."
    )
    matched_question_html: str | None = Field(description="The same, escaped, with <mark> around matches.")


class SubstitutionDocument(BaseModel, extra="forbid", defer_build=True):
    said: str
    meant: str
    kind: Literal["synonym", "spelling"]


class OpeningDocument(BaseModel, extra="forbid", defer_build=True):
    object: Literal["opening"]
    id: str


class SearchDocument(ListDocument):
    id: str | None = Field(
        description="Of the search, for `POST /v1/openings`; null while typing and for further pages of results."
    )
    data: list[SearchResultDocument]
    index: IndexDocument
    substitutions: list[SubstitutionDocument] = Field(
        description="Words that were read as others (spelling), or looked for together with others (synonym)."
    )


class FeedbackDocument(BaseModel, extra="forbid", defer_build=True):
    object: Literal["feedback"]
    answer_id: str
    rating: Literal["up", "down"] | None


class VerificationDocument(BaseModel, extra="forbid", defer_build=True):
    object: Literal["verification"]
    article_id: str
    status: Literal["unchanged", "moved", "changed", "gone"]
    content_hash: str | None
    source_span: SpanDocument | None
    current: str = Field(description="The current text around the place.")
