"""When somebody is there: opening hours in the wall time of a place, summer time and holidays included."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from kb.policy.rules import Hours

_FARTHEST = 366  # days ahead in which somebody has to be there once


def is_open(hours: Hours, now: datetime) -> bool:
    """Whether somebody is there at ``now`` (an aware time)."""
    today = _day(hours, now)
    days = (today - timedelta(days=1), today)  # a period of yesterday may go on after midnight
    return any(begins <= now < ends for day in days for begins, ends in _periods(hours, day))


def next_opening(hours: Hours, now: datetime) -> datetime | None:
    """When somebody is there again, in UTC; None within a period, and when nobody comes within a year."""
    today = _day(hours, now)
    if is_open(hours, now):
        return None
    for ahead in range(_FARTHEST):
        for begins, _ in _periods(hours, today + timedelta(days=ahead)):
            if begins > now:
                return begins
    return None


def _day(hours: Hours, now: datetime) -> date:
    return now.astimezone(ZoneInfo(hours.zone)).date()


def _periods(hours: Hours, day: date) -> list[tuple[datetime, datetime]]:
    """The periods that begin on a day in UTC, in order; none on a holiday, the night after it included."""
    if any(first <= day <= last for first, last in hours.closed):
        return []
    zone = ZoneInfo(hours.zone)
    return [
        (_instant(day, begins, zone), _instant(day if begins < ends else day + timedelta(days=1), ends, zone))
        for begins, ends in sorted(hours.week[day.weekday()])
    ]


def _instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    if at == time.max:  # midnight at the end of the day
        day, at = day + timedelta(days=1), time.min
    return datetime.combine(day, at, zone).astimezone(UTC)
