"""`kb events`: what other systems were told, and what they would not take."""

from __future__ import annotations

import base64
import secrets
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.options import Data, Json, existing_data
from api.cli.output import emit, emit_json, table
from kb.errors import InvalidInputError

if TYPE_CHECKING:
    from kb.records import Records
    from kb.records.events import Event

app = typer.Typer(help="Events for webhooks: list them, and send again what was given up.", no_args_is_help=True)


@app.command(name="list")
def list_(
    *,
    data: Data = None,
    failed: Annotated[bool, typer.Option("--failed", help="Only those that a receiver would not take.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="Events shown at most.")] = 50,
    json_output: Json = False,
) -> None:
    """List events, the newest first."""
    with _records(existing_data(data).data) as records:
        events = records.events.newest(limit, failed=failed)
    if json_output:
        documents = [_document(event) for event in events]
        emit_json({"object": "list", "data": documents, "has_more": False, "next_cursor": None})
        return
    rows = [
        (event.id, f"{event.at:%Y-%m-%d %H:%M:%S}", event.kind, to.state, to.attempts, to.target, to.last_error)
        if to
        else (event.id, f"{event.at:%Y-%m-%d %H:%M:%S}", event.kind, "", "", "", "")
        for event in events
        for to in (event.deliveries or (None,))
    ]
    table(("id", "at", "kind", "state", "attempts", "receiver", "last error"), rows)


@app.command()
def retry(
    event: Annotated[str | None, typer.Argument(metavar="[EVENT]", help="Id of the event.")] = None,
    *,
    data: Data = None,
    all_failed: Annotated[bool, typer.Option("--all", help="Everything that was given up.")] = False,
    target: Annotated[str | None, typer.Option("--target", metavar="RECEIVER", help="To this receiver only.")] = None,
    json_output: Json = False,
) -> None:
    """Send again what was given up.

    The running server does it; without one it is done at the next start.
    """
    if (event is None) != all_failed:
        raise InvalidInputError("Name one event or --all.", "List them with: kb events list --failed")
    with _records(existing_data(data).data) as records:
        begun = records.events.retry(event, target)
    if json_output:
        emit_json({"object": "retry", "deliveries": begun})
    else:
        emit(f"{begun} deliveries begin anew")


@app.command()
def secret() -> None:
    """Print a new secret for KB_WEBHOOK_SECRET."""
    emit(f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}")


def _document(event: Event) -> dict[str, Any]:
    return {
        "object": "event",
        "id": event.id,
        "type": event.kind,
        "timestamp": event.at,
        "data": event.payload,
        "deliveries": [asdict(delivery) for delivery in event.deliveries],
    }


def _records(data: Path) -> Records:
    from kb.records import Records

    return Records.open(data)
