"""What is replied: one object, and every part of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from kb.types.article import Action, Lang, Span

Level = Literal["high", "medium", "low", "none"]


class Outcome(StrEnum):
    """What kind of reply an ``Answer`` is."""

    ANSWERED = "answered"
    SUGGESTED = "suggested"
    CLARIFY = "clarify"
    NO_ANSWER = "no_answer"
    HANDOFF = "handoff"


class ReasonCode(StrEnum):
    """Why an answer is not ``answered``."""

    NOT_COVERED = "not_covered"
    LOW_CONFIDENCE = "low_confidence"
    OFF_TOPIC = "off_topic"
    CONFLICTING_SOURCES = "conflicting_sources"
    NEEDS_ACCOUNT_DATA = "needs_account_data"
    RESTRICTED = "restricted"
    UNCLEAR_QUESTION = "unclear_question"
    ASKED_FOR_PERSON = "asked_for_person"
    POLICY = "policy"


@dataclass(frozen=True, slots=True)
class Reason:
    code: ReasonCode
    detail: str


@dataclass(frozen=True, slots=True)
class Citation:
    """A place in an article, quoted. ``quote == file[source_span.start:source_span.end]``."""

    n: int
    article_id: str
    passage_id: str
    title: str
    heading_path: tuple[str, ...]
    url: str
    highlight_url: str
    quote: str
    source_span: Span
    answer_spans: tuple[Span, ...]
    content_hash: str
    lang: Lang
    owner: str | None
    last_reviewed_on: date | None
    stale: bool


@dataclass(frozen=True, slots=True)
class AnswerText:
    """One answer in three forms; ``answer_spans`` of the citations index ``text``."""

    markdown: str
    html: str
    text: str


@dataclass(frozen=True, slots=True)
class Confidence:
    """``score``: calibrated probability in [0, 1] that the answer is right."""

    score: float
    level: Level


@dataclass(frozen=True, slots=True)
class Option:
    """One way to go on from an ambiguous question: a real heading."""

    id: str
    label: str
    article_id: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Related:
    article_id: str
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Handoff:
    """The way to a person. ``channels``: names of ways to reach one. ``contact_url``: where one is reached without us, "" when the
    operator named no address. ``accepts``: a request for a person that is sent here now reaches somebody. ``team``: who takes over,
    "" when nobody is offered. ``open``: whether somebody of the team is there now, None when no hours are known; ``opens_at``: when
    somebody is there again, None while somebody is there.
    """

    offered: bool
    channels: tuple[str, ...] = ()
    message: str = ""
    contact_url: str = ""
    accepts: bool = False
    team: str = ""
    urgency: Literal["normal", "high"] = "normal"
    open: bool | None = None
    opens_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class IndexInfo:
    revision: str
    built_at: datetime


@dataclass(frozen=True, slots=True)
class Timings:
    """Milliseconds spent in each step of one question."""

    embed: float
    retrieve: float
    answer: float
    total: float


@dataclass(frozen=True, slots=True)
class Generation:
    """What became of asking the optional generator.

    ``result``: "written" when its sentences are the answer's text, else why they are not. ``dropped``: sentences that no quote
    supported. ``ms``: how long it took, milliseconds.
    """

    result: str
    dropped: int
    ms: float


@dataclass(frozen=True, slots=True)
class Answer:
    """The one reply object; every door shows a projection of it."""

    id: str
    created_at: datetime
    conversation_id: str
    question: str  # as stored: masked
    question_lang: Lang
    redactions: int
    outcome: Outcome
    reason: Reason | None
    lang: Lang  # language of the answer's text
    answer: AnswerText | None
    citations: tuple[Citation, ...]
    confidence: Confidence
    options: tuple[Option, ...]
    suggestions: tuple[Citation, ...]
    actions: tuple[Action, ...]
    related: tuple[Related, ...]
    handoff: Handoff
    feedback_token: str
    gap_id: str | None
    index: IndexInfo
    timings_ms: Timings
    generation: Generation | None = None  # None: no generator was asked
    preface: str = ""  # said before everything else: sympathy, or when a person is there again


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier exchange of a conversation, newest last in a sequence of turns."""

    question: str
    lang: Lang
    outcome: Outcome
    article_id: str | None  # of the first citation, or of the first suggestion where that was the reply
    at: datetime


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether a citation still holds.

    ``unchanged``: same file, quote present. ``moved``: the file changed, the quote is still in it, at ``span``.
    ``changed``: the quote is gone; ``current`` is the text that stands nearest to it. ``gone``: no such article.
    """

    status: Literal["unchanged", "moved", "changed", "gone"]
    content_hash: str | None
    span: Span | None
    current: str
