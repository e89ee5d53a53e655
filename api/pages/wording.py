"""The words of the pages: one table per language in ``strings/``, both with the same keys.

Knows nothing about pages; a test holds the tables to each other and to the templates.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any

from kb.text.plural import fill
from kb.types import Lang

LANGUAGES: tuple[Lang, ...] = ("en", "zh")
# What stands in <html lang>: browsers choose the font for Chinese characters by it.
HTML_LANG: Mapping[Lang, str] = {"en": "en", "zh": "zh-CN"}
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)

Words = Callable[..., str]


@cache
def table(lang: Lang) -> Mapping[str, str]:
    """The whole table of ``lang``."""
    loaded: dict[str, str] = {}
    for name in (
        f"{lang}.json",
        f"answer.{lang}.json",
        f"desk.{lang}.json",
        f"handoff.{lang}.json",
        f"agent.{lang}.json",
    ):
        loaded |= json.loads(files("api.pages").joinpath("strings", name).read_text(encoding="utf-8"))
    return loaded


def words(lang: Lang) -> Words:
    """Return ``t(key, **values)`` for ``lang``; an unknown key raises ``KeyError``. Texts are filled as ``kb.text.plural`` says.

    >>> words("en")("vote.yes")
    'Yes'
    """
    texts = table(lang)

    def t(key: str, **values: Any) -> str:
        return fill(texts[key], values) if values else texts[key]

    return t


def label(lang: Lang, group: str, value: str, unknown: str | None = None) -> str:
    """A code's words where the table has them, else ``unknown``; without that the code made readable: ``in_progress`` gives "In
    progress"."""
    known = table(lang).get(f"{group}.{value}", unknown)
    if known is not None:
        return known
    readable = value.replace("_", " ").replace("-", " ").replace("/", " › ").strip()
    return readable[:1].upper() + readable[1:]


def date_text(value: str | date | datetime | None, lang: Lang) -> str:
    """A day as people write it; ISO 8601 text is read by its first ten characters.

    >>> date_text("2026-09-01", "en"), date_text("2026-09-01", "zh")
    ('1 September 2026', '2026年9月1日')
    """
    if value is None:
        return ""
    day = date.fromisoformat(value[:10]) if isinstance(value, str) else value
    if lang == "zh":
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def short_date(value: date | datetime, lang: Lang, today: date) -> str:
    """A day in few letters; the year only when it is not the one of ``today``.

    >>> short_date(date(2026, 11, 4), "en", date(2026, 1, 1)), short_date(date(2025, 11, 4), "zh", date(2026, 1, 1))
    ('4 Nov', '2025年11月4日')
    """
    year = "" if value.year == today.year else str(value.year)
    if lang == "zh":
        return f"{year}{'年' if year else ''}{value.month}月{value.day}日"
    return f"{value.day} {_MONTHS[value.month - 1][:3]} {year}".rstrip()


def readable(text: str) -> str:
    """``text`` without control characters and lone surrogates, which a page cannot hold."""
    return "".join(c for c in text if c in "\t\n\r" or unicodedata.category(c) not in ("Cc", "Cs"))
