"""Whether articles helped the people who read them: one vote for each person, article and day, that may change its mind.

A vote on an article names no question, so it is no evidence of a gap; it tells the article's owner that it does not help.
"""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from kb.errors import InvalidInputError
from kb.records.clock import DAY_MS, from_ms
from kb.records.database import Database, Row, one, rows
from kb.records.figures import Share
from kb.records.rows import MAX_COMMENT, Rating
from kb.text.redact import redact

# Of the reasons that an answer may be voted down for, those that can be said of a text without a question.
ARTICLE_REASONS = ("incorrect", "outdated", "incomplete", "hard_to_understand", "other")
_COMMENTS = 20  # of one article


@dataclass(frozen=True, slots=True)
class ArticleVote:
    """A vote as it was cast; ``rating`` None withdraws it. ``content_hash``: of the article as it was read."""

    article_id: str
    visitor: str
    rating: Rating | None
    reasons: tuple[str, ...] = ()
    comment: str = ""
    content_hash: str = ""

    def __post_init__(self) -> None:
        """Raise ``InvalidInputError`` for what is no rating, a reason that does not go with it, or too long a comment."""
        if self.rating not in ("up", "down", None):
            raise InvalidInputError(f"{self.rating!r} is no rating.", 'Send "up", "down" or nothing.', "/rating")
        allowed = ARTICLE_REASONS if self.rating == "down" else ()
        for position, reason in enumerate(self.reasons):
            if reason not in allowed:
                hint = (
                    f"Choose from: {', '.join(allowed)}." if allowed else "Only a vote that it did not help has some."
                )
                raise InvalidInputError(f"{reason!r} is no reason for this rating.", hint, f"/reasons/{position}")
        if len(self.comment) > MAX_COMMENT:
            raise InvalidInputError(
                f"The comment has {len(self.comment)} characters.", f"Send at most {MAX_COMMENT}.", "/comment"
            )


@dataclass(frozen=True, slots=True)
class Remark:
    """What one reader said. ``current``: of the article as it is now, not of an older version."""

    at: datetime
    rating: Rating
    reasons: tuple[str, ...]
    comment: str
    current: bool


@dataclass(frozen=True, slots=True)
class Opinion:
    """What readers of one article said of it. ``reasons``: tag and how often, the most frequent first. ``remarks``: those with
    words, newest first, at most twenty."""

    article_id: str
    up: int
    down: int
    reasons: tuple[tuple[str, int], ...]
    remarks: tuple[Remark, ...]

    @property
    def helped(self) -> Share:
        return Share(self.up, self.up + self.down)


class ArticleVotes:
    """Votes on articles. ``now``: milliseconds since 1970-01-01 UTC. Every method raises ``StorageError``."""

    def __init__(self, database: Database, now: Callable[[], int]) -> None:
        self._db = database
        self._now = now

    def cast(self, vote: ArticleVote) -> bool:
        """Let this vote stand for its visitor, committed when this returns; True when it is the first one.

        Personal details in the comment are masked before it is written.
        """
        key = (vote.article_id, vote.visitor)
        with self._db.writing() as connection:
            known = one(connection, "SELECT 1 FROM article_votes WHERE article_id = ? AND visitor = ?", key) is not None
            connection.execute("DELETE FROM article_votes WHERE article_id = ? AND visitor = ?", key)
            if vote.rating is not None:
                connection.execute(
                    "INSERT INTO article_votes (article_id, visitor, at, rating, reasons, comment, content_hash)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (
                        *key,
                        self._now(),
                        vote.rating,
                        orjson.dumps(list(dict.fromkeys(vote.reasons))).decode(),
                        redact(vote.comment).text,
                        vote.content_hash,
                    ),
                )
        return vote.rating is not None and not known

    def opinions(
        self, days: int, content_hashes: Mapping[str, str], only: Collection[str] | None = None
    ) -> list[Opinion]:
        """What readers said in the last ``days``, articles with most votes against them first.

        ``content_hashes``: of the articles as they are now, by id. ``only``: of these articles, None for all.
        """
        with self._db.reading() as connection:
            found = rows(
                connection,
                "SELECT article_id, at, rating, reasons, comment, content_hash FROM article_votes WHERE at > ?"
                " ORDER BY at DESC",
                (self._now() - days * DAY_MS,),
            )
        cast: defaultdict[str, list[Row]] = defaultdict(list)
        for row in found:
            if only is None or row["article_id"] in only:
                cast[row["article_id"]].append(row)
        made = [_opinion(article_id, votes, content_hashes.get(article_id)) for article_id, votes in cast.items()]
        return sorted(made, key=lambda opinion: (-opinion.down, -opinion.up, opinion.article_id))


def _opinion(article_id: str, votes: list[Row], content_hash: str | None) -> Opinion:
    reasons = Counter(reason for row in votes for reason in orjson.loads(row["reasons"]))
    ratings = Counter(row["rating"] for row in votes)
    remarks = tuple(
        Remark(
            at=from_ms(row["at"]),
            rating=row["rating"],
            reasons=tuple(orjson.loads(row["reasons"])),
            comment=row["comment"],
            current=row["content_hash"] == content_hash,
        )
        for row in votes
        if row["comment"]
    )
    return Opinion(article_id, ratings["up"], ratings["down"], tuple(reasons.most_common()), remarks[:_COMMENTS])


def remove_article_votes(connection: sqlite3.Connection, condition: str, values: Mapping[str, Any]) -> int:
    """Delete the votes that fit ``condition``, on ``at`` or ``visitor``; return how many. A conversation has none."""
    if condition.startswith("conversation_id"):
        return 0
    return connection.execute(f"DELETE FROM article_votes WHERE {condition}", dict(values)).rowcount
