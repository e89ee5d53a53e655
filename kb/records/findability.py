"""Which article answers a gap when it is tried, as the keeper of the gaps found it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

import orjson

from kb.gaps.vocabulary import OPEN, Found
from kb.records.checks import load_found
from kb.records.database import Database, rows
from kb.records.signals import refresh_causes, root_of


class Findability:
    """Trials of gaps. ``now``: milliseconds since 1970-01-01 UTC. Every method raises ``StorageError``."""

    def __init__(self, database: Database, now: Callable[[], int]) -> None:
        self._db = database
        self._now = now

    def untried(self, age: int, limit: int) -> list[str]:
        """Ids of open gaps that are at least ``age`` milliseconds old and were not tried yet, newest first."""
        with self._db.reading() as connection:
            found = rows(
                connection,
                "SELECT id FROM gaps WHERE findable IS NULL AND merged_into IS NULL AND created_at <= ?"
                f" AND status IN ({', '.join('?' * len(OPEN))}) ORDER BY created_at DESC LIMIT ?",
                [self._now() - age, *OPEN, limit],
            )
        return [row["id"] for row in found]

    def tried(self, revision: str, limit: int) -> list[str]:
        """Ids of open gaps that were tried on another revision than ``revision``, newest first."""
        with self._db.reading() as connection:
            found = rows(
                connection,
                "SELECT id FROM gaps WHERE findable ->> 'revision' <> ? AND merged_into IS NULL"
                f" AND status IN ({', '.join('?' * len(OPEN))}) ORDER BY created_at DESC LIMIT ?",
                [revision, *OPEN, limit],
            )
        return [row["id"] for row in found]

    def keep(self, gap_id: str, revision: str, found: Found | None) -> None:
        """Keep what trying has found, which may change the gap's cause."""
        value = orjson.dumps({"revision": revision, "found": None if found is None else asdict(found)}).decode()
        now = self._now()
        with self._db.writing() as connection:
            root = root_of(connection, gap_id)
            connection.execute("UPDATE gaps SET findable = ? WHERE id = ?", (value, root))
            refresh_causes(connection, [root], now)

    def get(self, gap_id: str) -> Found | None:
        """What trying found last; None for nothing, or before."""
        with self._db.reading() as connection:
            return load_found(connection, root_of(connection, gap_id))
