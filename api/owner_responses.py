"""What responses to owners and operators look like; see ``api.responses`` for what these models are for."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from api.article_responses import ProblemOfArticle
from api.gap_responses import GapCheckDocument, GapFoundDocument
from api.responses import (
    ConfidenceDocument,
    Count,
    IndexDocument,
    ListDocument,
    ReasonDocument,
    SubstitutionDocument,
)
from kb.gaps.vocabulary import Cause, GapStatus, SignalKind
from kb.types import Lang, Outcome


class ProgressDocument(BaseModel, extra="forbid", defer_build=True):
    stage: str
    done: Count
    total: Count


class BuildReportDocument(BaseModel, extra="forbid", defer_build=True):
    revision: str
    articles: Count
    passages: Count
    embedded: Count
    reread: Count
    changed: bool
    seconds: float
    problems: list[ProblemOfArticle]


class JobErrorDocument(BaseModel, extra="forbid", defer_build=True):
    code: str
    detail: str


class IndexJobDocument(BaseModel, extra="forbid", defer_build=True):
    object: Literal["index_job"]
    id: str
    status: Literal["running", "succeeded", "failed"]
    created_at: str
    finished_at: str | None
    progress: ProgressDocument | None
    report: BuildReportDocument | None
    error: JobErrorDocument | None


class GapSummaryDocument(BaseModel, extra="forbid", defer_build=True):
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
    assignee: str | None = Field(description="Who writes.")
    due_on: str | None = Field(description="ISO 8601 date.")
    dismissed_reason: str | None
    opened_at: str | None = Field(description="When it was last opened or reopened.")


class GapListDocument(ListDocument):
    data: list[GapSummaryDocument]


class GapQuestionDocument(BaseModel, extra="forbid", defer_build=True):
    text: str
    lang: Lang
    count: Count
    first_at: str
    last_at: str


class GapArticleDocument(BaseModel, extra="forbid", defer_build=True):
    article_id: str
    count: Count


class GapEventDocument(BaseModel, extra="forbid", defer_build=True):
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
    checks: list[GapCheckDocument] = Field(description="What the published articles last said to its wordings.")
    found: GapFoundDocument | None = Field(description="The article that answers it when it is tried; null for none.")


class SuggestionDocument(BaseModel, extra="forbid", defer_build=True):
    object: Literal["suggestion"]
    gap_id: str
    action: Literal["write", "extend", "update", "reconcile", "translate", "rephrase"]
    lang: Lang
    path: str = Field(description="File to write or to edit, below the articles folder.")
    article_id: str | None = Field(description="Article to edit or to translate; null for a new one.")
    heading: str = Field(description="Its nearest heading; empty when there is none.")
    questions: list[str] = Field(description="Wordings that the text must answer, most frequent first.")
    front_matter: str = Field(description="YAML ready to paste, without its fences.")
    markdown: str


class MachineDraftDocument(BaseModel, extra="forbid", defer_build=True):
    object: Literal["machine_draft"]
    gap_id: str
    machine_written: Literal[True]
    markdown: str


class SignalDocument(BaseModel, extra="forbid", defer_build=True):
    object: Literal["signal"]
    id: str
    gap_id: str
    created: bool = Field(description="False: this external_id was known, nothing was counted.")


class SignalListDocument(ListDocument):
    data: list[SignalDocument]


class ExplainedHitDocument(BaseModel, extra="forbid", defer_build=True):
    passage_id: str
    article_id: str
    heading_path: list[str]
    score: float
    lexical: float
    lexical_rank: Count = Field(description="0: this leg did not return the passage.")
    vector: float
    vector_rank: Count
    matched_terms: list[str]
    fused: float = Field(description="Mix of both legs: what chose the candidates.")
    logit: float = Field(description="What the candidates are ordered by: the sum of the contributions.")
    features: dict[str, float] = Field(
        description="What the ranker saw; empty for a candidate too far down to be ranked."
    )
    contributions: dict[str, float]
    rerank: float | None = Field(description="Score of the optional reranker; null where it did not read the passage.")


class ExplanationDocument(BaseModel, extra="forbid", defer_build=True):
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
    substitutions: list[SubstitutionDocument] = Field(
        description="Words of the question that were read as others: synonyms that this answer rests on, typing errors."
    )
    synonyms: dict[str, list[str]] = Field(
        description="Expressions of the question that the operator's synonyms know, with what may stand for each."
    )


class LiveDocument(BaseModel, extra="forbid", defer_build=True):
    status: Literal["ok"]


class ReadyDocument(BaseModel, extra="forbid", defer_build=True):
    status: Literal["ready"]
    index: IndexDocument


class RecordsStatusDocument(BaseModel, extra="forbid", defer_build=True):
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


class GeneratorStatusDocument(BaseModel, extra="forbid", defer_build=True):
    """How the optional model endpoint does."""

    model: str
    calls: dict[str, Count] = Field(description="Calls since the start by how they ended.")
    last_failure: str | None
    paused_seconds: float = Field(ge=0, description="Until a failing endpoint is asked again; 0 while it is asked.")


class HandoffShareDocument(BaseModel, extra="forbid", defer_build=True):
    """How many conversations go to a person, as the policy watches it."""

    share: float = Field(ge=0, le=1)
    handed_over: Count
    conversations: Count
    days: Count = Field(description="Length of the period that ends now.")
    above: float = Field(ge=0, le=1, description="The share from which owners are told.")
    high: bool


class StatusDocument(BaseModel, extra="forbid", defer_build=True):
    object: Literal["status"]
    version: str
    started_at: str
    index: IndexStatusDocument | None
    index_problem: str | None = Field(description="Why the last published index is not served, or null.")
    records: RecordsStatusDocument
    generator: GeneratorStatusDocument | None = Field(description="Null unless a model endpoint is configured.")
    handoffs: HandoffShareDocument | None = Field(default=None, description="Null while the records cannot be read.")
    open_on_loopback: bool = Field(description="True while owner calls need no key.")
