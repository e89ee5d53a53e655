"""Reads one front matter field as the type it must have; says what is wrong in words an author understands."""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta
from typing import Any, Literal, NamedTuple, cast

from indexer.metadata import Field
from kb.types import Action, Audience, Policy

_AUDIENCES: dict[str, Audience] = {
    "public": "public",
    "everyone": "public",
    "external": "public",
    "bot": "bot",
    "agent": "agent",
    "agents": "agent",
    "internal": "agent",
    "staff": "agent",
    "private": "agent",
}
_ISO_DATE = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:[T ]\d{1,2}:\d{2}.*)?")
_CHINESE_DATE = re.compile(r"(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*[日号號]")
_LEARN_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")  # month first, by that site's rule
_INTERVAL = re.compile(
    r"(?:every\s+)?(\d{1,4})?\s*(?:个|個)?\s*(days?|weeks?|months?|years?|[dwmy]|天|日|周|週|月|年)", re.IGNORECASE
)
_ISO_INTERVAL = re.compile(r"P(\d{1,4})([DWMY])", re.IGNORECASE)
_UNITS: dict[str, Literal["d", "w", "m", "y"]] = {
    "天": "d",
    "日": "d",
    "周": "w",
    "週": "w",
    "月": "m",
    "年": "y",
    "d": "d",
    "w": "w",
    "m": "m",
    "y": "y",
}
_URL = re.compile(r"(?:https?://[^\s/]|/(?!/)|#|\?)\S*", re.IGNORECASE)
_ACTION_URL = re.compile(r"(?:https?://[^\s/]|/(?!/)|mailto:|tel:|sms:|#|\?)\S*", re.IGNORECASE)


class FieldError(Exception):
    """A field has the wrong type or value. ``code``: ``bad_type``, ``bad_value`` or ``bad_date``."""

    def __init__(self, field: Field, code: str, message: str) -> None:
        super().__init__(message)
        self.line = field.line
        self.code = code
        self.message = message


class Interval(NamedTuple):
    """``number`` days, weeks, months or years."""

    number: int
    unit: Literal["d", "w", "m", "y"]


def read_text(field: Field) -> str:
    """One line of text; line breaks of folded YAML become spaces."""
    if not isinstance(field.raw, str):
        raise FieldError(field, "bad_type", f"must be text, not {_shape(field.raw)}.")
    return " ".join(field.raw.split())


def read_first(field: Field) -> str:
    """Text, or the first entry of a list of texts."""
    return next(iter(_texts(field, split=False)), "")


def read_names(field: Field) -> str:
    """Text, or several texts joined by commas; entries with a ``name`` count as that name."""
    return ", ".join(_texts(field, split=False))


def read_words(field: Field) -> tuple[str, ...]:
    """A list of texts, or one text with entries between commas; without repetitions."""
    return _texts(field, split=True)


def read_questions(field: Field) -> tuple[str, ...]:
    """A list of questions, one question, or a list of ``{question: …, answer: …}``."""
    return _texts(field, split=False, name="question")


def read_date(field: Field) -> date:
    """``2026-09-01``, ``2026/9/1``, an ISO 8601 time, or ``2026年9月1日``."""
    written = field.raw.strip() if isinstance(field.raw, str) else ""
    match = _ISO_DATE.fullmatch(written)
    parts = (match[1], match[3], match[4]) if match else None
    chinese = _CHINESE_DATE.fullmatch(written)
    if chinese:
        parts = (chinese[1], chinese[2], chinese[3])
    learn = _LEARN_DATE.fullmatch(written) if field.key == "ms.date" else None
    if learn:
        parts = (learn[3], learn[1], learn[2])
    if parts is None:
        shown = repr(written) if written else _shape(field.raw)
        raise FieldError(field, "bad_date", f"{shown} is not a date; write year-month-day, such as 2026-09-01.")
    try:
        return date(*map(int, parts))
    except ValueError as error:
        raise FieldError(field, "bad_date", f"{written!r} is not a day of the calendar: {error}.") from error


def read_interval(field: Field) -> Interval:
    """``6 months``, ``90 days``, ``1 year``, ``6个月``, ``P6M``; a bare ``month`` is one."""
    written = field.raw.strip() if isinstance(field.raw, str) else ""
    iso = _ISO_INTERVAL.fullmatch(written)
    match = iso or _INTERVAL.fullmatch(written)
    if match is None:
        raise FieldError(field, "bad_value", f"{written!r} is not a time span; write it like `6 months` or `90 days`.")
    unit = match[2].lower()
    return Interval(int(match[1] or 1), _UNITS.get(unit) or _UNITS[unit[0]])


def add_interval(start: date, interval: Interval) -> date:
    """Return ``start`` plus ``interval``, at most the month's last day; ``date.max`` beyond the year 9999.

    >>> add_interval(date(2026, 8, 31), Interval(6, "m"))
    datetime.date(2027, 2, 28)
    """
    try:
        if interval.unit in "dw":
            return start + timedelta(days=interval.number * (7 if interval.unit == "w" else 1))
        months = start.year * 12 + start.month - 1 + interval.number * (12 if interval.unit == "y" else 1)
        year, month = divmod(months, 12)
        return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))
    except (OverflowError, ValueError):
        return date.max


def read_audience(field: Field) -> tuple[Audience, ...]:
    """One or more of ``public``, ``bot``, ``agent``."""
    words = _texts(field, split=True)
    unknown = [word for word in words if word.lower() not in _AUDIENCES]
    if unknown or not words:
        raise FieldError(field, "bad_value", f"{', '.join(unknown) or 'nothing'} is unknown; use public, bot or agent.")
    return tuple(dict.fromkeys(_AUDIENCES[word.lower()] for word in words))


def read_policy(field: Field) -> Policy:
    """``answer``, ``link_only`` or ``handoff``."""
    written = field.raw.strip().lower().replace("-", "_") if isinstance(field.raw, str) else ""
    if written not in {"answer", "link_only", "handoff"}:
        raise FieldError(field, "bad_value", f"{field.raw!r} is unknown; use answer, link_only or handoff.")
    return cast("Policy", written)


def read_url(field: Field) -> str | None:
    """An http(s) address or a path from ``/``; None for a bare word, which is a slug and no address."""
    written = read_text(field)
    if _URL.fullmatch(written):
        return written
    if ":" in written.split("/", maxsplit=1)[0] or " " in written:
        raise FieldError(
            field, "bad_value", f"{written!r} is no address; write https://… or a path that begins with /."
        )
    return None


def read_actions(field: Field) -> tuple[Action, ...]:
    """A list of ``{label: …, url: …}``; addresses are http(s), ``mailto:``, ``tel:``, ``sms:`` or begin with ``/``."""
    entries = field.raw if isinstance(field.raw, list) else [field.raw]
    actions: list[Action] = []
    for entry in entries:
        if (
            not isinstance(entry, dict)
            or not isinstance(entry.get("label"), str)
            or not isinstance(entry.get("url"), str)
        ):
            raise FieldError(field, "bad_type", "each entry must be {label: …, url: …}.")
        label, url = " ".join(entry["label"].split()), entry["url"].strip()
        if not label or not _ACTION_URL.fullmatch(url):
            raise FieldError(
                field, "bad_value", f"{url!r} is no address for a button; write https://…, /path, mailto: or tel:."
            )
        actions.append(Action(label, url))
    return tuple(actions)


def _texts(field: Field, *, split: bool, name: str = "name") -> tuple[str, ...]:
    entries = field.raw if isinstance(field.raw, list) else [field.raw]
    if split and isinstance(field.raw, str):
        entries = re.split(r"[,，、;；]", field.raw)
    texts: list[str] = []
    for entry in entries:
        text = entry.get(name) if isinstance(entry, dict) else entry
        if text is None and not isinstance(entry, dict):
            continue
        if not isinstance(text, str):
            raise FieldError(field, "bad_type", f"must be a list of texts, but holds {_shape(entry)}.")
        texts.append(" ".join(text.split()))
    return tuple(dict.fromkeys(text for text in texts if text))


def _shape(raw: Any) -> str:
    if isinstance(raw, dict):
        return "a mapping (put quotes around a text with a colon)"
    return "a list" if isinstance(raw, list) else "nothing" if raw is None else repr(raw)
