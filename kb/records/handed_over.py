"""How many conversations go to a person: what a policy watches, so that a help centre notices when it stops helping."""

from __future__ import annotations

from collections.abc import Callable

from kb.records.clock import DAY_MS
from kb.records.database import Database, one
from kb.records.figures import Share
from kb.records.happenings import write_event

# A conversation is handed over when an answer sent it to a person, or when somebody asked for one under it.
_COUNT = """
SELECT count(*) AS conversations, coalesce(sum(handed), 0) AS handed FROM (
    SELECT max(q.outcome = 'handoff' OR EXISTS (
        SELECT 1 FROM handoffs h WHERE h.conversation_id = q.conversation_id
    )) AS handed
    FROM questions q WHERE q.at >= ? GROUP BY q.conversation_id
)
"""


class HandedOver:
    """Counts conversations; ``now`` gives milliseconds. Every method raises ``StorageError``."""

    def __init__(self, database: Database, now: Callable[[], int]) -> None:
        self._db = database
        self._now = now

    def share(self, days: int) -> Share:
        """Conversations of the last ``days`` days that went to a person, out of all of them."""
        with self._db.reading() as connection:
            row = one(connection, _COUNT, (self._now() - days * DAY_MS,))
        return Share(int(row["handed"]), int(row["conversations"])) if row else Share(0, 0)

    def note_high(self, found: Share, *, above: float, days: int) -> bool:
        """Write the event that too many are handed over, unless it was written within ``days`` days; whether it was now."""
        now = self._now()
        with self._db.writing() as connection:
            told = one(
                connection,
                "SELECT 1 FROM events WHERE kind = 'handoff.share_high' AND at >= ?",
                (now - days * DAY_MS,),
            )
            if told is not None:
                return False
            payload = {
                "handed_over": found.count,
                "conversations": found.of,
                "share": round(found.rate or 0.0, 4),
                "above": above,
                "days": days,
            }
            write_event(connection, "handoff.share_high", payload, now)
            return True
