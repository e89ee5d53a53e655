"""What people answered to those who asked for a person: shown to who asked, and material for the article that was missing.

Committed before anybody is told that it was taken. Texts are masked before they come here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from kb.errors import ConflictError
from kb.ids import new_id
from kb.records.clock import from_ms
from kb.records.database import Database, Row, one, rows
from kb.records.handoffs import get_handoff, take_over
from kb.records.happenings import write_event
from kb.types import Lang

MOST_REPLIES = 50  # of one request; more is a conversation, which has its own place
MATERIAL = 6  # replies shown with a gap, newest first


@dataclass(frozen=True, slots=True)
class NewReply:
    """``who``: the agent, for owners only. ``text``: masked. ``request_key``: hash of the caller's idempotency key."""

    handoff_id: str
    who: str
    text: str
    lang: Lang
    request_hash: str
    request_key: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """A stored reply. ``event_id``: of ``handoff.replied``."""

    id: str
    handoff_id: str
    at: datetime
    who: str
    text: str
    lang: Lang
    event_id: str


@dataclass(frozen=True, slots=True)
class GapReply:
    """A reply as material for the article that a gap asks for: what the visitor wanted (``question``), and what was said."""

    handoff_id: str
    at: datetime
    who: str
    question: str
    text: str
    lang: Lang


class HandoffReplies:
    """The replies of one data folder. Thread-safe. Every method raises ``StorageError``."""

    def __init__(self, database: Database, now: Callable[[], int]) -> None:
        self._db = database
        self._now = now

    def add(self, new: NewReply) -> tuple[Reply, bool]:
        """Store a reply with its event; who replies has taken the request over. False: its key was used before.

        Raises ``NotFoundError`` for an unknown request, ``ConflictError`` when the key was used for another reply, or when
        there are ``MOST_REPLIES`` already.
        """
        now = self._now()
        with self._db.writing() as connection:
            handoff = get_handoff(connection, new.handoff_id)
            known = _of_key(connection, new)
            if known is not None:
                return known, False
            if len(_of_handoff(connection, new.handoff_id)) >= MOST_REPLIES:
                raise ConflictError(
                    f"This request has {MOST_REPLIES} replies already.",
                    "Go on in the channel that the visitor is reached by.",
                )
            reply_id = new_id("rpl")
            payload = {
                "handoff_id": handoff.id,
                "reply_id": reply_id,
                "conversation_id": handoff.conversation_id,
                "channel": handoff.channel,
                "lang": new.lang,
                "gap_id": handoff.gap_id,
            }  # without words: they join when it is sent, and can be erased before that
            event_id = write_event(connection, "handoff.replied", payload, now)
            connection.execute(
                "INSERT INTO handoff_replies (id, handoff_id, at, who, text, lang, event_id, request_key, request_hash)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    reply_id,
                    new.handoff_id,
                    now,
                    new.who,
                    new.text,
                    new.lang,
                    event_id,
                    new.request_key,
                    new.request_hash,
                ),
            )
            take_over(connection, new.handoff_id, new.who, now)
            return _of_handoff(connection, new.handoff_id)[-1], True

    def of(self, handoff_id: str) -> tuple[Reply, ...]:
        """The replies to one request, oldest first."""
        with self._db.reading() as connection:
            return tuple(_of_handoff(connection, handoff_id))

    def counts(self, handoff_ids: Sequence[str]) -> dict[str, int]:
        """How many replies each of the requests has; those without one are missing."""
        with self._db.reading() as connection:
            found = rows(
                connection,
                "SELECT handoff_id, count(*) AS n FROM handoff_replies"
                " WHERE handoff_id IN (SELECT value FROM json_each(?)) GROUP BY handoff_id",
                (orjson.dumps(list(handoff_ids)).decode(),),
            )
        return {row["handoff_id"]: row["n"] for row in found}

    def of_gap(self, gap_id: str, limit: int = MATERIAL) -> tuple[GapReply, ...]:
        """What people answered to requests that are in this gap now, newest first.

        A request is where its signal is by now, since owners and the background move wordings; without a signal of its own, because
        the same visitor had asked before, where it was counted then.
        """
        with self._db.reading() as connection:
            found = rows(connection, _OF_GAP, {"gap": gap_id, "limit": limit})
        return tuple(
            GapReply(row["handoff_id"], from_ms(row["at"]), row["who"], row["question"], row["text"], row["lang"])
            for row in found
        )


_OF_GAP = """
WITH family AS (SELECT id FROM gaps WHERE id = :gap OR merged_into = :gap),
here AS (
    SELECT h.id, h.question FROM signals s JOIN handoffs h ON s.external_id = 'handoff:' || h.id
    WHERE s.gap_id IN (SELECT id FROM family) AND s.kind = 'asked_for_person'
    UNION
    SELECT h.id, h.question FROM handoffs h WHERE h.gap_id IN (SELECT id FROM family)
    AND NOT EXISTS (SELECT 1 FROM signals s WHERE s.external_id = 'handoff:' || h.id)
)
SELECT r.handoff_id, r.at, r.who, here.question, r.text, r.lang
FROM handoff_replies r JOIN here ON here.id = r.handoff_id ORDER BY r.id DESC LIMIT :limit
"""


def _of_key(connection: sqlite3.Connection, new: NewReply) -> Reply | None:
    if new.request_key is None:
        return None
    row = one(connection, "SELECT * FROM handoff_replies WHERE request_key = ?", (new.request_key,))
    if row is not None and row["request_hash"] != new.request_hash:
        raise ConflictError("This Idempotency-Key was used for another reply.", "Make a new key for every new reply.")
    return None if row is None else _reply(row)


def _of_handoff(connection: sqlite3.Connection, handoff_id: str) -> list[Reply]:
    found = rows(connection, "SELECT * FROM handoff_replies WHERE handoff_id = ? ORDER BY rowid", (handoff_id,))
    return [_reply(row) for row in found]


def _reply(row: Row) -> Reply:
    return Reply(
        id=row["id"],
        handoff_id=row["handoff_id"],
        at=from_ms(row["at"]),
        who=row["who"],
        text=row["text"],
        lang=row["lang"],
        event_id=row["event_id"],
    )
