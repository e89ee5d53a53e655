"""What happened, for other systems: written in the transaction of what happened, delivered later (an outbox).

An event is a line that never changes its id. A delivery is that line on its way to one receiver: waiting, delivered,
or given up after too many attempts. Who sends it is not known here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

import orjson

from kb.errors import NotFoundError
from kb.records.clock import DAY_MS, from_ms
from kb.records.database import Database, Row, one, rows
from kb.records.dead_letters import DeadLetter, given_up
from kb.records.happenings import EventKind, write_event

DeliveryState = Literal["waiting", "delivered", "failed"]

# A receiver that begins so gets requests for a person and nothing else; what follows is its name, by which the policy may send
# some requests there and not others.
DESTINATION = "handoff:"
MAIL_CHANNEL = "mail"  # the mailbox that the settings name, or that a team of the policy has
KEPT_DAYS = 30  # events that no delivery waits for
KEPT_FAILED_DAYS = 90
_MAX_ERROR = 300  # code points


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way to ``target``. ``attempts``: those begun, the one that ``claim`` begins included."""

    event_id: str
    target: str
    kind: EventKind
    at: datetime
    payload: Mapping[str, Any]
    attempts: int


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """How far one delivery has come. ``next_at``: the next attempt while it waits."""

    target: str
    state: DeliveryState
    attempts: int
    next_at: datetime | None
    delivered_at: datetime | None
    last_error: str


@dataclass(frozen=True, slots=True)
class Event:
    """What happened and who was told."""

    id: str
    kind: EventKind
    at: datetime
    payload: Mapping[str, Any]
    deliveries: tuple[DeliveryReport, ...]


@dataclass(frozen=True, slots=True)
class StaleArticle:
    """An article that is overdue for review since ``due_on``."""

    article_id: str
    title: str
    owner: str | None
    due_on: date


class Events:
    """The outbox of one data folder; ``now`` gives milliseconds. Every method raises ``StorageError``."""

    def __init__(self, database: Database, now: Callable[[], int]) -> None:
        self._db = database
        self._now = now

    def configure(self, targets: Sequence[str]) -> None:
        """Deliver to these receivers from now on. A new one gets what happens from here; one that is gone gets no more."""
        names = orjson.dumps(list(targets)).decode()
        with self._db.writing() as connection:
            gone = "target NOT IN (SELECT value FROM json_each(?))"
            connection.execute(f"DELETE FROM webhook_targets WHERE {gone}", (names,))
            connection.execute(
                f"UPDATE deliveries SET next_at = NULL, last_error = 'no longer configured' WHERE {gone}"
                " AND next_at IS NOT NULL",
                (names,),
            )
            connection.execute(
                "INSERT OR IGNORE INTO webhook_targets (target, up_to)"
                " SELECT value, (SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'events')"
                " FROM json_each(?)",
                (names,),
            )

    def claim(self, target: str, lease: float) -> Delivery | None:
        """Begin one attempt of the delivery to ``target`` that is due longest; None when nothing is due.

        For ``lease`` seconds nobody else gets it; whoever is killed meanwhile has lost one attempt and no event.
        """
        now = self._now()
        with self._db.reading() as connection:
            if _undone(connection, target) is None and _due(connection, target, now) is None:
                return None
        with self._db.writing() as connection:
            _spread(connection, target, now)
            row = _due(connection, target, now)
            if row is None:
                return None
            connection.execute(
                "UPDATE deliveries SET attempts = attempts + 1, next_at = ? WHERE event_id = ? AND target = ?",
                (now + int(lease * 1000), row["event_id"], target),
            )
        payload = orjson.loads(row["payload"])
        return Delivery(row["event_id"], target, row["kind"], from_ms(row["at"]), payload, row["attempts"] + 1)

    def delivered(self, delivery: Delivery) -> None:
        """The receiver has it."""
        with self._db.writing() as connection:
            connection.execute(
                "UPDATE deliveries SET next_at = NULL, delivered_at = ?, last_error = ''"
                " WHERE event_id = ? AND target = ?",
                (self._now(), delivery.event_id, delivery.target),
            )

    def failed(self, delivery: Delivery, error: str, retry_in: float | None) -> None:
        """The attempt failed: the next one is in ``retry_in`` seconds, or never by itself when that is None."""
        next_at = None if retry_in is None else self._now() + int(retry_in * 1000)
        with self._db.writing() as connection:
            connection.execute(
                "UPDATE deliveries SET next_at = ?, last_error = ?"
                " WHERE event_id = ? AND target = ? AND delivered_at IS NULL",
                (next_at, error[:_MAX_ERROR], delivery.event_id, delivery.target),
            )

    def newest(self, limit: int = 50, *, failed: bool = False) -> list[Event]:
        """The newest events, newest first; ``failed``: only those that a receiver has not got and will not get."""
        chosen = "WHERE id IN (SELECT event_id FROM deliveries WHERE next_at IS NULL AND delivered_at IS NULL)"
        with self._db.reading() as connection:
            found = rows(
                connection, f"SELECT * FROM events {chosen if failed else ''} ORDER BY seq DESC LIMIT ?", (limit,)
            )
            return [_event(connection, row) for row in found]

    def reports(self, event_id: str) -> tuple[DeliveryReport, ...]:
        """How far the deliveries of one event have come; none for an event that is gone."""
        with self._db.reading() as connection:
            return _reports(connection, event_id)

    def dead_letters(self, limit: int = 200) -> list[DeadLetter]:
        """The deliveries that were given up, those of the newest events first."""
        with self._db.reading() as connection:
            return given_up(connection, limit)

    def given_up(self) -> int:
        """How many deliveries a configured receiver has not got and will not get by itself (dead letters)."""
        with self._db.reading() as connection:
            row = one(
                connection,
                "SELECT count(*) AS n FROM deliveries WHERE next_at IS NULL AND delivered_at IS NULL"
                " AND target IN (SELECT target FROM webhook_targets)",
            )
        return 0 if row is None else int(row["n"])

    def retry(self, event_id: str | None = None, target: str | None = None) -> int:
        """Begin anew with the failed deliveries of one event, or of all, to one receiver, or to all; return how many.

        Raises ``NotFoundError`` when there is no such event.
        """
        with self._db.writing() as connection:
            if event_id is not None and one(connection, "SELECT 1 FROM events WHERE id = ?", (event_id,)) is None:
                raise NotFoundError(f"There is no event {event_id}.", "List the events to see their ids.")
            return connection.execute(
                "UPDATE deliveries SET next_at = ?, attempts = 0 WHERE next_at IS NULL AND delivered_at IS NULL"
                " AND (? IS NULL OR event_id = ?) AND (? IS NULL OR target = ?)"
                " AND target IN (SELECT target FROM webhook_targets)",
                (self._now(), event_id, event_id, target, target),
            ).rowcount

    def note_stale(self, articles: Iterable[StaleArticle]) -> int:
        """Write an event for each article that became overdue and was not told yet; return how many."""
        overdue = list(articles)
        with self._db.reading() as connection:
            known = {(r["article_id"], r["due_on"]) for r in rows(connection, "SELECT * FROM stale_notices")}
        new = [a for a in overdue if (a.article_id, a.due_on.isoformat()) not in known]
        if not new:
            return 0
        told, now = 0, self._now()
        with self._db.writing() as connection:
            for article in new:
                due_on = article.due_on.isoformat()
                told_now = connection.execute(
                    "INSERT OR IGNORE INTO stale_notices (article_id, due_on, at) VALUES (?, ?, ?)",
                    (article.article_id, due_on, now),
                ).rowcount
                if told_now:  # else another process was quicker
                    payload = {"article_id": article.article_id, "title": article.title, "owner": article.owner}
                    write_event(connection, "article.stale", {**payload, "review_due_on": due_on}, now)
                    told += 1
        return told

    def prune(self) -> int:
        """Remove events that are ``KEPT_DAYS`` old and wait for nothing, and failed ones after ``KEPT_FAILED_DAYS``."""
        now = self._now()
        with self._db.writing() as connection:
            return connection.execute(
                "DELETE FROM events WHERE at < :old AND NOT EXISTS (SELECT 1 FROM deliveries d"
                " WHERE d.event_id = events.id AND (d.next_at IS NOT NULL OR (d.delivered_at IS NULL AND events.at >= :dead)))"
                " AND seq <= (SELECT coalesce(min(up_to), :all) FROM webhook_targets)",
                {"old": now - KEPT_DAYS * DAY_MS, "dead": now - KEPT_FAILED_DAYS * DAY_MS, "all": 2**62},
            ).rowcount


def _undone(connection: sqlite3.Connection, target: str) -> Row | None:
    """An event that has no delivery to ``target`` yet."""
    return one(
        connection,
        "SELECT 1 FROM events WHERE seq > (SELECT up_to FROM webhook_targets WHERE target = ?) LIMIT 1",
        (target,),
    )


def _due(connection: sqlite3.Connection, target: str, now: int) -> Row | None:
    return one(
        connection,
        "SELECT d.event_id, d.attempts, e.kind, e.at, e.payload FROM deliveries d JOIN events e ON e.id = d.event_id"
        " WHERE d.target = ? AND d.next_at <= ? ORDER BY d.next_at, e.seq LIMIT 1",
        (target, now),
    )


def channel_of(target: str) -> str | None:
    """The name by which requests are routed to a receiver; None for one that gets every event.

    >>> channel_of("handoff:billing"), channel_of("https://example.com/hook")
    ('billing', None)
    """
    return target.removeprefix(DESTINATION) if target.startswith(DESTINATION) else None


def _spread(connection: sqlite3.Connection, target: str, now: int) -> None:
    """Make the deliveries of every event since the last time. The order of ``seq`` is that of the commits: none is missed.

    A request that names no channels goes to all of them.
    """
    connection.execute(
        "INSERT OR IGNORE INTO deliveries (event_id, target, attempts, next_at, last_error)"
        " SELECT id, :target, 0, :now, '' FROM events"
        " WHERE seq > (SELECT up_to FROM webhook_targets WHERE target = :target) AND (:channel IS NULL"
        " OR (kind = 'handoff.created' AND (json_extract(payload, '$.channels') IS NULL"
        " OR EXISTS (SELECT 1 FROM json_each(payload, '$.channels') WHERE value = :channel))))",
        {"target": target, "now": now, "channel": channel_of(target)},
    )
    connection.execute(
        "UPDATE webhook_targets SET up_to = (SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'events')"
        " WHERE target = ?",
        (target,),
    )


def _event(connection: sqlite3.Connection, row: Row) -> Event:
    payload = orjson.loads(row["payload"])
    return Event(row["id"], row["kind"], from_ms(row["at"]), payload, _reports(connection, row["id"]))


def _reports(connection: sqlite3.Connection, event_id: str) -> tuple[DeliveryReport, ...]:
    deliveries = rows(connection, "SELECT * FROM deliveries WHERE event_id = ? ORDER BY target", (event_id,))
    return tuple(
        DeliveryReport(
            target=delivery["target"],
            state=_state(delivery),
            attempts=delivery["attempts"],
            next_at=None if delivery["next_at"] is None else from_ms(delivery["next_at"]),
            delivered_at=None if delivery["delivered_at"] is None else from_ms(delivery["delivered_at"]),
            last_error=delivery["last_error"],
        )
        for delivery in deliveries
    )


def _state(delivery: Row) -> DeliveryState:
    if delivery["delivered_at"] is not None:
        return "delivered"
    return "failed" if delivery["next_at"] is None else "waiting"
