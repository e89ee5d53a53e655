"""What a policy lets be said: a word of sympathy before the answer, and when somebody is there again."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from kb.policy.judge import Judgement
from kb.policy.rules import Hours
from kb.text.script import is_traditional, traditional
from kb.types import Lang

if TYPE_CHECKING:
    from kb.policy.policy import Policy

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DAYS_ZH = "一二三四五六日"
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def preface(policy: Policy, judged: Judgement, question: str, lang: Lang, *, failed: bool = False) -> str:
    """What is said before the answer, "" for nothing. ``failed``: a person takes over because nothing has helped.

    The gravest occasion speaks: the topic's own words, anger, frustration that was shown before, frustration, the topic, failure.
    """
    topic = judged.topic if judged.topic is not None and not judged.about else None
    mood = policy.moods.get(judged.mood)
    if topic is not None and topic.preface:
        return _in_script(topic.preface.get(lang, ""), question)
    if mood is not None and mood.empathy:
        if mood.preface:
            return _in_script(mood.preface.get(lang, ""), question)
        return _said(policy, "again" if judged.again and judged.mood == "frustrated" else judged.mood, question, lang)
    if topic is not None and topic.empathy:
        return _said(policy, "topic", question, lang)
    return _said(policy, "failed", question, lang) if failed else ""


def away_message(
    policy: Policy, hours: Hours, opens_at: datetime | None, question: str, lang: Lang, *, kept: bool
) -> str:
    """What is said outside ``hours``. ``kept``: a request that is sent now waits until somebody is there."""
    if opens_at is None:
        return _said(policy, "away_unknown", question, lang)
    words = hours.away.get(lang) or policy.say.get("away", {}).get(lang, "")
    said = words.replace("{opens}", moment(opens_at, hours.zone, lang))
    follows = policy.say.get("kept", {}).get(lang, "") if kept else ""
    return _in_script(f"{said}{'' if lang == 'zh' else ' '}{follows}".strip(), question)


def moment(at: datetime, zone: str, lang: Lang) -> str:
    """A moment as people of that zone say it.

    >>> from datetime import UTC
    >>> moment(datetime(2026, 11, 23, 8, tzinfo=UTC), "Europe/Berlin", "en")
    'Monday 23 November, 09:00 (Europe/Berlin)'
    """
    there = at.astimezone(ZoneInfo(zone))
    if lang == "zh":
        return f"{there.month}月{there.day}日（周{_DAYS_ZH[there.weekday()]}）{there:%H:%M}（{zone}）"
    return f"{_DAYS[there.weekday()]} {there.day} {_MONTHS[there.month - 1]}, {there:%H:%M} ({zone})"


def _said(policy: Policy, occasion: str, question: str, lang: Lang) -> str:
    return _in_script(policy.say.get(occasion, {}).get(lang, ""), question)


def _in_script(text: str, question: str) -> str:
    return traditional(text) if text and is_traditional(question) else text
