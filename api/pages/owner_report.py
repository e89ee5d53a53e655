"""The page of figures: tiles with what is sure and what is not, charts with their tables, filters, and the same as CSV and JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.documents import kpis_document
from api.pages.articles import visible
from api.pages.board_filter import MAX_TEXT
from api.pages.failures import PageRoute
from api.pages.owner_answers import CHANNELS
from api.pages.rendering import page_language, render
from api.pages.report import is_weekly, report_view
from api.pages.session import Owner, owner_of
from api.pages.wording import readable
from api.state import AppState, state_of
from kb.errors import KbError
from kb.records.figures import Kpis, SeriesPoint
from kb.records.periods import Period
from kb.types import Article

SPANS = (7, 28, 90)  # days that one click chooses
DEFAULT_DAYS = 28
_MOST_DAYS = 800
_OFFSETS = range(-12, 15)  # hours east of UTC
_FRESH = 120.0  # seconds for which figures that took long to count are good enough
_KEEP_FROM = 0.25
_WAIT = 0.15

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Reader = Annotated[Owner, Depends(owner_of)]


@dataclass(frozen=True, slots=True)
class ReportFilter:
    """The fields of the filter form; what cannot be read counts as not given.

    ``first`` and ``last``: ISO 8601 days, both counted. ``offset``: hours east of UTC, for the heat map.
    """

    first: str = ""
    last: str = ""
    asked_in: str = ""
    channel: str = ""
    category: str = ""
    offset: str = ""

    def clean(self, today: date) -> ReportFilter:
        """The same with both days set, and without what means nothing."""
        last = _day(self.last) or today
        first = _day(self.first) or last - timedelta(days=DEFAULT_DAYS - 1)
        if first > last:
            first, last = last, first
        first = max(first, last - timedelta(days=_MOST_DAYS))
        return ReportFilter(
            first=first.isoformat(),
            last=last.isoformat(),
            asked_in=self.asked_in if self.asked_in in ("en", "zh") else "",
            channel=readable(self.channel)[:MAX_TEXT].strip(),
            category=readable(self.category)[:MAX_TEXT].strip(),
            offset=self.offset if self.offset in {str(hours) for hours in _OFFSETS if hours} else "",
        )

    def address(self, **changes: str) -> dict[str, str]:
        """The parameters of a link to the page with ``changes``."""
        return {name: value for name, value in {**asdict(self), **changes}.items() if value}

    @property
    def period(self) -> Period:
        """Of a clean filter: from the beginning of the first day to the end of the last."""
        lang: Literal["en", "zh"] | None = "zh" if self.asked_in == "zh" else "en" if self.asked_in == "en" else None
        start, end = (datetime.combine(date.fromisoformat(day), time(), UTC) for day in (self.first, self.last))
        channel, category = self.channel or None, self.category or None
        return Period(start, end + timedelta(days=1), lang, channel, category, int(self.offset or 0) * 60)

    @property
    def days(self) -> int:
        return (self.period.end - self.period.start).days

    def call(self) -> dict[str, str]:
        """The parameters that give the same figures by ``/v1/reports/kpis``."""
        period = self.period
        return {
            "from": self.first,
            "to": period.end.date().isoformat(),
            **({"lang": self.asked_in} if self.asked_in else {}),
            **({"channel": self.channel} if self.channel else {}),
            **({"category": self.category} if self.category else {}),
            **({"utc_offset": str(period.utc_offset)} if period.utc_offset else {}),
        }


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2200 else None


@dataclass(frozen=True, slots=True)
class _Counted:
    figures: Kpis
    series: tuple[SeriesPoint, ...]


@router.get("/owner/report")
def report(request: Request, owner: Reader, asked: Annotated[ReportFilter, Depends()]) -> Response:
    """The figures of a period, by default of the last 28 days."""
    state = state_of(request)
    today = datetime.now(UTC).date()
    chosen = asked.clean(today)
    articles = _articles(state)
    counted = _counted(state, chosen)
    values: dict[str, Any] = {
        "owner": owner,
        "chosen": chosen,
        "days": chosen.days,
        "spans": [(days, (today - timedelta(days=days - 1)).isoformat()) for days in SPANS],
        "today": today,
        "channels": CHANNELS,
        "categories": sorted({article.category for article in articles.values() if article.category}),
        "offsets": tuple(_OFFSETS),
        "public": {article.id for article in visible(articles, today)},
        "report": None,
    }
    if counted is not None:
        weekly = is_weekly(chosen.days)
        document = kpis_document(counted.figures, articles)
        values["report"] = report_view(document, counted.series, articles, weekly=weekly)
        values["helpful"] = counted.figures.helpful
    return render(request, "owner_report.html", page_language(request), values)


def _counted(state: AppState, chosen: ReportFilter) -> _Counted | None:
    """The figures; None while they are still being counted, which takes seconds for hundreds of thousands of questions."""
    records, period = state.opened.records, chosen.period

    def count() -> _Counted:
        figures = records.kpis(
            period.start,
            period.end,
            lang=period.lang,
            channel=period.channel,
            category=period.category,
            utc_offset=period.utc_offset,
        )
        weekly = is_weekly(chosen.days)
        return _Counted(figures, records.kpi_series(period, "week") if weekly else figures.series)

    return state.prepared.get(("report", period), count, fresh=_FRESH, wait=_WAIT, keep_from=_KEEP_FROM)


def _articles(state: AppState) -> Mapping[str, Article]:
    try:
        return state.opened.live.current().articles
    except KbError:  # what people asked can be reported without an index
        return {}
