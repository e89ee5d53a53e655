"""The nouns every other module speaks: articles, passages, citations, answers.

Everything here is a frozen value. Spans count Unicode code points and are
half-open: ``text[start:end]``. Times are timezone-aware UTC.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Lang = Literal["en", "zh"]
Audience = Literal["public", "bot", "agent"]
Policy = Literal["answer", "link_only", "handoff"]
Level = Literal["high", "medium", "low", "none"]
FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


class Span(NamedTuple):
    """A half-open range of code points."""

    start: int
    end: int


class BlockKind(StrEnum):
    """What a top-level Markdown block is; decides how an answer may cut it."""

    PARAGRAPH = "paragraph"
    LIST = "list"
    PROCEDURE = "procedure"  # an ordered list: steps, never cut
    TABLE = "table"
    CODE = "code"
    QUOTE = "quote"  # block quotes and admonitions
    HTML = "html"


@dataclass(frozen=True, slots=True)
class Block:
    """One Markdown block of a passage.

    ``span`` indexes the article file. ``lead_in`` says that the block is a
    paragraph which introduces the list, table or code after it.
    """

    kind: BlockKind
    span: Span
    lead_in: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of an article: ``level`` 1-6, ``span`` of its source lines."""

    level: int
    text: str
    anchor: str
    span: Span
    line: int  # 1-based


@dataclass(frozen=True, slots=True)
class Action:
    """A button that an article offers with its answer."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Article:
    """One help article: what its front matter says and the file's full text.

    ``text`` is the file decoded as UTF-8 with front matter included, so that every span
    of every citation can be checked against it. ``body_start`` is the offset behind the front matter.
    """

    id: str  # path below the articles folder without ".md"
    path: str  # path below the articles folder, POSIX separators
    title: str
    lang: Lang
    text: str
    body_start: int
    content_hash: str  # "sha256:<hex>" of the file's bytes
    category: str = ""
    description: str = ""
    owner: str | None = None
    tags: tuple[str, ...] = ()
    audience: tuple[Audience, ...] = ("public",)
    questions: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()
    actions: tuple[Action, ...] = ()
    policy: Policy = "answer"
    last_reviewed_on: date | None = None
    review_due_on: date | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    url: str | None = None
    translation_of: str | None = None
    resolves: tuple[str, ...] = ()
    headings: tuple[Heading, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Passage:
    """A citable piece of an article: ``article.text[span.start:span.end] == text``."""

    id: str  # "<article id>#<anchor>.<ordinal under that anchor>"
    article_id: str
    heading_path: tuple[str, ...]  # article title first
    anchor: str  # "" for text before the first heading below the title
    span: Span
    lines: tuple[int, int]  # 1-based, inclusive
    text: str  # the source, verbatim
    plain: str  # the same without markup, for searching and embedding
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with an article: where, what, and whether it was left out."""

    path: str
    line: int  # 1-based, 0 when the whole file is meant
    code: str
    message: str
    fatal: bool  # True: this version of the article is not indexed


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
class Filters:
    """What may be searched. Empty means no restriction, except for ``audience``."""

    category: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    audience: tuple[Audience, ...] = ("public",)


@dataclass(frozen=True, slots=True)
class Query:
    """A question as a door hands it to the service, already validated.

    ``question``: 1-1000 code points, trimmed. ``visitor``: an opaque, already hashed key of the person, or None.
    ``option_id``: the option that was chosen after an outcome ``clarify``; ``question`` is then its label, or any words.
    """

    question: str
    lang: Literal["auto", "en", "zh"] = "auto"
    conversation_id: str | None = None
    filters: Filters = Filters()
    max_citations: int = 4
    cross_language: bool = True
    page_url: str | None = None
    channel: str = "api"
    visitor: str | None = None
    option_id: str | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question, with the evidence for it.

    ``row`` is the passage's row in the snapshot. ``lexical`` is a BM25 score (>= 0), ``vector`` a cosine in [-1, 1].
    ``wording``: cosine with the nearest title or known phrasing of the article, 0 when none is near. Ranks start at 1; 0 means
    the leg did not return the passage. ``score`` in [0, 1] is what hits are ordered by: larger is better.

    The ranker's evidence: ``fused``, the mix of both legs that chose the candidates, in [0, 1]; ``features``, the values of
    ``kb.answer.rank.FEATURES`` (empty for a hit too far down to be ranked); ``logit``, their weighted sum, whose differences are
    natural-log odds between two passages of the same question. ``rerank``: score in [0, 1] of the optional reranker, which then
    decides the order instead of ``score``; None for a hit that it did not read.
    """

    row: int
    passage: Passage
    article: Article
    score: float
    lexical: float
    vector: float
    lexical_rank: int
    vector_rank: int
    wording: float = 0.0
    fused: float = 0.0
    logit: float = 0.0
    features: Mapping[str, float] = field(default_factory=dict)
    rerank: float | None = None


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
    offered: bool
    channels: tuple[str, ...] = ()
    message: str = ""


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


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier exchange of a conversation, newest last in a sequence of turns."""

    question: str
    lang: Lang
    outcome: Outcome
    article_id: str | None  # of the first citation, or of the first suggestion where that was the reply
    at: datetime


class Encoder(Protocol):
    """Text to unit vectors. Implementations are thread-safe.

    ``fingerprint`` changes whenever vectors of the same text would change.
    """

    @property
    def fingerprint(self) -> str: ...

    @property
    def dimensions(self) -> int: ...

    def encode(self, texts: Sequence[str], *, query: bool = False) -> FloatArray:
        """Return unit vectors, shape ``(len(texts), dimensions)``, float32; ``query``: the texts are questions."""
        ...


@dataclass(frozen=True, slots=True)
class SearchHeading:
    """A heading of a found article that matches the search."""

    text: str
    anchor: str
    url: str


@dataclass(frozen=True, slots=True)
class SearchResult:
    """One article found by a search; ``snippet_html`` is escaped text with ``<mark>`` around matches."""

    article_id: str
    title: str
    url: str
    lang: Lang
    category: str
    snippet_html: str
    headings: tuple[SearchHeading, ...]
    score: float


@dataclass(frozen=True, slots=True)
class SearchPage:
    results: tuple[SearchResult, ...]
    has_more: bool
    index: IndexInfo
    substitutions: tuple[Substitution, ...] = ()


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


@dataclass(frozen=True, slots=True)
class Substitution:
    """Words of a question that were read as others: an operator's synonym, or a typing error."""

    said: str
    meant: str
    kind: Literal["synonym", "spelling"]


@dataclass(frozen=True, slots=True)
class Rewording:
    """The question as it was asked in the visitor's place, and what was put in."""

    text: str
    substitutions: tuple[Substitution, ...]


@dataclass(frozen=True, slots=True)
class ExplainedHit:
    """One candidate of a question with everything that decided its place.

    ``features``: what the ranker saw; ``contributions``: what each of them added to ``logit``, their sum. Both are empty for a
    candidate too far down to be ranked.
    """

    passage_id: str
    article_id: str
    heading_path: tuple[str, ...]
    score: float
    lexical: float
    lexical_rank: int
    vector: float
    vector_rank: int
    matched_terms: tuple[str, ...]
    fused: float = 0.0
    logit: float = 0.0
    features: Mapping[str, float] = field(default_factory=dict)
    contributions: Mapping[str, float] = field(default_factory=dict)
    rerank: float | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why this answer, why not that one.

    ``missing``: for the article asked about, the question's terms that its text lacks (what wording would have found it);
    ``excluded_by``: the filter that kept it out, or "" when none did. ``substitutions``: the synonyms and corrections that this
    answer rests on; ``synonyms``: every expression of the question that has synonyms, with what may stand for it.
    """

    question: str
    lang: Lang
    terms: tuple[str, ...]
    vector_weight: float
    outcome: Outcome
    reason: Reason | None
    confidence: Confidence
    features: Mapping[str, float]
    hits: tuple[ExplainedHit, ...]
    article_id: str | None = None
    article_rank: int | None = None
    missing: tuple[str, ...] = ()
    excluded_by: str = ""
    substitutions: tuple[Substitution, ...] = ()
    synonyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
