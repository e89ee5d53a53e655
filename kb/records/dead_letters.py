"""Deliveries that were given up: what a receiver has not got and will not get by itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from kb.records.clock import from_ms
from kb.records.database import rows
from kb.records.happenings import EventKind


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One event for ``target``. ``configured``: the receiver is still there, so that it can be tried again."""

    event_id: str
    target: str
    kind: EventKind
    at: datetime
    payload: Mapping[str, Any]
    attempts: int
    last_error: str
    configured: bool


def given_up(connection: sqlite3.Connection, limit: int) -> list[DeadLetter]:
    """Those of the newest events first, at most ``limit``."""
    found = rows(
        connection,
        "SELECT d.*, e.kind, e.at, e.payload, d.target IN (SELECT target FROM webhook_targets) AS configured"
        " FROM deliveries d JOIN events e ON e.id = d.event_id"
        " WHERE d.next_at IS NULL AND d.delivered_at IS NULL ORDER BY e.seq DESC, d.target LIMIT ?",
        (limit,),
    )
    return [
        DeadLetter(
            event_id=row["event_id"],
            target=row["target"],
            kind=row["kind"],
            at=from_ms(row["at"]),
            payload=orjson.loads(row["payload"]),
            attempts=row["attempts"],
            last_error=row["last_error"],
            configured=bool(row["configured"]),
        )
        for row in found
    ]
