"""Which conversations a person had, in whatever channel; the person is a keyed hash (``visitors.person_key``)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta

from kb.errors import StorageError
from kb.records.database import Database, one, rows
from kb.records.intake import Entry
from kb.records.removal import erase_all
from kb.records.rows import Removed

Waiting = Callable[[str, str], list[Entry]]


class Persons:
    """The people of one data folder. Thread-safe.

    ``waiting``: journal lines in memory by a field and its value, oldest first. ``absorb`` stores all that waits, of other
    processes too; ``forget`` empties what still holds erased words outside of the tables.
    """

    def __init__(
        self,
        database: Database,
        now: Callable[[], int],
        waiting: Waiting,
        absorb: Callable[[], None],
        forget: Callable[[], None],
    ) -> None:
        self._db = database
        self._now = now
        self._waiting = waiting
        self._absorb = absorb
        self._forget = forget

    def latest(self, person: str, window: timedelta) -> str | None:
        """The conversation that ``person`` had last, if within ``window``. Never raises: without the database, what waits."""
        since = self._now() - window // timedelta(milliseconds=1)
        waiting = [entry for entry in self._waiting("person", person) if entry["at"] >= since]
        found: list[tuple[int, str]] = [(waiting[-1]["at"], waiting[-1]["conversation_id"])] if waiting else []
        with suppress(StorageError), self._db.reading() as connection:
            row = one(
                connection,
                "SELECT last_at, conversation_id FROM person_conversations WHERE person = ? AND last_at >= ?"
                " ORDER BY last_at DESC, conversation_id DESC LIMIT 1",
                (person, since),
            )
            found += [] if row is None else [(row["last_at"], row["conversation_id"])]
        return max(found)[1] if found else None

    def erase(self, person: str, visitors: Sequence[str] = ()) -> Removed:
        """Remove every conversation of ``person`` for good, and all of ``visitors``, the person's daily keys, newest first.

        Raises ``StorageError``; nothing is removed then.
        """
        self._absorb()
        now = self._now()
        with self._db.writing() as connection:
            removed = _erase_conversations(connection, person, now)
            removed += erase_all(connection, "visitor", visitors, now, remembered=visitors[:2])
        self._forget()
        return removed


def _erase_conversations(connection: sqlite3.Connection, person: str, now: int) -> Removed:
    # Remembered for a while, so that a question of theirs that still waits in some journal does not come back.
    connection.execute("INSERT OR REPLACE INTO erasures (kind, key, at) VALUES ('person', ?, ?)", (person, now))
    found = rows(connection, "SELECT conversation_id FROM person_conversations WHERE person = ?", (person,))
    ids = [row["conversation_id"] for row in found]
    return erase_all(connection, "conversation_id", ids, now, remembered=ids)
