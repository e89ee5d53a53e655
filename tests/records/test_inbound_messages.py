"""A platform's messages: taken once, in order, and certain again when the platform repeats our own words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kb.records import Records

LEASE = timedelta(seconds=30)


class Clock:
    def __init__(self) -> None:
        self.at = datetime(2026, 11, 22, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def records(tmp_path: Path, clock: Clock) -> Records:
    return Records.open(tmp_path, clock=clock)


def test_a_repeated_delivery_is_taken_once(records: Records) -> None:
    assert records.inbound.take("m1", "c1", {"text": "x"})
    assert not records.inbound.take("m1", "c1", {"text": "x"})
    assert records.inbound.waiting() == 1


def test_messages_of_one_conversation_follow_each_other(records: Records) -> None:
    for message, conversation in (("m1", "c1"), ("m2", "c1"), ("m3", "c2")):
        records.inbound.take(message, conversation, {})
    claimed = [records.inbound.claim(LEASE) for _ in range(3)]
    assert {one.id for one in claimed if one} == {"m1", "m3"}
    records.inbound.answered("m1", [{"path": "/x"}], {"Yes": "u"})
    records.inbound.step_done("m1", 0, last=True)
    following = records.inbound.claim(LEASE)
    assert following is not None
    assert following.id == "m2"
    assert records.inbound.choices("c1") == {"Yes": "u"}


def test_who_is_killed_leaves_the_message_to_the_next(records: Records, clock: Clock) -> None:
    records.inbound.take("m1", "c1", {"text": "x"})
    assert records.inbound.claim(LEASE) is not None
    assert records.inbound.claim(LEASE) is None
    clock.at += LEASE
    again = records.inbound.claim(LEASE)
    assert again is not None
    assert again.asked == {"text": "x"}


def test_our_own_words_make_a_lost_answer_certain(records: Records) -> None:
    records.inbound.take("m1", "c1", {})
    records.inbound.claim(LEASE)
    records.inbound.answered("m1", [{"n": 1}, {"n": 2}], {})
    records.inbound.begin("m1", "hash")
    records.inbound.failed("m1", "no answer in time", timedelta(seconds=10))
    assert not records.inbound.heard("c1", "other")
    assert not records.inbound.heard("c2", "hash")
    assert records.inbound.heard("c1", "hash")
    assert records.inbound.done_of("m1") == 1
    assert not records.inbound.heard("c1", "hash")


def test_nothing_that_was_said_is_kept_after_the_answer(records: Records, tmp_path: Path) -> None:
    records.inbound.take("m1", "c1", {"text": "my secret errand"})
    records.inbound.claim(LEASE)
    records.inbound.answered("m1", [{"content": "a secret answer"}], {})
    records.inbound.step_done("m1", 0, last=True)
    records.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("records.db*"))
    assert b"secret errand" not in kept
    assert b"secret answer" not in kept


def test_what_is_given_up_does_not_hold_up_the_next(records: Records) -> None:
    records.inbound.take("m1", "c1", {})
    records.inbound.take("m2", "c1", {})
    records.inbound.claim(LEASE)
    records.inbound.failed("m1", "status 404", None)
    following = records.inbound.claim(LEASE)
    assert following is not None
    assert following.id == "m2"


def test_old_messages_are_forgotten_and_waiting_ones_are_not(records: Records, clock: Clock) -> None:
    records.inbound.take("m1", "c1", {})
    records.inbound.take("m2", "c2", {})
    records.inbound.failed("m1", "gone", None)
    clock.at += timedelta(days=31)
    assert records.inbound.prune() == 1
    assert records.inbound.waiting() == 1
