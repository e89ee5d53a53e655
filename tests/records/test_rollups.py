"""Figures outlive the questions they were made of: the same before and after a purge, where that is promised."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import figures_by_hand as by_hand
import pytest
from answer_samples import Clock, document
from figures_by_hand import countable_of
from histories import DAYS, FIRST_DAY, filters, histories, midnights, moments, told
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.records import Period, Records
from kb.records.tally import TIME_ERROR, bucket, middle

LAST_DAY = FIRST_DAY + timedelta(days=DAYS)


def series_of(records: Records, start: datetime, end: datetime, chosen: dict[str, Any], step: Any) -> list[Any]:
    return list(records.kpi_series(Period(start, end, **chosen), step))


@settings(deadline=None, max_examples=20)
@given(history=histories, cuts=st.lists(midnights, min_size=1, max_size=2), start=midnights, chosen=filters)
def test_a_purge_changes_no_figure_that_is_promised(
    tmp_path_factory: pytest.TempPathFactory,
    history: dict[str, Any],
    cuts: list[datetime],
    start: datetime,
    chosen: dict[str, Any],
) -> None:
    folder = tmp_path_factory.mktemp("purged")
    with told(folder, history) as records:
        before = records.kpis(start, LAST_DAY, utc_offset=480, **chosen)
        daily = series_of(records, FIRST_DAY, LAST_DAY, chosen, "day")
        assert countable_of(before) == by_hand.countable(folder, start, LAST_DAY, chosen, 480)
        for cut in sorted(cuts):
            records.purge(cut)
        after = records.kpis(start, LAST_DAY, utc_offset=480, **chosen)
        held = countable_of(before)
        if (
            "lang" in chosen
        ):  # a gap has the language of its name, and is named anew when the wording goes that named it
            held["gaps"] = countable_of(after)["gaps"]
        assert countable_of(after) == held
        assert after.top_articles == before.top_articles
        assert series_of(records, FIRST_DAY, LAST_DAY, chosen, "day") == daily
        times = [(figures.answer_ms_p50 or 0.0, figures.answer_ms_p95 or 0.0) for figures in (before, after)]
        assert times[1] == pytest.approx(times[0], rel=TIME_ERROR * 1.001)
        full = {question.text.rstrip("?").lower(): question.count for question in before.top_questions}
        for question in after.top_questions:
            assert question.count <= full[question.text.rstrip("?").lower()]
    assert not [row for row in by_hand.raw(folder, "questions") if by_hand.moment(row["at"]) < max(cuts)]


@settings(deadline=None, max_examples=15)
@given(history=histories, cut=moments)
def test_a_purge_in_the_middle_of_a_day_loses_no_question(
    tmp_path_factory: pytest.TempPathFactory, history: dict[str, Any], cut: datetime
) -> None:
    with told(tmp_path_factory.mktemp("cut"), history) as records:
        before = records.kpis(FIRST_DAY, LAST_DAY)
        records.purge(cut)
        after = records.kpis(FIRST_DAY, LAST_DAY)
    for name in ("questions", "outcomes", "helpful", "heat_map", "top_articles", "gaps_opened", "gaps_reopened"):
        assert getattr(after, name) == getattr(before, name)
    assert after.visitors >= before.visitors
    assert after.conversations >= before.conversations


def ask_as(records: Records, text: str, *visitors: str) -> None:
    for visitor in visitors:
        records.log_answer(document(text=text, at="2026-11-02T10:00:00Z"), channel="api", visitor=visitor)


def test_only_what_several_people_wrote_is_kept_in_words(records: Records, tmp_path: Path) -> None:
    ask_as(records, "Where is the office?", "a", "b", "c", "c")
    ask_as(records, "Is Ms Jones ill?", "a", "b", "b", "b")
    records.purge(LAST_DAY)
    kept = records.kpis(FIRST_DAY, LAST_DAY)
    assert [(question.text, question.count) for question in kept.top_questions] == [("Where is the office?", 4)]
    assert kept.questions == 8
    assert kept.purged_until == datetime.fromisoformat("2026-11-03T00:00:00Z")
    records.close()
    assert b"Jones" not in b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_erasing_somebody_leaves_the_figures_of_purged_days(records: Records) -> None:
    ask_as(records, "Where is the office?", "a", "b", "c")
    records.purge(LAST_DAY)
    records.log_answer(document(at="2026-11-04T10:00:00Z"), channel="api", visitor="a")
    records.erase(visitor="a")
    figures = records.kpis(FIRST_DAY, LAST_DAY)
    assert (figures.questions, figures.visitors) == (3, 3)


def test_no_word_rises_against_questions_that_are_gone(records: Records, clock: Clock) -> None:
    for day in (2, 9):
        for hour in range(8):
            sent = document(at=f"2026-11-{day:02}T{hour:02}:00:00Z")
            records.log_answer(sent, channel="api", terms=["outage" if day == 9 else "calm"])
    start, end = (datetime.fromisoformat(f"2026-11-{day:02}T00:00:00Z") for day in (8, 15))
    assert [word.word for word in records.kpis(start, end).rising_words] == ["outage"]
    records.purge(start)
    assert records.kpis(start, end).rising_words == ()


@given(milliseconds=st.floats(0.001, 1e7))
def test_a_bucket_stands_for_its_times(milliseconds: float) -> None:
    assert middle(bucket(milliseconds)) == pytest.approx(milliseconds, rel=TIME_ERROR * 1.000001)
