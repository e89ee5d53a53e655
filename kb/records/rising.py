"""Words that came up: in clearly more questions of a period than of the one before it."""

from __future__ import annotations

import math
import sqlite3
from collections import Counter

import orjson

from kb.records.database import rows
from kb.records.figures import RisingWord
from kb.records.periods import Period

TOP = 20
_MIN_RISING = 3  # questions: below this one person's typing is a trend
_RISING_G2 = 3.84  # chi-square with one degree of freedom at 5 %


def rising_words(connection: sqlite3.Connection, period: Period) -> tuple[RisingWord, ...]:
    """Words in clearly more questions than in the equally long period before, strongest first.

    Strength is the log-likelihood ratio of the two shares (Dunning 1993, Computational Linguistics 19:1), which unlike
    a quotient does not put rare words on top. Words are the terms that were logged with the questions. Of both periods
    only the questions that were not purged count: with nothing left to compare with, no word rises.
    """
    (now_counts, total), (then_counts, total_before) = _words(connection, period), _words(connection, period.before())
    scored = []
    for word, count in now_counts.items():
        earlier = then_counts[word]
        if count < _MIN_RISING or count * total_before <= earlier * total:
            continue
        strength = _log_likelihood_ratio(count, total, earlier, total_before)
        if strength >= _RISING_G2:
            scored.append((-strength, word, count, earlier))
    return tuple(RisingWord(word, count, earlier) for _, word, count, earlier in sorted(scored)[:TOP])


def _words(connection: sqlite3.Connection, period: Period) -> tuple[Counter[str], int]:
    """How many questions hold each word, and how many questions there are."""
    where, values = period.where()
    counts: Counter[str] = Counter()
    total = 0
    for row in rows(connection, f"SELECT terms, count(*) AS n FROM questions q WHERE {where} GROUP BY terms", values):
        total += row["n"]
        for word in orjson.loads(row["terms"]):
            counts[word] += row["n"]
    return counts, total


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
