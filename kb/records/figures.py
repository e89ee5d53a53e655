"""The figures of a report: frozen values, no SQL. ``reports.py`` says how each is computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from kb.types import Lang, Outcome


@dataclass(frozen=True, slots=True)
class Share:
    """``count`` out of ``of``; ``rate`` in [0, 1], None when ``of`` is 0."""

    count: int
    of: int

    @property
    def rate(self) -> float | None:
        return self.count / self.of if self.of else None


@dataclass(frozen=True, slots=True)
class Bounds:
    """A figure that logs alone cannot settle, from both sides; both shares are of the same number of conversations."""

    pessimistic: Share
    optimistic: Share


@dataclass(frozen=True, slots=True)
class TopQuestion:
    text: str
    lang: Lang
    count: int


@dataclass(frozen=True, slots=True)
class TopArticle:
    article_id: str
    count: int


@dataclass(frozen=True, slots=True)
class RisingWord:
    """``count`` questions hold the word in the period, ``before`` in the equally long period before it."""

    word: str
    count: int
    before: int


@dataclass(frozen=True, slots=True)
class Kpis:
    """The figures for one period ``[start, end)`` after filtering by language, channel and category.

    ``answer_ms_p50`` and ``_p95``: nearest-rank percentiles in milliseconds, None without questions.
    ``heat_map[d][h]``: questions on weekday ``d`` (Monday is 0) in hour ``h``. Gap ages are in days. The gap figures
    are filtered by language only.
    """

    start: datetime
    end: datetime
    questions: int
    conversations: int
    visitors: int
    outcomes: Mapping[Outcome, Share]
    self_service: Bounds
    first_contact: Bounds
    helpful: Share
    answer_ms_p50: float | None
    answer_ms_p95: float | None
    top_questions: tuple[TopQuestion, ...]
    top_articles: tuple[TopArticle, ...]
    gaps_open: int
    gap_age_median: float | None
    gap_age_max: float | None
    gaps_reopened: int
    heat_map: tuple[tuple[int, ...], ...]
    rising_words: tuple[RisingWord, ...]
