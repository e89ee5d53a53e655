"""Every figure of a report is computed a second time, in plain Python, from the raw events."""

from __future__ import annotations

import json
import math
import random
import sqlite3
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from answer_samples import Clock, document

from kb.gaps.vocabulary import GapStatus, SignalKind
from kb.ids import new_id
from kb.records import Kpis, Records, Signal
from kb.types import Outcome

START = datetime(2026, 11, 8, tzinfo=UTC)
END = datetime(2026, 11, 22, tzinfo=UTC)
WORDS = ["reset", "refund", "invoice", "point", "退款"]
OUTCOMES = [outcome.value for outcome in Outcome]


@pytest.fixture
def busy(tmp_path: Path, clock: Clock) -> Records:
    """Four weeks of invented traffic, part of it outside the period."""
    rng = random.Random(3)
    records = Records.open(tmp_path, clock=clock)
    gaps = [new_id("gap") for _ in range(6)]
    for _ in range(400):
        at = END - timedelta(seconds=rng.randrange(28 * 86400))
        word = "refund" if at >= START and rng.random() < 0.4 else rng.choice(WORDS)
        lang = "zh" if word == "退款" else "en"
        outcome = rng.choice(OUTCOMES)
        conversation = f"cnv_{rng.randrange(200)}"
        gap = rng.choice(gaps) if outcome == "no_answer" else None
        sent = document(
            text=f"{word}{rng.choice(['', '?', '!'])}",
            lang=lang,
            outcome=outcome,
            article=f"{lang}/{word}" if rng.random() < 0.9 else None,
            conversation=conversation,
            at=at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            gap_id=gap,
            total_ms=round(rng.uniform(1, 50), 2),
        )
        kind = rng.choice([SignalKind.NO_ANSWER, SignalKind.REPHRASED, SignalKind.ASKED_FOR_PERSON])
        signals = [Signal(kind, gap, word, lang)] if gap else []  # type: ignore[arg-type]
        records.log_answer(
            sent,
            channel=rng.choice(["api", "widget"]),
            visitor=rng.choice([None, f"v{rng.randrange(50)}"]),
            category=rng.choice(["billing", "account", None]),
            terms=[word],
            signals=signals,
        )
        for _vote in range(rng.choice([0, 0, 1, 2])):
            rating = rng.choice(["up", "down", None])
            records.vote(sent["id"], rating, resolved=rng.choice([True, False, None]) if rating else None)  # type: ignore[arg-type]
    for gap, days in zip(gaps[:2], (15, 2), strict=True):
        clock.now = END - timedelta(days=days)
        for status in (GapStatus.RESOLVED, GapStatus.REOPENED):
            records.update_gap(gap, who="ann", status=status)
    records.update_gap(gaps[2], who="ann", status=GapStatus.DISMISSED)
    clock.now = END
    records.flush()
    return records


def events(folder: Path, table: str) -> list[dict[str, Any]]:
    connection = sqlite3.connect(folder / "records.db")
    connection.row_factory = sqlite3.Row
    found = [dict(row) for row in connection.execute(f"SELECT * FROM {table}")]
    connection.close()
    return found


def standing_votes(folder: Path) -> dict[str, dict[str, Any]]:
    last = {event["answer_id"]: event for event in sorted(events(folder, "vote_events"), key=lambda event: event["id"])}
    return {answer_id: event for answer_id, event in last.items() if event["rating"] is not None}


FILTERS: list[dict[str, Any]] = [
    {},
    {"lang": "zh"},
    {"channel": "widget"},
    {"category": "billing"},
    {"lang": "en", "channel": "api", "category": "account"},
    {"channel": "nobody"},
]


def asked(folder: Path, start: datetime, end: datetime, filters: dict[str, Any]) -> list[dict[str, Any]]:
    """Questions of a period: time, language and all else from the stored documents where they say it."""
    chosen = []
    for row in events(folder, "questions"):
        sent = json.loads(row["document"])
        at = datetime.fromisoformat(sent["created_at"])
        facts = {"lang": sent["question"]["lang"], "channel": row["channel"], "category": row["category"]}
        if start <= at < end and all(facts[name] == value for name, value in filters.items()):
            chosen.append({"row": row, "sent": sent, "at": at})
    return chosen


def resolution_by_hand(folder: Path, questions: list[dict[str, Any]]) -> list[tuple[int, int]]:
    votes = standing_votes(folder)
    hindered = {
        signal["conversation_id"]
        for signal in events(folder, "signals")
        if signal["kind"] in ("asked_for_person", "rephrased")
    }
    conversations = defaultdict(list)
    for question in sorted(questions, key=lambda q: (q["at"], q["sent"]["id"])):
        conversations[question["sent"]["conversation_id"]].append(question["sent"])
    counts = Counter()
    for conversation, answers in conversations.items():
        cast = [votes[answer["id"]] for answer in answers if answer["id"] in votes]
        praised = any(vote["rating"] == "up" or vote["resolved"] == 1 for vote in cast)
        blamed = any(vote["rating"] == "down" or vote["resolved"] == 0 for vote in cast)
        handed_over = any(answer["outcome"] == "handoff" for answer in answers)
        if blamed or handed_over or conversation in hindered:
            continue
        if not praised and answers[-1]["outcome"] != "answered":
            continue
        for name, holds in (("optimistic", True), ("pessimistic", praised)):
            counts[name] += holds
            counts[name + " first"] += holds and len(answers) == 1
    names = ("pessimistic", "optimistic", "pessimistic first", "optimistic first")
    return [(counts[name], len(conversations)) for name in names]


@pytest.mark.parametrize("filters", FILTERS)
def test_counts_shares_and_times(busy: Records, tmp_path: Path, filters: dict[str, Any]) -> None:
    figures = busy.kpis(START, END, **filters)
    busy.close()
    questions = asked(tmp_path, START, END, filters)
    assert figures.questions == len(questions)
    assert figures.conversations == len({q["sent"]["conversation_id"] for q in questions})
    assert figures.visitors == len({q["row"]["visitor"] for q in questions} - {None})
    outcomes = Counter(q["sent"]["outcome"] for q in questions)
    assert {o.value: (s.count, s.of) for o, s in figures.outcomes.items()} == {
        name: (outcomes[name], len(questions)) for name in OUTCOMES
    }
    votes = standing_votes(tmp_path)
    ratings = [votes[q["sent"]["id"]]["rating"] for q in questions if q["sent"]["id"] in votes]
    assert (figures.helpful.count, figures.helpful.of) == (ratings.count("up"), len(ratings))
    times = sorted(q["sent"]["timings_ms"]["total"] for q in questions)
    for share, given in ((0.50, figures.answer_ms_p50), (0.95, figures.answer_ms_p95)):
        assert given == (times[math.ceil(share * len(times)) - 1] if times else None)


@pytest.mark.parametrize("filters", FILTERS)
def test_resolution(busy: Records, tmp_path: Path, filters: dict[str, Any]) -> None:
    figures = busy.kpis(START, END, **filters)
    busy.close()
    given = [
        (share.count, share.of)
        for bounds in (figures.self_service, figures.first_contact)
        for share in (bounds.pessimistic, bounds.optimistic)
    ]
    assert given == resolution_by_hand(tmp_path, asked(tmp_path, START, END, filters))
    if not filters:
        assert 0 < given[2][0] <= given[0][0] < given[1][0]  # the example is rich enough to tell the four apart


@pytest.mark.parametrize("filters", FILTERS[:2])
def test_lists(busy: Records, tmp_path: Path, filters: dict[str, Any]) -> None:
    figures = busy.kpis(START, END, utc_offset=480, **filters)
    busy.close()
    questions = asked(tmp_path, START, END, filters)
    texts = Counter(q["sent"]["question"]["text"].rstrip("?!") for q in questions)
    assert Counter({q.text.rstrip("?!"): q.count for q in figures.top_questions}) == texts
    assert [q.count for q in figures.top_questions] == sorted(texts.values(), reverse=True)
    last = {}
    for question in sorted(questions, key=lambda q: q["at"]):
        text = question["sent"]["question"]["text"]
        last[text.rstrip("?!")] = text
    assert {q.text for q in figures.top_questions} == set(last.values())
    articles = Counter(c["article_id"] for q in questions for c in q["sent"]["citations"])
    assert Counter({a.article_id: a.count for a in figures.top_articles}) == articles
    heat = Counter(((q["at"] + timedelta(hours=8)).weekday(), (q["at"] + timedelta(hours=8)).hour) for q in questions)
    assert {(d, h): n for d, line in enumerate(figures.heat_map) for h, n in enumerate(line) if n} == dict(heat)
    assert (len(figures.heat_map), {len(line) for line in figures.heat_map}) == (7, {24})


def test_rising_words(busy: Records, tmp_path: Path) -> None:
    figures = busy.kpis(START, END)
    busy.close()
    now = Counter(q["row"]["terms"] for q in asked(tmp_path, START, END, {}))
    before = Counter(q["row"]["terms"] for q in asked(tmp_path, START - (END - START), START, {}))
    assert [word.word for word in figures.rising_words] == ["refund"]
    (word,) = figures.rising_words
    assert (word.count, word.before) == (now['["refund"]'], before['["refund"]'])


def test_gap_figures(busy: Records, tmp_path: Path) -> None:
    figures = busy.kpis(START, END)
    busy.close()
    ages = sorted(
        (END - datetime.fromtimestamp(gap["created_at"] / 1000, UTC)) / timedelta(days=1)
        for gap in events(tmp_path, "gaps")
        if gap["status"] in ("open", "assigned", "drafted", "reopened")
    )
    assert figures.gaps_open == len(ages) == 5
    assert figures.gap_age_max == pytest.approx(ages[-1])
    assert figures.gap_age_median == pytest.approx(ages[(len(ages) - 1) // 2])
    reopened = [
        event
        for event in events(tmp_path, "gap_history")
        if event["after"] == "reopened" and START <= datetime.fromtimestamp(event["at"] / 1000, UTC) < END
    ]
    assert figures.gaps_reopened == len(reopened) == 1


def test_article_usage(busy: Records, tmp_path: Path) -> None:
    usage = busy.article_usage(days=14)
    busy.close()
    votes = standing_votes(tmp_path)
    expected: dict[str, Counter[str]] = defaultdict(Counter)
    for question in asked(tmp_path, START, END + timedelta(days=1), {}):
        sent = question["sent"]
        rating = votes.get(sent["id"], {"rating": None})["rating"]
        for citation in sent["citations"]:
            expected[citation["article_id"]].update(cited=1, up=int(rating == "up"), down=int(rating == "down"))
        for citation in sent["suggestions"]:
            expected[citation["article_id"]].update(suggested=1)
    assert {
        article: {"cited": u.cited, "suggested": u.suggested, "up": u.up, "down": u.down}
        for article, u in usage.items()
    } == {article: {name: c[name] for name in ("cited", "suggested", "up", "down")} for article, c in expected.items()}


def test_a_report_on_nothing(records: Records) -> None:
    figures: Kpis = records.kpis(START, END)
    assert (figures.questions, figures.answer_ms_p50, figures.gap_age_max) == (0, None, None)
    assert figures.helpful.rate is None
    assert figures.self_service.optimistic.rate is None
    assert figures.top_questions == figures.rising_words == ()
