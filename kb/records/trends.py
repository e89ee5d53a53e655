"""How many people a gap affects, week by week."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import orjson

from kb.records.clock import DAY_MS
from kb.records.database import Database, rows

WEEK_MS = 7 * DAY_MS

# Counted like the people of the board: visitors, else conversations. Merged gaps count where they were merged into.
_WEEKLY = """
SELECT coalesce(g.merged_into, g.id) AS root, (:until - s.at) / :week AS weeks_ago,
       count(DISTINCT coalesce(s.visitor, s.conversation_id, s.id)) AS people
FROM signals s JOIN gaps g ON g.id = s.gap_id
WHERE s.at > :since AND s.at <= :until
  AND coalesce(g.merged_into, g.id) IN (SELECT value FROM json_each(:ids))
GROUP BY root, weeks_ago
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
            counts[row["root"]][weeks - 1 - row["weeks_ago"]] = row["people"]
        return {gap_id: tuple(line) for gap_id, line in counts.items()}
