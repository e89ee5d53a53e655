"""Gaps in the order in which something last became of them, for those who follow them from outside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from kb.gaps.vocabulary import Cause, GapStatus
from kb.records.board import ASKED_IN, summary_of
from kb.records.clock import from_ms
from kb.records.database import Database, rows
from kb.records.rows import GapSummary
from kb.types import Lang


@dataclass(frozen=True, slots=True)
class FeedQuery:
    """Which gaps to follow; what is left empty does not limit. ``owner``: owner or assignee, ``""`` for nobody's.

    ``lang``: some of its questions are in it.
    """

    status: tuple[GapStatus, ...] = ()
    cause: Cause | None = None
    owner: str | None = None
    lang: Lang | None = None


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One gap as it is now, and when the newest line of its history was written. New signals alone write none."""

    gap: GapSummary
    changed_at: datetime


class Feed:
    """The feed of one data folder; ``now`` gives milliseconds, ``settle`` makes what was just logged readable."""

    def __init__(self, database: Database, now: Callable[[], int], settle: Callable[[], None]) -> None:
        self._db = database
        self._now = now
        self._settle = settle

    def newest(self, query: FeedQuery, limit: int) -> list[FeedEntry]:
        """The gaps changed last, the newest first. Raises ``StorageError``."""
        conditions, values = _conditions(query)
        self._settle()
        with self._db.reading() as connection:
            found = rows(
                connection,
                "SELECT g.id, max(h.at) AS changed_at FROM gaps g JOIN gap_history h ON h.gap_id = g.id"
                f" WHERE {' AND '.join(conditions)} GROUP BY g.id ORDER BY changed_at DESC, g.id DESC LIMIT :limit",
                values | {"limit": limit},
            )
            return [
                FeedEntry(summary_of(connection, row["id"], self._now()), from_ms(row["changed_at"])) for row in found
            ]


def _conditions(query: FeedQuery) -> tuple[list[str], dict[str, Any]]:
    conditions = ["g.merged_into IS NULL"]
    values: dict[str, Any] = {}
    if query.status:
        conditions.append("g.status IN (SELECT value FROM json_each(:status))")
        values["status"] = orjson.dumps([GapStatus(status).value for status in query.status]).decode()
    if query.cause is not None:
        conditions.append("g.cause = :cause")
        values["cause"] = Cause(query.cause).value
    if query.owner is not None:
        conditions.append("(coalesce(g.owner, '') = :owner OR (:owner <> '' AND g.assignee = :owner))")
        values["owner"] = query.owner
    if query.lang is not None:
        conditions.append(ASKED_IN)
        values["lang"] = query.lang
    return conditions, values
