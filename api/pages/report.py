"""The figures of a period as the report page shows them: bars, columns, a heat map, names for article ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.pages.charts import Stack, stack
from kb.records.figures import SeriesPoint
from kb.types import Article, Outcome

_HEAT_STEPS = 4
_SHOWN = 10
_MOST_DAYS = 62  # a column a day up to here, a column a week above


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of a bar chart: ``share`` of the total in [0, 1]."""

    key: str
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class NamedArticle:
    """An article of the report; ``article`` is None when it is no longer served."""

    id: str
    article: Article | None
    count: int


@dataclass(frozen=True, slots=True)
class ReportView:
    """``figures``: the report document; the rest is made from it. ``heat[d][h]``: (questions, step 0-4). ``overdue`` and
    ``unused`` are the first of ``overdue_count`` and ``unused_count``."""

    figures: Mapping[str, Any]
    outcomes: tuple[Bar, ...]
    series: Stack
    top_articles: tuple[NamedArticle, ...]
    overdue: tuple[NamedArticle, ...]
    overdue_count: int
    unused: tuple[NamedArticle, ...]
    unused_count: int
    heat: tuple[tuple[tuple[int, int], ...], ...]


def is_weekly(days: int) -> bool:
    """Whether a period of so many days is drawn in weeks."""
    return days > _MOST_DAYS


def report_view(
    figures: Mapping[str, Any], series: Sequence[SeriesPoint], articles: Mapping[str, Article], *, weekly: bool
) -> ReportView:
    """Arrange ``figures`` (``api.documents.kpis_document``) for the page."""
    outcomes = tuple(
        Bar(outcome.value, share["count"], share["rate"] or 0.0)
        for outcome in Outcome
        if (share := figures["outcomes"].get(outcome.value)) is not None
    )
    unused = [i for i in figures["never_used_articles"] if i in articles and "public" in articles[i].audience]
    overdue = [entry for entry in figures["overdue_articles"] if entry["count"]]
    return ReportView(
        figures,
        outcomes,
        series=stack(series, weekly=weekly),
        top_articles=_named(figures["top_articles"], articles),
        overdue=_named(overdue, articles),
        overdue_count=len(overdue),
        unused=tuple(NamedArticle(i, articles[i], 0) for i in unused[:_SHOWN]),
        unused_count=len(unused),
        heat=heat_steps(figures["heat_map"]),
    )


def heat_steps(counts: list[list[int]]) -> tuple[tuple[tuple[int, int], ...], ...]:
    """Counts with a step of shading, 0 for none and 4 for the most.

    >>> heat_steps([[0, 1, 8]])
    (((0, 0), (1, 1), (8, 4)),)
    """
    most = max((count for row in counts for count in row), default=0)
    return tuple(tuple((n, -(-n * _HEAT_STEPS // most) if most else 0) for n in row) for row in counts)


def _named(entries: list[dict[str, Any]], articles: Mapping[str, Article]) -> tuple[NamedArticle, ...]:
    return tuple(NamedArticle(e["article_id"], articles.get(e["article_id"]), e["count"]) for e in entries[:_SHOWN])
