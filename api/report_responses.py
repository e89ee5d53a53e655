"""What the report's figures look like; see ``api.responses`` for what these models are for."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from api.owner_responses import GapArticleDocument
from api.responses import Count, Share01
from kb.types import Lang, Outcome


class ShareDocument(BaseModel, extra="forbid", defer_build=True):
    count: Count
    of: Count
    rate: Share01 | None


class SampleDocument(ShareDocument):
    interval: tuple[Share01, Share01] | None = Field(
        description="Where the rate behind this sample lies with 95 % confidence (Wilson)."
    )


class BoundsDocument(BaseModel, extra="forbid", defer_build=True):
    """What logs alone cannot settle, from both sides."""

    pessimistic: ShareDocument
    optimistic: ShareDocument


class TopQuestionDocument(BaseModel, extra="forbid", defer_build=True):
    text: str
    lang: Lang
    count: Count


class RisingWordDocument(BaseModel, extra="forbid", defer_build=True):
    word: str
    count: Count
    before: Count


class PeriodDocument(BaseModel, extra="forbid", defer_build=True):
    start: str
    end: str


class SeriesPointDocument(BaseModel, extra="forbid", defer_build=True):
    """What was asked from ``start`` to ``end``."""

    start: str
    end: str
    questions: Count
    conversations: Count
    visitors: Count
    outcomes: dict[Outcome, Count]
    self_service: BoundsDocument
    helpful: ShareDocument


class KpisDocument(BaseModel, extra="forbid", defer_build=True):
    object: Literal["kpis"]
    period: PeriodDocument
    questions: Count
    conversations: Count
    visitors: Count
    outcomes: dict[Outcome, ShareDocument]
    self_service: BoundsDocument
    first_contact: BoundsDocument
    helpful: SampleDocument
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
    gaps_opened: Count
    gaps_verified: Count
    gaps_reopened: Count
    heat_map: list[list[Count]] = Field(description="Questions by weekday (Monday first) and hour, UTC.")
    rising_words: list[RisingWordDocument]
    series: list[SeriesPointDocument] = Field(description="By day, in a period of more than 62 days by week (Monday).")
    purged_until: str | None = Field(
        description="Of questions before this time, which were purged, only counts by day are left."
    )
