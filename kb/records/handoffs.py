"""Requests for a person: what was told of the visitor's errand, how far it has come, and who took it over.

Committed before anybody is told that it was taken. Words are masked and contacts encrypted before they come here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import orjson

from kb.errors import ConflictError, InvalidInputError, NotFoundError
from kb.ids import new_id
from kb.records.clock import from_ms
from kb.records.database import Database, Row, one, rows
from kb.records.happenings import write_event
from kb.records.person_links import link_person
from kb.records.questions import question_key
from kb.records.rows import Signal
from kb.records.signals import refresh_causes, root_of, signal_entry, store_signal
from kb.types import Lang

HandoffStatus = Literal["queued", "delivered", "acknowledged", "failed"]
Urgency = Literal["normal", "high"]


@dataclass(frozen=True, slots=True)
class NewHandoff:
    """A request for a person as it is to be stored.

    ``packet``: plain JSON values, every text masked. ``topic`` and ``team``: what the policy says it is about and whose it is.
    ``channels``: names of the destinations it goes to; None for all of them. ``mail_to``: addresses of the team.
    ``contact``: encrypted, None when none was given. ``signal``: the need that was not met, None when nothing says what it is.
    ``wishes``: answers after the last question, in which the visitor did nothing but ask for this.
    ``person``: the hash by which the visitor is known in every channel. ``request_key``: hash of the caller's idempotency key,
    ``request_hash`` of what was sent under it.
    """

    question: str
    packet: Mapping[str, Any]
    channel: str
    lang: Lang
    urgency: Urgency
    request_hash: str
    request_key: str | None = None
    conversation_id: str | None = None
    answer_id: str | None = None
    visitor: str | None = None
    person: str | None = None
    category: str | None = None
    topic: str | None = None
    team: str | None = None
    channels: tuple[str, ...] | None = None
    mail_to: tuple[str, ...] = ()
    page_url: str | None = None
    contact: bytes | None = None
    signal: Signal | None = None
    wishes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Handoff:
    """A stored request for a person. ``delivered``: some receiver has it; ``failed``: none has, and none is tried again."""

    id: str
    at: datetime
    status: HandoffStatus
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    conversation_id: str | None
    answer_id: str | None
    channel: str
    lang: Lang
    category: str | None
    topic: str | None
    team: str | None
    urgency: Urgency
    gap_id: str | None
    question: str
    page_url: str | None
    packet: Mapping[str, Any]
    contact: bytes | None
    event_id: str
    visitor: str | None


@dataclass(frozen=True, slots=True)
class HandoffPage:
    handoffs: tuple[Handoff, ...]
    next_cursor: str | None


class Handoffs:
    """The requests of one data folder. Thread-safe. Every method raises ``StorageError``."""

    def __init__(self, database: Database, now: Callable[[], int]) -> None:
        self._db = database
        self._now = now

    def add(self, new: NewHandoff) -> tuple[Handoff, bool]:
        """Store a request with its event and its signal; committed when this returns. False: its key was used before.

        Raises ``ConflictError`` when the key was used for another request.
        """
        now = self._now()
        with self._db.writing() as connection:
            known = _of_key(connection, new)
            if known is not None:
                return known, False
            handoff_id = new_id("hnd")
            gap_id = _store_signal(connection, new, handoff_id, now)
            event_id = write_event(
                connection, "handoff.created", _event_payload(new, handoff_id, gap_id), now
            )  # without words: they are added when it is sent, and can be erased before that
            values = _columns(new, handoff_id, gap_id, event_id, now)
            marks = ", ".join(f":{name}" for name in values)
            connection.execute(f"INSERT INTO handoffs ({', '.join(values)}) VALUES ({marks})", values)
            if new.person is not None and new.conversation_id is not None:
                link_person(connection, new.person, new.conversation_id, now)
            return get_handoff(connection, handoff_id), True

    def get(self, handoff_id: str) -> Handoff:
        """Raises ``NotFoundError``."""
        with self._db.reading() as connection:
            return get_handoff(connection, handoff_id)

    def page(
        self, *, status: HandoffStatus | Literal["waiting"] | None = None, limit: int = 50, cursor: str | None = None
    ) -> HandoffPage:
        """The newest first; ``waiting``: whatever nobody has taken over.

        ``cursor``: where the page before ended. Raises ``InvalidInputError`` for a made-up one.
        """
        behind = cursor or "hnd_~"
        if not behind.startswith("hnd_"):
            raise InvalidInputError("This is no cursor of ours.", "Send next_cursor of the page before.", "/cursor")
        with self._db.reading() as connection:
            found = rows(
                connection,
                "SELECT * FROM handoffs WHERE id < :behind AND (:status IS NULL OR status = :status"
                " OR (:status = 'waiting' AND acknowledged_at IS NULL)) ORDER BY id DESC LIMIT :limit",
                {"behind": behind, "status": status, "limit": limit + 1},
            )
        handoffs = tuple(_handoff(row) for row in found[:limit])
        return HandoffPage(handoffs, handoffs[-1].id if len(found) > limit else None)

    def acknowledge(self, handoff_id: str, who: str) -> Handoff:
        """Somebody has taken it over; the first one stays. Raises ``NotFoundError``."""
        with self._db.writing() as connection:
            take_over(connection, handoff_id, who, self._now())
            return get_handoff(connection, handoff_id)

    def waiting(self) -> int:
        """How many nobody has taken over."""
        with self._db.reading() as connection:
            row = one(connection, "SELECT count(*) AS n FROM handoffs WHERE acknowledged_at IS NULL")
        return 0 if row is None else int(row["n"])


def take_over(connection: sqlite3.Connection, handoff_id: str, who: str, now: int) -> None:
    """Let ``who`` be the one who takes care of it, unless somebody already does."""
    connection.execute(
        "UPDATE handoffs SET status = 'acknowledged', acknowledged_at = ?, acknowledged_by = ?"
        " WHERE id = ? AND acknowledged_at IS NULL",
        (now, who, handoff_id),
    )


def remove_handoffs(connection: sqlite3.Connection, condition: str, values: Mapping[str, Any]) -> int:
    """Remove those that ``condition`` chooses with their replies, and what was still to be told of them; return how many."""
    chosen = f"SELECT id FROM handoffs WHERE {condition}"
    for events in (
        f"SELECT event_id FROM handoffs WHERE {condition}",
        f"SELECT event_id FROM handoff_replies WHERE handoff_id IN ({chosen})",
    ):
        connection.execute(f"DELETE FROM events WHERE id IN ({events})", dict(values))
    connection.execute(f"DELETE FROM handoff_replies WHERE handoff_id IN ({chosen})", dict(values))
    return connection.execute(f"DELETE FROM handoffs WHERE {condition}", dict(values)).rowcount


def _of_key(connection: sqlite3.Connection, new: NewHandoff) -> Handoff | None:
    """What was stored under the key of ``new``. Raises ``ConflictError`` when that was something else."""
    if new.request_key is None:
        return None
    row = one(connection, "SELECT * FROM handoffs WHERE request_key = ?", (new.request_key,))
    if row is not None and row["request_hash"] != new.request_hash:
        raise ConflictError(
            "This Idempotency-Key was used for another request.", "Make a new key for every new hand-over."
        )
    return None if row is None else _handoff(row)


def _store_signal(connection: sqlite3.Connection, new: NewHandoff, handoff_id: str, now: int) -> str | None:
    """Count the request once in the gap of its need, and return that gap.

    Not again when the visitor has already asked for a person in so many words about the same question: in the conversation, or in
    one of the ``wishes`` where it is not known which conversation goes on.
    """
    if new.signal is None:
        return None
    entry = signal_entry(new.signal) | {"external_id": f"handoff:{handoff_id}"}
    key = question_key(entry["question"])
    known = one(
        connection,
        "SELECT gap_id FROM signals WHERE kind = :kind AND ((conversation_id = :conversation AND question_key = :key)"
        " OR answer_id IN (SELECT value FROM json_each(:wishes)))",
        {
            "kind": entry["kind"],
            "conversation": new.conversation_id,
            "key": key,
            "wishes": orjson.dumps(new.wishes).decode(),
        },
    )
    if known is not None:
        return root_of(connection, known["gap_id"])
    result = store_signal(
        connection,
        entry,
        at=now,
        question_key=key,
        answer_id=new.answer_id,
        conversation_id=new.conversation_id,
        visitor=new.visitor,
        channel=new.channel,
    )
    refresh_causes(connection, [result.gap_id], now)
    return result.gap_id


def _event_payload(new: NewHandoff, handoff_id: str, gap_id: str | None) -> dict[str, Any]:
    return {
        "handoff_id": handoff_id,
        "conversation_id": new.conversation_id,
        "channel": new.channel,
        "lang": new.lang,
        "category": new.category,
        "topic": new.topic,
        "team": new.team,
        "urgency": new.urgency,
        "gap_id": gap_id,
        **({} if new.channels is None else {"channels": list(new.channels)}),
        **({"mail_to": list(new.mail_to)} if new.mail_to else {}),
    }


def _columns(new: NewHandoff, handoff_id: str, gap_id: str | None, event_id: str, now: int) -> dict[str, Any]:
    return {
        "id": handoff_id,
        "at": now,
        "conversation_id": new.conversation_id,
        "answer_id": new.answer_id,
        "visitor": new.visitor,
        "channel": new.channel,
        "lang": new.lang,
        "category": new.category,
        "topic": new.topic,
        "team": new.team,
        "urgency": new.urgency,
        "gap_id": gap_id,
        "question": new.question,
        "page_url": new.page_url,
        "packet": orjson.dumps(new.packet).decode(),
        "contact": new.contact,
        "event_id": event_id,
        "request_key": new.request_key,
        "request_hash": new.request_hash,
    }


def get_handoff(connection: sqlite3.Connection, handoff_id: str) -> Handoff:
    row = one(connection, "SELECT * FROM handoffs WHERE id = ?", (handoff_id,))
    if row is None:
        raise NotFoundError("There is no hand-over with this id.", "It may have been erased or purged.")
    return _handoff(row)


def _handoff(row: Row) -> Handoff:
    return Handoff(
        id=row["id"],
        at=from_ms(row["at"]),
        status=row["status"],
        acknowledged_at=None if row["acknowledged_at"] is None else from_ms(row["acknowledged_at"]),
        acknowledged_by=row["acknowledged_by"],
        conversation_id=row["conversation_id"],
        answer_id=row["answer_id"],
        channel=row["channel"],
        lang=row["lang"],
        category=row["category"],
        topic=row["topic"],
        team=row["team"],
        urgency=row["urgency"],
        gap_id=row["gap_id"],
        question=row["question"],
        page_url=row["page_url"],
        packet=orjson.loads(row["packet"]),
        contact=row["contact"],
        event_id=row["event_id"],
        visitor=row["visitor"],
    )
