"""What is said of hand-overs: to the visitor that it was taken, to an owner everything."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from api.responses import Count, ListDocument, ReasonDocument, Share01
from kb.types import Lang, Level, Outcome

Status = Literal["queued", "delivered", "acknowledged", "failed"]


class HandoffStatusDocument(BaseModel, extra="forbid", defer_build=True):
    """How far a request for a person has come: what its visitor may see."""

    object: Literal["handoff"]
    id: str
    status: Status = Field(
        description="`queued`: kept for the desk; `delivered`: a webhook or mail server took it; `acknowledged`: somebody takes "
        "care of it; `failed`: it could not be delivered, and is at the desk."
    )
    created_at: str
    acknowledged_at: str | None


class HandoffReplyDocument(BaseModel, extra="forbid", defer_build=True):
    """What a person answered, as its visitor reads it: personal data masked."""

    object: Literal["handoff.reply"]
    id: str
    created_at: str
    text: str
    lang: Lang


class HandoffReplyByDocument(HandoffReplyDocument):
    who: str = Field(description="Who answered; owners see it, visitors do not.")


class HandoffSeenDocument(HandoffStatusDocument):
    """What the visitor who asked may see."""

    replies: list[HandoffReplyDocument] = Field(description="Oldest first.")


class HandoffTakenDocument(HandoffStatusDocument):
    token: str = Field(description="Lets this visitor ask for the status: `GET /v1/handoffs/{id}?token=`.")


class HandoffSourceDocument(BaseModel, extra="forbid", defer_build=True):
    article_id: str
    title: str
    heading_path: list[str]
    url: str
    quote: str
    stale: bool


class HandoffConfidenceDocument(BaseModel, extra="forbid", defer_build=True):
    score: Share01
    level: Level


class HandoffTurnDocument(BaseModel, extra="forbid", defer_build=True):
    """One question with what was shown, or why nothing was."""

    answer_id: str
    at: str
    channel: str = Field(default="api", description="Where it was asked; a conversation may go through several.")
    question: str
    lang: Lang
    outcome: Outcome
    reason: ReasonDocument | None
    confidence: HandoffConfidenceDocument
    answer: str | None
    shown: list[HandoffSourceDocument]
    suggested: list[HandoffSourceDocument]
    options: list[str]
    rating: Literal["up", "down"] | None
    reasons: list[str]


class HandoffOpenedDocument(BaseModel, extra="forbid", defer_build=True):
    article_id: str
    at: str
    source_id: str | None = Field(description="The answer or search that it was opened from.")


class HandoffLineDocument(BaseModel, extra="forbid", defer_build=True):
    role: Literal["visitor", "assistant", "agent"]
    text: str


class HandoffContactDocument(BaseModel, extra="forbid", defer_build=True):
    name: str | None = None
    email: str | None = None
    phone: str | None = None


class HandoffSummaryDocument(HandoffStatusDocument):
    """One row of the list."""

    acknowledged_by: str | None
    conversation_id: str | None
    answer_id: str | None
    question: str
    lang: Lang
    channel: str
    category: str | None
    topic: str | None = Field(description="By the policy; null: none of its topics.")
    team: str | None = Field(description="Whose it is by the policy.")
    urgency: Literal["normal", "high"]
    gap_id: str | None
    page_url: str | None
    has_contact: bool
    url: str = Field(description="The packet on the owner desk.")


class HandoffDocument(HandoffSummaryDocument):
    """The packet: what the person who takes over should know. Personal data is masked but for the contact."""

    message: str
    urgency_reasons: list[Literal["topic", "angry", "pressing_words", "repeated_failure"]]
    mood: Literal["calm", "frustrated", "angry"]
    mood_signs: list[str] = Field(description="The visitor's words that show it.")
    rewordings: list[str]
    turns: list[HandoffTurnDocument]
    opened: list[HandoffOpenedDocument]
    transcript: list[HandoffLineDocument]
    contact: HandoffContactDocument | None = Field(
        description="Null when none was given, or when the key that it was encrypted with is gone."
    )
    agent_url: str | None = Field(
        description="The packet on a page where an agent reads and answers it without signing in; ends after KB_HANDOFF_LINK_HOURS."
    )
    replies: list[HandoffReplyByDocument]


class HandoffListDocument(ListDocument):
    data: list[HandoffSummaryDocument]
    waiting: Count = Field(description="How many nobody has acknowledged.")
