"""What people did with each article: answers that quote it, suggestions, openings, votes, questions in the other language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import orjson

from kb.records.clock import DAY_MS, from_ms
from kb.records.database import Database, rows
from kb.records.periods import Period
from kb.records.reports import article_usage
from kb.records.rows import ArticleUsage


@dataclass(frozen=True, slots=True)
class ArticleUse:
    """``cited``, ``suggested``, ``up`` and ``down`` as in ``ArticleUsage``. ``opened``: how often its page was opened from
    an answer or a search. ``foreign``: how often it answered a question in another language than its own.
    """

    cited: int = 0
    suggested: int = 0
    opened: int = 0
    foreign: int = 0
    up: int = 0
    down: int = 0

    @property
    def read(self) -> int:
        """Times that people saw its text."""
        return self.cited + self.opened


UNUSED = ArticleUse()

_OPENED = "SELECT article_id, count(*) AS n FROM openings WHERE at >= :start AND at < :end GROUP BY article_id"
_FOREIGN = """
SELECT article_id, count(*) AS n FROM questions
WHERE at >= :start AND at < :end AND lang <> answer_lang AND article_id IS NOT NULL GROUP BY article_id
"""


class ArticleUses:
    """The use of articles. ``now``: milliseconds since 1970-01-01 UTC; ``settle`` makes what was just logged readable.

    Every method raises ``StorageError``.
    """

    def __init__(self, database: Database, now: Callable[[], int], settle: Callable[[], None]) -> None:
        self._db = database
        self._now = now
        self._settle = settle

    def of_days(self, days: int) -> dict[str, ArticleUse]:
        """Use by article id in the last ``days``; an article that is missing was not used."""
        self._settle()
        end = self._now() + 1
        period = Period(from_ms(end - days * DAY_MS), from_ms(end))
        with self._db.reading() as connection:
            usage = article_usage(connection, period)
            opened, foreign = (
                {row["article_id"]: row["n"] for row in rows(connection, sql, period.times())}
                for sql in (_OPENED, _FOREIGN)
            )
        return {
            article_id: _use(usage.get(article_id), opened.get(article_id, 0), foreign.get(article_id, 0))
            for article_id in usage.keys() | opened.keys() | foreign.keys()
        }

    def added_since(self, days: int) -> frozenset[str]:
        """Articles that were added in the last ``days``: too new to say that nobody uses them."""
        with self._db.reading() as connection:
            found = rows(connection, "SELECT added FROM publications WHERE at >= ?", (self._now() - days * DAY_MS,))
        return frozenset(article_id for row in found for article_id in orjson.loads(row["added"]))

    def changed_at(self) -> Mapping[str, int]:
        """When each article was last edited, in milliseconds; those not edited since the first publication are missing."""
        latest: dict[str, int] = {}
        with self._db.reading() as connection:
            for row in rows(connection, "SELECT at, added, changed FROM publications ORDER BY seq"):
                ids = (*orjson.loads(row["added"]), *orjson.loads(row["changed"]))
                latest.update(dict.fromkeys(ids, row["at"]))
        return latest


def _use(usage: ArticleUsage | None, opened: int, foreign: int) -> ArticleUse:
    if usage is None:
        return ArticleUse(opened=opened, foreign=foreign)
    return ArticleUse(usage.cited, usage.suggested, opened, foreign, usage.up, usage.down)
