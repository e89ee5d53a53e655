"""What nobody reports is found once, whenever and however often somebody looks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from answer_samples import Clock, document
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb.gaps.grouping import GapDirectory
from kb.harvest import Harvester
from kb.records import Records, SignalKind
from kb.signals import Signals

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
QUESTIONS = (
    "Where is my refund for the parcel?",
    "Where is the refund of my parcel?",
    "How do I reset the router password?",
    "WHERE is my refund, for the parcel",
)


def harvester(records: Records) -> Harvester:
    gaps = GapDirectory(source=records.grouping.news)
    gaps.sync()
    return Harvester(records, Signals(gaps))


@contextmanager
def opened(folder: Path, clock: Clock) -> Iterator[Records]:
    with Records.open(folder, clock=clock) as records:
        yield records


def ask(records: Records, clock: Clock, answer_id: str, question: str, outcome: str, visitor: str | None) -> None:
    sent = document(
        answer_id, text=question, outcome=outcome, conversation=f"cnv_{answer_id}", at=clock.now.isoformat()
    )
    records.log_answer(sent, channel="api", visitor=visitor)


def found(records: Records) -> set[tuple[str, str, str]]:
    """Every signal by kind, name and question."""
    records.flush()
    with records._db.reading() as connection:
        return set(connection.execute("SELECT kind, external_id, question FROM signals"))


step = st.one_of(
    st.tuples(st.just("ask"), st.sampled_from(QUESTIONS), st.sampled_from(["suggested", "answered", "no_answer"])),
    st.tuples(st.just("search"), st.sampled_from(QUESTIONS), st.sampled_from(["0", "3"])),
    st.tuples(st.just("open"), st.integers(0, 5).map(str), st.just("")),
    st.tuples(st.just("vote"), st.integers(0, 5).map(str), st.sampled_from(["up", "down"])),
)
history = st.lists(
    st.tuples(st.integers(0, 500), st.sampled_from(["ada", "bob"]), step, st.booleans()), min_size=1, max_size=12
)


def play(folder: Path, events: list[tuple[int, str, tuple[str, str, str], bool]], *, often: bool) -> set[object]:
    """Let ``events`` happen, judge in between if ``often`` (from a new start each time), and judge at the end."""
    clock = Clock()
    clock.now = START
    ids: list[str] = []
    for n, (seconds, visitor, (what, value, more), look) in enumerate(events):
        clock.now += timedelta(seconds=seconds)
        with opened(folder, clock) as records:
            if what == "ask":
                ids.append(f"ans_{n:02}")
                ask(records, clock, ids[-1], value, more, visitor)
            elif what == "search":
                records.visits.log_search(
                    value, lang="en", results=int(more), article_id=None, channel="help_page", visitor=visitor
                )
            elif ids and what == "open":
                source = ids[int(value) % len(ids)]
                records.visits.log_opening("en/a", source_id=source, stale=False, visitor=visitor)
            elif ids:
                records.vote(ids[int(value) % len(ids)], more)  # type: ignore[arg-type]
            if often and look:
                harvester(records).sweep()
    clock.now += timedelta(minutes=30)
    with opened(folder, clock) as records:
        harvester(records).sweep()
        signals = found(records)
        assert harvester(records).sweep() == 0
        assert found(records) == signals
    # The ids of searches are made anew each time.
    return {(kind, "" if name.startswith("quiet:srch") else name, text) for kind, name, text in signals}


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(events=history)
def test_it_does_not_matter_when_and_how_often_somebody_looks(
    tmp_path_factory: pytest.TempPathFactory, events: list[tuple[int, str, tuple[str, str, str], bool]]
) -> None:
    once = play(tmp_path_factory.mktemp("once"), events, often=False)
    often = play(tmp_path_factory.mktemp("often"), events, often=True)
    assert once == often


def test_two_processes_that_look_at_once_count_once(tmp_path: Path) -> None:
    clock = Clock()
    with opened(tmp_path, clock) as one, opened(tmp_path, clock) as two:
        for n in range(5):
            ask(one, clock, f"ans_{n}", f"{QUESTIONS[0]} {n}", "suggested", f"v{n}")
        one.flush()
        clock.advance(minutes=11)
        seen_by_both = two.harvests.due(10)
        assert harvester(one).sweep() == 5
        assert two.harvests.settle(seen_by_both, {}) == 0
        assert harvester(two).sweep() == 0
        assert len(found(two)) == 5


def test_what_is_opened_while_it_is_being_judged_makes_no_signal(tmp_path: Path) -> None:
    clock = Clock()
    with opened(tmp_path, clock) as records:
        ask(records, clock, "ans_1", QUESTIONS[0], "suggested", "ada")
        records.flush()
        clock.advance(minutes=10)
        harvest = records.harvests.due(10)
        judge = harvester(records)
        verdicts = {quiet.line: verdict for quiet in harvest.quiet if (verdict := judge._judge(quiet))}
        assert len(verdicts) == 1
        records.visits.log_opening("en/a", source_id="ans_1", stale=False, visitor="ada")
        records.flush()
        assert records.harvests.settle(harvest, verdicts) == 0
        assert records.harvests.due(10).due == ()


def test_what_was_erased_is_not_quoted_by_a_later_question(tmp_path: Path) -> None:
    clock = Clock()
    with opened(tmp_path, clock) as records:
        ask(records, clock, "ans_1", QUESTIONS[0], "no_answer", "ada")
        clock.advance(minutes=1)
        ask(records, clock, "ans_2", QUESTIONS[1], "no_answer", "ada")
        records.flush()
        harvest = records.harvests.due(10)
        judge = harvester(records)
        verdicts = {quiet.line: verdict for quiet in harvest.quiet if (verdict := judge._judge(quiet))}
        assert [verdict.signal.kind for verdict in verdicts.values()] == [SignalKind.REPHRASED]
        records.erase(conversation_id="cnv_ans_1")
        assert records.harvests.settle(harvest, verdicts) == 0


def test_a_signal_about_an_earlier_question_goes_with_that_questions_conversation(tmp_path: Path) -> None:
    clock = Clock()
    with opened(tmp_path, clock) as records:
        ask(records, clock, "ans_1", QUESTIONS[0], "no_answer", "ada")
        clock.advance(minutes=1)
        ask(records, clock, "ans_2", QUESTIONS[1], "no_answer", "ada")
        assert harvester(records).sweep() == 1
        assert found(records) == {("rephrased", "again:ans_1", QUESTIONS[0])}
        removed = records.erase(conversation_id="cnv_ans_1")
        assert (removed.questions, removed.signals) == (1, 1)
        assert found(records) == set()


def test_questions_may_be_stored_in_any_order(tmp_path: Path) -> None:
    clock = Clock()
    with opened(tmp_path, clock) as records:
        clock.advance(minutes=1)
        ask(records, clock, "ans_2", QUESTIONS[1], "no_answer", "ada")
        assert harvester(records).sweep() == 0
        clock.advance(minutes=-1)
        ask(records, clock, "ans_1", QUESTIONS[0], "no_answer", "ada")
        clock.advance(minutes=1)
        assert harvester(records).sweep() == 1


def test_one_sweep_takes_a_bounded_share_of_a_long_queue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kb.harvest._BATCH", 3)
    monkeypatch.setattr("kb.harvest._MOST", 6)
    clock = Clock()
    with opened(tmp_path, clock) as records:
        for n in range(10):
            ask(records, clock, f"ans_{n}", f"{QUESTIONS[0]} {n}", "suggested", f"v{n}")
        records.flush()
        clock.advance(minutes=11)
        assert [harvester(records).sweep() for _ in range(3)] == [6, 4, 0]


def test_a_call_for_a_person_and_small_talk_repeat_nothing(tmp_path: Path) -> None:
    clock = Clock()
    with opened(tmp_path, clock) as records:
        ask(records, clock, "ans_1", "Thank you!", "no_answer", "ada")
        clock.advance(minutes=1)
        ask(records, clock, "ans_2", "Thank you very much!", "no_answer", "ada")
        assert harvester(records).sweep() == 0
