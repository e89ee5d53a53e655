"""Every figure of a report a second time: plain Python over the raw rows and the stored documents."""

from __future__ import annotations

import json
import math
import sqlite3
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from kb.records import Kpis
from kb.types import Outcome

OUTCOMES = [outcome.value for outcome in Outcome]
DAY = timedelta(days=1)


def raw(folder: Path, table: str) -> list[dict[str, Any]]:
    connection = sqlite3.connect(folder / "records.db")
    connection.row_factory = sqlite3.Row
    found = [dict(row) for row in connection.execute(f"SELECT * FROM {table}")]
    connection.close()
    return found


def moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=milliseconds)


def standing_votes(folder: Path) -> dict[str, dict[str, Any]]:
    last = {event["answer_id"]: event for event in sorted(raw(folder, "vote_events"), key=lambda event: event["id"])}
    return {answer_id: event for answer_id, event in last.items() if event["rating"] is not None}


def asked(folder: Path, start: datetime, end: datetime, filters: dict[str, Any]) -> list[dict[str, Any]]:
    """Questions of a period in order: time, language and all else from the stored documents where they say it."""
    chosen = []
    for row in raw(folder, "questions"):
        sent = json.loads(row["document"])
        at = datetime.fromisoformat(sent["created_at"])
        facts = {"lang": sent["question"]["lang"], "channel": row["channel"], "category": row["category"]}
        if start <= at < end and all(facts[name] == value for name, value in filters.items()):
            chosen.append({"row": row, "sent": sent, "at": at, "id": sent["id"]})
    return sorted(chosen, key=lambda question: (question["at"], question["id"]))


def resolution(folder: Path, questions: list[dict[str, Any]]) -> list[tuple[int, int]]:
    """Pessimistic and optimistic self-service, then first contact, each as (count, of)."""
    votes = standing_votes(folder)
    hindered = {
        (signal["conversation_id"], moment(signal["at"]).date())
        for signal in raw(folder, "signals")
        if signal["kind"] in ("asked_for_person", "rephrased")
    }
    conversations = defaultdict(list)
    for question in questions:
        conversations[question["sent"]["conversation_id"], question["at"].date()].append(question["sent"])
    counts: Counter[str] = Counter()
    for conversation, answers in conversations.items():
        cast = [votes[answer["id"]] for answer in answers if answer["id"] in votes]
        praised = any(vote["rating"] == "up" or vote["resolved"] == 1 for vote in cast)
        blamed = any(vote["rating"] == "down" or vote["resolved"] == 0 for vote in cast)
        handed_over = any(answer["outcome"] == "handoff" for answer in answers)
        if blamed or handed_over or conversation in hindered:
            continue
        last = max(answer["created_at"] for answer in answers)
        if not praised and ("answered", last) not in {(answer["outcome"], answer["created_at"]) for answer in answers}:
            continue
        for name, holds in (("optimistic", True), ("pessimistic", praised)):
            counts[name] += holds
            counts[name + " first"] += holds and len(answers) == 1
    names = ("pessimistic", "optimistic", "pessimistic first", "optimistic first")
    return [(counts[name], len(conversations)) for name in names]


def article_use(folder: Path, questions: list[dict[str, Any]]) -> dict[str, dict[str, int]]:
    votes = standing_votes(folder)
    use: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for question in questions:
        rating = votes.get(question["id"], {"rating": None})["rating"]
        cited = {citation["article_id"] for citation in question["sent"]["citations"]}
        for article in cited:
            use[article].update(cited=1, up=int(rating == "up"), down=int(rating == "down"))
        for article in {citation["article_id"] for citation in question["sent"]["suggestions"]} - cited:
            use[article].update(suggested=1)
    return {article: {name: c[name] for name in ("cited", "suggested", "up", "down")} for article, c in use.items()}


def wordings(questions: list[dict[str, Any]]) -> Counter[str]:
    return Counter(question["sent"]["question"]["text"].rstrip("?!") for question in questions)


def percentile(questions: list[dict[str, Any]], share: float) -> float | None:
    times = sorted(question["sent"]["timings_ms"]["total"] for question in questions)
    return times[math.ceil(share * len(times)) - 1] if times else None


def heat(questions: list[dict[str, Any]], utc_offset: int) -> dict[tuple[int, int], int]:
    local = [question["at"] + timedelta(minutes=utc_offset) for question in questions]
    return dict(Counter((at.weekday(), at.hour) for at in local))


def gap_events(folder: Path, start: datetime, end: datetime, lang: str | None) -> dict[str, int]:
    gaps = {gap["id"]: gap for gap in raw(folder, "gaps") if lang in (None, gap["lang"])}
    changes = [
        event["after"]
        for event in raw(folder, "gap_history")
        if event["gap_id"] in gaps and event["field"] == "status" and start <= moment(event["at"]) < end
    ]
    made = [gap for gap in gaps.values() if not gap["merged_into"] and start <= moment(gap["created_at"]) < end]
    return {"opened": len(made), "verified": changes.count("verified"), "reopened": changes.count("reopened")}


def open_ages(folder: Path, end: datetime, lang: str | None) -> list[float]:
    """Ages in days, replaying the history of every gap up to the end of the period."""
    status = {gap["id"]: "open" for gap in raw(folder, "gaps")}
    for event in sorted(raw(folder, "gap_history"), key=lambda event: event["id"]):
        if event["field"] == "status" and moment(event["at"]) < end:
            status[event["gap_id"]] = event["after"]
    return sorted(
        (end - moment(gap["created_at"])) / DAY
        for gap in raw(folder, "gaps")
        if not gap["merged_into"] and moment(gap["created_at"]) < end and lang in (None, gap["lang"])
        if status[gap["id"]] in ("open", "assigned", "drafted", "reopened")
    )


def countable(folder: Path, start: datetime, end: datetime, filters: dict[str, Any], utc_offset: int) -> dict[str, Any]:
    """The figures that outlive the questions, in the form of ``countable_of``."""
    questions = asked(folder, start, end, filters)
    votes = standing_votes(folder)
    ratings = [votes[question["id"]]["rating"] for question in questions if question["id"] in votes]
    outcomes = Counter(question["sent"]["outcome"] for question in questions)
    return {
        "questions": len(questions),
        "conversations": len({(q["sent"]["conversation_id"], q["at"].date()) for q in questions}),
        "visitors": len({(q["row"]["visitor"], q["at"].date()) for q in questions if q["row"]["visitor"]}),
        "outcomes": {name: (outcomes[name], len(questions)) for name in OUTCOMES},
        "resolution": resolution(folder, questions),
        "helpful": (ratings.count("up"), len(ratings)),
        "usage": article_use(folder, questions),
        "heat": heat(questions, utc_offset),
        "gaps": gap_events(folder, start, end, filters.get("lang")),
    }


def countable_of(figures: Kpis) -> dict[str, Any]:
    """The same figures as the report gave them."""
    return {
        "questions": figures.questions,
        "conversations": figures.conversations,
        "visitors": figures.visitors,
        "outcomes": {outcome.value: (share.count, share.of) for outcome, share in figures.outcomes.items()},
        "resolution": [
            (share.count, share.of)
            for bounds in (figures.self_service, figures.first_contact)
            for share in (bounds.pessimistic, bounds.optimistic)
        ],
        "helpful": (figures.helpful.count, figures.helpful.of),
        "usage": {
            article: {"cited": u.cited, "suggested": u.suggested, "up": u.up, "down": u.down}
            for article, u in figures.usage.items()
        },
        "heat": {(d, h): n for d, line in enumerate(figures.heat_map) for h, n in enumerate(line) if n},
        "gaps": {
            "opened": figures.gaps_opened,
            "verified": figures.gaps_verified,
            "reopened": figures.gaps_reopened,
        },
    }
