"""The board of gaps: views, filters, one page of rows, and changes to several gaps at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from api.documents import GAP_COLUMNS, gap_rows
from api.pages.board_filter import ACTIVE, MINE, NOBODY, VIEWS, BoardFilter, view_counts
from api.pages.failures import PageRoute
from api.pages.gap_forms import MAX_REASON, FormError, may_write, new_due, new_name, new_reason, said
from api.pages.rendering import link_maker, page_language, render
from api.pages.session import Owner, owner_of, require_own_form
from api.pages.sparkline import Sparkline, sparkline
from api.pages.wording import Words, words
from api.state import state_of
from api.tables import csv_reply
from kb.errors import ConflictError, InvalidInputError, NotFoundError
from kb.gaps.vocabulary import Cause, GapStatus
from kb.records import Records
from kb.records.gap_values import MAX_NAME
from kb.records.rows import GapChange, GapSummary

PAGE = 50
WEEKS = 8
_MAX_NAMES = 200
_EXPORT_PAGE = 1000

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Reader = Annotated[Owner, Depends(owner_of)]
Bulk = Literal["assign", "dismiss", "merge"]


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One gap on the board. ``late``: days since it was due, None unless it is overdue and still to be done."""

    gap: GapSummary
    trend: Sparkline
    days: int
    late: int | None


@dataclass(frozen=True, slots=True)
class BulkForm:
    """The form around the rows. ``back``: the query of the board that it was sent from."""

    gap: Annotated[tuple[str, ...], Form()] = ()
    action: Annotated[str, Form()] = ""
    owner: Annotated[str, Form()] = ""
    assignee: Annotated[str, Form()] = ""
    due_on: Annotated[str, Form()] = ""
    reason: Annotated[str, Form()] = ""
    back: Annotated[str, Form()] = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the last form: ``done`` and how many gaps it changed, or why not, and what was typed."""

    done: str = ""
    count: int = 0
    errors: tuple[str, ...] = ()
    typed: BulkForm = field(default_factory=BulkForm)


@router.get("/owner/gaps")
@router.get("/gaps")
def gaps(request: Request) -> Response:
    """The short address that people guess, and that of a form which was answered with a page."""
    return RedirectResponse(link_maker(page_language(request))("/owner"), status_code=308)


@router.get("/owner")
def board(
    request: Request,
    owner: Reader,
    chosen: Annotated[BoardFilter, Depends()],
    done: str = "",
    n: str = "",
) -> Response:
    """Gaps, those of most people first."""
    count = int(n) if n.isdecimal() and n.isascii() and len(n) < 5 else 0
    outcome = Outcome(done if done in ("assign", "dismiss", "merge") and count else "", count)
    return _page(request, owner, chosen.clean(), outcome)


@router.get("/owner/gaps.csv")
def export(request: Request, owner: Reader, chosen: Annotated[BoardFilter, Depends()]) -> Response:
    """All gaps that the same filter shows on the board, as a table for spreadsheets."""
    board, query = state_of(request).opened.records.board, chosen.clean().query(owner, datetime.now(UTC).date())
    page = board.page(query, limit=_EXPORT_PAGE)
    rows = gap_rows(page.gaps)
    while page.next_cursor is not None:
        page = board.page(query, limit=_EXPORT_PAGE, cursor=page.next_cursor)
        rows += gap_rows(page.gaps)
    return csv_reply("gaps.csv", GAP_COLUMNS, rows)


@router.post("/owner/gaps", dependencies=[Depends(require_own_form)])
def change_gaps(request: Request, owner: Reader, form: Annotated[BulkForm, Depends()]) -> Response:
    """Assign, dismiss or merge the chosen gaps; then show the same board again by a redirect.

    Each gap is changed by itself: those that cannot be are named, the others are done.
    """
    language = page_language(request)
    t = words(language.lang)
    may_write(owner, t)
    chosen = BoardFilter(**{k: v for k, v in parse_qsl(form.back) if k in BoardFilter.__dataclass_fields__}).clean()
    try:
        count, errors = _apply(state_of(request).opened.records, owner, form, t)
    except FormError as error:
        count, errors = 0, [str(error)]
    if errors:
        return _page(request, owner, chosen, Outcome(form.action if count else "", count, tuple(errors), form), 409)
    parameters = chosen.address(cursor=chosen.cursor)
    target = link_maker(language)("/owner", **parameters, done=form.action, n=count)
    return RedirectResponse(f"{target}#board", status_code=303)


def _apply(records: Records, owner: Owner, form: BulkForm, t: Words) -> tuple[int, list[str]]:
    """How many gaps were changed, and what to say of the others. Raises ``FormError`` when nothing can be done."""
    chosen = tuple(dict.fromkeys(form.gap))
    if not chosen:
        raise FormError(t("board.none_chosen"))
    if form.action == "merge":
        return _merge(records, owner, chosen, t)
    if form.action == "dismiss":
        reason = new_reason(form.reason, t)
        change = GapChange(status=GapStatus.DISMISSED, dismissed_reason=reason)
    elif form.action == "assign":
        name, assignee, due = new_name(form.owner, t), new_name(form.assignee, t), new_due(form.due_on, t)
        if not (name or assignee or due):
            raise FormError(t("board.assign_empty"))
        change = GapChange(owner=name or None, assignee=assignee or None, due_on=due or None)
    else:
        raise InvalidInputError(t("gap.unknown_action"))
    errors: list[str] = []
    for gap_id in chosen:
        try:
            records.change_gap(gap_id, change, who=owner.name)
        except NotFoundError:
            errors.append(t("board.gone"))
        except ConflictError as error:
            summary = records.get_gap(gap_id).summary
            errors.append(f"{summary.label}: {said(error, summary.status, GapStatus.DISMISSED, t)}")
    return len(chosen) - len(errors), errors


def _merge(records: Records, owner: Owner, chosen: tuple[str, ...], t: Words) -> tuple[int, list[str]]:
    """The gap of most people keeps its name and takes in the others."""
    if len(chosen) < 2:
        raise FormError(t("board.merge_two"))
    try:
        found = {summary.id: summary for summary in (records.get_gap(gap_id).summary for gap_id in chosen)}
        ranked = sorted(found.values(), key=lambda gap: (-gap.people, -gap.person_requests, gap.id))
        for summary in ranked[1:]:
            records.merge_gaps(summary.id, ranked[0].id, who=owner.name)
    except NotFoundError:
        raise FormError(t("board.gone")) from None
    except ConflictError:
        raise FormError(t("gap.merge_itself")) from None
    return len(ranked), []


def _page(request: Request, owner: Owner, chosen: BoardFilter, outcome: Outcome, status: int = 200) -> Response:
    language = page_language(request)
    t = words(language.lang)
    records = state_of(request).opened.records
    now = datetime.now(UTC)
    try:
        page = records.board.page(chosen.query(owner, now.date()), limit=PAGE, cursor=chosen.cursor or None)
    except InvalidInputError as error:
        if error.pointer != "/cursor":
            raise
        # A mangled address begins the list anew instead of failing.
        chosen = BoardFilter(**chosen.address(cursor=""))
        page = records.board.page(chosen.query(owner, now.date()), limit=PAGE)
    counts = records.board.counts()
    values: dict[str, Any] = {
        "owner": owner,
        "rows": _rows(records, page.gaps, now, t),
        "total": page.total,
        "next_cursor": page.next_cursor or "",
        "chosen": chosen,
        "views": view_counts(counts),
        "any_gaps": counts.of(GapStatus, Cause) > 0,
        "statuses": tuple(GapStatus),
        "active": ACTIVE,
        "causes": tuple(Cause),
        "view_names": tuple(VIEWS),
        "names": records.board.names()[:_MAX_NAMES],
        "mine": MINE,
        "nobody": NOBODY,
        "outcome": outcome,
        "limits": {"name": MAX_NAME, "reason": MAX_REASON},
        "today": now.date(),
    }
    return render(request, "owner_gaps.html", language, values, status=status)


def _rows(records: Records, gaps: tuple[GapSummary, ...], now: datetime, t: Words) -> list[BoardRow]:
    weekly = records.trends.weekly_people([gap.id for gap in gaps], WEEKS)
    return [
        BoardRow(
            gap=gap,
            trend=sparkline(weekly[gap.id], t),
            days=(now - (gap.opened_at or gap.created_at)).days,
            late=late_days(gap, now.date()),
        )
        for gap in gaps
    ]


def late_days(gap: GapSummary, today: date) -> int | None:
    """Days since the gap was due, None when it is not late or nothing is left to do."""
    finished = gap.status in (GapStatus.VERIFIED, GapStatus.DISMISSED)
    return None if finished or gap.due_on is None or gap.due_on >= today else (today - gap.due_on).days
