"""What a day of questions comes to: counts that can be added up, so that they may outlive the questions."""

from __future__ import annotations

import math
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kb.records.clock import DAY_MS
from kb.records.database import Row, rows
from kb.types import Outcome

HOURS = 24
TIME_ERROR = 0.02  # of a percentile that is read from a histogram, relative
_BASE = math.log((1 + TIME_ERROR) / (1 - TIME_ERROR))
_FASTEST = 0.001  # milliseconds: what is faster counts as this
_COUNTS = ("questions", "visitors", "up", "votes")
_JUDGED = ("conversations", "pessimistic", "optimistic", "pessimistic_first", "optimistic_first")


@dataclass(slots=True)
class Tally:
    """Counts of questions, filled by adding. ``up`` and ``votes``: votes that stand on the questions' answers.

    ``visitors``: different keys a day. ``conversations`` and the four judgements of them: different conversations a
    day, see ``reports.resolution``. ``hours``: questions by hour of the day, UTC. ``times``: questions by ``bucket`` of
    their answer time.
    """

    questions: int = 0
    visitors: int = 0
    up: int = 0
    votes: int = 0
    conversations: int = 0
    pessimistic: int = 0
    optimistic: int = 0
    pessimistic_first: int = 0
    optimistic_first: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    hours: Counter[int] = field(default_factory=Counter)
    times: Counter[int] = field(default_factory=Counter)

    def add(self, other: Tally) -> None:
        for name in (*_COUNTS, *_JUDGED):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("outcomes", "hours", "times"):
            getattr(self, name).update(getattr(other, name))

    def document(self) -> dict[str, Any]:
        """The form that is stored."""
        counts = {name: getattr(self, name) for name in (*_COUNTS, *_JUDGED)}
        return counts | {
            "outcomes": dict(self.outcomes),
            "hours": [self.hours[hour] for hour in range(HOURS)],
            "times": {str(bucket): count for bucket, count in self.times.items()},
        }

    @classmethod
    def of_document(cls, document: Mapping[str, Any]) -> Tally:
        tally = cls(**{name: document[name] for name in (*_COUNTS, *_JUDGED)})
        tally.outcomes.update(document["outcomes"])
        tally.hours.update({hour: count for hour, count in enumerate(document["hours"]) if count})
        tally.times.update({int(bucket): count for bucket, count in document["times"].items()})
        return tally


def bucket(milliseconds: float) -> int:
    """The place of an answer time in a histogram of logarithmic steps.

    Any time is within ``TIME_ERROR`` of ``middle`` of its bucket (DDSketch: Masson, Rim and Lee 2019, PVLDB 12:12).
    """
    return math.ceil(math.log(max(milliseconds, _FASTEST)) / _BASE)


def middle(place: int) -> float:
    """The milliseconds that stand for all times of a bucket."""
    return math.exp(place * _BASE) * (1 - TIME_ERROR)


# ``cell``: what besides the day a tally is of, as SQL expressions named c0, c1 ...
_COUNTED = """
SELECT q.at / {day} AS day{named}, q.outcome, count(*) AS questions
FROM questions q WHERE {where} GROUP BY day{cells}, q.outcome
"""
_PEOPLE = """
SELECT day{cells}, count(*) AS visitors
FROM (SELECT DISTINCT q.at / {day} AS day{named}, q.visitor FROM questions q WHERE {where} AND q.visitor IS NOT NULL)
GROUP BY day{cells}
"""
# Few questions are voted on, so the cross join, which SQLite does not reorder, begins with the votes.
_VOTES = """
SELECT q.at / {day} AS day{named}, sum(v.rating = 'up') AS up, count(*) AS votes
FROM votes v CROSS JOIN questions q ON q.id = v.answer_id
WHERE {where} GROUP BY day{cells}
"""
_CONVERSATIONS = """
WITH asked AS (
    SELECT q.at / {day} AS day{named}, q.conversation_id, count(*) AS turns,
           max(q.outcome = 'handoff') AS handed_over,
           max(q.at * 2 + (q.outcome = 'answered')) % 2 AS ends_answered  -- the flag of the greatest time
    FROM questions q WHERE {where} GROUP BY day{cells}, q.conversation_id
), voted AS MATERIALIZED (
    SELECT q.at / {day} AS day{named}, q.conversation_id,
           max(v.rating = 'up' OR coalesce(v.resolved = 1, 0)) AS praised,
           max(v.rating = 'down' OR coalesce(v.resolved = 0, 0)) AS blamed
    FROM votes v CROSS JOIN questions q ON q.id = v.answer_id
    WHERE {where} GROUP BY day{cells}, q.conversation_id
), hindered AS MATERIALIZED (
    SELECT DISTINCT at / {day} AS day, conversation_id FROM signals
    WHERE kind IN ('asked_for_person', 'rephrased') AND conversation_id IS NOT NULL
), judged AS (
    SELECT a.*, coalesce(v.praised, 0) AS praised,
           NOT handed_over AND NOT coalesce(v.blamed, 0) AND (ends_answered OR coalesce(v.praised, 0))
           AND h.day IS NULL AS plausible
    FROM asked a
    LEFT JOIN voted v ON v.conversation_id = a.conversation_id AND v.day = a.day{joined}
    LEFT JOIN hindered h ON h.conversation_id = a.conversation_id AND h.day = a.day
)
SELECT day{cells}, count(*) AS conversations,
       sum(plausible AND praised) AS pessimistic,
       sum(plausible) AS optimistic,
       sum(plausible AND praised AND turns = 1) AS pessimistic_first,
       sum(plausible AND turns = 1) AS optimistic_first
FROM judged GROUP BY day{cells}
"""
_HOURS = """
SELECT q.at / {day} AS day{named}, q.at % {day} / 3600000 AS hour, count(*) AS questions
FROM questions q WHERE {where} GROUP BY day{cells}, hour
"""
_TIMES = "SELECT q.at / {day} AS day{named}, q.total_ms AS ms FROM questions q WHERE {where}"

Key = tuple[Any, ...]  # the day, then the cell


def count_days(
    connection: sqlite3.Connection, where: str, values: Mapping[str, Any], cell: tuple[str, ...] = ()
) -> dict[Key, Tally]:
    """The tallies of the stored questions for which ``where`` holds, by day and ``cell``, without hours and times.

    ``cell``: SQL expressions over the questions' alias ``q``. A key is the day since 1970-01-01 (UTC) and the values of
    the cell.
    """
    tallies: defaultdict[Key, Tally] = defaultdict(Tally)
    for row in rows(connection, _filled(_COUNTED, where, cell), dict(values)):
        tally = tallies[_key(row, cell)]
        tally.questions += row["questions"]
        tally.outcomes[Outcome(row["outcome"]).value] += row["questions"]
    for sql, names in ((_PEOPLE, ("visitors",)), (_VOTES, ("up", "votes")), (_CONVERSATIONS, _JUDGED)):
        for row in rows(connection, _filled(sql, where, cell), dict(values)):
            for name in names:
                setattr(tallies[_key(row, cell)], name, row[name])
    return dict(tallies)


def count_hours_and_times(
    connection: sqlite3.Connection, where: str, values: Mapping[str, Any], cell: tuple[str, ...], into: dict[Key, Tally]
) -> None:
    """Add to tallies what only questions that go away need: while they stay, both are read from them exactly."""
    for row in rows(connection, _filled(_HOURS, where, cell), dict(values)):
        into[_key(row, cell)].hours[row["hour"]] += row["questions"]
    for row in rows(connection, _filled(_TIMES, where, cell), dict(values)):
        into[_key(row, cell)].times[bucket(row["ms"])] += 1


def total(tallies: Iterable[Tally]) -> Tally:
    """All of them together."""
    whole = Tally()
    for tally in tallies:
        whole.add(tally)
    return whole


def _filled(sql: str, where: str, cell: tuple[str, ...]) -> str:
    names = [f"c{position}" for position in range(len(cell))]
    return sql.format(
        day=DAY_MS,
        where=where,
        named="".join(f", {expression} AS {name}" for name, expression in zip(names, cell, strict=True)),
        cells="".join(f", {name}" for name in names),
        joined="".join(f" AND v.{name} = a.{name}" for name in names),
    )


def _key(row: Row, cell: tuple[str, ...]) -> Key:
    return (row["day"], *(row[f"c{position}"] for position in range(len(cell))))
