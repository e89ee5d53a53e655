"""`kb purge`: take away what people asked."""

from __future__ import annotations

import sys
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from api.cli.options import Data, Json, existing_data
from api.cli.output import emit, emit_json
from api.cli.periods import moment
from kb.errors import InvalidInputError


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
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
    json_output: Json = False,
) -> None:
    """Erase what people asked, with votes and signals.

    Without an option: everything older than KB_RETENTION_DAYS.
    """
    settings = existing_data(data)
    if sum(choice is not None for choice in (before, conversation, visitor)) > 1:
        raise InvalidInputError("Name one of --before, --conversation and --visitor.", "Run kb purge once for each.")
    if conversation is None and visitor is None:
        limit = datetime.now(UTC) - timedelta(days=settings.retention_days) if before is None else moment(before)
        chosen: dict[str, Any] = {"before": limit}
        what = f"everything asked before {limit:%Y-%m-%d %H:%M} UTC"
    elif conversation is not None:
        chosen, what = {"conversation_id": conversation}, f"conversation {conversation}"
    else:
        chosen, what = {"visitor": visitor}, f"visitor {visitor}"
    if sys.stdin.isatty() and not yes and not json_output:
        typer.confirm(f"Erase {what} from {settings.data}? This cannot be undone", abort=True, err=True)
    from kb.records import Records

    with closing(Records.open(settings.data)) as records:
        removed = records.purge(**chosen)
    if json_output:
        emit_json({"object": "purge", **asdict(removed)})
    else:
        emit("Removed " + ", ".join(f"{count} {name}" for name, count in asdict(removed).items()))
