"""What responses look like, for the OpenAPI document and for the tests that hold real responses against it.

Nothing is serialised through these: routes send plain documents as bytes.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from kb.gaps.vocabulary import Cause, GapStatus, SignalKind
from kb.types import Lang, Level, Outcome, ReasonCode

Share01 = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]


class _Response(BaseModel):
    # Clients must ignore fields they do not know; the tests must not: a field nobody described is a mistake.
    model_config = ConfigDict(extra="forbid")


class FieldErrorDocument(_Response):
    pointer: str = Field(description="JSON pointer (RFC 6901) to the wrong field.")
    detail: str
    in_: Literal["body", "query", "path", "header"] = Field(alias="in")


class OpenAIError(_Response):
    message: str
    type: str
    code: str
    param: str | None


class ProblemDocument(_Response):
    """RFC 9457 problem details; `error` is the same in the shape that OpenAI clients read."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: list[FieldErrorDocument]
    error: OpenAIError


class SpanDocument(_Response):
    """A half-open range of Unicode code points."""

    start: Count
    end: Count


class QuestionDocument(_Response):
    text: str = Field(description="The question as stored: personal data is masked.")
    lang: Lang
    redactions: Count


class ReasonDocument(_Response):
    code: ReasonCode
    detail: str


class AnswerTextDocument(_Response):
    markdown: str
    html: str
    text: str


class SourceDocument(_Response):
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


class ConfidenceDocument(_Response):
    score: Share01 = Field(description="Calibrated probability that the answer is right.")
    level: Level


class OptionDocument(_Response):
    id: str
    label: str
    article_id: str
    anchor: str


class ActionDocument(_Response):
    label: str
    url: str


class RelatedDocument(_Response):
    article_id: str
    title: str
    url: str


class HandoffDocument(_Response):
    offered: bool
    channels: list[str]
    message: str


class IndexDocument(_Response):
    revision: str
    built_at: str


class TimingsDocument(_Response):
    embed: float
    retrieve: float
    answer: float
    total: float


class StoredAnswerDocument(_Response):
    """An answer as it was given, for whoever has its id."""

    object: Literal["answer"]
    id: str
    created_at: str
    conversation_id: str
    question: QuestionDocument
    outcome: Outcome
    reason: ReasonDocument | None
    lang: Lang
    answer: AnswerTextDocument | None
    citations: list[CitationDocument]
    confidence: ConfidenceDocument
    options: list[OptionDocument]
    suggestions: list[SourceDocument]
    actions: list[ActionDocument]
    related: list[RelatedDocument]
    handoff: HandoffDocument
    gap_id: str | None
    index: IndexDocument
    timings_ms: TimingsDocument


class AnswerDocument(StoredAnswerDocument):
    """The one reply object."""

    feedback_token: str = Field(description="Lets this visitor vote on this answer without a login.")


class _List(_Response):
    object: Literal["list"]
    has_more: bool
    next_cursor: str | None


class SearchHeadingDocument(_Response):
    text: str
    anchor: str
    url: str


class SearchResultDocument(_Response):
    article_id: str
    title: str
    url: str
    lang: Lang
    category: str
    snippet_html: str = Field(description="Escaped text with <mark> around matches.")
    headings: list[SearchHeadingDocument]
    score: float


class SearchDocument(_List):
    data: list[SearchResultDocument]
    index: IndexDocument


class ArticleSummaryDocument(_Response):
    object: Literal["article"]
    id: str
    title: str
    lang: Lang
    category: str
    description: str
    tags: list[str]
    owner: str | None
    url: str
    content_hash: str
    last_reviewed_on: str | None
    review_due_on: str | None
    stale: bool
    translation_of: str | None


class ProblemOfArticle(_Response):
    path: str
    line: Count
    code: str
    message: str
    fatal: bool = Field(description="True: this version of the file is not in the index.")


class ListedArticleDocument(_Response):
    """One row of the list. For `status=broken` a file that never was indexed has only path and problems."""

    object: Literal["article"]
    id: str
    title: str
    lang: Lang | None
    category: str
    description: str
    tags: list[str]
    owner: str | None
    url: str | None
    content_hash: str | None
    last_reviewed_on: str | None
    review_due_on: str | None
    stale: bool
    translation_of: str | None
    problems: list[ProblemOfArticle] | None = None


class ArticleListDocument(_List):
    data: list[ListedArticleDocument]


class HeadingDocument(_Response):
    level: int = Field(ge=1, le=6)
    text: str
    anchor: str
    line: int = Field(ge=1)


class UsageDocument(_Response):
    """What became of an article in 28 days."""

    days: int
    cited: Count
    suggested: Count
    up: Count
    down: Count
    last_at: str | None


class ArticleDocument(ArticleSummaryDocument):
    path: str
    audience: list[str]
    headings: list[HeadingDocument]
    actions: list[ActionDocument]
    translations: list[str] = Field(description="Ids of the same article in the other language.")
    usage: UsageDocument


class FeedbackDocument(_Response):
    object: Literal["feedback"]
    answer_id: str
    rating: Literal["up", "down"] | None


class VerificationDocument(_Response):
    object: Literal["verification"]
    article_id: str
    status: Literal["unchanged", "moved", "changed", "gone"]
    content_hash: str | None
    source_span: SpanDocument | None
    current: str = Field(description="The current text around the place.")


class ProgressDocument(_Response):
    stage: str
    done: Count
    total: Count


class BuildReportDocument(_Response):
    revision: str
    articles: Count
    passages: Count
    embedded: Count
    reread: Count
    changed: bool
    seconds: float
    problems: list[ProblemOfArticle]


class JobErrorDocument(_Response):
    code: str
    detail: str


class IndexJobDocument(_Response):
    object: Literal["index_job"]
    id: str
    status: Literal["running", "succeeded", "failed"]
    created_at: str
    finished_at: str | None
    progress: ProgressDocument | None
    report: BuildReportDocument | None
    error: JobErrorDocument | None


class GapSummaryDocument(_Response):
    object: Literal["gap"]
    id: str
    label: str
    lang: Lang
    status: GapStatus
    cause: Cause
    cause_evidence: str
    owner: str | None
    people: Count = Field(description="People with this need in the last 28 days.")
    person_requests: Count
    signals: Count
    kinds: dict[SignalKind, Count]
    created_at: str
    last_signal_at: str
    merged_into: str | None


class GapListDocument(_List):
    data: list[GapSummaryDocument]


class GapQuestionDocument(_Response):
    text: str
    lang: Lang
    count: Count
    first_at: str
    last_at: str


class GapArticleDocument(_Response):
    article_id: str
    count: Count


class GapEventDocument(_Response):
    at: str
    who: str
    field: str
    before: str | None
    after: str | None
    note: str


class GapDocument(GapSummaryDocument):
    questions: list[GapQuestionDocument]
    articles: list[GapArticleDocument]
    history: list[GapEventDocument]


class SignalDocument(_Response):
    object: Literal["signal"]
    id: str
    gap_id: str
    created: bool = Field(description="False: this external_id was known, nothing was counted.")


class ShareDocument(_Response):
    count: Count
    of: Count
    rate: Share01 | None


class BoundsDocument(_Response):
    """What logs alone cannot settle, from both sides."""

    pessimistic: ShareDocument
    optimistic: ShareDocument


class TopQuestionDocument(_Response):
    text: str
    lang: Lang
    count: Count


class RisingWordDocument(_Response):
    word: str
    count: Count
    before: Count


class PeriodDocument(_Response):
    start: str
    end: str


class KpisDocument(_Response):
    object: Literal["kpis"]
    period: PeriodDocument
    questions: Count
    conversations: Count
    visitors: Count
    outcomes: dict[Outcome, ShareDocument]
    self_service: BoundsDocument
    first_contact: BoundsDocument
    helpful: ShareDocument
    answer_ms_p50: float | None
    answer_ms_p95: float | None
    top_questions: list[TopQuestionDocument]
    top_articles: list[GapArticleDocument]
    never_used_articles: list[str]
    overdue_articles: list[GapArticleDocument] = Field(
        description="Articles past their review date that answers still cite, and how often."
    )
    gaps_open: Count
    gap_age_median_days: float | None
    gap_age_max_days: float | None
    gaps_reopened: Count
    heat_map: list[list[Count]] = Field(description="Questions by weekday (Monday first) and hour, UTC.")
    rising_words: list[RisingWordDocument]


class ExplainedHitDocument(_Response):
    passage_id: str
    article_id: str
    heading_path: list[str]
    score: float
    lexical: float
    lexical_rank: Count = Field(description="0: this leg did not return the passage.")
    vector: float
    vector_rank: Count
    matched_terms: list[str]


class ExplanationDocument(_Response):
    object: Literal["explanation"]
    question: str
    lang: Lang
    terms: list[str]
    vector_weight: float
    outcome: Outcome
    reason: ReasonDocument | None
    confidence: ConfidenceDocument
    features: dict[str, float]
    hits: list[ExplainedHitDocument]
    article_id: str | None
    article_rank: int | None
    missing: list[str] = Field(description="Words of the question that the article lacks.")
    excluded_by: str


class LiveDocument(_Response):
    status: Literal["ok"]


class ReadyDocument(_Response):
    status: Literal["ready"]
    index: IndexDocument


class RecordsStatusDocument(_Response):
    ok: bool
    waiting: Count
    backlog: Count
    dropped: Count
    rejected: Count
    last_error: str


class IndexStatusDocument(IndexDocument):
    articles: Count
    passages: Count
    problems: Count
    model: str


class StatusDocument(_Response):
    object: Literal["status"]
    version: str
    started_at: str
    index: IndexStatusDocument | None
    index_problem: str | None = Field(description="Why the last published index is not served, or null.")
    records: RecordsStatusDocument
    open_on_loopback: bool = Field(description="True while owner calls need no key.")
