"""How many conversations go to a person, and that owners are told of too many once."""

from __future__ import annotations

from answer_samples import Clock, document

from kb.records import Records
from kb.records.figures import Share


def talk(records: Records, conversation: str, *outcomes: str, at: str = "2026-11-20T10:00:00Z") -> None:
    for outcome in outcomes:
        records.log_answer(document(outcome=outcome, conversation=conversation, at=at), channel="web")
    records.flush()


def test_a_conversation_counts_once_however_often_it_was_handed_over(records: Records) -> None:
    talk(records, "cnv_a", "answered", "handoff", "handoff")
    talk(records, "cnv_b", "answered", "no_answer")
    talk(records, "cnv_old", "handoff", at="2026-11-10T10:00:00Z")
    assert records.handed_over.share(7) == Share(1, 2)
    assert records.handed_over.share(30) == Share(2, 3)


def test_nobody_asked_anything(records: Records) -> None:
    assert records.handed_over.share(7) == Share(0, 0)


def test_owners_are_told_once_in_a_period(records: Records, clock: Clock) -> None:
    def told() -> bool:
        return records.handed_over.note_high(Share(30, 100), above=0.2, days=7)

    assert [told(), told()] == [True, False]
    clock.advance(days=6)
    assert not told()
    clock.advance(days=2)
    assert told()
    first = records.events.newest()[-1]
    assert first.kind == "handoff.share_high"
    assert first.payload == {"handed_over": 30, "conversations": 100, "share": 0.3, "above": 0.2, "days": 7}
