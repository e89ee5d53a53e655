"""`kb purge`: take away what people asked."""

from __future__ import annotations

import secrets
import sys
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.options import Data, Json, existing_data
from api.cli.output import emit, emit_json
from api.cli.periods import moment
from kb.errors import InvalidInputError

if TYPE_CHECKING:
    from kb.persons import People
    from kb.records import Records
    from kb.settings import Settings


def purge(
    *,
    data: Data = None,
    before: Annotated[
        str | None, typer.Option("--before", metavar="DATE", help="Everything asked before this day (UTC).")
    ] = None,
    conversation: Annotated[
        str | None, typer.Option("--conversation", metavar="ID", help="Everything of one conversation.")
    ] = None,
    visitor: Annotated[str | None, typer.Option("--visitor", metavar="KEY", help="Everything of one visitor.")] = None,
    person: Annotated[
        str | None,
        typer.Option(
            "--person", metavar="REF", help="Everything of the person whom bots call REF; -: read it from stdin."
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
    json_output: Json = False,
) -> None:
    """Erase what people asked, with votes and signals.

    Without an option: everything of days more than KB_RETENTION_DAYS ago. Counts by day stay for the reports.
    """
    settings = existing_data(data)
    if sum(choice is not None for choice in (before, conversation, visitor, person)) > 1:
        detail = "Name one of --before, --conversation, --visitor and --person."
        raise InvalidInputError(detail, "Run kb purge once for each.")
    if person == "-":
        person = sys.stdin.readline().strip()
    if "" in (before, conversation, visitor, person):  # an empty shell variable must not mean "everything that is old"
        raise InvalidInputError(
            "The value of the option is empty.", "Name a day, a conversation, a visitor or a person."
        )
    limit = kept_since(datetime.now(UTC), settings.retention_days) if before is None else moment(before)
    what = f"everything asked before {limit:%Y-%m-%d %H:%M} UTC"
    if conversation or visitor or person:
        what = f"conversation {conversation}" if conversation else f"visitor {visitor}" if visitor else "this person"
    if sys.stdin.isatty() and not yes and not json_output:
        typer.confirm(f"Erase {what} from {settings.data}? This cannot be undone", abort=True, err=True)
    from kb.records import Records

    with Records.open(settings.data) as records:
        if person:
            removed = _people(settings, records).erase(person, datetime.now(UTC).date(), settings.retention_days)
        elif conversation or visitor:
            removed = records.erase(conversation_id=conversation, visitor=visitor)
        else:
            removed = records.purge(limit)
    if json_output:
        emit_json({"object": "purge", **asdict(removed)})
    else:
        emit("Removed " + ", ".join(f"{count} {name}" for name, count in asdict(removed).items()))


def _people(settings: Settings, records: Records) -> People:
    from api.composition import SECRET
    from kb.persons import People
    from kb.tokens import own_file

    secret = own_file(settings.data / SECRET, lambda: secrets.token_bytes(32))
    return People(records, secret, timedelta(hours=settings.person_window_hours))


def kept_since(now: datetime, days: int) -> datetime:
    """The midnight (UTC) before which nothing is kept: whole days, because figures of whole days stay exact.

    >>> kept_since(datetime(2026, 11, 22, 9, 30, tzinfo=UTC), 2).isoformat()
    '2026-11-20T00:00:00+00:00'
    """
    return now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days)
