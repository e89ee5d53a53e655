"""Grouping and owners' decisions over one database: ids stay, every question is in one gap, and what was decided binds."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from answer_samples import Clock, document
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.errors import ConflictError, InvalidInputError, NotFoundError, StorageError
from kb.gaps.grouping import Assignment, GapDirectory
from kb.gaps.regroup import Ruled, regroup
from kb.gaps.vocabulary import GapStatus, SignalKind
from kb.records import Records, Signal
from kb.records.questions import question_key
from kb.regrouping import Regrouper
from kb.types import FloatArray

WORDS = ("refund", "invoice", "password")
TEXTS = tuple(f"{word} {number}" for word in WORDS for number in range(4))


def vector_of(text: str, noise: float = 0.35) -> FloatArray:
    """Near to those of the same word: a cosine of about 0.9."""
    word, number = text.split()
    base = np.random.default_rng(len(word)).normal(size=32)
    own = np.random.default_rng(100 * len(word) + int(number)).normal(size=32)
    vector = (base + noise * own).astype(np.float32)
    return vector / np.float32(np.linalg.norm(vector))


class Desk:
    """A process: a directory over shared records."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self.directory = GapDirectory(source=records.grouping.news)

    def look(self, text: str, directory: GapDirectory | None = None) -> Assignment:
        chosen = self.directory if directory is None else directory
        return chosen.assign(tuple(text.split()), vector_of(text), "en", encoder="m", key=question_key(text))

    def ask(self, text: str) -> str:
        found = self.look(text)
        signal = Signal(
            SignalKind.NO_ANSWER,
            found.gap_id,
            text,
            "en",
            terms=tuple(text.split()),
            vector=vector_of(text),
            encoder="m",
            cell=found.cell,
        )
        return self.records.add_signal(signal, channel="api", visitor=text).gap_id


@contextmanager
def opened() -> Iterator[Records]:
    with tempfile.TemporaryDirectory() as folder, Records.open(Path(folder), clock=Clock()) as records:
        yield records


def place_of(records: Records, text: str) -> str:
    """The only gap that has the question."""
    gaps = [gap.id for gap in records.list_gaps(limit=1000).gaps]
    having = [gap_id for gap_id in gaps if any(q.text == text for q in records.get_gap(gap_id).questions)]
    assert len(having) == 1, (text, having)
    return having[0]


ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("ask"), st.sampled_from(TEXTS), st.booleans()),
        st.tuples(st.just("merge"), st.sampled_from(TEXTS), st.sampled_from(TEXTS)),
        st.tuples(st.just("split"), st.sampled_from(TEXTS), st.just(None)),
        st.tuples(st.just("rename"), st.sampled_from(TEXTS), st.just(None)),
        st.tuples(st.just("regroup"), st.just(""), st.just(None)),
    ),
    max_size=14,
)


@settings(deadline=None, max_examples=20)
@given(ACTIONS)
def test_whatever_happens_every_question_is_in_one_gap_and_decisions_hold(actions: list[tuple[str, Any, Any]]) -> None:
    with opened() as records:
        desks = Desk(records), Desk(records)
        asked: dict[str, int] = {}
        promised: set[str] = set()
        apart: list[tuple[str, str]] = []  # questions that an owner has put into different gaps
        names: dict[str, str] = {}
        for action, one, other in actions:
            if action == "ask":
                promised.add(desks[other].ask(one))
                asked[one] = asked.get(one, 0) + 1
            elif action == "regroup":
                Regrouper(records, desks[0].directory).run(now=True)
            elif one in asked:
                before = place_of(records, one)
                if action == "rename":
                    names[before] = f"Name {one}"
                    records.update_gap(before, who="ann", label=names[before])
                elif action == "merge" and other in asked and place_of(records, other) != before:
                    lost = place_of(records, other)
                    records.merging.merge([lost], before, who="ann")
                    apart = [pair for pair in apart if len({place_of(records, text) for text in pair}) == 2]
                    names.pop(lost, None)
                elif action == "split":
                    rest = [q.text for q in records.get_gap(before).questions if q.text != one]
                    if rest:
                        promised.add(records.merging.split(before, [one], who="ann").summary.id)
                        apart += [(one, text) for text in rest]
            for text in asked:
                place_of(records, text)
            for first, second in apart:
                assert place_of(records, first) != place_of(records, second)
            for gap_id, name in names.items():
                assert records.get_gap(gap_id).summary.label == name
        for gap_id in promised:
            records.get_gap(gap_id)
        total = sum(gap.signals for gap in records.list_gaps(limit=1000).gaps)
        assert total == sum(asked.values())
        rebuilt = GapDirectory(source=records.grouping.news)
        for text in asked:
            places = {place_of(records, text), *(desk.look(text).gap_id for desk in desks)}
            assert places == {desks[0].look(text, rebuilt).gap_id}


@settings(deadline=None, max_examples=15)
@given(st.lists(st.sampled_from(TEXTS), max_size=12), st.sampled_from(TEXTS))
def test_a_directory_rebuilt_from_the_records_decides_alike(asked: list[str], question: str) -> None:
    with opened() as records:
        desk = Desk(records)
        for text in asked:
            desk.ask(text)
        live, rebuilt = desk.look(question), desk.look(question, GapDirectory(source=records.grouping.news))
        assert (live.is_new, live.similarity) == (rebuilt.is_new, pytest.approx(rebuilt.similarity, abs=1e-6))
        assert live.is_new or (live.gap_id, live.cell) == (rebuilt.gap_id, rebuilt.cell)


def test_two_processes_that_open_the_same_gap_at_once_end_with_one(records: Records) -> None:
    """Neither knew of the other: both have promised an id, and both ids lead to the question."""
    first, second = Desk(records), Desk(records)
    found = [desk.look("refund 1") for desk in (first, second)]
    assert all(assignment.is_new for assignment in found)
    for assignment in found:
        about = {"terms": ("refund",), "cell": assignment.cell}
        records.add_signal(Signal(SignalKind.NO_ANSWER, assignment.gap_id, "refund 1", "en", **about), channel="api")
    assert found[0].gap_id != found[1].gap_id
    assert {records.get_gap(assignment.gap_id).summary.id for assignment in found} == {found[0].gap_id}
    assert records.get_gap(found[0].gap_id).summary.signals == 2
    assert [desk.look("refund 1").gap_id for desk in (first, second)] == [found[0].gap_id] * 2


def test_what_another_process_wrote_is_known_before_a_gap_is_opened(records: Records) -> None:
    first, second = Desk(records), Desk(records)
    gap_id = first.ask("refund 1")
    assert second.look("refund 2").gap_id == gap_id


def test_a_split_is_told_who_did_it_and_new_wordings_go_to_the_nearer_side(records: Records) -> None:
    desk = Desk(records)
    source = {desk.ask(text) for text in ("refund 0", "refund 1", "refund 2")}
    assert len(source) == 1
    (old,) = source
    records.update_gap(old, who="ann", owner="billing")
    new = records.merging.split(old, ["Refund 2?"], who="ann", label="Deposits")
    assert (new.summary.label, new.summary.owner, new.summary.status) == ("Deposits", "billing", GapStatus.OPEN)
    assert [q.text for q in new.questions] == ["refund 2"]
    assert new.summary.people == 1
    assert (new.history[-1].who, new.history[-1].field, new.history[-1].before) == ("ann", "created", old)
    split = records.get_gap(old).history[-1]
    assert (split.who, split.field, split.after, split.note) == ("ann", "split", new.summary.id, "1 question")
    assert desk.ask("refund 2") == new.summary.id
    assert desk.ask("refund 1") == old
    Regrouper(records, desk.directory).run(now=True)
    assert place_of(records, "refund 2") == new.summary.id


def test_refused_splits_and_merges_change_nothing(records: Records) -> None:
    desk = Desk(records)
    gap = desk.ask("refund 0")
    desk.ask("refund 1")
    before = records.get_gap(gap)
    for questions, error in (
        ([], InvalidInputError),
        (["other"], InvalidInputError),
        (["refund 0", "refund 1"], ConflictError),
    ):
        with pytest.raises(error):
            records.merging.split(gap, questions, who="ann")
    with pytest.raises(InvalidInputError):
        records.merging.split(gap, ["refund 0"], who="ann", label=" ")
    with pytest.raises(ConflictError):
        records.merging.merge([gap], gap, who="ann")
    for sources, target in (([gap], "gap_x"), (["gap_x"], gap)):
        with pytest.raises(NotFoundError):
            records.merging.merge(sources, target, who="ann")
    assert records.get_gap(gap) == before


def test_the_background_joins_near_gaps_and_says_why(records: Records) -> None:
    desk = Desk(records)
    strict = GapDirectory()  # knows nothing: every wording opens a gap
    for number in range(3):
        found = strict.assign((f"w{number}",))
        text = f"refund {number}"
        about: dict[str, Any] = {"terms": (f"w{number}",), "vector": vector_of(text), "encoder": "m"}
        records.add_signal(Signal(SignalKind.NO_ANSWER, found.gap_id, text, "en", **about), channel="api", visitor=text)
    gaps = {place_of(records, f"refund {number}") for number in range(3)}
    assert len(gaps) == 3
    assert Regrouper(records, desk.directory).run(now=True) == 2
    (left,) = records.list_gaps().gaps
    assert (left.id, left.people) == (min(gaps), 3)
    joined = [event for event in records.get_gap(left.id).history if event.field == "merged_into"]
    assert [(event.who, event.after) for event in joined] == [("system", left.id)] * 2
    assert all("mean cosine" in event.note for event in joined)
    assert Regrouper(records, desk.directory).run(now=True) == 0


def test_what_an_owner_decides_meanwhile_wins_over_the_background(records: Records) -> None:
    desk = Desk(records)
    for number in range(3):
        desk.ask(f"refund {number}")
    ruled = records.grouping.ruled()
    (picture,) = desk.directory.pictures().values()
    assert regroup(picture, Ruled()) == []
    from kb.gaps.regroup import Move

    gap = place_of(records, "refund 0")
    other = desk.ask("password 1")
    move = Move(other, other, gap, "because")
    records.update_gap(gap, who="ann", label="Mine")
    assert records.grouping.apply([move], ruled) == 0
    assert records.grouping.apply([Move(other, "gap_else", gap, "because")], records.grouping.ruled()) == 0
    assert place_of(records, "password 1") == other


def test_a_label_is_the_most_typical_wording_until_an_owner_names_the_gap(records: Records) -> None:
    desk = Desk(records)
    gap = desk.ask("refund 3")
    for text in ("refund 0", "refund 1", *["refund 2"] * 9):
        assert desk.ask(text) == gap
    Regrouper(records, desk.directory).run(now=True)
    assert records.get_gap(gap).summary.label == "refund 2"
    records.update_gap(gap, who="ann", label="Money back")
    for _ in range(20):
        desk.ask("refund 1")
    Regrouper(records, desk.directory).run(now=True)
    assert records.get_gap(gap).summary.label == "Money back"


def test_an_erased_wording_leaves_the_directory_the_pins_and_the_label(records: Records) -> None:
    desk = Desk(records)
    found = desk.look("refund 0")
    signal = Signal(SignalKind.NO_ANSWER, found.gap_id, "refund 0", "en", vector=vector_of("refund 0"), encoder="m")
    sent = document(outcome="no_answer", gap_id=found.gap_id, conversation="cnv_1", text="refund 0")
    records.log_answer(sent, channel="api", visitor="v", signals=[signal])
    records.flush()
    desk.ask("refund 1")
    records.merging.split(found.gap_id, ["refund 1"], who="ann")
    records.erase(conversation_id="cnv_1")
    assert "refund 0" not in str(records.grouping.news(-1))
    assert desk.look("refund 0").gap_id == place_of(records, "refund 1")


def test_answering_goes_on_when_the_records_cannot_be_read() -> None:
    def broken(since: int) -> Any:
        raise StorageError("locked")

    directory = GapDirectory(source=broken)
    first = directory.assign(("refund",))
    assert directory.assign(("refund",)).gap_id == first.gap_id
    with pytest.raises(StorageError):
        directory.sync()
