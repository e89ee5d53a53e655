"""The outbox: events in the transaction of what happened, their deliveries, and what is kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from answer_samples import Clock, document, prove

from kb.errors import ConflictError, NotFoundError
from kb.gaps.vocabulary import GapStatus, SignalKind
from kb.records import Records, Signal
from kb.records.events import KEPT_DAYS, KEPT_FAILED_DAYS, Event, StaleArticle
from kb.records.publications import Contents

A, B = "https://a.example/hook", "https://b.example/hook"


def add_gap(records: Records, gap_id: str = "gap_a", **values: Any) -> None:
    values = {"question": "Do you ship to Norway?", "lang": "en", **values}
    records.add_signal(Signal(SignalKind.NO_ANSWER, gap_id, **values), channel="api", conversation_id="cnv_1")


def told(records: Records) -> list[str]:
    """Kinds of all events, oldest first."""
    return [event.kind for event in reversed(records.events.newest())]


def newest(records: Records) -> Event:
    return records.events.newest(1)[0]


def no_statements(articles: Sequence[str]) -> list[bytes]:
    return []


def test_each_change_of_a_gap_is_one_event_with_what_holds_afterwards(records: Records, clock: Clock) -> None:
    add_gap(records)
    changes: list[tuple[dict[str, Any], str]] = [
        ({"owner": "shipping"}, "gap.assigned"),
        ({"status": GapStatus.RESOLVED, "note": "Written."}, "gap.resolved"),
        ({}, "gap.verified"),
        ({"status": GapStatus.REOPENED}, "gap.reopened"),
        ({"status": GapStatus.DISMISSED}, "gap.dismissed"),
        ({"status": GapStatus.REOPENED}, "gap.reopened"),
        ({"owner": "warehouse"}, "gap.assigned"),
    ]
    for change, _ in changes:
        clock.advance(seconds=1)
        if change:
            records.update_gap("gap_a", who="Ada", **change)
        else:
            prove(records, "gap_a")
    assert told(records) == ["gap.opened", *(kind for _, kind in changes)]
    last = newest(records)
    assert last.at == clock.now
    assert last.payload == {
        "gap_id": "gap_a",
        "who": "Ada",
        "note": "",
        "label": "Do you ship to Norway?",
        "lang": "en",
        "status": "assigned",
        "owner": "warehouse",
        "assignee": None,
        "due_on": None,
        "dismissed_reason": None,
    }


def test_what_is_no_news_makes_no_event(records: Records) -> None:
    add_gap(records)
    add_gap(records)
    records.update_gap("gap_a", who="Ada", label="Norway", note="only words")
    records.update_gap("gap_a", who="Ada", status=GapStatus.DRAFTED)
    assert told(records) == ["gap.opened"]


@pytest.mark.parametrize("status", [GapStatus.DISMISSED, GapStatus.RESOLVED])
def test_nobody_is_told_of_a_gap_on_which_there_is_nothing_to_do(records: Records, status: GapStatus) -> None:
    add_gap(records)
    records.update_gap("gap_a", who="Ada", status=status)
    records.update_gap("gap_a", who="Ada", owner="shipping")
    assert told(records) == ["gap.opened", f"gap.{status}"]


def test_a_gap_that_is_split_off_is_told_by_its_name(records: Records) -> None:
    add_gap(records)
    add_gap(records, question="Can I pay by card?")
    made = records.merging.split("gap_a", ["Can I pay by card?"], who="Ada")
    opened = next(event for event in records.events.newest() if event.payload["gap_id"] == made.summary.id)
    assert (opened.kind, opened.payload["label"], opened.payload["lang"]) == ("gap.opened", "Can I pay by card?", "en")


def test_a_change_that_is_refused_leaves_no_event(records: Records) -> None:
    add_gap(records)
    with pytest.raises(ConflictError):
        records.update_gap("gap_a", who="Ada", status=GapStatus.VERIFIED)
    assert told(records) == ["gap.opened"]


def test_votes_are_told_without_anybodys_words(records: Records) -> None:
    records.log_answer(document("ans_1"), channel="api")
    records.vote("ans_1", "down", reasons=["outdated"], comment="My name is Ada")
    records.vote("ans_1", "up")
    records.vote("ans_1", None)
    up, down = records.events.newest()
    assert down.payload == {
        "answer_id": "ans_1",
        "rating": "down",
        "reasons": ["outdated"],
        "created": True,
        "lang": "en",
        "article_id": "en/account/reset",
        "gap_id": None,
    }
    assert (up.payload["rating"], up.payload["created"]) == ("up", False)


def test_a_published_index_is_told_once(records: Records) -> None:
    contents = Contents("r-1", {"en/a": "h"}, 3)
    assert records.publications.record(contents, 1000, no_statements) is not None
    assert records.publications.record(contents, 2000, no_statements) is None
    records.publications.record(Contents("r-2", {"en/a": "h2", "en/b": "h"}, 5), 3000, no_statements)
    assert told(records) == ["index.updated", "index.updated"]
    payload = newest(records).payload
    assert payload == {
        "revision": "r-2", "articles": 2, "passages": 5, "added": ["en/b"], "changed": ["en/a"], "removed": [],
    }  # fmt: skip


def test_an_overdue_article_is_told_once_for_each_due_date(records: Records) -> None:
    article = StaleArticle("en/a", "A", "docs", date(2026, 11, 1))
    assert records.events.note_stale([article]) == 1
    assert records.events.note_stale([article]) == 0
    assert records.events.note_stale([StaleArticle("en/a", "A", "docs", date(2027, 5, 1))]) == 1
    assert told(records) == ["article.stale"] * 2


def test_erased_words_leave_the_events_too(records: Records, tmp_path: Path) -> None:
    add_gap(records)
    assert newest(records).payload["label"] == "Do you ship to Norway?"
    records.erase(conversation_id="cnv_1")
    assert "label" not in newest(records).payload
    assert b"Norway" not in b"".join(path.read_bytes() for path in tmp_path.glob("records.db*"))


def test_each_receiver_gets_what_happens_from_its_configuration_on(records: Records, clock: Clock) -> None:
    add_gap(records, "gap_0")
    records.events.configure([A])
    add_gap(records, "gap_1")
    records.events.configure([A, B])
    add_gap(records, "gap_2")

    def drain(target: str) -> list[str]:
        got = []
        while delivery := records.events.claim(target, lease=60):
            got.append(delivery.payload["gap_id"])
            records.events.delivered(delivery)
        return got

    assert (drain(A), drain(B)) == (["gap_1", "gap_2"], ["gap_2"])
    add_gap(records, "gap_3")
    records.events.configure([A])
    assert (drain(A), drain(B)) == (["gap_3"], [])
    assert records.events.claim("https://unknown.example", lease=60) is None


def test_a_claimed_delivery_is_nobody_elses_until_the_lease_is_over(records: Records, clock: Clock) -> None:
    records.events.configure([A])
    add_gap(records)
    first = records.events.claim(A, lease=60)
    assert first is not None
    assert first.attempts == 1
    assert records.events.claim(A, lease=60) is None
    clock.advance(seconds=60)
    again = records.events.claim(A, lease=60)
    assert again is not None
    assert (again.event_id, again.attempts) == (first.event_id, 2)


def test_what_is_given_up_is_listed_and_can_be_sent_anew(records: Records, clock: Clock) -> None:
    records.events.configure([A])
    add_gap(records)
    delivery = records.events.claim(A, lease=60)
    assert delivery is not None
    records.events.failed(delivery, "500", retry_in=5)
    assert records.events.newest(failed=True) == []
    assert records.events.claim(A, lease=60) is None
    clock.advance(seconds=5)
    delivery = records.events.claim(A, lease=60)
    assert delivery is not None
    records.events.failed(delivery, "x" * 1000, retry_in=None)
    (dead,) = records.events.newest(failed=True)
    report = dead.deliveries[0]
    assert (report.state, report.attempts, len(report.last_error)) == ("failed", 2, 300)
    with pytest.raises(NotFoundError):
        records.events.retry("evt_unknown")
    assert records.events.retry(dead.id) == 1
    fresh = records.events.claim(A, lease=60)
    assert fresh is not None
    assert fresh.attempts == 1
    records.events.delivered(fresh)
    assert records.events.retry() == 0


def test_old_events_go_when_nothing_waits_for_them(records: Records, clock: Clock) -> None:
    records.events.configure([A])
    for name in ("delivered", "waiting", "failed"):
        add_gap(records, name)
        delivery = records.events.claim(A, lease=60)
        assert delivery is not None
        if name == "delivered":
            records.events.delivered(delivery)
        elif name == "failed":
            records.events.failed(delivery, "500", retry_in=None)
    clock.advance(days=KEPT_DAYS, seconds=-1)
    assert records.events.prune() == 0
    clock.advance(seconds=2)
    assert records.events.prune() == 1
    clock.advance(days=KEPT_FAILED_DAYS - KEPT_DAYS)
    assert records.events.prune() == 1
    assert [event.payload["gap_id"] for event in records.events.newest()] == ["waiting"]


def test_without_receivers_old_events_go_and_new_ones_never_take_their_place(records: Records, clock: Clock) -> None:
    add_gap(records, "gap_1")
    clock.advance(days=KEPT_DAYS, seconds=1)
    assert records.events.prune() == 1
    records.events.configure([A])
    add_gap(records, "gap_2")
    delivery = records.events.claim(A, lease=60)
    assert delivery is not None
    assert delivery.payload["gap_id"] == "gap_2"
