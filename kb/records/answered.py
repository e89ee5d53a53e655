"""Questions that were answered lately: what a change of the articles must not take away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from kb.records.clock import DAY_MS, from_ms
from kb.records.database import Database, rows
from kb.types import Lang

ANSWERED_DAYS = 28
# A masked question is not the one that was asked, and one that was voted down was not answered.
_RECENT = """
SELECT q.question, q.lang, q.article_id, count(*) AS n, max(q.at) AS last_at
FROM questions q LEFT JOIN votes v ON v.answer_id = q.id AND v.rating = 'down'
WHERE q.outcome = 'answered' AND q.redactions = 0 AND v.answer_id IS NULL
  AND q.article_id IN (SELECT value FROM json_each(:articles)) AND q.at > :since
GROUP BY q.question_key ORDER BY n DESC, last_at DESC, q.question_key LIMIT :limit
"""


@dataclass(frozen=True, slots=True)
class AnsweredQuestion:
    """One wording that was answered from ``article_id``, ``count`` times."""

    text: str
    lang: Lang
    article_id: str
    count: int
    last_at: datetime


class Answered:
    """Reads answered questions. ``now``: milliseconds since 1970-01-01 UTC. Raises ``StorageError``."""

    def __init__(self, database: Database, now: Callable[[], int]) -> None:
        self._db = database
        self._now = now

    def from_articles(
        self, article_ids: Sequence[str], *, days: int = ANSWERED_DAYS, limit: int = 400
    ) -> list[AnsweredQuestion]:
        """What was answered from one of ``article_ids`` in the last ``days``, in each wording once, most asked first."""
        values = {
            "articles": orjson.dumps(list(article_ids)).decode(),
            "since": self._now() - days * DAY_MS,
            "limit": limit,
        }
        with self._db.reading() as connection:
            found = rows(connection, _RECENT, values)
        return [
            AnsweredQuestion(row["question"], row["lang"], row["article_id"], row["n"], from_ms(row["last_at"]))
            for row in found
        ]
