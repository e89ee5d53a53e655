"""`kb handoffs`: who asked for a person, what they were told, and whether anybody has it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from api.cli.options import Data, Json, existing_data
from api.cli.output import clean, emit, emit_json, table
from kb.errors import InvalidInputError

if TYPE_CHECKING:
    from kb.records import Records
    from kb.records.handoffs import Handoff
    from kb.settings import Settings

app = typer.Typer(help="Requests for a person: list, read, take over, deliver again.", no_args_is_help=True)
HandoffId = Annotated[str, typer.Argument(metavar="HANDOFF", help="Id of the request.")]
Status = Literal["waiting", "queued", "delivered", "acknowledged", "failed"]


@app.command(name="list")
def list_(
    *,
    data: Data = None,
    status: Annotated[
        Status | None, typer.Option("--status", help="Only these; waiting: whatever nobody has taken over.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="Requests shown at most.")] = 50,
    json_output: Json = False,
) -> None:
    """List requests for a person, the newest first."""
    settings = existing_data(data)
    with _records(settings.data) as records:
        page = records.handoffs.page(status=status, limit=limit)
    if json_output:
        emit_json(
            {
                "object": "list",
                "data": [_summary(h, settings) for h in page.handoffs],
                "has_more": False,
                "next_cursor": None,
            }
        )
        return
    rows = [
        (h.id, f"{h.at:%Y-%m-%d %H:%M}", h.status, h.urgency, h.team or "", clean(h.question)) for h in page.handoffs
    ]
    table(("id", "at", "status", "urgency", "team", "question"), rows)


@app.command()
def show(handoff: HandoffId, data: Data = None, json_output: Json = False) -> None:
    """Print one request with its whole story, its contact in clear."""
    settings = existing_data(data)
    with _records(settings.data) as records:
        found = records.handoffs.get(handoff)
        packet = _packet(records, found, settings)
        deliveries = records.events.reports(found.event_id)
    if json_output:
        emit_json({**packet, "deliveries": [_delivery(each) for each in deliveries]})
        return
    from api.pages.handoff_mail import handoff_mail

    letter = handoff_mail(packet, site_name=settings.site_name, site_url=settings.site_url.rstrip("/"))
    emit(clean(f"{found.id}  {found.status}  {found.at:%Y-%m-%d %H:%M} UTC\n\n{letter.text.rstrip()}"))
    for each in deliveries:
        emit(clean(f"{each.state:<10} {each.target} {each.last_error}".rstrip()))
    for reply in packet["replies"]:
        emit(clean(f"\n{reply['who']}: {reply['text']}"))


@app.command()
def ack(
    handoff: HandoffId,
    *,
    data: Data = None,
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who takes care of it.")] = "local",
    json_output: Json = False,
) -> None:
    """Take a request over. The first one stays: a second call changes nothing."""
    settings = existing_data(data)
    with _records(settings.data) as records:
        found = records.handoffs.acknowledge(handoff, by.strip()[:100] or "local")
    if json_output:
        emit_json(_summary(found, settings))
    else:
        emit(clean(f"{found.id} was taken over by {found.acknowledged_by}"))


@app.command()
def retry(
    handoff: Annotated[str | None, typer.Argument(metavar="[HANDOFF]", help="Id of the request.")] = None,
    *,
    data: Data = None,
    all_failed: Annotated[bool, typer.Option("--all", help="Every request that some receiver has not got.")] = False,
    json_output: Json = False,
) -> None:
    """Deliver again what was given up.

    The running server does it; without one it is done at the next start.
    """
    if (handoff is None) != all_failed:
        raise InvalidInputError("Name one request or --all.", "List them with: kb handoffs list --status failed")
    with _records(existing_data(data).data) as records:
        events = [records.handoffs.get(handoff).event_id] if handoff else _given_up(records)
        begun = sum(records.events.retry(event) for event in events)
    if json_output:
        emit_json({"object": "retry", "deliveries": begun})
    else:
        emit(f"{begun} deliveries begin anew")


def _given_up(records: Records) -> list[str]:
    failed = records.events.newest(limit=10_000, failed=True)
    return [event.id for event in failed if event.kind == "handoff.created"]


def _summary(handoff: Handoff, settings: Settings) -> dict[str, Any]:
    from api.handoff_documents import summary_document

    return summary_document(handoff, settings.site_url.rstrip("/"))


def _packet(records: Records, handoff: Handoff, settings: Settings) -> dict[str, Any]:
    import secrets
    from datetime import UTC, datetime

    from api.agent_links import AgentLinks
    from api.composition import CONTACT_KEY, SECRET
    from api.handoff_documents import packet_document
    from kb.sealing import ContactSeal
    from kb.tokens import own_file

    key = settings.contact_key.get_secret_value() if settings.contact_key else ""
    contact = None if handoff.contact is None else ContactSeal(settings.data / CONTACT_KEY, key).open(handoff.contact)
    secret = own_file(settings.data / SECRET, lambda: secrets.token_bytes(32))
    links = AgentLinks(secret, settings.handoff_link_hours, settings.site_url)
    return packet_document(
        handoff,
        contact,
        settings.site_url.rstrip("/"),
        agent_url=links.url_of(handoff, since=datetime.now(UTC)),
        replies=records.handoff_replies.of(handoff.id),
    )


def _delivery(report: Any) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(report)


def _records(data: Path) -> Records:
    from kb.records import Records

    return Records.open(data)
