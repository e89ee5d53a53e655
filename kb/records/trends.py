"""How many people a gap affects, week by week."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import orjson

from kb.records.clock import DAY_MS
from kb.records.database import Database, rows

WEEK_MS = 7 * DAY_MS

# Counted like the people of the board: visitors, else conversations. Merged gaps count where they were merged into.
# Somebody seen in one week only needs no look at the signals; that is nearly everybody, because visitors' keys change
# daily. The others, and people of merged gaps, are counted from the signals (plus sign: a column as text would not match
# the index of an expression).
_WEEKLY = """
WITH members AS MATERIALIZED (
    SELECT id AS gap_id, id AS root FROM gaps
    WHERE merged_into IS NULL AND id IN (SELECT value FROM json_each(:ids))
    UNION ALL
    SELECT id, merged_into FROM gaps WHERE merged_into IN (SELECT value FROM json_each(:ids))
), single AS MATERIALIZED (
    SELECT root FROM members GROUP BY root HAVING count(*) = 1
)
SELECT p.gap_id AS root, (:until - p.last_at) / :week AS weeks_ago, count(*) AS people
FROM single CROSS JOIN gap_people p ON p.gap_id = single.root
WHERE p.last_at > :since AND (:until - p.last_at) / :week = (:until - p.first_at) / :week
GROUP BY 1, 2
UNION ALL
SELECT m.root, (:until - s.at) / :week, count(DISTINCT p.person)
FROM members m CROSS JOIN gap_people p ON p.gap_id = m.gap_id
CROSS JOIN signals s INDEXED BY signals_by_person
    ON s.gap_id = p.gap_id AND coalesce(s.visitor, s.conversation_id, s.id) = +p.person
WHERE p.last_at > :since AND s.at > :since
  AND ((:until - p.last_at) / :week <> (:until - p.first_at) / :week OR m.root NOT IN (SELECT root FROM single))
GROUP BY 1, 2
"""


class Trends:
    """Figures of gaps over time. ``now``: milliseconds since 1970-01-01 UTC."""

    def __init__(self, database: Database, now: Callable[[], int]) -> None:
        self._db = database
        self._now = now

    def weekly_people(self, gap_ids: Sequence[str], weeks: int = 8) -> dict[str, tuple[int, ...]]:
        """People with a signal in each of the last ``weeks`` weeks, oldest first, by gap id; one query for all gaps.

        Weeks are spans of seven days that end now, so the last one is as long as the others. Every asked id is a key,
        also one that is unknown or was merged away (all zeros).
        """
        until = self._now()
        values = {
            "until": until,
            "since": until - weeks * WEEK_MS,
            "week": WEEK_MS,
            "ids": orjson.dumps(list(gap_ids)).decode(),
        }
        with self._db.reading() as connection:
            found = rows(connection, _WEEKLY, values)
        counts = {gap_id: [0] * weeks for gap_id in gap_ids}
        for row in found:
            counts[row["root"]][weeks - 1 - row["weeks_ago"]] += row["people"]
        return {gap_id: tuple(line) for gap_id, line in counts.items()}
