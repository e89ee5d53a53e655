"""Answers drawn by chance for owners to look at, so many of each outcome and confidence that doubtful ones are among them."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, zip_longest
from typing import Any, Literal

import orjson

from kb.records.clock import DAY_MS, from_ms
from kb.records.database import Database, Row, rows
from kb.records.reviews import BANDS, Band, Review, review_of
from kb.records.rows import Rating, Vote
from kb.types import Lang, Outcome

SAMPLE = 20
_PRIME = 2_147_483_647
# The last characters of an id are random; a multiplication modulo a prime puts them in another order every day.
_CHARACTERS = "+".join(f"{37**i}*coalesce(unicode(substr(q.id, -{i + 1}, 1)), 0)" for i in range(5))
_ORDER = f"(({_CHARACTERS}) % {_PRIME} * :factor + :offset) % {_PRIME}"
# Stated answers are what a help centre is judged by: of them twice as many.
_TURNS = {Outcome.ANSWERED: 2}


@dataclass(frozen=True, slots=True)
class SampleQuery:
    """Which answers may be drawn; None or "" means all of them.

    ``vote``: those whose standing vote is so, "any" with either. ``articles``: those that quote or suggest one of them.
    ``draw``: 1 for the first sample of the day, 2 for another one, and so on.
    """

    lang: Lang | None = None
    outcome: Outcome | None = None
    channel: str | None = None
    vote: Rating | Literal["any", ""] = ""
    articles: tuple[str, ...] | None = None
    draw: int = 1
    days: int = 28


@dataclass(frozen=True, slots=True)
class Sampled:
    """One drawn answer: its stored ``document``, the vote that stands on it, and what an owner said of it."""

    id: str
    at: datetime
    channel: str
    band: Band
    document: dict[str, Any]
    vote: Vote | None
    review: Review | None


class Samples:
    """Draws answers. ``now``: milliseconds since 1970-01-01 UTC. Every method raises ``StorageError``."""

    def __init__(self, database: Database, now: Callable[[], int], settle: Callable[[], None]) -> None:
        self._db = database
        self._now = now
        self._settle = settle

    def draw(self, query: SampleQuery, size: int = SAMPLE) -> tuple[str, ...]:
        """Ids of at most ``size`` answers: the same all day (UTC), of the days before it, of today only when there are none.

        Strata are outcomes by ``BANDS`` of the confidence. Within one of them every answer is as likely as any other, so
        that shares within a stratum are those of all answers in it.
        """
        self._settle()
        now = self._now()
        midnight = now // DAY_MS * DAY_MS
        with self._db.reading() as connection:
            drawn = self._strata(connection, query, size, midnight, midnight)
            if not any(drawn):
                drawn = self._strata(connection, query, size, now + 1, midnight)
        turns = zip_longest(*drawn)
        return tuple(answer_id for answer_id in chain.from_iterable(turns) if answer_id is not None)[:size]

    def _strata(
        self, connection: sqlite3.Connection, query: SampleQuery, size: int, until: int, day: int
    ) -> list[list[str]]:
        seed = random.Random(f"{day} {query.draw}")
        values = _values(query) | {
            "since": until - query.days * DAY_MS,
            "until": until,
            "size": size,
            "factor": seed.randrange(1, _PRIME),
            "offset": seed.randrange(_PRIME),
        }
        sql = f"SELECT q.id FROM questions q INDEXED BY questions_to_draw WHERE {_condition(query)} ORDER BY {_ORDER} LIMIT :size"
        lists: list[list[str]] = []
        for outcome in Outcome if query.outcome is None else (query.outcome,):
            for band in BANDS:
                stratum = {"outcome": outcome.value, "low": band.low, "high": band.high}
                found = [row["id"] for row in rows(connection, sql, values | stratum)]
                parts = _TURNS.get(outcome, 1)
                lists += [found[part::parts] for part in range(parts)]
        return lists

    def load(self, answer_ids: Sequence[str]) -> tuple[Sampled, ...]:
        """The answers with these ids in this order; those that were erased since are left out."""
        marks = ", ".join("?" * len(answer_ids))
        with self._db.reading() as connection:
            found = {row["id"]: _sampled(row) for row in rows(connection, _DETAILS.format(marks=marks), answer_ids)}
        return tuple(found[answer_id] for answer_id in answer_ids if answer_id in found)


_DETAILS = """
SELECT q.id, q.at, q.channel, q.score, q.document, v.rating, v.reasons, v.comment, v.resolved, v.at AS voted_at,
       r.verdict, r.who, r.at AS reviewed_at, r.drawn
FROM questions q LEFT JOIN votes v ON v.answer_id = q.id LEFT JOIN reviews r ON r.answer_id = q.id
WHERE q.id IN ({marks})
"""


def _condition(query: SampleQuery) -> str:
    parts = ["q.outcome = :outcome", "q.score >= :low AND q.score < :high", "q.at >= :since AND q.at < :until"]
    if query.lang is not None:
        parts.append("q.lang = :lang")
    if query.channel is not None:
        parts.append("q.channel = :channel")
    if query.vote:
        parts.append("q.id IN (SELECT answer_id FROM votes WHERE :vote IN ('any', rating))")
    if query.articles is not None:
        parts.append(
            "q.id IN (SELECT question_id FROM shown_passages WHERE use IN ('cited', 'suggested')"
            " AND article_id IN (SELECT value FROM json_each(:articles)))"
        )
    return " AND ".join(parts)


def _values(query: SampleQuery) -> dict[str, Any]:
    given = {"lang": query.lang, "channel": query.channel, "vote": query.vote or None}
    if query.articles is not None:
        given["articles"] = orjson.dumps(list(query.articles)).decode()
    return {name: value for name, value in given.items() if value is not None}


def _sampled(row: Row) -> Sampled:
    vote = None
    if row["rating"] is not None:
        resolved = None if row["resolved"] is None else bool(row["resolved"])
        reasons = tuple(orjson.loads(row["reasons"]))
        vote = Vote(row["id"], row["rating"], reasons, row["comment"], resolved, from_ms(row["voted_at"]))
    return Sampled(
        id=row["id"],
        at=from_ms(row["at"]),
        channel=row["channel"],
        band=next(band for band in BANDS if row["score"] < band.high),
        document=orjson.loads(row["document"]),
        vote=vote,
        review=review_of(row),
    )
