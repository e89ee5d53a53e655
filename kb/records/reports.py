"""The figures of a period, from the questions that were written down and from the roll-ups of those that were purged.

A figure is over the questions asked in ``[start, end)`` in the given language, channel and category. Its unit is the
question unless its docstring says conversation. A conversation is what has one id on one day (UTC): one that goes on
the next day counts again, like a visitor, whose key changes daily. Only so can the figures of days be added up, which
is what lets them outlive the questions.
"""

from __future__ import annotations

import math
import sqlite3
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

from kb.records.clock import DAY_MS, from_ms, to_ms
from kb.records.database import one, rows
from kb.records.figures import Bounds, Kpis, SeriesPoint, Share, TopArticle, TopQuestion
from kb.records.gap_figures import gap_events, open_ages
from kb.records.periods import Period
from kb.records.rising import rising_words
from kb.records.rollups import articles_of_purged, rolled_days, wordings_of_purged
from kb.records.rows import ArticleUsage
from kb.records.tally import HOURS, Tally, bucket, count_days, middle, total
from kb.types import Outcome

Step = Literal["day", "week"]
TOP = 20
_WEEK = 7
_DAILY = timedelta(days=62)  # a longer report has its series by week


def kpis(connection: sqlite3.Connection, period: Period, now: int) -> Kpis:
    """All figures of ``period`` as they are ``now`` (milliseconds); see the functions below for what each means."""
    purged = rolled_days(connection, period)
    days = _all_days(connection, period, purged)
    whole = total(days.values())
    self_service, first_contact = resolution(whole)
    usage = article_usage(connection, period)
    p50, p95 = percentiles(connection, period, purged, (0.50, 0.95))
    ages = open_ages(connection, period, now)
    events = gap_events(connection, period)
    return Kpis(
        start=period.start,
        end=period.end,
        questions=whole.questions,
        conversations=whole.conversations,
        visitors=whole.visitors,
        outcomes={outcome: Share(whole.outcomes[outcome.value], whole.questions) for outcome in Outcome},
        self_service=self_service,
        first_contact=first_contact,
        helpful=helpful(whole),
        answer_ms_p50=p50,
        answer_ms_p95=p95,
        top_questions=top_questions(connection, period),
        top_articles=top_articles(usage),
        usage=usage,
        gaps_open=len(ages),
        gap_age_median=ages[(len(ages) - 1) // 2] if ages else None,
        gap_age_max=ages[-1] if ages else None,
        gaps_opened=events.opened,
        gaps_verified=events.verified,
        gaps_reopened=events.reopened,
        heat_map=heat_map(connection, period, purged),
        rising_words=rising_words(connection, period),
        series=_series(period, days, "day" if period.end - period.start <= _DAILY else "week"),
        purged_until=from_ms((max(purged) + 1) * DAY_MS) if purged else None,
    )


def series(connection: sqlite3.Connection, period: Period, step: Step) -> tuple[SeriesPoint, ...]:
    """The questions of ``period`` day by day or week by week (from Monday), UTC, without a break, oldest first."""
    return _series(period, _all_days(connection, period, rolled_days(connection, period)), step)


def _series(period: Period, days: Mapping[int, Tally], step: Step) -> tuple[SeriesPoint, ...]:
    if period.start >= period.end:
        return ()
    first, last = to_ms(period.start) // DAY_MS, -(-to_ms(period.end) // DAY_MS)
    starts = list(range(first, last))
    if step == "week":
        starts = [day for day in starts if day == first or from_ms(day * DAY_MS).weekday() == 0]
    whole = {day: Tally() for day in starts}
    for day, tally in days.items():
        whole[starts[bisect_right(starts, day) - 1]].add(tally)
    return tuple(
        _point(max(from_ms(start * DAY_MS), period.start), min(from_ms(end * DAY_MS), period.end), whole[start])
        for start, end in zip(starts, [*starts[1:], last], strict=True)
    )


def _point(start: datetime, end: datetime, tally: Tally) -> SeriesPoint:
    return SeriesPoint(
        start=start,
        end=end,
        questions=tally.questions,
        conversations=tally.conversations,
        visitors=tally.visitors,
        outcomes={outcome: tally.outcomes[outcome.value] for outcome in Outcome},
        self_service=resolution(tally)[0],
        helpful=helpful(tally),
    )


def _all_days(connection: sqlite3.Connection, period: Period, purged: Mapping[int, Tally]) -> dict[int, Tally]:
    """What was asked on each day: the questions that are stored, and those that were."""
    where, values = period.where()
    days = {day: tally for (day, *_), tally in count_days(connection, where, values).items()}
    return {
        day: total([*([days[day]] if day in days else []), *([purged[day]] if day in purged else [])])
        for day in days.keys() | purged.keys()
    }


def resolution(tally: Tally) -> tuple[Bounds, Bounds]:
    """Self-service rate and first-contact resolution, over conversations with a question in the period.

    A conversation is plausibly resolved when nobody in it was handed over, asked for a person or asked again in other
    words (signals of that day), no vote that stands is "down" or says "not resolved", and either its last answer was
    ``answered`` or some vote that stands is "up" or says "resolved". Silence counts as content: the optimistic
    self-service rate. The pessimistic one asks for such a favourable vote besides: silence counts as failure.
    First-contact resolution is the same for conversations of exactly one question, out of all conversations. The truth
    lies between the two.
    """
    n = tally.conversations
    return (
        Bounds(Share(tally.pessimistic, n), Share(tally.optimistic, n)),
        Bounds(Share(tally.pessimistic_first, n), Share(tally.optimistic_first, n)),
    )


def helpful(tally: Tally) -> Share:
    """ "Up" votes out of all votes that stand on answers given in the period, whenever they were cast."""
    return Share(tally.up, tally.votes)


def percentiles(
    connection: sqlite3.Connection, period: Period, purged: Mapping[int, Tally], shares: Sequence[float]
) -> list[float | None]:
    """The answer times in milliseconds that each of ``shares`` of the questions do not exceed (nearest rank).

    Exact while no question was purged, within ``tally.TIME_ERROR`` of that otherwise.
    """
    where, values = period.where()
    stored = sorted(
        row["ms"] for row in rows(connection, f"SELECT total_ms AS ms FROM questions q WHERE {where}", values)
    )
    times = total(purged.values()).times
    if times:
        times.update(bucket(ms) for ms in stored)
        stored = [middle(place) for place in sorted(times) for _ in range(times[place])]
    return [stored[max(0, math.ceil(share * len(stored)) - 1)] if stored else None for share in shares]


def top_questions(connection: sqlite3.Connection, period: Period) -> tuple[TopQuestion, ...]:
    """The most frequent questions, spellings that differ in case and punctuation counted together, shown as last
    written. Of purged questions, those that several people asked on one day."""
    where, values = period.where()
    purged, filters = wordings_of_purged(period)
    values |= filters
    most = rows(
        connection,
        "SELECT question_key, sum(count) AS n, max(at) AS at FROM ("
        f"SELECT question_key, 1 AS count, at FROM questions q WHERE {where}"
        f" UNION ALL SELECT question_key, count, at FROM ({purged}))"
        f" GROUP BY question_key ORDER BY n DESC, question_key LIMIT {TOP}",
        values,
    )
    wording = (
        f"SELECT question, lang FROM questions q WHERE {where} AND q.at = :at AND question_key = :key"
        f" UNION ALL SELECT question, lang FROM ({purged}) WHERE at = :at AND question_key = :key"
    )
    found = []
    for row in most:
        shown = one(connection, wording, values | {"at": row["at"], "key": row["question_key"]})
        assert shown is not None, "it was counted in the same transaction"
        found.append(TopQuestion(shown["question"], shown["lang"], row["n"]))
    return tuple(found)


def top_articles(usage: Mapping[str, ArticleUsage]) -> tuple[TopArticle, ...]:
    """The articles cited in the most answers."""
    cited = sorted(((-used.cited, article_id) for article_id, used in usage.items() if used.cited))
    return tuple(TopArticle(article_id, -count) for count, article_id in cited[:TOP])


def heat_map(
    connection: sqlite3.Connection, period: Period, purged: Mapping[int, Tally]
) -> tuple[tuple[int, ...], ...]:
    """Questions by weekday (Monday first) and hour, 7 rows of 24. Purged ones are known by whole hours of UTC."""
    where, values = period.where()
    found = rows(
        connection,
        "SELECT day, hour, count(*) AS n FROM (SELECT"
        " CAST(strftime('%w', q.at / 1000 + :shift, 'unixepoch') AS INTEGER) AS day,"
        " CAST(strftime('%H', q.at / 1000 + :shift, 'unixepoch') AS INTEGER) AS hour"
        f" FROM questions q WHERE {where}) GROUP BY day, hour",
        values | {"shift": period.utc_offset * 60},
    )
    grid = [[0] * HOURS for _ in range(_WEEK)]
    for row in found:
        grid[(row["day"] + 6) % _WEEK][row["hour"]] = row["n"]  # SQLite's week begins on Sunday
    for day, tally in purged.items():
        for hour, count in tally.hours.items():
            moment = from_ms(day * DAY_MS) + timedelta(hours=hour, minutes=period.utc_offset)
            grid[moment.weekday()][moment.hour] += count
    return tuple(tuple(line) for line in grid)


def article_usage(connection: sqlite3.Connection, period: Period) -> dict[str, ArticleUsage]:
    """What became of every article that was cited or suggested in the period, by article id.

    Of a purged question only the day is known: ``last_at`` is then its beginning.
    """
    where, values = period.where()
    purged, filters = articles_of_purged(period)
    found = rows(
        connection,
        f"""
        WITH used AS (
            SELECT p.article_id, q.id, q.at, max(p.use = 'cited') AS cited
            FROM questions q JOIN shown_passages p ON p.question_id = q.id
            WHERE {where} AND p.use IN ('cited', 'suggested')
            GROUP BY p.article_id, q.id
        ), counted AS (
            SELECT u.article_id, u.cited, NOT u.cited AS suggested, coalesce(u.cited AND v.rating = 'up', 0) AS up,
                   coalesce(u.cited AND v.rating = 'down', 0) AS down, u.at
            FROM used u LEFT JOIN votes v ON v.answer_id = u.id
            UNION ALL {purged}
        )
        SELECT article_id, sum(cited) AS cited, sum(suggested) AS suggested, sum(up) AS up, sum(down) AS down,
               max(at) AS last_at
        FROM counted GROUP BY article_id
        """,
        values | filters,
    )
    return {
        row["article_id"]: ArticleUsage(
            row["article_id"], row["cited"], row["suggested"], row["up"], row["down"], from_ms(row["last_at"])
        )
        for row in found
    }
