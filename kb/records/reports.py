"""The figures of a period, each as one query over what was written down.

A figure is over the questions asked in ``[start, end)`` in the given language, channel and category. Its unit is the
question unless its docstring says conversation.
"""

from __future__ import annotations

import math
import sqlite3
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kb.records.clock import DAY_MS, from_ms, to_ms
from kb.records.database import one, rows
from kb.records.figures import Bounds, Kpis, RisingWord, Share, TopArticle, TopQuestion
from kb.records.rows import ArticleUsage
from kb.types import Lang, Outcome

TOP = 20
_MIN_RISING = 3  # questions: below this one person's typing is a trend
_RISING_G2 = 3.84  # chi-square with one degree of freedom at 5 %


@dataclass(frozen=True, slots=True)
class Period:
    """What a report is about. None means no restriction. ``utc_offset``: minutes east of UTC for the heat map."""

    start: datetime
    end: datetime
    lang: Lang | None = None
    channel: str | None = None
    category: str | None = None
    utc_offset: int = 0

    def where(self) -> tuple[str, dict[str, Any]]:
        """The SQL condition on table alias ``q`` and its parameters."""
        conditions = ["q.at >= :start", "q.at < :end"]
        values: dict[str, Any] = {"start": to_ms(self.start), "end": to_ms(self.end)}
        for name in ("lang", "channel", "category"):
            if getattr(self, name) is not None:
                conditions.append(f"q.{name} = :{name}")
                values[name] = getattr(self, name)
        return " AND ".join(conditions), values


def kpis(connection: sqlite3.Connection, period: Period) -> Kpis:
    """All figures of ``period``; see the functions below for what each means."""
    where, values = period.where()
    counts = one(
        connection,
        "SELECT count(*) AS questions, count(DISTINCT conversation_id) AS conversations,"
        f" count(DISTINCT visitor) AS visitors FROM questions q WHERE {where}",
        values,
    )
    assert counts is not None, "an aggregate always has a row"
    self_service, first_contact = resolution(connection, period)
    ages = gap_ages(connection, period)
    return Kpis(
        start=period.start,
        end=period.end,
        questions=counts["questions"],
        conversations=counts["conversations"],
        visitors=counts["visitors"],
        outcomes=outcome_shares(connection, period, counts["questions"]),
        self_service=self_service,
        first_contact=first_contact,
        helpful=helpful(connection, period),
        answer_ms_p50=percentile(connection, period, counts["questions"], 0.50),
        answer_ms_p95=percentile(connection, period, counts["questions"], 0.95),
        top_questions=top_questions(connection, period),
        top_articles=top_articles(connection, period),
        gaps_open=len(ages),
        gap_age_median=ages[(len(ages) - 1) // 2] if ages else None,
        gap_age_max=ages[-1] if ages else None,
        gaps_reopened=gaps_reopened(connection, period),
        heat_map=heat_map(connection, period),
        rising_words=rising_words(connection, period, counts["questions"]),
    )


def outcome_shares(connection: sqlite3.Connection, period: Period, total: int) -> dict[Outcome, Share]:
    """Questions by outcome; every outcome is present."""
    where, values = period.where()
    found = rows(connection, f"SELECT outcome, count(*) AS n FROM questions q WHERE {where} GROUP BY outcome", values)
    counts = {row["outcome"]: row["n"] for row in found}
    return {outcome: Share(counts.get(outcome.value, 0), total) for outcome in Outcome}


_CONVERSATIONS = """
WITH asked AS (
    SELECT q.id, q.conversation_id, q.outcome, v.rating, v.resolved,
           row_number() OVER (PARTITION BY q.conversation_id ORDER BY q.at DESC, q.id DESC) AS from_end
    FROM questions q LEFT JOIN votes v ON v.answer_id = q.id
    WHERE {where}
), conversations AS (
    SELECT conversation_id,
           count(*) AS turns,
           max(outcome = 'handoff') AS handed_over,
           max(from_end = 1 AND outcome = 'answered') AS ends_answered,
           max(coalesce(rating = 'up', 0) OR coalesce(resolved = 1, 0)) AS praised,
           max(coalesce(rating = 'down', 0) OR coalesce(resolved = 0, 0)) AS blamed
    FROM asked GROUP BY conversation_id
), judged AS (
    SELECT c.*,
           NOT handed_over AND NOT blamed AND (ends_answered OR praised) AND NOT EXISTS (
               SELECT 1 FROM signals s WHERE s.conversation_id = c.conversation_id
               AND s.kind IN ('asked_for_person', 'rephrased')
           ) AS plausible
    FROM conversations c
)
SELECT count(*) AS n,
       coalesce(sum(plausible), 0) AS optimistic,
       coalesce(sum(plausible AND praised), 0) AS pessimistic,
       coalesce(sum(plausible AND turns = 1), 0) AS optimistic_first,
       coalesce(sum(plausible AND praised AND turns = 1), 0) AS pessimistic_first
FROM judged
"""


def resolution(connection: sqlite3.Connection, period: Period) -> tuple[Bounds, Bounds]:
    """Self-service rate and first-contact resolution, over conversations with a question in the period.

    A conversation is plausibly resolved when nobody in it was handed over, asked for a person or asked again in other
    words (signals), no vote that stands is "down" or says "not resolved", and either its last answer was ``answered``
    or some vote that stands is "up" or says "resolved". Silence counts as content: the optimistic self-service rate.
    The pessimistic one asks for such a favourable vote besides: silence counts as failure. First-contact resolution
    is the same for conversations of exactly one question, out of all conversations. The truth lies between the two.
    """
    where, values = period.where()
    row = one(connection, _CONVERSATIONS.format(where=where), values)
    assert row is not None, "an aggregate always has a row"
    n = row["n"]
    return (
        Bounds(Share(row["pessimistic"], n), Share(row["optimistic"], n)),
        Bounds(Share(row["pessimistic_first"], n), Share(row["optimistic_first"], n)),
    )


def helpful(connection: sqlite3.Connection, period: Period) -> Share:
    """ "Up" votes out of all votes that stand on answers given in the period, whenever they were cast."""
    where, values = period.where()
    row = one(
        connection,
        "SELECT coalesce(sum(v.rating = 'up'), 0) AS up, count(*) AS n"
        f" FROM questions q JOIN votes v ON v.answer_id = q.id WHERE {where}",
        values,
    )
    assert row is not None, "an aggregate always has a row"
    return Share(row["up"], row["n"])


def percentile(connection: sqlite3.Connection, period: Period, total: int, share: float) -> float | None:
    """The answer time in milliseconds that ``share`` of the questions do not exceed (nearest rank)."""
    where, values = period.where()
    row = one(
        connection,
        f"SELECT total_ms FROM questions q WHERE {where} ORDER BY total_ms LIMIT 1 OFFSET :rank",
        {**values, "rank": max(0, math.ceil(share * total) - 1)},
    )
    return None if row is None else float(row["total_ms"])


def top_questions(connection: sqlite3.Connection, period: Period) -> tuple[TopQuestion, ...]:
    """The most frequent questions, spellings that differ in case and punctuation counted together, shown as last
    written."""
    where, values = period.where()
    found = rows(
        connection,
        # With max() SQLite takes the other columns from the row that holds the maximum.
        "SELECT question, lang, count(*) AS n, max(q.at) FROM questions q"
        f" WHERE {where} GROUP BY question_key ORDER BY n DESC, question_key LIMIT {TOP}",
        values,
    )
    return tuple(TopQuestion(row["question"], row["lang"], row["n"]) for row in found)


def top_articles(connection: sqlite3.Connection, period: Period) -> tuple[TopArticle, ...]:
    """The articles cited in the most answers."""
    where, values = period.where()
    found = rows(
        connection,
        "SELECT p.article_id, count(DISTINCT q.id) AS n FROM questions q JOIN shown_passages p ON p.question_id = q.id"
        f" WHERE {where} AND p.use = 'cited' GROUP BY p.article_id ORDER BY n DESC, p.article_id LIMIT {TOP}",
        values,
    )
    return tuple(TopArticle(row["article_id"], row["n"]) for row in found)


def gap_ages(connection: sqlite3.Connection, period: Period) -> list[float]:
    """Ages in days, at the end of the period, of the gaps made before it that are not settled today; ascending."""
    found = rows(
        connection,
        "SELECT created_at FROM gaps WHERE merged_into IS NULL AND created_at < :end"
        " AND status IN ('open', 'assigned', 'drafted', 'reopened') AND (:lang IS NULL OR lang = :lang)"
        " ORDER BY created_at DESC",
        {"end": to_ms(period.end), "lang": period.lang},
    )
    return [(to_ms(period.end) - row["created_at"]) / DAY_MS for row in found]


def gaps_reopened(connection: sqlite3.Connection, period: Period) -> int:
    """How often a gap was reopened in the period."""
    row = one(
        connection,
        "SELECT count(*) AS n FROM gap_history h JOIN gaps g ON g.id = h.gap_id WHERE h.field = 'status'"
        " AND h.after = 'reopened' AND h.at >= :start AND h.at < :end AND (:lang IS NULL OR g.lang = :lang)",
        {"start": to_ms(period.start), "end": to_ms(period.end), "lang": period.lang},
    )
    return 0 if row is None else int(row["n"])


def heat_map(connection: sqlite3.Connection, period: Period) -> tuple[tuple[int, ...], ...]:
    """Questions by weekday (Monday first) and hour, 7 rows of 24."""
    where, values = period.where()
    found = rows(
        connection,
        "SELECT day, hour, count(*) AS n FROM (SELECT"
        " CAST(strftime('%w', q.at / 1000 + :shift, 'unixepoch') AS INTEGER) AS day,"
        " CAST(strftime('%H', q.at / 1000 + :shift, 'unixepoch') AS INTEGER) AS hour"
        f" FROM questions q WHERE {where}) GROUP BY day, hour",
        {**values, "shift": period.utc_offset * 60},
    )
    grid = [[0] * 24 for _ in range(7)]
    for row in found:
        grid[(row["day"] + 6) % 7][row["hour"]] = row["n"]  # SQLite's week begins on Sunday
    return tuple(tuple(line) for line in grid)


def rising_words(connection: sqlite3.Connection, period: Period, total: int) -> tuple[RisingWord, ...]:
    """Words in clearly more questions than in the equally long period before, strongest first.

    Strength is the log-likelihood ratio of the two shares (Dunning 1993, Computational Linguistics 19:1), which unlike
    a quotient does not put rare words on top. Words are the terms that were logged with the questions.
    """
    before = Period(
        period.start - (period.end - period.start), period.start, period.lang, period.channel, period.category
    )
    now_counts, then_counts = _words(connection, period), _words(connection, before)
    where, values = before.where()
    row = one(connection, f"SELECT count(*) AS n FROM questions q WHERE {where}", values)
    total_before = 0 if row is None else row["n"]
    scored = []
    for word, count in now_counts.items():
        earlier = then_counts[word]
        if count < _MIN_RISING or count * total_before <= earlier * total:
            continue
        strength = _log_likelihood_ratio(count, total, earlier, total_before)
        if strength >= _RISING_G2:
            scored.append((-strength, word, count, earlier))
    return tuple(RisingWord(word, count, earlier) for _, word, count, earlier in sorted(scored)[:TOP])


def _words(connection: sqlite3.Connection, period: Period) -> Counter[str]:
    where, values = period.where()
    found = rows(
        connection,
        f"SELECT term.value AS word, count(*) AS n FROM questions q, json_each(q.terms) AS term WHERE {where}"
        " GROUP BY term.value",
        values,
    )
    return Counter({row["word"]: row["n"] for row in found})


def _log_likelihood_ratio(count_a: int, total_a: int, count_b: int, total_b: int) -> float:
    """G² of a 2 x 2 table of "holds the word" by period."""
    share = (count_a + count_b) / (total_a + total_b)
    cells = (
        (count_a, total_a * share),
        (total_a - count_a, total_a * (1 - share)),
        (count_b, total_b * share),
        (total_b - count_b, total_b * (1 - share)),
    )
    return 2 * sum(seen * math.log(seen / expected) for seen, expected in cells if seen)


def article_usage(connection: sqlite3.Connection, since: datetime) -> dict[str, ArticleUsage]:
    """What became of every article that was cited or suggested since then, by article id."""
    found = rows(
        connection,
        """
        WITH used AS (
            SELECT p.article_id, q.id, q.at, max(p.use = 'cited') AS cited
            FROM questions q JOIN shown_passages p ON p.question_id = q.id
            WHERE q.at >= ? AND p.use IN ('cited', 'suggested')
            GROUP BY p.article_id, q.id
        )
        SELECT u.article_id, sum(u.cited) AS cited, sum(NOT u.cited) AS suggested,
               coalesce(sum(u.cited AND v.rating = 'up'), 0) AS up,
               coalesce(sum(u.cited AND v.rating = 'down'), 0) AS down, max(u.at) AS last_at
        FROM used u LEFT JOIN votes v ON v.answer_id = u.id
        GROUP BY u.article_id
        """,
        (to_ms(since),),
    )
    return {
        row["article_id"]: ArticleUsage(
            row["article_id"], row["cited"], row["suggested"], row["up"], row["down"], from_ms(row["last_at"])
        )
        for row in found
    }
