"""What reports still know of questions that were purged: tallies by day, written in the transaction that purges.

Exact afterwards, when both the period and the purge begin and end at midnight UTC: all counts, shares and bounds, the
heat map (shifted by whole hours), articles and their votes, and what became of gaps. When a purge cuts through a day,
people and conversations on both sides of the cut count on both. Percentiles of answer times are within
``tally.TIME_ERROR``. Gone for good: which words rose, and every wording of a day that fewer than ``MIN_PEOPLE`` people
used, so that counts of top questions become lower bounds. A vote or signal that comes after the purge changes nothing.
Erasing a person or a conversation takes nothing out of here, because nothing here is of one person.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from itertools import product
from typing import Any

import orjson

from kb.records.clock import DAY_MS
from kb.records.database import one, rows
from kb.records.periods import FILTERS, Period
from kb.records.tally import Key, Tally, count_days, count_hours_and_times

MIN_PEOPLE = 3  # who used a wording on one day: fewer, and it may tell of one of them

_FINEST = tuple(f"'=' || coalesce(q.{name}, '')" for name in FILTERS)
_COLUMNS = ", ".join(f"{value} AS {name}" for name, value in zip(FILTERS, _FINEST, strict=True))
# Any combination of "one value" and "all values together": distinct people can not be added up across values.
_CELLS = tuple(product(*((value, "''") for value in _FINEST)))

_MATCHES = " AND ".join(f"(:in_{name} = '' OR {name} = :in_{name})" for name in FILTERS)
_DAYS = "day >= :first_day AND day < :end_day"


def roll_up(connection: sqlite3.Connection, before: int) -> None:
    """Add everything that is about to be purged to the roll-ups: the questions asked before ``before`` (milliseconds)."""
    where, values = "q.at < :before", {"before": before}
    _add_tallies(connection, _tallies(connection, where, values))
    _add_articles(connection, where, values)
    _add_questions(connection, where, values)


def _tallies(connection: sqlite3.Connection, where: str, values: dict[str, Any]) -> dict[Key, Tally]:
    found: dict[Key, Tally] = {}
    for cell in _CELLS:
        found |= count_days(connection, where, values, cell)
    finest: dict[Key, Tally] = defaultdict(Tally)
    count_hours_and_times(connection, where, values, _FINEST, finest)
    for (day, *cell_of), tally in finest.items():
        for coarser in product(*((value, "") for value in cell_of)):
            found[day, *coarser].add(tally)
    return found


def _add_tallies(connection: sqlite3.Connection, found: dict[Key, Tally]) -> None:
    place = "day = ? AND lang = ? AND channel = ? AND category = ?"
    for key, tally in found.items():
        known = one(connection, f"SELECT tally FROM rollup_days WHERE {place}", key)
        if known is not None:  # a day that is purged in several steps
            tally.add(Tally.of_document(orjson.loads(known["tally"])))
        connection.execute(
            "INSERT OR REPLACE INTO rollup_days (day, lang, channel, category, tally) VALUES (?, ?, ?, ?, ?)",
            (*key, orjson.dumps(tally.document()).decode()),
        )


def _add_articles(connection: sqlite3.Connection, where: str, values: dict[str, Any]) -> None:
    connection.execute(
        f"""
        INSERT INTO rollup_articles (day, lang, channel, category, article_id, cited, suggested, up, down)
        SELECT q.at / {DAY_MS} AS day, {_COLUMNS}, u.article_id, sum(u.cited), sum(NOT u.cited),
               coalesce(sum(u.cited AND v.rating = 'up'), 0), coalesce(sum(u.cited AND v.rating = 'down'), 0)
        FROM (
            SELECT p.question_id, p.article_id, max(p.use = 'cited') AS cited
            FROM questions q JOIN shown_passages p ON p.question_id = q.id
            WHERE {where} AND p.use IN ('cited', 'suggested') GROUP BY p.question_id, p.article_id
        ) u JOIN questions q ON q.id = u.question_id LEFT JOIN votes v ON v.answer_id = q.id
        GROUP BY 1, 2, 3, 4, 5
        ON CONFLICT DO UPDATE SET cited = cited + excluded.cited, suggested = suggested + excluded.suggested,
            up = up + excluded.up, down = down + excluded.down
        """,
        values,
    )


def _add_questions(connection: sqlite3.Connection, where: str, values: dict[str, Any]) -> None:
    connection.execute(
        f"""
        INSERT INTO rollup_questions (day, lang, channel, category, question_key, question, count)
        SELECT day, lang, channel, category, question_key, question, count FROM (
            SELECT q.at / {DAY_MS} AS day, {_COLUMNS}, q.question_key, q.question, count(*) AS count, max(q.at)
            FROM questions q JOIN (
                SELECT at / {DAY_MS} AS day, question_key FROM questions q
                WHERE {where} GROUP BY 1, 2 HAVING count(DISTINCT coalesce(visitor, conversation_id)) >= {MIN_PEOPLE}
            ) common ON common.question_key = q.question_key AND common.day = q.at / {DAY_MS}
            WHERE {where} GROUP BY 1, 2, 3, 4, 5
        ) WHERE true
        ON CONFLICT DO UPDATE SET count = count + excluded.count, question = excluded.question
        """,
        values,
    )


def roll_up_gap(connection: sqlite3.Connection, gap_id: str) -> None:
    """Add what happened to a gap that is about to be removed."""
    connection.execute(
        f"""
        INSERT INTO rollup_gaps (day, lang, opened, verified, reopened)
        SELECT at / {DAY_MS} AS day, lang, sum(what = 'opened'), sum(what = 'verified'), sum(what = 'reopened') FROM (
            SELECT created_at AS at, lang, 'opened' AS what FROM gaps WHERE id = :gap AND merged_into IS NULL
            UNION ALL
            SELECT h.at, g.lang, h.after FROM gap_history h JOIN gaps g ON g.id = h.gap_id
            WHERE g.id = :gap AND h.field = 'status' AND h.after IN ('verified', 'reopened')
        ) GROUP BY day, lang
        ON CONFLICT DO UPDATE SET opened = opened + excluded.opened, verified = verified + excluded.verified,
            reopened = reopened + excluded.reopened
        """,
        {"gap": gap_id},
    )


def rolled_days(connection: sqlite3.Connection, period: Period) -> dict[int, Tally]:
    """The tallies of the period's purged questions by day; days that begin in the period."""
    found = rows(
        connection,
        f"SELECT day, tally FROM rollup_days WHERE {_DAYS}"
        " AND lang = :in_lang AND channel = :in_channel AND category = :in_category",
        period.cell(),
    )
    return {row["day"]: Tally.of_document(orjson.loads(row["tally"])) for row in found}


def articles_of_purged(period: Period) -> tuple[str, dict[str, Any]]:
    """A query of (article_id, cited, suggested, up, down, at) over purged questions, and its parameters."""
    return (
        f"SELECT article_id, cited, suggested, up, down, day * {DAY_MS} AS at FROM rollup_articles"
        f" WHERE {_DAYS} AND {_MATCHES}",
        period.cell(),
    )


def wordings_of_purged(period: Period) -> tuple[str, dict[str, Any]]:
    """A query of (question_key, question, lang, count, at) over purged questions, and its parameters."""
    return (
        f"SELECT question_key, question, substr(lang, 2) AS lang, count, day * {DAY_MS} AS at FROM rollup_questions"
        f" WHERE {_DAYS} AND {_MATCHES}",
        period.cell(),
    )
