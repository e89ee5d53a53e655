"""`kb gaps`: what people asked and did not get, for the person who can write it."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from api.cli.options import Data, Json, OnlyLanguage, existing_data
from api.cli.output import clean, emit, emit_json, table
from kb.errors import InvalidInputError
from kb.gaps.vocabulary import Cause, GapStatus

if TYPE_CHECKING:
    from kb.records import Records
    from kb.records.rows import Gap, GapEvent, GapSummary

app = typer.Typer(help="Knowledge gaps: list, show, assign and export them.", no_args_is_help=True)

COLUMNS = ("id", "label", "lang", "status", "cause", "owner", "people", "person_requests", "signals", "last_signal_at")
PAGE = 200

GapId = Annotated[str, typer.Argument(metavar="GAP", help="Id of the gap.")]
Status = Annotated[GapStatus | None, typer.Option("--status", help="Only gaps in this state.")]
OnlyCause = Annotated[Cause | None, typer.Option("--cause", help="Only gaps with this cause.")]
Owner = Annotated[str | None, typer.Option("--owner", metavar="OWNER", help="Only gaps of this owner.")]


@app.command(name="list")
def list_(
    *,
    data: Data = None,
    status: Status = None,
    cause: OnlyCause = None,
    owner: Owner = None,
    lang: OnlyLanguage = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="Gaps shown at most.")] = 50,
    json_output: Json = False,
) -> None:
    """List gaps, those that most people met first."""
    gaps = _gaps(data=data, status=status, cause=cause, owner=owner, lang=lang, limit=limit)
    if json_output:
        emit_json({"object": "list", "data": [asdict(gap) for gap in gaps], "has_more": False, "next_cursor": None})
    else:
        table(("id", "people", "status", "cause", "owner", "label"),
              [(g.id, g.people, g.status, g.cause, g.owner, g.label) for g in gaps])  # fmt: skip


@app.command()
def show(gap: GapId, data: Data = None, json_output: Json = False) -> None:
    """Show the questions, articles and history of a gap."""
    with _records(data) as records:
        found = records.get_gap(gap)
    if json_output:
        emit_json(
            {"object": "gap", **asdict(found.summary), **{k: v for k, v in asdict(found).items() if k != "summary"}}
        )
    else:
        emit(clean("\n".join(_gap_lines(found))))


@app.command()
def assign(
    gap: GapId,
    owner: Annotated[str, typer.Argument(metavar="OWNER", help="Who takes care of it.")],
    data: Data = None,
    json_output: Json = False,
) -> None:
    """Give a gap to an owner."""
    if not owner.strip():
        raise InvalidInputError("The owner is empty.", "Name a person or a team.")
    with _records(data) as records:
        found = records.update_gap(gap, who="cli", owner=owner.strip())
    if json_output:
        emit_json({"object": "gap", **asdict(found.summary)})
    else:
        emit(f"{gap} belongs to {clean(owner.strip())}")


@app.command()
def export(
    *,
    data: Data = None,
    status: Status = None,
    cause: OnlyCause = None,
    owner: Owner = None,
    lang: OnlyLanguage = None,
    json_output: Json = False,
) -> None:
    """Print all gaps as CSV, or as JSON."""
    gaps = _gaps(data=data, status=status, cause=cause, owner=owner, lang=lang, limit=None)
    if json_output:
        emit_json({"object": "list", "data": [asdict(gap) for gap in gaps], "has_more": False, "next_cursor": None})
    else:
        emit(to_csv(COLUMNS, [[getattr(gap, column) for column in COLUMNS] for gap in gaps]))


def to_csv(columns: tuple[str, ...], rows: list[list[Any]]) -> str:
    """RFC 4180 with LF; a cell that a spreadsheet would run as a formula is quoted with an apostrophe (OWASP)."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([[_inert(cell) for cell in row] for row in rows])
    return stream.getvalue().rstrip("\n")


def _inert(cell: Any) -> Any:
    if cell is None:
        return ""
    text = clean(str(cell))
    return f"'{text}" if isinstance(cell, str) and text[:1] in ("=", "+", "-", "@", "\t") else text


def _gap_lines(gap: Gap) -> list[str]:
    summary = gap.summary
    kinds = ", ".join(f"{kind} {count}" for kind, count in summary.kinds.items())
    return [
        summary.label,
        f"  id        {summary.id}",
        f"  status    {summary.status}, owner {summary.owner or 'nobody yet'}",
        f"  cause     {summary.cause}: {summary.cause_evidence}",
        f"  people    {summary.people} in 28 days, {summary.person_requests} asked for a person",
        f"  signals   {summary.signals} ({kinds})",
        "Questions",
        *(f"  {question.count:>4}  {question.text}" for question in gap.questions),
        "Nearest articles",
        *(f"  {count:>4}  {article_id}" for article_id, count in gap.articles),
        "History",
        *(_event_line(event) for event in gap.history),
    ]


def _event_line(event: GapEvent) -> str:
    change = f"{event.field} {event.before or '-'} -> {event.after or '-'}"
    return f"  {event.at:%Y-%m-%d %H:%M}  {event.who}: {change} {event.note}".rstrip()


def _gaps(
    *,
    data: Path | None,
    status: GapStatus | None,
    cause: Cause | None,
    owner: str | None,
    lang: Literal["en", "zh"] | None,
    limit: int | None,
) -> list[GapSummary]:
    """Gaps that fit, page after page until ``limit``."""
    found: list[GapSummary] = []
    cursor: str | None = None
    with _records(data) as records:
        while limit is None or len(found) < limit:
            page = records.list_gaps(
                status=[status] if status else [],
                cause=cause,
                owner=owner,
                lang=lang,
                limit=PAGE if limit is None else min(PAGE, limit - len(found)),
                cursor=cursor,
            )
            found += page.gaps
            cursor = page.next_cursor
            if cursor is None:
                break
    return found


def _records(data: Path | None) -> Records:
    settings = existing_data(data)
    from kb.records import Records

    return Records.open(settings.data)
