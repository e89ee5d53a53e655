"""What the weekly mail needs: what became of gaps since a time, and which mails were settled already."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from kb.records.board import summary_of
from kb.records.clock import from_ms, to_ms
from kb.records.database import Database, one, rows
from kb.records.rows import GapSummary

MAX_CHANGED = 50  # gaps of one kind: a longer list is not read


@dataclass(frozen=True, slots=True)
class Changes:
    """Gaps that something happened to since a time, the newest change first; each as it is now.

    A gap stands in ``reopened`` or ``verified`` only while it still is, and in one list only.
    """

    new: tuple[GapSummary, ...]
    reopened: tuple[GapSummary, ...]
    verified: tuple[GapSummary, ...]


@dataclass(frozen=True, slots=True)
class SettledDigest:
    """The newest digest of a user: what happened until ``at``. ``content``: the hash of what it said."""

    week: str
    at: datetime
    content: str


class Digests:
    """Digests of one data folder; ``now`` gives milliseconds. Every method raises ``StorageError``."""

    def __init__(self, database: Database, now: Callable[[], int]) -> None:
        self._db = database
        self._now = now

    def changes(self, names: Sequence[str] | None, since: datetime, until: datetime) -> Changes:
        """What happened in ``[since, until)`` to gaps whose owner or assignee is one of ``names``; None for all gaps."""
        with self._db.reading() as connection:

            def changed(condition: str) -> tuple[GapSummary, ...]:
                return self._changed(connection, condition, names, (since, until))

            return Changes(
                new=changed("h.field = 'created' AND g.status NOT IN ('verified', 'reopened', 'dismissed')"),
                reopened=changed("h.field = 'status' AND h.after = 'reopened' AND g.status = 'reopened'"),
                verified=changed("h.field = 'status' AND h.after = 'verified' AND g.status = 'verified'"),
            )

    def _changed(
        self,
        connection: sqlite3.Connection,
        condition: str,
        names: Sequence[str] | None,
        period: tuple[datetime, datetime],
    ) -> tuple[GapSummary, ...]:
        found = rows(
            connection,
            "SELECT g.id, max(h.at) AS at FROM gap_history h JOIN gaps g ON g.id = h.gap_id"
            f" WHERE h.at >= :since AND h.at < :until AND g.merged_into IS NULL AND {condition} AND (:all OR"
            " g.owner IN (SELECT value FROM json_each(:names)) OR g.assignee IN (SELECT value FROM json_each(:names)))"
            " GROUP BY g.id ORDER BY at DESC, g.id LIMIT :limit",
            {
                "since": to_ms(period[0]),
                "until": to_ms(period[1]),
                "all": names is None,
                "names": orjson.dumps(list(names or ())).decode(),
                "limit": MAX_CHANGED,
            },
        )
        return tuple(summary_of(connection, row["id"], self._now()) for row in found)

    def is_settled(self, user_id: str, week: str) -> bool:
        """Whether this user's digest of an ISO week was sent, or was found not to be needed."""
        with self._db.reading() as connection:
            found = one(connection, "SELECT 1 FROM digests WHERE user_id = ? AND week = ?", (user_id, week))
        return found is not None

    def last_sent(self, user_id: str) -> SettledDigest | None:
        """The newest digest that was sent to this user."""
        with self._db.reading() as connection:
            row = one(
                connection, "SELECT * FROM digests WHERE user_id = ? AND sent ORDER BY at DESC LIMIT 1", (user_id,)
            )
        return None if row is None else SettledDigest(row["week"], from_ms(row["at"]), row["content"])

    def settle(self, user_id: str, week: str, *, sent: bool, content: str, until: datetime) -> None:
        """Remember that this week's digest is done with; once for each user and week, the first word stands.

        ``until``: what happened from then on is for the next digest.
        """
        with self._db.writing() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO digests (user_id, week, at, sent, content) VALUES (?, ?, ?, ?, ?)",
                (user_id, week, to_ms(until), sent, content),
            )
