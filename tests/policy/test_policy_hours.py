"""Opening hours in the wall time of a place."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from kb.policy import Hours, Team
from kb.policy.hours import is_open, next_opening
from kb.policy.parse import read_policy
from kb.policy.saying import moment


def hours(open_: str, zone: str = "Europe/Berlin", closed: str = "[]") -> Hours:
    found, problems = read_policy(f"hours: {{zone: {zone}, open: {open_}, closed: {closed}}}".encode())
    assert found is not None, problems
    assert found.hours is not None
    return found.hours


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


WEEK = hours(
    "{mon-fri: '09:00-18:00', sat: ['10:00-12:00', '13:00-14:00']}", closed="[2026-12-24..2026-12-26, 2026-12-28]"
)


@pytest.mark.parametrize(
    ("now", "there", "back"),
    [
        ("2026-11-23T08:00", True, None),  # Monday 09:00 in Berlin
        ("2026-11-23T07:59:59", False, "2026-11-23T08:00"),
        ("2026-11-23T17:00", False, "2026-11-24T08:00"),  # closes at 18:00, which is not open any more
        ("2026-11-28T11:30", False, "2026-11-28T12:00"),  # between two periods of a Saturday
        ("2026-11-28T13:00", False, "2026-11-30T08:00"),
        ("2026-12-23T20:00", False, "2026-12-29T08:00"),  # holidays, a Sunday, and one more holiday
        ("2026-07-01T07:30", True, None),  # summer time
        ("2026-03-28T20:00", False, "2026-03-30T07:00"),  # the clocks change in between
    ],
)
def test_somebody_is_there_in_the_time_of_the_place(now: str, there: bool, back: str | None) -> None:
    assert is_open(WEEK, at(now)) is there
    assert next_opening(WEEK, at(now)) == (at(back) if back else None)


def test_a_period_over_midnight_and_a_whole_day() -> None:
    night = hours("{fri: '22:00-02:00'}", zone="UTC")
    assert [is_open(night, at(f"2026-11-{day}")) for day in ("27T21:59", "27T23:00", "28T01:59", "28T02:00")] == [
        False, True, True, False,
    ]  # fmt: skip
    always = hours("{daily: '00:00-24:00'}", zone="Asia/Shanghai")
    assert is_open(always, at("2026-11-22T15:59:59"))
    assert next_opening(always, at("2026-11-22T16:00")) is None


def test_a_night_that_would_begin_on_a_holiday_has_nobody_after_midnight_either() -> None:
    night = hours("{fri: '22:00-06:00'}", zone="UTC", closed="[2026-12-25]")
    assert [is_open(night, at(text)) for text in ("2026-12-25T23:00", "2026-12-26T02:00")] == [False, False]
    assert next_opening(night, at("2026-12-25T23:00")) == at("2027-01-01T22:00")
    began_before = hours("{thu: '22:00-06:00'}", zone="UTC", closed="[2026-12-25]")
    assert is_open(began_before, at("2026-12-25T05:59"))


def test_days_can_be_written_in_chinese_and_round_the_week() -> None:
    chinese = hours("{周一至周五: '09:00-18:00', 周日: '10:00-12:00'}", zone="Asia/Shanghai")
    assert [bool(day) for day in chinese.week] == [True, True, True, True, True, False, True]
    assert [bool(day) for day in hours("{sat-mon: '09:00-10:00'}").week] == [True, *[False] * 4, True, True]


def test_nobody_comes_for_a_year() -> None:
    assert next_opening(hours("{mon: off}"), at("2026-11-23T08:00")) is None


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("{zone: Mars/Olympus, open: {mon: '09:00-10:00'}}", "bad_value"),
        ("{zone: UTC, open: {someday: '09:00-10:00'}}", "bad_value"),
        ("{zone: UTC, open: {mon: 9 to 5}}", "bad_value"),
        ("{zone: UTC, open: {mon: '25:00-26:00'}}", "bad_value"),
        ("{zone: UTC, open: {mon: '09:00-09:00'}}", "bad_value"),
        ("{zone: UTC, open: {mon: '09:00-10:00'}, closed: [2026-02-30]}", "bad_value"),
        ("{zone: UTC, open: {mon: '09:00-10:00'}, closed: [2026-12-26..2026-12-24]}", "bad_value"),
        ("{open: {mon: '09:00-10:00'}}", "missing"),
    ],
)
def test_what_cannot_be_read_is_named(source: str, code: str) -> None:
    found, problems = read_policy(f"\n\nhours: {source}".encode())
    assert found is None
    assert [(problem.line, problem.code) for problem in problems] == [(3, code)]


def test_a_team_has_its_own_hours_or_those_of_all() -> None:
    found, problems = read_policy(
        b"hours: {zone: UTC, open: {mon: '09:00-10:00'}}\n"
        b"teams: {night: {hours: {zone: UTC, open: {mon: '22:00-23:00'}}}, care: {}}\n"
    )
    assert found is not None, problems
    now = at("2026-11-23T09:30")
    assert [found.presence(found.teams[name], now)[0] for name in ("night", "care", "support")] == [False, True, True]
    assert found.presence(Team("x"), at("2026-11-23T10:00")) == (False, at("2026-11-30T09:00"))


def test_a_moment_is_told_in_both_languages() -> None:
    now = at("2026-11-23T01:00")
    assert moment(now, "Asia/Shanghai", "zh") == "11月23日（周一）09:00（Asia/Shanghai）"
    assert moment(now, "Europe/Berlin", "en") == "Monday 23 November, 02:00 (Europe/Berlin)"
