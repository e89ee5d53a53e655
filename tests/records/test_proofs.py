"""Publications, births of statements, checks and what they decide, as the database keeps them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from answer_samples import Clock

from kb.errors import NotFoundError
from kb.gaps.telling import tell
from kb.gaps.vocabulary import GapStatus, SignalKind
from kb.ids import new_id
from kb.records import Records, Signal
from kb.records.checks import Check
from kb.records.history import Ruling
from kb.records.proofs import WatchedGap
from kb.records.publications import Contents, Publication
from kb.records.signals import REOPENING_DAYS, REOPENING_PEOPLE
from kb.types import Outcome


def signal(gap: str, text: str = "How do I pay?", kind: SignalKind = SignalKind.NO_ANSWER) -> Signal:
    return Signal(kind, gap, text, lang="en", terms=("pay",))


def publish(records: Records, clock: Clock, revision: str, said: dict[str, str]) -> Publication | None:
    """Publish articles that each make one statement, which is its own digest."""

    def statements(articles: Sequence[str]) -> Iterable[bytes]:
        return [said[article].encode() for article in articles]

    at = int(clock().timestamp() * 1000)
    return records.publications.record(Contents(revision, said, len(said)), at, statements)


def test_the_first_snapshot_was_always_there_and_later_ones_bring_what_they_add(records: Records, clock: Clock) -> None:
    first = publish(records, clock, "r-1", {"a": "one", "b": "two"})
    assert first is not None
    assert (first.added, first.changed, first.removed) == ((), (), ())
    assert publish(records, clock, "r-1", {"a": "one", "b": "two"}) is None
    clock.advance(hours=1)
    second = publish(records, clock, "r-2", {"a": "uno", "c": "two"})
    assert second is not None
    assert (second.added, second.changed, second.removed) == (("c",), ("a",), ("b",))
    later = int(clock().timestamp() * 1000)
    # "two" has moved to another article: that makes it no newer.
    assert records.publications.births([b"one", b"two", b"uno", b"never"]) == {b"one": 0, b"two": 0, b"uno": later}


def test_a_snapshot_that_comes_back_is_a_publication_of_its_own(records: Records, clock: Clock) -> None:
    publish(records, clock, "r-1", {"a": "one"})
    clock.advance(hours=1)
    publish(records, clock, "r-2", {"a": "two", "b": "more"})
    clock.advance(hours=1)
    back = publish(records, clock, "r-1", {"a": "one"})
    assert back is not None
    assert (back.changed, back.removed) == (("a",), ("b",))
    assert records.publications.births([b"one"]) == {b"one": 0}
    edits = records.publications.edits_after("r-2")
    assert [(edit.article_id, edit.kind, edit.revision, edit.at) for edit in edits] == [
        ("b", "removed", "r-1", clock()),
        ("a", "changed", "r-1", clock()),
    ]
    assert records.publications.edits_after("r-1") == []
    assert len(records.publications.edits_after("r-unknown")) == 4


def test_a_publication_stays_unchecked_until_it_is_marked(records: Records, clock: Clock) -> None:
    assert records.publications.unchecked() is None
    publish(records, clock, "r-1", {"a": "one"})
    publish(records, clock, "r-2", {"a": "two"})
    waiting = records.publications.unchecked()
    assert waiting is not None
    assert waiting.revision == "r-2"
    records.publications.mark_checked(waiting.seq)
    assert records.publications.unchecked() is None
    newest = records.publications.newest()
    assert newest is not None
    assert newest.checked_at == clock()


def check(gap: WatchedGap, clock: Clock, *, passed: bool = True) -> list[Check]:
    return [
        Check(
            w.gap_id, w.key, w.text, w.lang, clock(), "r-2", Outcome.ANSWERED if passed else Outcome.NO_ANSWER,
            None, 0.9, passed, passed, "en/pay", "en/pay#.0", "sha256:0", "By card.",
        )
        for w in gap.wordings
    ]  # fmt: skip


def test_checks_and_ruling_are_kept_together_and_name_the_gap(records: Records, clock: Clock) -> None:
    gap_id = new_id("gap")
    records.add_signal(signal(gap_id), channel="api")
    gap = records.proofs.gap(gap_id)
    assert (gap.status, [w.text for w in gap.wordings], gap.checks) == (GapStatus.OPEN, ["How do I pay?"], {})
    assert records.proofs.settle(gap, check(gap, clock), Ruling(GapStatus.VERIFIED, "By card."))
    [found] = records.proofs.checks(gap_id)
    assert found == check(gap, clock)[0]
    summary = records.get_gap(gap_id)
    assert summary.summary.status is GapStatus.VERIFIED
    last = summary.history[-1]
    assert (last.who, last.before, last.after, last.note) == ("system", "open", "verified", "By card.")


def test_a_ruling_loses_against_a_person_who_was_quicker(records: Records, clock: Clock) -> None:
    gap_id = new_id("gap")
    records.add_signal(signal(gap_id), channel="api")
    gap = records.proofs.gap(gap_id)
    records.update_gap(gap_id, who="ann", status=GapStatus.DISMISSED, note="Not ours.")
    assert not records.proofs.settle(gap, check(gap, clock), Ruling(GapStatus.VERIFIED, "By card."))
    assert records.get_gap(gap_id).summary.status is GapStatus.DISMISSED
    assert len(records.proofs.checks(gap_id)) == 1


def test_an_erased_wording_is_not_checked_any_more(records: Records, clock: Clock) -> None:
    gap_id = new_id("gap")
    records.add_signal(signal(gap_id), channel="api", conversation_id="c1")
    records.add_signal(signal(gap_id, "Paying by card"), channel="api", conversation_id="c2")
    gap = records.proofs.gap(gap_id)
    records.proofs.settle(gap, check(gap, clock), None)
    records.erase(conversation_id="c1")
    assert [found.question for found in records.proofs.checks(gap_id)] == ["Paying by card"]
    records.proofs.settle(gap, check(gap, clock), None)  # asked before the erasure, stored after it
    assert [found.question for found in records.proofs.checks(gap_id)] == ["Paying by card"]


def test_a_note_does_not_keep_the_words_of_a_question_that_was_erased(records: Records) -> None:
    gap_id = new_id("gap")
    for text, conversation in (("How do I pay?", "c1"), ("Paying by card", "c2")):
        records.add_signal(signal(gap_id, text), channel="api", conversation_id=conversation)
    note = "“How do I pay?” gets no sure answer. “Paying by card” gets no sure answer."
    records.proofs.settle(records.proofs.gap(gap_id), [], Ruling(GapStatus.REOPENED, note))
    records.erase(conversation_id="c1")
    [kept] = [event.note for event in records.get_gap(gap_id).history if event.field == "status"]
    assert kept == "“[removed]” gets no sure answer. “Paying by card” gets no sure answer."


def test_kept_values_do_not_hold_the_words_of_a_question_that_was_erased(records: Records) -> None:
    gap_id, asked = new_id("gap"), 'How do I "pay"\\?'
    for text, conversation in ((asked, "c1"), ("Paying by card", "c2")):
        records.add_signal(signal(gap_id, text), channel="api", conversation_id=conversation)
    told = tell("lost_words", question=f"“{asked}”") + tell("lost_words", question="“Paying by card”")
    records.proofs.settle(records.proofs.gap(gap_id), [], Ruling(GapStatus.REOPENED, told.kept()))
    records.erase(conversation_id="c1")
    [kept] = [event.told for event in records.get_gap(gap_id).history if event.field == "status"]
    assert kept is not None
    assert kept.words("zh").startswith("“[removed]” 仍有回答")
    assert "“Paying by card” is still answered" in kept.words()


def test_wordings_are_the_newest_most_asked_first_and_old_ones_count_only_without_new_ones(
    records: Records, clock: Clock
) -> None:
    gap_id = new_id("gap")
    records.add_signal(signal(gap_id, "old"), channel="api")
    clock.advance(days=91)
    assert [w.text for w in records.proofs.gap(gap_id).wordings] == ["old"]
    for text in ("new", "often", "often"):
        records.add_signal(signal(gap_id, text), channel="api")
        clock.advance(seconds=1)
    assert [(w.text, w.count) for w in records.proofs.gap(gap_id).wordings] == [("often", 2), ("new", 1)]
    for n in range(60):
        records.add_signal(signal(gap_id, f"wording {n}"), channel="api")
        clock.advance(seconds=1)
    wordings = records.proofs.gap(gap_id).wordings
    assert len(wordings) == 50
    assert {w.text for w in wordings} == {f"wording {n}" for n in range(10, 60)}


def test_claimed_gaps_are_watched_first_and_dismissed_ones_not_at_all(records: Records, clock: Clock) -> None:
    opened, claimed, verified, dismissed = (new_id("gap") for _ in range(4))
    for gap_id in (opened, claimed, verified, dismissed):
        records.add_signal(signal(gap_id), channel="api")
    records.proofs.settle(records.proofs.gap(verified), [], Ruling(GapStatus.VERIFIED, ""))
    records.update_gap(dismissed, who="ann", status=GapStatus.DISMISSED, note="Not ours.")
    assert records.proofs.claim(claimed, "en/pay", "r-2")
    assert records.proofs.watched() == [claimed, verified, opened]


def test_an_article_claims_open_gaps_only(records: Records) -> None:
    gap_id = new_id("gap")
    assert not records.proofs.claim(gap_id, "en/pay", "r-2")
    with pytest.raises(NotFoundError):
        records.proofs.gap(gap_id)
    records.add_signal(signal(gap_id), channel="api")
    assert records.proofs.claim(gap_id, "en/pay", "r-2")
    found = records.get_gap(gap_id)
    assert found.summary.status is GapStatus.RESOLVED
    assert found.history[-1].note == "en/pay says in its front matter that it resolves this (r-2)."
    assert not records.proofs.claim(gap_id, "en/pay", "r-2")


def verified(records: Records) -> str:
    gap_id = new_id("gap")
    records.add_signal(signal(gap_id), channel="api", visitor="first")
    records.proofs.settle(records.proofs.gap(gap_id), [], Ruling(GapStatus.VERIFIED, ""))
    return gap_id


def test_three_people_within_a_week_reopen_a_verified_gap(records: Records, clock: Clock) -> None:
    gap_id = verified(records)
    for person in ("one", "one", "two"):
        clock.advance(hours=1)
        records.add_signal(signal(gap_id), channel="api", visitor=person)
    assert records.get_gap(gap_id).summary.status is GapStatus.VERIFIED
    records.add_signal(signal(gap_id, kind=SignalKind.STALE_CITATION), channel="api", visitor="three")
    assert records.get_gap(gap_id).summary.status is GapStatus.VERIFIED
    clock.advance(hours=1)
    records.add_signal(signal(gap_id), channel="api", visitor="three")
    found = records.get_gap(gap_id)
    assert found.summary.status is GapStatus.REOPENED
    [note] = [event.note for event in found.history if event.after == "reopened"]
    assert note == "3 people met the same need again within 7 days."
    # What had closed it did not help them: only newer text closes it again.
    assert records.proofs.gap(gap_id).text_since == int(clock().timestamp() * 1000)


def test_people_who_come_one_a_week_do_not_reopen(records: Records, clock: Clock) -> None:
    gap_id = verified(records)
    for n in range(2 * REOPENING_PEOPLE):
        clock.advance(days=REOPENING_DAYS / 2, minutes=1)
        records.add_signal(signal(gap_id), channel="api", visitor=f"person {n}")
    assert records.get_gap(gap_id).summary.status is GapStatus.VERIFIED


def test_who_asked_before_the_proof_does_not_count_against_it(records: Records, clock: Clock) -> None:
    gap_id = verified(records)
    for n in range(REOPENING_PEOPLE):
        records.add_signal(signal(gap_id), channel="api", visitor=f"v{n}", at=clock() - timedelta(hours=1))
    assert records.get_gap(gap_id).summary.status is GapStatus.VERIFIED


def test_a_failed_question_reopens_without_making_its_text_old(records: Records, clock: Clock) -> None:
    gap_id = verified(records)
    before = records.proofs.gap(gap_id)
    clock.advance(days=1)
    records.proofs.settle(before, [], Ruling(GapStatus.REOPENED, "en/pay was removed."))
    after = records.proofs.gap(gap_id)
    assert after == replace(before, status=GapStatus.REOPENED)


def test_a_lease_is_held_by_one_until_it_ends_or_is_given_back(records: Records, clock: Clock) -> None:
    leases = records.leases
    assert leases.take("checks", "a", 1000)
    assert leases.take("checks", "a", 1000)
    assert not leases.take("checks", "b", 1000)
    assert leases.take("other", "b", 1000)
    clock.advance(seconds=1)
    assert leases.take("checks", "b", 1000)
    leases.release("checks", "a")
    assert not leases.take("checks", "a", 1000)
    leases.release("checks", "b")
    assert leases.take("checks", "a", 1000)
