"""Answers that are drawn for review, and what the marks on them come to."""

from __future__ import annotations

from typing import Any

import pytest
from answer_samples import Clock, document

from kb.errors import NotFoundError
from kb.records import Records
from kb.records.reviews import BANDS
from kb.records.samples import SampleQuery
from kb.types import Outcome


def log(records: Records, name: str, score: float, **values: Any) -> str:
    """Write down one answer of the day before the clock's."""
    channel = values.pop("channel", "api")
    made = document(f"ans_{name}", **{"at": "2026-11-21T10:00:00Z", **values})
    made["confidence"] = {"score": score, "level": "high"}
    records.log_answer(made, channel=channel)
    return f"ans_{name}"


@pytest.fixture
def many(records: Records) -> Records:
    for number in range(200):
        log(records, f"{number:026}", 0.9 if number % 20 else 0.1)
    for number in range(200, 206):
        log(records, f"{number:026}", 0.3, outcome="no_answer", article=None, lang="zh")
    return records


def test_every_outcome_and_confidence_is_in_the_sample_however_rare(many: Records) -> None:
    drawn = many.samples.load(many.samples.draw(SampleQuery(), 9))
    assert len({answer.id for answer in drawn}) == 9
    strata = [(answer.document["outcome"], answer.band) for answer in drawn]
    assert {stratum: strata.count(stratum) for stratum in strata} == {
        ("answered", BANDS[0]): 4,
        ("answered", BANDS[4]): 4,
        ("no_answer", BANDS[1]): 1,
    }


def test_a_sample_is_the_same_all_day_and_another_one_the_next(many: Records, clock: Clock) -> None:
    first = many.samples.draw(SampleQuery())
    log(many, "today", 0.9, at="2026-11-22T12:00:00Z")
    clock.advance(hours=11)
    assert many.samples.draw(SampleQuery()) == first
    assert set(many.samples.draw(SampleQuery(draw=2))) != set(first)
    clock.advance(hours=2)
    assert set(many.samples.draw(SampleQuery())) != set(first)


def test_every_answer_has_its_turn(many: Records, clock: Clock) -> None:
    seen: set[str] = set()
    for draw in range(1, 80):
        seen |= set(many.samples.draw(SampleQuery(outcome=Outcome.ANSWERED, draw=draw), 40))
    assert len(seen) == 200


def test_the_first_day_is_not_empty(records: Records) -> None:
    today = log(records, "today", 0.9, at="2026-11-22T11:00:00Z")
    assert records.samples.draw(SampleQuery()) == (today,)


def test_filters_choose_what_may_be_drawn(records: Records) -> None:
    english = log(records, "en", 0.9)
    chinese = log(records, "zh", 0.9, lang="zh", article="zh/a")
    widget = log(records, "widget", 0.9, channel="widget", article="en/b")
    suggested = log(records, "suggested", 0.3, outcome="suggested", article="en/b")
    records.vote(english, "down", comment="Wrong.")
    records.vote(chinese, "up")

    def drawn(**query: Any) -> set[str]:
        return set(records.samples.draw(SampleQuery(**query)))

    assert drawn() == {english, chinese, widget, suggested}
    assert drawn(lang="zh") == {chinese}
    assert drawn(channel="widget") == {widget}
    assert drawn(outcome=Outcome.SUGGESTED) == {suggested}
    assert drawn(vote="down") == {english}
    assert drawn(vote="any") == {english, chinese}
    assert drawn(articles=("en/b",)) == {widget, suggested}
    assert drawn(articles=()) == set()
    assert drawn(days=0) == set()


def test_an_answer_comes_with_its_vote_and_its_mark(records: Records, clock: Clock) -> None:
    answer = log(records, "en", 0.9, text="How?")
    records.vote(answer, "down", reasons=["outdated"], comment="Wrong.")
    records.reviews.mark(answer, "wrong", who="ada", drawn=True)
    [loaded] = records.samples.load((answer, "ans_gone"))
    assert loaded.document["question"]["text"] == "How?"
    assert loaded.vote is not None
    assert (loaded.vote.rating, loaded.vote.reasons, loaded.vote.comment) == ("down", ("outdated",), "Wrong.")
    assert loaded.review is not None
    assert (loaded.review.verdict, loaded.review.who, loaded.review.at) == ("wrong", "ada", clock.now)


def test_the_last_mark_stands_and_can_be_taken_back(records: Records) -> None:
    answer = log(records, "en", 0.9)
    records.samples.draw(SampleQuery())
    for verdict in ("right", "wrong", None):
        records.reviews.mark(answer, verdict, who="ada", drawn=True)  # type: ignore[arg-type]
        [loaded] = records.samples.load((answer,))
        assert (loaded.review.verdict if loaded.review else None) == verdict
    with pytest.raises(NotFoundError):
        records.reviews.mark("ans_gone", "right", who="ada", drawn=True)


def test_precision_counts_what_was_drawn_by_chance_by_confidence(records: Records, clock: Clock) -> None:
    marks = [
        (0.95, "right", True),
        (0.85, "right", True),
        (0.9, "wrong", True),
        (0.9, "wrong", False),
        (1.0, "right", True),
    ]
    for number, (score, verdict, drawn) in enumerate(marks):
        answer = log(records, str(number), score)
        records.samples.draw(SampleQuery())
        records.reviews.mark(answer, verdict, who="ada", drawn=drawn)  # type: ignore[arg-type]
    silent = log(records, "silent", 0.1, outcome="no_answer", article=None)
    records.samples.draw(SampleQuery())
    records.reviews.mark(silent, "right", who="ada", drawn=True)
    lines = records.reviews.precision()
    assert [(line.outcome, line.band) for line in lines] == [
        *((Outcome.ANSWERED, band) for band in BANDS),
        (Outcome.NO_ANSWER, None),
    ]
    high = lines[4]
    assert (high.right.count, high.right.of) == (3, 4)
    assert high.expected == pytest.approx((0.95 + 0.85 + 0.9 + 1.0) / 4)
    assert lines[0].right.of == 0
    assert lines[0].expected is None
    clock.advance(days=91)
    assert all(line.right.of == 0 for line in records.reviews.precision())


def test_marks_outlive_the_answers_without_a_word_of_them(records: Records, clock: Clock) -> None:
    answer = log(records, "en", 0.9, text="My secret question")
    records.samples.draw(SampleQuery())
    records.reviews.mark(answer, "right", who="ada", drawn=True)
    records.purge(clock.now)
    assert records.samples.load((answer,)) == ()
    assert records.reviews.precision()[4].right.of == 1
