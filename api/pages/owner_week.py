"""The page of one owner: what the weekly mail says, at any time and for any owner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.digest import OPEN_SHOWN, Digest, owner_digest
from api.pages.articles import visible
from api.pages.board_filter import MAX_TEXT, MINE, names_of
from api.pages.failures import PageRoute
from api.pages.rendering import page_language, render
from api.pages.session import Owner, owner_of
from api.pages.sparkline import Sparkline, sparkline
from api.pages.wording import Words, readable, words
from api.state import AppState, state_of
from kb.errors import KbError
from kb.types import Article

if TYPE_CHECKING:
    from kb.records.rows import GapSummary

EVERYBODY = ":all"
SPANS = (7, 28)  # days
WEEKS = 8
_FRESH = 60.0  # seconds
_KEEP_FROM = 0.25
_WAIT = 0.15

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Reader = Annotated[Owner, Depends(owner_of)]


@dataclass(frozen=True, slots=True)
class GapLine:
    gap: GapSummary
    trend: Sparkline


@dataclass(frozen=True, slots=True)
class GapSection:
    """One list of gaps; ``name`` is the last part of its heading's key, ``more`` how many are not listed."""

    name: str
    gaps: tuple[GapLine, ...]
    more: int = 0


@router.get("/owner/week")
def week(request: Request, owner: Reader) -> Response:
    """What ``?owner=`` should know: a name, ":mine" (the reader's own, which is the default) or ":all"."""
    state = state_of(request)
    language = page_language(request)
    asked = readable(request.query_params.get("owner", ""))[:MAX_TEXT].strip()
    days = 28 if request.query_params.get("days") == "28" else SPANS[0]
    names = _names(asked, owner)
    digest = _digest(state, names, days)
    articles = _articles(state)
    served = {article.owner for article in articles if article.owner}
    values: dict[str, Any] = {
        "owner": owner,
        "chosen": asked or (MINE if names is not None else EVERYBODY),
        "whose": names,
        "days": days,
        "spans": SPANS,
        "digest": digest,
        "since": datetime.now(UTC) - timedelta(days=days),
        "sections": _sections(state, digest, words(language.lang)) if digest else [],
        "names": sorted(served | set(state.opened.records.board.names())),
        "mine": MINE,
        "everybody": EVERYBODY,
        "public": {article.id for article in visible({a.id: a for a in articles}, datetime.now(UTC).date())},
        "today": datetime.now(UTC).date(),
    }
    return render(request, "owner_week.html", language, values)


def _names(asked: str, owner: Owner) -> tuple[str, ...] | None:
    """Whose page it is: owner names, None for everybody. An administrator who answers for nothing answers for all."""
    if asked == EVERYBODY:
        return None
    if asked and asked != MINE:
        return (asked,)
    if not asked and owner.role == "admin" and not owner.answers_for:
        return None
    return names_of(owner)


def _digest(state: AppState, names: tuple[str, ...] | None, days: int) -> Digest | None:
    """None while the use of the articles is still being counted."""

    def make() -> Digest:
        now = datetime.now(UTC)
        return owner_digest(state.opened.records, state.opened.live, names, now - timedelta(days=days), now)

    return state.prepared.get(("week", names, days), make, fresh=_FRESH, wait=_WAIT, keep_from=_KEEP_FROM)


def _sections(state: AppState, digest: Digest, t: Words) -> list[GapSection]:
    lists: dict[str, Sequence[GapSummary]] = {
        "reopened": digest.reopened,
        "overdue": digest.overdue,
        "due": digest.due,
        "new": digest.new,
        "open": digest.open,
        "verified": digest.verified,
    }
    shown = {gap.id for gaps in lists.values() for gap in gaps}
    weekly = state.opened.records.trends.weekly_people(sorted(shown), WEEKS)
    more = digest.open_total - len(digest.open)
    return [
        GapSection(
            name,
            tuple(GapLine(gap, sparkline(weekly[gap.id], t)) for gap in gaps[:OPEN_SHOWN]),
            more if name == "open" else max(0, len(gaps) - OPEN_SHOWN),
        )
        for name, gaps in lists.items()
        if gaps
    ]


def _articles(state: AppState) -> list[Article]:
    try:
        return list(state.opened.live.current().articles.values())
    except KbError:  # gaps need no index
        return []
