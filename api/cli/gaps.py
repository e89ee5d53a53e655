"""`kb gaps`: what people asked and did not get, for the person who can write it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from api.cli import merging, proving
from api.cli.options import Data, Json, OnlyLanguage, existing_data
from api.cli.output import clean, emit, emit_csv, emit_json, print_lines, table
from kb.errors import InvalidInputError

if TYPE_CHECKING:
    from kb.records import Records
    from kb.records.rows import Gap, GapEvent, GapSummary

app = typer.Typer(help="Knowledge gaps: list, show, assign, try drafts on and export them.", no_args_is_help=True)

HEADINGS = ("Questions", "Nearest articles", "History")
# The words of kb.gaps.vocabulary, which costs NumPy to import; a test holds the two together.
StatusName = Literal["open", "assigned", "drafted", "resolved", "verified", "reopened", "dismissed"]
CauseName = Literal["missing", "incomplete", "outdated", "conflict", "language", "findability", "noise"]
PAGE = 200

GapId = Annotated[str, typer.Argument(metavar="GAP", help="Id of the gap.")]
Status = Annotated[StatusName | None, typer.Option("--status", help="Only gaps in this state.")]
OnlyCause = Annotated[CauseName | None, typer.Option("--cause", help="Only gaps with this cause.")]
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
        _emit_list(gaps)
    else:
        table(("id", "people", "status", "cause", "owner", "label"),
              [(g.id, g.people, g.status, g.cause, g.owner, g.label) for g in gaps])  # fmt: skip


@app.command()
def show(gap: GapId, data: Data = None, json_output: Json = False) -> None:
    """Show the questions, articles and history of a gap."""
    with _records(data) as records:
        found = records.get_gap(gap)
    print_gap(found, json_output=json_output)


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
        _emit_gap(found)
    else:
        emit(f"{gap} belongs to {clean(owner.strip())}")


@app.command()
def suggest(gap: GapId, data: Data = None, json_output: Json = False) -> None:
    """Print an outline of what to write for a gap, as Markdown to start from."""
    settings = existing_data(data)
    from api.composition import open_service
    from api.routes.suggestions import suggestion_document
    from kb.proof.suggestion import suggest_for

    with open_service(settings) as opened:
        found = opened.records.get_gap(gap)
        replies = opened.records.handoff_replies.of_gap(found.summary.id)
        suggestion = suggest_for(found, opened.service.answerer, opened.live.current(), replies)
    if json_output:
        emit_json(suggestion_document(found.summary.id, suggestion))
    else:
        emit(suggestion.markdown.rstrip("\n"))


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
    """Print all gaps as CSV, or as JSON with their questions, for `kb gaps verify --gaps`."""
    gaps = _gaps(data=data, status=status, cause=cause, owner=owner, lang=lang, limit=None)
    if json_output:
        from api.documents import gap_document

        with _records(data) as records:
            _emit_documents([gap_document(records.get_gap(gap.id)) for gap in gaps])
    else:
        from api.documents import GAP_COLUMNS, gap_summary_document

        rows = [gap_summary_document(gap) for gap in gaps]
        emit_csv(GAP_COLUMNS, [[row[column] for column in GAP_COLUMNS] for row in rows])


app.command()(proving.replay)
app.command()(proving.verify)
app.command()(merging.merge)
app.command()(merging.split)
app.command()(merging.rename)


def _emit_list(gaps: list[GapSummary]) -> None:
    from api.documents import gap_summary_document

    _emit_documents([gap_summary_document(gap) for gap in gaps])


def _emit_documents(data: list[dict[str, Any]]) -> None:
    emit_json({"object": "list", "data": data, "has_more": False, "next_cursor": None})


def print_gap(gap: Gap, *, json_output: bool) -> None:
    """Print a gap with its questions, articles and history, as text or as one document."""
    if json_output:
        _emit_gap(gap)
    else:
        print_lines(_gap_lines(gap), headings=HEADINGS)


def _emit_gap(gap: Gap) -> None:
    from api.documents import gap_document

    emit_json(gap_document(gap))


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
    status: StatusName | None,
    cause: CauseName | None,
    owner: str | None,
    lang: Literal["en", "zh"] | None,
    limit: int | None,
) -> list[GapSummary]:
    """Gaps that fit, page after page until ``limit``."""
    from kb.gaps.vocabulary import Cause, GapStatus

    found: list[GapSummary] = []
    cursor: str | None = None
    with _records(data) as records:
        while limit is None or len(found) < limit:
            page = records.list_gaps(
                status=[GapStatus(status)] if status else [],
                cause=Cause(cause) if cause else None,
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
