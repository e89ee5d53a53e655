"""What happened in one conversation, read back: every answer with its vote and the articles that were opened from it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from kb.records.clock import from_ms
from kb.records.database import Database, rows
from kb.records.rows import Rating

NEARBY_MS = 30 * 60_000  # what the same visitor opened by another way so shortly before belongs to the same errand


@dataclass(frozen=True, slots=True)
class StoryTurn:
    """One answer as it was given (``document``, without its token) in a ``channel``, what became of it, and its ``category``."""

    document: Mapping[str, Any]
    channel: str
    category: str | None
    rating: Rating | None
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OpenedArticle:
    """``source_id``: the answer or search that it was opened from, None by another way."""

    article_id: str
    at: datetime
    source_id: str | None


@dataclass(frozen=True, slots=True)
class Story:
    """``turns``: oldest first."""

    turns: tuple[StoryTurn, ...] = ()
    opened: tuple[OpenedArticle, ...] = ()


class Stories:
    """Reads conversations back. ``seek`` stores what is still in the journals of all processes, if it can."""

    def __init__(
        self, database: Database, now: Callable[[], int], settle: Callable[[], None], seek: Callable[[], object]
    ) -> None:
        self._db = database
        self._now = now
        self._settle = settle
        self._seek = seek

    def of_conversation(self, conversation_id: str, *, visitor: str | None = None, limit: int = 20) -> Story:
        """The newest ``limit`` answers of a conversation; no turns when there is none. Raises ``StorageError``.

        ``visitor``: whose articles, opened by other ways within the last half hour, belong to it too.
        """
        self._settle()
        story = self._read("conversation_id = ?", conversation_id, visitor, limit)
        if not story.turns:
            self._seek()
            story = self._read("conversation_id = ?", conversation_id, visitor, limit)
        return story

    def of_answer(self, answer_id: str) -> Story:
        """One answer and what was opened from it; no turns when there is no such answer. Raises ``StorageError``."""
        self._settle()
        return self._read("id = ?", answer_id, None, 1)

    def _read(self, condition: str, value: str, visitor: str | None, limit: int) -> Story:
        with self._db.reading() as connection:
            found = rows(
                connection,
                "SELECT q.id, q.document, q.channel, q.category, v.rating, v.reasons FROM"
                f" (SELECT * FROM questions WHERE {condition} ORDER BY at DESC, id DESC LIMIT ?) q"
                " LEFT JOIN votes v ON v.answer_id = q.id ORDER BY q.at, q.id",
                (value, limit),
            )
            opened = _opened(connection, [row["id"] for row in found], visitor, self._now() - NEARBY_MS)
        turns = tuple(
            StoryTurn(
                document=orjson.loads(row["document"]),
                channel=row["channel"],
                category=row["category"],
                rating=row["rating"],
                reasons=tuple(orjson.loads(row["reasons"] or "[]")),
            )
            for row in found
        )
        return Story(turns, opened)


def _opened(
    connection: sqlite3.Connection, answer_ids: list[str], visitor: str | None, since: int
) -> tuple[OpenedArticle, ...]:
    found = rows(
        connection,
        "SELECT article_id, max(at) AS at, source_id FROM openings"
        " WHERE source_id IN (SELECT value FROM json_each(?)) OR (visitor = ? AND at > ?)"
        " GROUP BY article_id, source_id ORDER BY at LIMIT 50",
        (orjson.dumps(answer_ids).decode(), visitor, since),
    )
    return tuple(OpenedArticle(row["article_id"], from_ms(row["at"]), row["source_id"]) for row in found)
