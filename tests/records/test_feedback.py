"""One vote stands for an answer; every change is an event; a down vote speaks for a gap."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from answer_samples import document
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.errors import InvalidInputError, NotFoundError
from kb.gaps.vocabulary import Cause
from kb.ids import new_id
from kb.records import Records, Signal, SignalKind
from kb.records.rows import DOWN_REASONS, UP_REASONS


@pytest.fixture
def answer_id(records: Records) -> str:
    sent = document(gap_id=None)
    records.log_answer(sent, channel="api", visitor="v1")
    return str(sent["id"])


def test_the_last_vote_stands(records: Records, answer_id: str) -> None:
    assert records.get_vote(answer_id) is None
    assert records.vote(answer_id, "up", reasons=["solved"]).created
    changed = records.vote(answer_id, "down", reasons=["outdated"], comment="no", resolved=False)
    assert (changed.created, changed.rating) == (False, "down")
    vote = records.get_vote(answer_id)
    assert vote is not None
    assert (vote.rating, vote.reasons, vote.comment, vote.resolved) == ("down", ("outdated",), "no", False)
    assert records.vote(answer_id, None).rating is None
    assert records.get_vote(answer_id) is None
    assert not records.vote(answer_id, "up").created


def test_withdrawing_what_was_never_cast_creates_nothing(records: Records, answer_id: str) -> None:
    assert not records.vote(answer_id, None).created


def test_an_unknown_answer_cannot_be_voted_on(records: Records) -> None:
    with pytest.raises(NotFoundError):
        records.vote(new_id("ans"), "up")


@pytest.mark.parametrize(
    ("rating", "reasons", "pointer"),
    [
        ("up", ["incorrect"], "/reasons/0"),
        ("down", ["other", "solved"], "/reasons/1"),
        (None, ["solved"], "/reasons/0"),
        ("meh", [], "/rating"),
    ],
)
def test_reasons_must_go_with_the_rating(
    records: Records, answer_id: str, rating: str | None, reasons: list[str], pointer: str
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        records.vote(answer_id, rating, reasons=reasons)  # type: ignore[arg-type]
    assert caught.value.pointer == pointer
    assert records.get_vote(answer_id) is None


def test_comments_are_masked_and_bounded(records: Records, answer_id: str) -> None:
    records.vote(answer_id, "down", comment="  write to bob@example.com  ")
    vote = records.get_vote(answer_id)
    assert vote is not None
    assert vote.comment == "write to [email]"
    records.vote(answer_id, "down", comment="x" * 2000)
    with pytest.raises(InvalidInputError) as caught:
        records.vote(answer_id, "down", comment="x" * 2001)
    assert caught.value.pointer == "/comment"


def test_a_down_vote_is_one_signal_that_follows_the_vote(records: Records, answer_id: str) -> None:
    gap = new_id("gap")
    signal = Signal(SignalKind.THUMBS_DOWN, gap, "ignored", "en", terms=("reset",), owner="docs")
    records.vote(answer_id, "down", reasons=["incomplete"], signal=signal)
    records.vote(answer_id, "down", reasons=["outdated"], signal=signal)
    found = records.get_gap(gap)
    assert dict(found.summary.kinds) == {SignalKind.THUMBS_DOWN: 1}
    assert found.summary.cause is Cause.OUTDATED
    assert [(question.text, question.count) for question in found.questions] == [("How do I reset it?", 1)]
    assert found.articles == (("en/account/reset", 1),)
    assert found.summary.people == 1
    records.vote(answer_id, "up", signal=None)
    assert records.get_gap(gap).summary.signals == 0
    assert records.get_gap(gap).questions == ()
    assert records.list_gaps().gaps == ()


def test_without_a_signal_the_gap_of_the_answer_is_meant(records: Records) -> None:
    gap = new_id("gap")
    sent = document(outcome="no_answer", gap_id=gap)
    records.log_answer(sent, channel="api", signals=[Signal(SignalKind.NO_ANSWER, gap, "How do I reset it?", "en")])
    records.vote(sent["id"], "down")
    assert dict(records.get_gap(gap).summary.kinds) == {SignalKind.NO_ANSWER: 1, SignalKind.THUMBS_DOWN: 1}


VOTES = st.lists(
    st.one_of(
        st.tuples(st.just("up"), st.lists(st.sampled_from(UP_REASONS), max_size=2)),
        st.tuples(st.just("down"), st.lists(st.sampled_from(DOWN_REASONS), max_size=3)),
        st.tuples(st.none(), st.just([])),
    ),
    min_size=1,
    max_size=8,
)


@settings(deadline=None, max_examples=15)
@given(votes=VOTES)
def test_what_stands_follows_from_the_events(
    tmp_path_factory: pytest.TempPathFactory, votes: list[tuple[str, list[str]]]
) -> None:
    folder: Path = tmp_path_factory.mktemp("data")
    sent = document()
    with Records.open(folder) as records:
        records.log_answer(sent, channel="api")
        for rating, reasons in votes:
            records.vote(sent["id"], rating, reasons=reasons)  # type: ignore[arg-type]
        stands = records.get_vote(sent["id"])
    connection = sqlite3.connect(folder / "records.db")
    events = connection.execute("SELECT rating, reasons FROM vote_events ORDER BY id").fetchall()
    connection.close()
    assert len(events) == len(votes)
    assert (stands.rating if stands else None) == events[-1][0] == votes[-1][0]
