"""The figures of a report: frozen values, no SQL. ``reports.py`` says how each is computed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from kb.records.rows import ArticleUsage
from kb.types import Lang, Outcome

_Z = 1.959964  # of the normal distribution, for 95 % on both sides together


@dataclass(frozen=True, slots=True)
class Share:
    """``count`` out of ``of``; ``rate`` in [0, 1], None when ``of`` is 0."""

    count: int
    of: int

    @property
    def rate(self) -> float | None:
        return self.count / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Where the rate behind this sample lies with 95 % confidence (Wilson 1927, JASA 22:158), None without one."""
        if not self.of:
            return None
        rate, spread = self.count / self.of, _Z**2 / self.of
        middle = (rate + spread / 2) / (1 + spread)
        margin = math.sqrt(spread * (rate * (1 - rate) + spread / 4)) / (1 + spread)
        return max(0.0, middle - margin), min(1.0, middle + margin)


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
class SeriesPoint:
    """The questions of one day or week: ``[start, end)``, cut to the period that was asked for.

    ``helpful``: "up" votes out of all votes that stand on these questions. The other counts are as in ``Kpis``.
    """

    start: datetime
    end: datetime
    questions: int
    conversations: int
    visitors: int
    outcomes: Mapping[Outcome, int]
    self_service: Bounds
    helpful: Share


@dataclass(frozen=True, slots=True)
class Kpis:
    """The figures for one period ``[start, end)`` after filtering by language, channel and category.

    ``conversations`` and ``visitors`` are counted once a day (UTC). ``answer_ms_p50`` and ``_p95``: percentiles in
    milliseconds, None without questions. ``heat_map[d][h]``: questions on weekday ``d`` (Monday is 0) in hour ``h``.
    Gap ages are in days, of the gaps open at the end of the period, or now while it lasts. The gap figures are filtered by
    language only.
    ``usage``: of every article that was cited or suggested, by id. ``series``: by day, in a period of more
    than two months by week. ``purged_until``: end of the last day of which
    questions were purged, None when all are still there; ``rollups.py`` says which figures are approximate before it.
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
    usage: Mapping[str, ArticleUsage]
    gaps_open: int
    gap_age_median: float | None
    gap_age_max: float | None
    gaps_opened: int
    gaps_verified: int
    gaps_reopened: int
    heat_map: tuple[tuple[int, ...], ...]
    rising_words: tuple[RisingWord, ...]
    series: tuple[SeriesPoint, ...]
    purged_until: datetime | None
