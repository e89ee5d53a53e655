"""What the records give and take: frozen values, no SQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from kb.gaps.telling import Told
from kb.gaps.vocabulary import Cause, Found, GapStatus, SignalKind
from kb.records.checks import Check
from kb.types import FloatArray, Lang

Rating = Literal["up", "down"]
KeyKind = Literal["secret", "public"]

UP_REASONS = ("solved", "clear")
DOWN_REASONS = (
    "incorrect",
    "outdated",
    "incomplete",
    "not_relevant",
    "hard_to_understand",
    "wrong_language",
    "other",
)
MAX_COMMENT = 2000  # code points
SCOPES = ("ask", "search", "feedback", "signals", "handoffs", "gaps:read", "gaps:write", "admin")


@dataclass(frozen=True, slots=True)
class Signal:
    """One event that shows an unmet need, and the gap it was assigned to.

    ``gap_id`` may name a gap that is not stored yet: then ``question`` becomes its label and ``terms``, ``vector`` and
    ``encoder`` (the fingerprint of the model behind ``vector``) become its representative, ``owner`` its owner and
    ``category`` its category.
    ``article_id``: the article that was cited or came nearest. ``reason``: the answer's reason code. ``tags``: those
    of a down vote. ``external_id``: the sender's own name of the event; a second signal with the same one is not
    counted. ``answer_id``, ``conversation_id``: what it is about, where that is not what it comes with. ``cell``: the gap
    that the directory of gaps has found, ``gap_id`` or one that was merged into it; None: in ``gap_id`` and nowhere else.
    """

    kind: SignalKind
    gap_id: str
    question: str
    lang: Lang
    terms: tuple[str, ...] = ()
    vector: FloatArray | None = None
    encoder: str | None = None
    owner: str | None = None
    article_id: str | None = None
    reason: str | None = None
    tags: tuple[str, ...] = ()
    external_id: str | None = None
    category: str | None = None
    answer_id: str | None = None
    conversation_id: str | None = None
    cell: str | None = None


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A signal of its own, not of an answer that is being written down: where and when it happened and to whom.

    ``at``: when, None for now. ``visitor``: an opaque, already hashed key of the person, or None.
    """

    signal: Signal
    channel: str
    visitor: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SignalResult:
    """``created`` is False when the ``external_id`` was known; ``gap_id`` is then that of the first."""

    id: str
    gap_id: str
    created: bool


@dataclass(frozen=True, slots=True)
class VoteResult:
    """``created``: this answer had no vote before. ``rating``: the vote that stands now, None when withdrawn."""

    created: bool
    rating: Rating | None


@dataclass(frozen=True, slots=True)
class RatedAnswer:
    """A vote with what was asked and the article that was shown first."""

    question: str
    lang: Lang
    article_id: str
    rating: Rating
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Vote:
    """The vote that stands on one answer."""

    answer_id: str
    rating: Rating
    reasons: tuple[str, ...]
    comment: str
    resolved: bool | None
    at: datetime


@dataclass(frozen=True, slots=True)
class GapSummary:
    """One row of the owner's board.

    ``people``: distinct visitors (else conversations) with a signal in the last 28 days. A visitor's key changes
    daily, so somebody who came back on another day counts again. ``person_requests``: how often a person was asked for
    in that time. ``signals``: all signals ever, ``kinds`` the same by kind. ``owner`` answers for the subject,
    ``assignee`` writes. ``opened_at``: last opened or reopened. ``cause_evidence`` is in English; ``cause_told`` is the same to
    be worded in another language, None where only the English was kept.
    """

    id: str
    label: str
    lang: Lang
    status: GapStatus
    cause: Cause
    cause_evidence: str
    owner: str | None
    people: int
    person_requests: int
    signals: int
    kinds: Mapping[SignalKind, int]
    created_at: datetime
    last_signal_at: datetime
    merged_into: str | None = None
    assignee: str | None = None
    due_on: date | None = None
    dismissed_reason: str | None = None
    opened_at: datetime | None = None
    cause_told: Told | None = None


@dataclass(frozen=True, slots=True)
class GapChange:
    """What to change of a gap: None leaves it as it is, ``""`` clears it. ``due_on``: ISO 8601 date.

    ``note``: said in the history, even when nothing else changes.
    """

    status: GapStatus | None = None
    owner: str | None = None
    assignee: str | None = None
    due_on: str | None = None
    dismissed_reason: str | None = None
    label: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class GapQuestion:
    """One wording of a gap's need and how often it came."""

    text: str
    lang: Lang
    count: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class GapEvent:
    """Who changed what of a gap. ``field``: status, owner, assignee, due_on, dismissed_reason, label, cause,
    merged_into, created or note.

    ``note``: what was said about it; ``told``: the same where the service said it, to be worded in another language.
    """

    at: datetime
    who: str
    field: str
    before: str | None
    after: str | None
    note: str
    told: Told | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """A gap with everything known of it. ``articles``: article id and in how many signals it was cited or nearest.

    ``checks``: what the published articles last said to its wordings. ``found``: the article that answers when it is tried.
    """

    summary: GapSummary
    questions: tuple[GapQuestion, ...]
    articles: tuple[tuple[str, int], ...]
    history: tuple[GapEvent, ...]
    checks: tuple[Check, ...] = ()
    found: Found | None = None


@dataclass(frozen=True, slots=True)
class GapPage:
    """``total``: how many gaps match, on all pages."""

    gaps: tuple[GapSummary, ...]
    next_cursor: str | None
    total: int = 0


@dataclass(frozen=True, slots=True)
class Key:
    """An access key; the plain text is never stored. ``last_four`` helps its owner to recognise it.

    ``rate_limit``: how often it may call, such as ``600/minute``; None: as often as all keys. ``expires_at``: from when on it is
    refused, None for never. ``last_used_at``: to the minute, None for never.
    """

    id: str
    name: str
    kind: KeyKind
    scopes: tuple[str, ...]
    origins: tuple[str, ...]
    last_four: str
    created_at: datetime
    revoked_at: datetime | None
    rate_limit: str | None = None
    expires_at: datetime | None = None
    last_used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ArticleUsage:
    """What became of one article in a period: answers citing it, suggestions of it, votes on answers citing it."""

    article_id: str
    cited: int
    suggested: int
    up: int
    down: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Removed:
    """How many rows an erasure took away."""

    questions: int
    votes: int
    signals: int
    gaps: int
    searches: int = 0
    openings: int = 0
    handoffs: int = 0

    def __add__(self, other: Removed) -> Removed:
        return Removed(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class Health:
    """State of the records: ``ok`` is False while anything waits because it could not be written.

    ``waiting``: answers logged and not in the database yet. ``backlog``: answers that the disk refused and memory
    holds. ``dropped``: answers lost since the start because the backlog was full. ``rejected``: journal lines the
    database would not take, kept aside in ``journal/rejected.txt``. ``last_error``: the last failure, "" when none.
    """

    ok: bool
    waiting: int
    backlog: int
    dropped: int
    rejected: int
    journal_failures: int
    database_failures: int
    last_error: str
