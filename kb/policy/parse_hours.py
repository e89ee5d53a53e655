"""Opening hours and holidays as people write them: ``mon-fri: 09:00-18:00``, ``2026-12-24..2026-12-26``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, time
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from kb.policy.fields import by_language, entries, every, is_nothing, is_off, items, mapping, text, written
from kb.policy.rules import Hours
from kb.text.strict_yaml import WrongError, line_of

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAYS_ZH = "一二三四五六日"
_PERIOD = re.compile(r"(\d{1,2})[:：](\d\d)\s*(?:-|–|—|~|至|到|to)\s*(\d{1,2})[:：](\d\d)")
_MOST_CLOSED = 1000
_Week = list[list[tuple[time, time]]]


def read_hours(node: yaml.Node) -> Hours:
    """Raises ``WrongError`` with the line of what cannot be read, and an ``ExceptionGroup`` of several."""
    readers: Mapping[str, Callable[[yaml.Node], Any]] = {
        "zone": _zone,
        "open": _week,
        "closed": _holidays,
        "away": partial(by_language, what="away"),
    }
    found, _ = every(lambda read: read(node), (lambda n: entries(n, "hours", readers), _complete))
    return Hours(zone=found["zone"], week=found["open"], closed=found.get("closed", ()), away=found.get("away", {}))


def _complete(node: yaml.Node) -> dict[str, Any]:
    if (isinstance(node, yaml.MappingNode) or is_nothing(node)) and not {"zone", "open"} <= written(node).keys():
        raise WrongError(line_of(node), "missing", "Opening hours need a `zone:` such as Europe/Berlin and `open:`.")
    return {}


def _zone(node: yaml.Node) -> str:
    name = text(node, "zone")
    try:
        return ZoneInfo(name).key
    except (ValueError, OSError, KeyError):  # an unknown name is a KeyError, a folder an OSError
        message = f"{name!r} is no time zone; write one like Europe/Berlin, Asia/Shanghai or UTC."
        raise WrongError(line_of(node), "bad_value", message) from None


def _week(node: yaml.Node) -> tuple[tuple[tuple[time, time], ...], ...]:
    week: _Week = [[] for _ in DAYS]

    def read(given: tuple[str, yaml.Node]) -> None:
        name, value = given
        days = _days(name)
        if not days:
            message = f"{name!r} names no days; write mon, mon-fri, sat, sun or daily (周一, 周一至周五)."
            raise WrongError(line_of(value), "bad_value", message)
        every(lambda period: _add(week, days, period), [] if is_off(value) else items(value))

    every(read, mapping(node, "open").items())
    return tuple(tuple(sorted(periods)) for periods in week)


def _days(name: str) -> list[int]:
    said = name.casefold().replace("星期", "周").replace("天", "日").replace("周", "")
    said = re.sub(r"[一二三四五六日]", lambda day: DAYS[_DAYS_ZH.index(day.group())], said)
    if said in {"daily", "every day", "每日"}:
        return list(range(7))
    first, _, last = (part.strip() for part in re.sub(r"至|到|–|—|~", "-", said).partition("-"))
    ends = [
        next((i for i, day in enumerate(DAYS) if len(part) > 1 and day == part[:3]), None)
        for part in (first, last or first)
    ]
    if ends[0] is None or ends[1] is None:
        return []
    return [(ends[0] + step) % 7 for step in range((ends[1] - ends[0]) % 7 + 1)]


def _add(week: _Week, days: Sequence[int], node: yaml.Node) -> None:
    """Add a period to each of the ``days``; one over midnight stays with the day on which it begins."""
    value = text(node, "open")
    found = _PERIOD.fullmatch(value)
    if not found:
        raise WrongError(line_of(node), "bad_value", f"{value!r} is no period; write 09:00-18:00.")
    begins, ends = _at(node, found.group(1), found.group(2)), _at(node, found.group(3), found.group(4))
    if begins in {time.max, ends}:
        raise WrongError(line_of(node), "bad_value", f"{value!r} has no length; write 00:00-24:00 for the whole day.")
    for day in days:
        week[day].append((begins, time.max if ends == time.min else ends))


def _at(node: yaml.Node, hour: str, minute: str) -> time:
    if (int(hour), int(minute)) == (24, 0):
        return time.max
    try:
        return time(int(hour), int(minute))
    except ValueError:
        raise WrongError(line_of(node), "bad_value", f"{hour}:{minute} is no time of day.") from None


def _holidays(node: yaml.Node) -> tuple[tuple[date, date], ...]:
    closed = items(node)
    if len(closed) > _MOST_CLOSED:
        raise WrongError(line_of(closed[_MOST_CLOSED]), "too_big", f"More than {_MOST_CLOSED} holidays.")
    return tuple(every(_holiday, closed))


def _holiday(node: yaml.Node) -> tuple[date, date]:
    value = text(node, "closed")
    first, _, last = (part.strip() for part in value.partition(".."))
    try:
        begins, ends = date.fromisoformat(first), date.fromisoformat(last or first)
    except ValueError:
        message = f"{value!r} is no date; write 2026-12-25 or 2026-12-24..2026-12-26."
        raise WrongError(line_of(node), "bad_value", message) from None
    if ends < begins:
        raise WrongError(line_of(node), "bad_value", f"{value!r} ends before it begins.")
    return begins, ends
