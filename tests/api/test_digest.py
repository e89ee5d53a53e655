"""What one owner should know this week."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from api.digest import Digest, owner_digest
from kb.errors import IndexMissingError
from kb.gaps.vocabulary import GapStatus, SignalKind
from kb.index.live import LiveIndex
from kb.records import Records, Signal
from kb.records.history import Ruling, rule
from kb.records.rows import GapChange
from tests.records.answer_samples import Clock, document

WEEK = timedelta(days=7)


@dataclass
class _Article:
    id: str
    owner: str | None
    title: str = "An article"
    lang: str = "en"
    review_due_on: date | None = None


class _Live:
    """Stands for an index with these articles, or for none."""

    def __init__(self, *articles: _Article) -> None:
        self.articles = {article.id: article for article in articles}

    def current(self) -> Any:
        if not self.articles:
            raise IndexMissingError("nothing")
        return self


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def records(tmp_path: Path, clock: Clock) -> Iterator[Records]:
    with Records.open(tmp_path, clock=clock) as opened:
        yield opened


def digest(records: Records, clock: Clock, *names: str, live: _Live | None = None, everybody: bool = False) -> Digest:
    chosen = None if everybody else names
    return owner_digest(records, cast("LiveIndex", live or _Live()), chosen, clock() - WEEK, clock())


def add_gap(records: Records, gap_id: str, owner: str | None = "billing", people: int = 1) -> None:
    for person in range(people):
        signal = Signal(SignalKind.NO_ANSWER, gap_id, f"Question of {gap_id}?", "en", owner=owner)
        records.add_signal(signal, channel="api", visitor=f"visitor {person}", at=records._clock())


def verify(records: Records, gap_id: str) -> None:
    """Let a gap be verified, as only a check of its questions does it."""
    with records._db.writing() as connection:
        rule(connection, gap_id, GapStatus.RESOLVED, Ruling(GapStatus.VERIFIED, "Answered."), records._now())


def ids(gaps: Any) -> list[str]:
    return [gap.id for gap in gaps]


def change(records: Records, gap_id: str, *statuses: GapStatus) -> None:
    for status in statuses:
        if status is GapStatus.VERIFIED:
            records.proofs.settle(records.proofs.gap(gap_id), [], Ruling(status, ""))
        else:
            records.update_gap(gap_id, who="x", status=status)


def test_an_owner_is_told_of_own_gaps_by_people_and_of_nobody_elses(records: Records, clock: Clock) -> None:
    add_gap(records, "gap_a", people=2)
    add_gap(records, "gap_b", people=5)
    add_gap(records, "gap_c", owner="security", people=9)
    add_gap(records, "gap_d", owner=None, people=7)
    records.change_gap("gap_d", GapChange(assignee="Ada"), who="x")
    assert ids(digest(records, clock, "billing", "Ada").open) == ["gap_d", "gap_b", "gap_a"]
    assert ids(digest(records, clock, everybody=True).open) == ["gap_c", "gap_d", "gap_b", "gap_a"]
    assert digest(records, clock).is_empty
    assert digest(records, clock, "nobody").is_empty


def test_what_happened_this_week_is_told_apart(records: Records, clock: Clock) -> None:
    for gap_id in ("gap_verified", "gap_reopened", "gap_old", "gap_older"):
        add_gap(records, gap_id)
    clock.advance(days=8)
    change(records, "gap_verified", GapStatus.RESOLVED)
    verify(records, "gap_verified")
    change(records, "gap_reopened", GapStatus.RESOLVED, GapStatus.REOPENED)
    add_gap(records, "gap_new")
    add_gap(records, "gap_noise")
    change(records, "gap_noise", GapStatus.DISMISSED)
    clock.advance(days=1)
    found = digest(records, clock, "billing")
    assert (ids(found.new), ids(found.reopened), ids(found.verified)) == (
        ["gap_new"],
        ["gap_reopened"],
        ["gap_verified"],
    )
    assert found.open_total == 4
    assert not found.is_empty


def test_due_days_are_told_before_and_after(records: Records, clock: Clock) -> None:
    today = clock().date()
    for gap_id, days in (("gap_late", -1), ("gap_today", 0), ("gap_soon", 7), ("gap_later", 8)):
        add_gap(records, gap_id)
        records.change_gap(gap_id, GapChange(due_on=(today + timedelta(days=days)).isoformat()), who="x")
    found = digest(records, clock, "billing")
    assert ids(found.overdue) == ["gap_late"]
    assert sorted(ids(found.due)) == ["gap_soon", "gap_today"]


def test_articles_are_told_when_they_are_overdue_and_read_or_voted_down(records: Records, clock: Clock) -> None:
    yesterday = clock().date() - timedelta(days=1)
    live = _Live(
        _Article("en/read", "billing", review_due_on=yesterday),
        _Article("en/unread", "billing", review_due_on=yesterday),
        _Article("en/fresh", "billing", review_due_on=clock().date()),
        _Article("en/bad", "billing"),
        _Article("en/mixed", "billing"),
        _Article("en/else", "security", review_due_on=yesterday),
    )
    for number, (article, rating) in enumerate(
        [("read", None), ("fresh", None), ("else", "down"), ("bad", "down"), ("mixed", "up"), ("mixed", "down")]
    ):
        at = f"{clock():%Y-%m-%dT%H:%M:%SZ}"
        records.log_answer(document(f"ans_{number}", article=f"en/{article}", at=at), channel="api")
        if rating:
            records.vote(f"ans_{number}", cast("Any", rating))
    clock.advance(hours=1)
    found = digest(records, clock, "billing", live=live)
    assert [(line.article_id, line.read) for line in found.stale] == [("en/read", 1)]
    assert [(line.article_id, line.down) for line in found.voted_down] == [("en/bad", 1)]


def test_time_alone_changes_nothing_and_one_more_question_does(records: Records, clock: Clock) -> None:
    clock.advance(days=-20)
    add_gap(records, "gap_a", people=3)
    clock.advance(days=20)
    first = digest(records, clock, "billing")
    clock.advance(days=9)  # beyond the 28 days in which people count
    second = digest(records, clock, "billing")
    assert first.open[0].people > second.open[0].people
    assert first.content == second.content
    add_gap(records, "gap_a")
    assert digest(records, clock, "billing").content != first.content
    assert replace(first, open_total=2).content != first.content


def test_a_week_is_settled_once(records: Records, clock: Clock) -> None:
    user = records.users.add("Ada", "three plain words")
    assert records.digests.last_sent(user.id) is None
    records.digests.settle(user.id, "2026-W47", sent=True, content="a", until=clock())
    records.digests.settle(user.id, "2026-W47", sent=False, content="b", until=clock())
    clock.advance(days=7)
    records.digests.settle(user.id, "2026-W48", sent=False, content="a", until=clock())
    last = records.digests.last_sent(user.id)
    assert last is not None
    assert (last.week, last.at, last.content) == ("2026-W47", datetime(2026, 11, 22, 12, tzinfo=clock().tzinfo), "a")
    assert records.digests.is_settled(user.id, "2026-W48")
    assert not records.digests.is_settled(user.id, "2026-W49")
