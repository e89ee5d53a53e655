"""What was shown and led nowhere: a queue of answers and searches that are judged once they have been quiet for a while.

A line enters the queue in the transaction that stores its answer or search and leaves it in the one that stores its signal, so
that a crash loses none, two processes take none twice, and a sweep costs as much as there is new. The verdict depends on what
happened within a fixed time after the line, not on when somebody looks.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from kb.records.database import Database, Row, one, rows
from kb.records.rows import Signal
from kb.records.signals import refresh_causes, signal_entry, store_signal
from kb.types import Lang

Task = Literal["suggested", "search", "again"]
Line = tuple[Task, str]  # what is to be judged, and the id of the answer or search

# Long enough to read what was suggested and to write again; a visitor who is back after that has another errand.
QUIET_MS = 10 * 60_000
_NEIGHBOURS = 5  # earlier questions of one visitor that a new one is compared with
_LOOKED_AT = 20  # questions of one visitor among which those are: a flood makes no question more expensive
_UNANSWERABLE = "('unclear_question', 'needs_account_data')"  # reasons that no article can help


@dataclass(frozen=True, slots=True)
class Asked:
    """A stored question or search. ``at``: milliseconds. ``article_id``: what came first. ``outcome``: None for a search."""

    id: str
    at: int
    question: str
    question_key: str
    lang: Lang
    visitor: str | None
    conversation_id: str | None
    channel: str
    article_id: str | None
    outcome: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Quiet:
    """A line that led nowhere or, for ``again``, one with the questions of the same person shortly before it, newest first."""

    line: Line
    asked: Asked
    earlier: tuple[Asked, ...] = ()


@dataclass(frozen=True, slots=True)
class Harvest:
    """The lines that are due, and those of them that are evidence of something."""

    due: tuple[Line, ...]
    quiet: tuple[Quiet, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The signal of a line, and whose need it tells of: the line's own, or an earlier one's."""

    signal: Signal
    about: Asked


class Harvests:
    """The queue. Safe to be used by several threads and processes at once. Every method raises ``StorageError``."""

    def __init__(self, database: Database, now: Callable[[], int]) -> None:
        self._db = database
        self._now = now

    def due(self, limit: int) -> Harvest:
        """The longest waiting ``limit`` lines whose time has come."""
        with self._db.reading() as connection:
            found = rows(
                connection,
                "SELECT task, id FROM unjudged WHERE due <= ? ORDER BY due, task, id LIMIT ?",
                (self._now(), limit),
            )
            due = tuple((row["task"], row["id"]) for row in found)
            return Harvest(due, _quiet(connection, due))

    def settle(self, harvest: Harvest, verdicts: Mapping[Line, Verdict]) -> int:
        """Take the lines off the queue and store what they are evidence of; return how many signals are new.

        Judged again in the transaction: what was erased, opened or taken by another process in the meantime makes no signal.
        """
        now, created = self._now(), 0
        with self._db.writing() as connection:
            waiting = _waiting(connection, harvest.due)
            touched: set[str] = set()
            for item in _quiet(connection, waiting):
                verdict = verdicts.get(item.line)
                if verdict is None or verdict.about not in (item.asked, *item.earlier):
                    continue
                result = store_signal(
                    connection,
                    signal_entry(verdict.signal),
                    at=item.asked.at,
                    question_key=verdict.about.question_key,
                    answer_id=None if item.line[0] == "search" else verdict.about.id,
                    conversation_id=verdict.about.conversation_id,
                    visitor=item.asked.visitor,
                    channel=item.asked.channel,
                )
                if result.created:
                    created += 1
                    touched.add(result.gap_id)
            connection.executemany("DELETE FROM unjudged WHERE task = ? AND id = ?", waiting)
            refresh_causes(connection, sorted(touched), now)
        return created


def watch(connection: sqlite3.Connection, task: Task, entry_id: str, due: int) -> None:
    """Put a line into the queue, to be judged at ``due``."""
    connection.execute("INSERT OR IGNORE INTO unjudged (task, id, due) VALUES (?, ?, ?)", (task, entry_id, due))


def watch_question(connection: sqlite3.Connection, values: Mapping[str, Any]) -> None:
    """Put a question that was just stored (``values``: its columns) into the queue where it may turn out to be evidence."""
    if values["outcome"] == "suggested":
        watch(connection, "suggested", values["id"], values["at"] + QUIET_MS)
    # Journals of several processes may come in any order: a question can be stored after the one that repeats it.
    for row in _near_in_time(connection, values):
        if row["id"] != values["id"] and row["question_key"] != values["question_key"]:
            at, later = max((values["at"], values["id"]), (row["at"], row["id"]))
            watch(connection, "again", later, at)


def _near_in_time(connection: sqlite3.Connection, values: Mapping[str, Any]) -> list[Row]:
    """What the same visitor or conversation asked shortly before and after: a few at most, however many there are."""
    found: list[Row] = []
    for column in ("visitor", "conversation_id"):
        for span, order in (("BETWEEN :at - :within AND :at", "DESC"), ("BETWEEN :at AND :at + :within", "ASC")):
            found += rows(
                connection,
                f"SELECT id, at, question_key FROM questions WHERE {column} = :{column} AND at {span}"
                f" ORDER BY at {order} LIMIT {_LOOKED_AT}",
                {**values, "within": QUIET_MS},
            )
    return found


# The first thing that was shown, whether it was stated or suggested.
_QUESTION = """
SELECT q.id, q.at, q.question, q.question_key, q.lang, q.visitor, q.conversation_id, q.channel, q.outcome, q.reason,
       (SELECT p.article_id FROM shown_passages p WHERE p.question_id = q.id ORDER BY p.position LIMIT 1) AS article_id
FROM questions q
"""
_IN = "IN (SELECT value FROM json_each(:ids))"

# Nothing was opened, no vote says what to think of it, and no answer followed.
_SUGGESTED = f"""{_QUESTION}
WHERE q.id {_IN}
  AND NOT EXISTS (SELECT 1 FROM openings o WHERE o.source_id = q.id AND o.at <= q.at + :within)
  AND NOT EXISTS (SELECT 1 FROM vote_events v WHERE v.answer_id = q.id AND v.rating IS NOT NULL AND v.at <= q.at + :within)
  AND NOT EXISTS (SELECT 1 FROM questions f WHERE f.outcome = 'answered' AND f.at <= q.at + :within
                  AND (f.visitor = q.visitor OR f.conversation_id = q.conversation_id)
                  AND (f.at, f.id) > (q.at, q.id))
"""

# Times of answers are whole seconds: an answer in the second of the search came after it. What a program does with results is
# unknown unless it reports openings; links on our own pages always do.
_SEARCH = f"""
SELECT s.id, s.at, s.question, s.question_key, s.lang, s.visitor, NULL AS conversation_id, s.channel,
       NULL AS outcome, NULL AS reason, s.article_id
FROM searches s
WHERE s.id {_IN} AND (s.results = 0 OR (
   s.channel = 'help_page' OR EXISTS (
       SELECT 1 FROM openings o WHERE o.channel = s.channel AND o.source_id IS NOT NULL AND o.at <= s.at + :within)
) AND NOT (
      EXISTS (SELECT 1 FROM openings o WHERE o.source_id = s.id AND o.at <= s.at + :within)
   OR EXISTS (SELECT 1 FROM openings o WHERE o.visitor = s.visitor AND o.source_id IS NOT NULL
              AND o.at BETWEEN s.at AND s.at + :within)
   OR EXISTS (SELECT 1 FROM questions f WHERE f.visitor = s.visitor AND f.outcome = 'answered'
              AND f.at BETWEEN s.at - s.at % 1000 AND s.at + :within)))
"""

_AGAIN = f"""{_QUESTION}
WHERE q.id {_IN} AND q.outcome <> 'handoff' AND coalesce(q.reason, '') NOT IN {_UNANSWERABLE}
"""

# Who was asked back was told to ask again; who had voted "up" by then (times of answers are whole seconds) had got an answer.
_EARLIER = f"""{_QUESTION}
WHERE q.id {_IN} AND q.question_key <> :question_key AND (q.at, q.id) < (:at, :id)
  AND q.outcome IN ('answered', 'suggested', 'no_answer') AND coalesce(q.reason, '') NOT IN {_UNANSWERABLE}
  AND (SELECT v.rating FROM vote_events v WHERE v.answer_id = q.id AND v.at < :at + 1000
       ORDER BY v.id DESC LIMIT 1) IS NOT 'up'
ORDER BY q.at DESC, q.id DESC LIMIT {_NEIGHBOURS}
"""


def _waiting(connection: sqlite3.Connection, lines: Collection[Line]) -> tuple[Line, ...]:
    """Those of ``lines`` that nobody has judged yet."""
    return tuple(
        line for line in lines if one(connection, "SELECT 1 FROM unjudged WHERE task = ? AND id = ?", line) is not None
    )


def _quiet(connection: sqlite3.Connection, lines: Collection[Line]) -> tuple[Quiet, ...]:
    found: list[Quiet] = []
    for task, sql in (("suggested", _SUGGESTED), ("search", _SEARCH), ("again", _AGAIN)):
        ids = [entry_id for name, entry_id in lines if name == task]
        values = {"ids": orjson.dumps(ids).decode(), "within": QUIET_MS}
        for row in rows(connection, sql, values) if ids else ():
            asked = _asked(row)
            line: Line = (task, asked.id)  # type: ignore[assignment]
            if task != "again":
                found.append(Quiet(line, asked))
            elif earlier := _earlier(connection, asked):
                found.append(Quiet(line, asked, earlier))
    return tuple(found)


def _earlier(connection: sqlite3.Connection, asked: Asked) -> tuple[Asked, ...]:
    values = {"visitor": asked.visitor, "conversation_id": asked.conversation_id, "at": asked.at}
    near = [row["id"] for row in _near_in_time(connection, values) if row["at"] <= asked.at]
    values |= {"ids": orjson.dumps(near).decode(), "id": asked.id, "question_key": asked.question_key}
    return tuple(_asked(row) for row in rows(connection, _EARLIER, values))


def _asked(row: Row) -> Asked:
    return Asked(
        id=row["id"],
        at=row["at"],
        question=row["question"],
        question_key=row["question_key"],
        lang=row["lang"],
        visitor=row["visitor"],
        conversation_id=row["conversation_id"],
        channel=row["channel"],
        article_id=row["article_id"],
        outcome=row["outcome"],
        reason=row["reason"],
    )
