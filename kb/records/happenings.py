"""Writes down that something happened, in the transaction of what happened: the writing side of the outbox."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import orjson

from kb.gaps.vocabulary import OPEN, GapStatus
from kb.ids import new_id
from kb.records.database import one, rows

EventKind = Literal[
    "gap.opened",
    "gap.assigned",
    "gap.verified",
    "gap.reopened",
    "gap.resolved",
    "gap.dismissed",
    "feedback.created",
    "handoff.created",
    "handoff.replied",
    "handoff.share_high",
    "article.stale",
    "index.updated",
]

_OF_STATUS: Mapping[str, EventKind] = {
    "assigned": "gap.assigned",
    "verified": "gap.verified",
    "reopened": "gap.reopened",
    "resolved": "gap.resolved",
    "dismissed": "gap.dismissed",
}
_GAP_FACTS = ("label", "lang", "status", "owner", "assignee", "due_on", "dismissed_reason")


def write_event(connection: sqlite3.Connection, kind: EventKind, payload: Mapping[str, Any], at: int) -> str:
    """Write down inside the running transaction that something happened ``at`` (milliseconds); return the event's id.

    ``payload``: plain JSON values, never a visitor's words that erasing could not find again.
    """
    event_id = new_id("evt")
    connection.execute(
        "INSERT INTO events (id, at, kind, payload) VALUES (?, ?, ?, ?)",
        (event_id, at, kind, orjson.dumps(payload).decode()),
    )
    return event_id


def write_gap_event(
    connection: sqlite3.Connection, gap_id: str, at: int, *, who: str, field: str, after: str | None, note: str
) -> None:
    """The event of one line of a gap's history, if there is one; called for every line.

    One change may be several lines: they share an event of the same kind, and it says what holds after the last.
    """
    kind = _gap_kind(field, after)
    if kind == "gap.assigned" and not _waits(connection, gap_id):
        kind = None
    events = rows(
        connection,
        "SELECT seq, kind, payload FROM events WHERE at = ? AND kind LIKE 'gap.%' AND json_extract(payload, '$.gap_id') = ?",
        (at, gap_id),
    )
    if kind is None and not events:
        return
    gap = one(connection, f"SELECT {', '.join(_GAP_FACTS)} FROM gaps WHERE id = ?", (gap_id,))
    facts = {} if gap is None else {name: gap[name] for name in _GAP_FACTS}
    for event in events:
        payload = orjson.dumps({**orjson.loads(event["payload"]), **facts}).decode()
        connection.execute("UPDATE events SET payload = ? WHERE seq = ?", (payload, event["seq"]))
    if kind is not None and kind not in {event["kind"] for event in events}:
        write_event(connection, kind, {"gap_id": gap_id, "who": who, "note": note, **facts}, at)


def _waits(connection: sqlite3.Connection, gap_id: str) -> bool:
    """Whether there is something to do for whom a gap is given to."""
    row = one(connection, "SELECT status FROM gaps WHERE id = ?", (gap_id,))
    return row is not None and GapStatus(row["status"]) in OPEN


def _gap_kind(field: str, after: str | None) -> EventKind | None:
    if field == "created":
        return "gap.opened"
    if field == "status":
        return _OF_STATUS.get(after or "")
    return "gap.assigned" if field in ("owner", "assignee") and after else None


def forget_gap_words(connection: sqlite3.Connection, gap_ids: Sequence[str]) -> None:
    """Take the labels, which are visitors' words, out of the events of these gaps, delivered or not."""
    connection.execute(
        "UPDATE events SET payload = json_remove(payload, '$.label', '$.note') WHERE kind LIKE 'gap.%'"
        " AND json_extract(payload, '$.gap_id') IN (SELECT value FROM json_each(?))",
        (orjson.dumps(list(gap_ids)).decode(),),
    )
