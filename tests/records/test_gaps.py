"""Gaps: counting people, ranking, paging, moving through their states, merging."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import timedelta

import numpy as np
import pytest
from answer_samples import Clock, document, prove

from kb.errors import ConflictError, InvalidInputError, NotFoundError
from kb.gaps.vocabulary import Cause, GapStatus, SignalKind
from kb.ids import new_id
from kb.records import Records, Signal
from kb.records.gaps import TRANSITIONS


def signal(gap: str, text: str = "How do I pay?", kind: SignalKind = SignalKind.NO_ANSWER, **more: object) -> Signal:
    return Signal(kind, gap, text, **{"lang": "en", "terms": ("pay",), **more})  # type: ignore[arg-type]


def test_a_signal_opens_its_gap_and_a_known_external_id_adds_nothing(records: Records) -> None:
    gap = new_id("gap")
    first = records.add_signal(signal(gap, external_id="bot:1", owner="docs"), channel="bot", visitor="v")
    again = records.add_signal(signal(new_id("gap"), external_id="bot:1"), channel="bot", visitor="v")
    assert first.created
    assert (again.created, again.id, again.gap_id) == (False, first.id, gap)
    found = records.get_gap(gap).summary
    assert (found.label, found.owner, found.status, found.cause) == (
        "How do I pay?",
        "docs",
        GapStatus.OPEN,
        Cause.MISSING,
    )
    assert found.signals == 1
    assert len(records.list_gaps().gaps) == 1


def test_questions_are_masked_and_wordings_counted(records: Records) -> None:
    gap = new_id("gap")
    for text in ("Mail bob@example.com", "mail BOB@example.com!", "else"):
        records.add_signal(signal(gap, text), channel="bot")
    found = records.get_gap(gap)
    assert [(q.text, q.count) for q in found.questions] == [("Mail [email]", 2), ("else", 1)]
    assert found.summary.label == "Mail [email]"


def test_people_are_visitors_else_conversations_within_28_days(records: Records, clock: Clock) -> None:
    gap = new_id("gap")
    for who in (
        {"visitor": "v1", "conversation_id": "c1"},
        {"visitor": "v1", "conversation_id": "c2"},
        {"conversation_id": "c3"},
        {"conversation_id": "c3"},
        {},
    ):
        records.add_signal(signal(gap), channel="api", **who)
    records.add_signal(signal(gap), channel="api", visitor="old", at=clock() - timedelta(days=28, seconds=1))
    records.add_signal(signal(gap, kind=SignalKind.ASKED_FOR_PERSON), channel="api", visitor="v1")
    found = records.get_gap(gap).summary
    assert (found.people, found.person_requests, found.signals) == (3, 1, 7)
    clock.advance(days=28, seconds=1)
    found = records.get_gap(gap).summary
    assert (found.people, found.person_requests, found.signals) == (0, 0, 7)


def test_the_board_is_sorted_by_people_then_requests_and_pages_completely(records: Records) -> None:
    rng = random.Random(7)
    gaps = [new_id("gap") for _ in range(23)]
    people: defaultdict[str, set[str]] = defaultdict(set)
    requests: defaultdict[str, int] = defaultdict(int)
    for _ in range(150):
        gap, who = rng.choice(gaps), f"v{rng.randrange(6)}"
        kind = rng.choice([SignalKind.NO_ANSWER, SignalKind.ASKED_FOR_PERSON])
        records.add_signal(signal(gap, kind=kind), channel="api", visitor=who)
        people[gap].add(who)
        requests[gap] += kind is SignalKind.ASKED_FOR_PERSON
    expected = sorted(people, key=lambda gap: (-len(people[gap]), -requests[gap], gap))
    seen: list[str] = []
    cursor = None
    while True:
        page = records.list_gaps(limit=5, cursor=cursor)
        seen += [gap.id for gap in page.gaps]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == expected
    assert {gap.id: gap.people for gap in records.list_gaps(limit=100).gaps} == {g: len(people[g]) for g in people}


def test_filters(records: Records) -> None:
    one, two = new_id("gap"), new_id("gap")
    records.add_signal(signal(one, owner="docs"), channel="api")
    records.add_signal(signal(two, "怎么付款", SignalKind.CROSS_LANGUAGE, lang="zh"), channel="api")
    records.update_gap(one, who="ann", status=GapStatus.DISMISSED)

    def ids(**filters: object) -> list[str]:
        return [gap.id for gap in records.list_gaps(**filters).gaps]  # type: ignore[arg-type]

    assert ids(status=[GapStatus.DISMISSED]) == [one]
    assert ids(status=[GapStatus.OPEN, GapStatus.DISMISSED]) == sorted([one, two])
    assert ids(cause=Cause.LANGUAGE) == [two]
    assert ids(owner="docs") == [one]
    assert ids(owner="") == [two]
    assert ids(lang="zh") == [two]
    assert ids(lang="zh", owner="docs") == []


@pytest.mark.parametrize("cursor", ["nonsense", "", "W10", "eyJhIjoxfQ"])
def test_a_foreign_cursor_is_refused(records: Records, cursor: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        records.list_gaps(cursor=cursor)
    assert caught.value.pointer == "/cursor"


def test_every_allowed_step_is_taken_and_written_down_and_no_other(records: Records) -> None:
    routes = {
        GapStatus.OPEN: [],
        GapStatus.ASSIGNED: [GapStatus.ASSIGNED],
        GapStatus.DRAFTED: [GapStatus.DRAFTED],
        GapStatus.RESOLVED: [GapStatus.RESOLVED],
        GapStatus.VERIFIED: [GapStatus.VERIFIED],
        GapStatus.REOPENED: [GapStatus.RESOLVED, GapStatus.REOPENED],
        GapStatus.DISMISSED: [GapStatus.DISMISSED],
    }
    assert set(TRANSITIONS) == set(routes) == set(GapStatus)
    for before, route in routes.items():
        for after in GapStatus:
            gap = new_id("gap")
            records.add_signal(signal(gap), channel="api")
            for status in route:
                if status is GapStatus.VERIFIED:
                    prove(records, gap)
                else:
                    records.update_gap(gap, who="ann", status=status)
            if after == before or after in TRANSITIONS[before]:
                found = records.update_gap(gap, who="ben", status=after, note="because")
                assert found.summary.status is after
                last = found.history[-1]
                changed = (last.who, last.field, last.before, last.after, last.note)
                assert after == before or changed == ("ben", "status", before.value, after.value, "because")
            else:
                with pytest.raises(ConflictError) as caught:
                    records.update_gap(gap, who="ben", status=after)
                named = () if after is GapStatus.VERIFIED else TRANSITIONS[before]
                assert all(status.value in caught.value.hint for status in named)
                assert records.get_gap(gap).summary.status is before


def test_naming_an_owner_assigns_and_an_empty_one_clears(records: Records) -> None:
    gap = new_id("gap")
    records.add_signal(signal(gap), channel="api")
    found = records.update_gap(gap, who="ann", owner="docs", label=" Paying ")
    assert (found.summary.status, found.summary.owner, found.summary.label) == (GapStatus.ASSIGNED, "docs", "Paying")
    assert records.update_gap(gap, who="ann", owner="").summary.owner is None
    with pytest.raises(InvalidInputError):
        records.update_gap(gap, who="ann", label="  ")
    with pytest.raises(NotFoundError):
        records.update_gap(new_id("gap"), who="ann", owner="docs")


def test_a_merged_gap_redirects_absorbs_and_keeps_its_representative(records: Records, clock: Clock) -> None:
    one, two, three = (new_id("gap") for _ in range(3))
    vector = np.array([0.6, 0.8], dtype=np.float32)
    records.add_signal(signal(one, "pay", vector=vector, encoder="m"), channel="api", visitor="a")
    clock.advance(seconds=1)
    records.add_signal(signal(two, "buy", terms=("buy",)), channel="api", visitor="a")
    clock.advance(seconds=1)
    records.add_signal(signal(three, "order", terms=("order",)), channel="api", visitor="b")
    records.merge_gaps(one, two, who="ann")
    found = records.merge_gaps(two, three, who="ann")
    assert found.summary.id == three
    assert (found.summary.people, found.summary.signals) == (2, 3)
    assert sorted(q.text for q in found.questions) == ["buy", "order", "pay"]
    late = records.add_signal(signal(one, "pay late"), channel="api", visitor="c")
    assert late.gap_id == three
    assert records.get_gap(one).summary.people == 3
    assert [gap.id for gap in records.list_gaps().gaps] == [three]
    cells = records.grouping.news(-1).cells
    assert [(cell.gap_id, cell.root) for cell in cells] == [(one, three), (two, three), (three, three)]
    assert [[w.terms for w in cell.wordings] for cell in cells] == [[("pay",), ("pay",)], [("buy",)], [("order",)]]
    first = cells[0].wordings[0]
    assert first.vector is not None
    np.testing.assert_allclose(first.vector, vector, atol=2e-4)
    assert (first.encoder, cells[1].wordings[0].vector) == ("m", None)
    with pytest.raises(ConflictError):
        records.merge_gaps(one, three, who="ann")
    with pytest.raises(NotFoundError):
        records.merge_gaps(new_id("gap"), three, who="ann")


def test_an_unknown_gap(records: Records) -> None:
    with pytest.raises(NotFoundError):
        records.get_gap(new_id("gap"))


def test_a_logged_answer_brings_its_signal_along(records: Records) -> None:
    gap = new_id("gap")
    sent = document(outcome="no_answer", gap_id=gap, conversation="cnv_1")
    records.log_answer(
        sent,
        channel="api",
        visitor="v",
        signals=[signal(gap, "How do I pay?", vector=np.ones(3, dtype=np.float32), encoder="m", article_id="en/pay")],
    )
    found = records.get_gap(gap)
    assert (found.summary.people, found.articles) == (1, (("en/pay", 1),))
    ((member,),) = (cell.wordings for cell in records.grouping.news(-1).cells)
    np.testing.assert_array_equal(member.vector, np.ones(3, dtype=np.float32))
