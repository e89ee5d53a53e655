"""Figures about gaps: how old those are that stand open, and how many were opened, verified and reopened."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from kb.records.clock import DAY_MS
from kb.records.database import one, rows
from kb.records.periods import Period

_SETTLED = "('resolved', 'verified', 'dismissed')"
# A gap is opened without a change of its status. What was merged into another gap counts there.
_OPEN = f"""
SELECT g.created_at FROM gaps g
WHERE g.merged_into IS NULL AND g.created_at < :end AND (:lang IS NULL OR g.lang = :lang)
  AND coalesce((
      SELECT h.after FROM gap_history h WHERE h.gap_id = g.id AND h.field = 'status' AND h.at < :end
      ORDER BY h.id DESC LIMIT 1
  ), 'open') NOT IN {_SETTLED}
ORDER BY g.created_at DESC
"""
_EVENTS = """
SELECT coalesce(sum(what = 'opened'), 0) AS opened, coalesce(sum(what = 'verified'), 0) AS verified,
       coalesce(sum(what = 'reopened'), 0) AS reopened
FROM (
    SELECT created_at AS at, lang, 'opened' AS what FROM gaps WHERE merged_into IS NULL
    UNION ALL
    SELECT h.at, g.lang, h.after FROM gap_history h JOIN gaps g ON g.id = h.gap_id WHERE h.field = 'status'
)
WHERE at >= :start AND at < :end AND (:lang IS NULL OR lang = :lang)
"""
_EVENTS_OF_REMOVED = """
SELECT coalesce(sum(opened), 0) AS opened, coalesce(sum(verified), 0) AS verified,
       coalesce(sum(reopened), 0) AS reopened
FROM rollup_gaps WHERE day >= :first_day AND day < :end_day AND (:lang IS NULL OR lang = :lang)
"""


@dataclass(frozen=True, slots=True)
class GapEvents:
    """Gaps made, and changes to verified and to reopened."""

    opened: int
    verified: int
    reopened: int


def open_ages(connection: sqlite3.Connection, period: Period, now: int) -> list[float]:
    """Ages in days, ascending, of the gaps that were not settled at the end of the period, or ``now`` while it lasts.

    A gap whose last signal was purged is no longer known, so the end should not lie before the oldest question kept.
    """
    times = period.times()
    values, end = times | {"lang": period.lang}, min(times["end"], now)
    return [(end - row["created_at"]) / DAY_MS for row in rows(connection, _OPEN, values)]


def gap_events(connection: sqlite3.Connection, period: Period) -> GapEvents:
    """What happened to gaps in the period, to those that went with their last signal too."""
    values = period.times() | period.cell() | {"lang": period.lang}
    live, gone = one(connection, _EVENTS, values), one(connection, _EVENTS_OF_REMOVED, values)
    assert live is not None, "an aggregate always has a row"
    assert gone is not None, "an aggregate always has a row"
    return GapEvents(*(live[name] + gone[name] for name in ("opened", "verified", "reopened")))
