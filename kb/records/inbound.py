"""Messages of a platform that are answered through its own API: taken once, answered once, in the order of their conversation.

Committed before the platform is told that a message was taken. Words are masked and who
said them is sealed before they come here, and both leave with the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson

from kb.records.database import Database, Row, one, rows

KEEP = timedelta(days=30)  # in which a repeated delivery is known


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """``asked``: what was said and by whom. ``steps``: calls of the platform's API, None: not answered yet; ``done`` of them were
    carried out. ``attempts``: failed ones of the next step. ``interrupted``: how the call that was
    begun ended was never written down."""

    id: str
    conversation: str
    asked: Mapping[str, Any]
    steps: tuple[Mapping[str, Any], ...] | None
    done: int
    attempts: int
    interrupted: bool = False


class Inbound:
    """The messages of one data folder. Thread-safe; several processes may share the work. Every method raises ``StorageError``."""

    def __init__(self, database: Database, now: Callable[[], int]) -> None:
        self._db = database
        self._now = now

    def take(self, message_id: str, conversation: str, asked: Mapping[str, Any]) -> bool:
        """Store a message that is to be answered; False when it was taken before."""
        now = self._now()
        with self._db.writing() as connection:
            made = connection.execute(
                "INSERT INTO inbound_messages (id, conversation, at, asked, next_at) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (id) DO NOTHING",
                (message_id, conversation, now, orjson.dumps(asked).decode(), now),
            )
            return made.rowcount == 1

    def claim(self, lease: timedelta) -> InboundMessage | None:
        """The message that is due longest, for this caller alone until ``lease`` is over. Those of one conversation follow each
        other: none is due while an earlier one is not finished."""
        now = self._now()
        with self._db.reading() as connection:
            if one(connection, "SELECT 1 FROM inbound_messages WHERE next_at <= ? LIMIT 1", (now,)) is None:
                return None
        with self._db.writing() as connection:
            found = one(connection, _DUE, {"now": now})
            if found is None:
                return None
            until = now + lease // timedelta(milliseconds=1)
            connection.execute("UPDATE inbound_messages SET next_at = ? WHERE id = ?", (until, found["id"]))
            return _message(found)

    def answered(self, message_id: str, steps: Sequence[Mapping[str, Any]], choices: Mapping[str, str]) -> None:
        """Keep what is to be done about a message; nothing of what was said is kept any longer."""
        with self._db.writing() as connection:
            connection.execute(
                "UPDATE inbound_messages SET steps = ?, choices = ?, asked = '{}' WHERE id = ? AND steps IS NULL",
                (orjson.dumps(list(steps)).decode(), orjson.dumps(choices).decode(), message_id),
            )

    def step_done(self, message_id: str, step: int, *, last: bool) -> None:
        """The call number ``step`` (from 0) was carried out; what it said is kept no longer than that."""
        with self._db.writing() as connection:
            connection.execute(
                "UPDATE inbound_messages SET done = max(done, ?), attempts = 0, uncertain = NULL, error = NULL,"
                " next_at = CASE WHEN ? THEN NULL ELSE next_at END, steps = CASE WHEN ? THEN '[]' ELSE steps END"
                " WHERE id = ?",
                (step + 1, last, last, message_id),
            )

    def begin(self, message_id: str, words: str) -> None:
        """A call is made now whose words have this hash: until it is answered nobody knows whether it was carried out."""
        with self._db.writing() as connection:
            connection.execute(
                "UPDATE inbound_messages SET uncertain = ?, error = NULL WHERE id = ?", (words, message_id)
            )

    def release(self, message_id: str) -> None:
        """Give a claimed message back: whoever comes next goes on with it."""
        with self._db.writing() as connection:
            connection.execute(
                "UPDATE inbound_messages SET next_at = ? WHERE id = ? AND next_at IS NOT NULL",
                (self._now(), message_id),
            )

    def failed(self, message_id: str, error: str, delay: timedelta | None) -> None:
        """An attempt failed. ``delay``: until the next one, None to give up."""
        now = self._now()
        with self._db.writing() as connection:
            connection.execute(
                "UPDATE inbound_messages SET attempts = attempts + 1, error = ?, next_at = ?,"
                " steps = CASE WHEN ? THEN '[]' ELSE steps END, asked = CASE WHEN ? THEN '{}' ELSE asked END WHERE id = ?",
                (
                    error[:500],
                    None if delay is None else now + delay // timedelta(milliseconds=1),
                    delay is None,
                    delay is None,
                    message_id,
                ),
            )

    def heard(self, conversation: str, words: str) -> bool:
        """The platform tells us of our own words: the call that said them was carried out, though its answer got lost.

        True when a call was waiting for that.
        """
        with self._db.writing() as connection:
            found = one(
                connection,
                "SELECT id, done, steps FROM inbound_messages WHERE conversation = ? AND uncertain = ?"
                " AND next_at IS NOT NULL ORDER BY at LIMIT 1",
                (conversation, words),
            )
            if found is None:
                return False
            last = found["done"] + 1 >= len(orjson.loads(found["steps"] or "[]"))
            connection.execute(
                "UPDATE inbound_messages SET done = done + 1, attempts = 0, uncertain = NULL,"
                " next_at = CASE WHEN ? THEN NULL ELSE next_at END, steps = CASE WHEN ? THEN '[]' ELSE steps END"
                " WHERE id = ?",
                (last, last, found["id"]),
            )
            return True

    def choices(self, conversation: str) -> dict[str, str]:
        """What the buttons mean that were shown last in a conversation, by their words."""
        with self._db.reading() as connection:
            found = one(
                connection,
                "SELECT choices FROM inbound_messages WHERE conversation = ? AND choices <> '{}' ORDER BY at DESC LIMIT 1",
                (conversation,),
            )
        return {} if found is None else dict(orjson.loads(found["choices"]))

    def done_of(self, message_id: str) -> int:
        """How many steps of a message were carried out."""
        with self._db.reading() as connection:
            found = one(connection, "SELECT done FROM inbound_messages WHERE id = ?", (message_id,))
        return 0 if found is None else int(found["done"])

    def waiting(self) -> int:
        """How many messages are not finished."""
        with self._db.reading() as connection:
            return len(rows(connection, "SELECT id FROM inbound_messages WHERE next_at IS NOT NULL"))

    def prune(self) -> int:
        """Forget finished messages that nobody will send again; return how many."""
        before = self._now() - KEEP // timedelta(milliseconds=1)
        with self._db.writing() as connection:
            return connection.execute(
                "DELETE FROM inbound_messages WHERE at < ? AND next_at IS NULL", (before,)
            ).rowcount


_DUE = """
SELECT * FROM inbound_messages AS m WHERE next_at <= :now AND NOT EXISTS (
    SELECT 1 FROM inbound_messages AS e
    WHERE e.conversation = m.conversation AND e.next_at IS NOT NULL AND (e.at, e.rowid) < (m.at, m.rowid)
) ORDER BY next_at LIMIT 1
"""


def _message(row: Row) -> InboundMessage:
    steps = None if row["steps"] is None else tuple(orjson.loads(row["steps"]))
    interrupted = row["uncertain"] is not None and row["error"] is None
    asked = orjson.loads(row["asked"])
    return InboundMessage(row["id"], row["conversation"], asked, steps, row["done"], row["attempts"], interrupted)
