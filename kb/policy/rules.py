"""The nouns of a policy: topics, moods, teams with their hours, and how a request for a person is routed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Literal

from kb.types import Lang

# What a rule does. "handoff": a person takes over, whatever the articles say. "answer_and_offer": an answer is given if there is
# one, and a person offered beside it; without an answer a person takes over. "offer": a person is offered, nothing else changes.
Do = Literal["handoff", "answer_and_offer", "offer"]
Urgency = Literal["normal", "high"]
Mood = Literal["calm", "frustrated", "angry"]
CHANNELS = ("webhook", "mail", "zendesk", "chatwoot")
DEFAULT_TEAM = "support"


@dataclass(frozen=True, slots=True)
class Rule:
    """A topic, or a mood. ``phrases``: what a visitor says, by language; ``exceptions``: wordings that contain one and mean
    something else. ``asked``: what is done when somebody asks about it and has no case of their own. ``preface``: what is said
    before the answer instead of the words that ``empathy`` would choose.
    """

    name: str
    phrases: Mapping[Lang, tuple[str, ...]]
    exceptions: Mapping[Lang, tuple[str, ...]] = field(default_factory=dict)
    do: Do = "handoff"
    asked: Do = "answer_and_offer"
    team: str = ""  # "": as the routes say
    urgency: Urgency = "normal"
    empathy: bool = False
    preface: Mapping[Lang, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hours:
    """When somebody is there, in the wall time of ``zone`` (an IANA name). ``week``: seven days from Monday, each with periods
    from (inclusive) to (exclusive), ``time.max`` for midnight at the end of the day; one that ends before it begins goes on after
    midnight and belongs to the day of its beginning. ``closed``: first and last days of holidays.
    ``away``: what is said outside these hours, by language, with ``{opens}`` for the moment when somebody is there again.
    """

    zone: str
    week: tuple[tuple[tuple[time, time], ...], ...]
    closed: tuple[tuple[date, date], ...] = ()
    away: Mapping[Lang, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Team:
    """Who takes over. ``channels``: of ``CHANNELS``, or names that the settings give to destinations; empty: every one.
    ``mail``: the team's own addresses instead of the configured ones. ``hours``: None when nothing is known of them.
    """

    name: str
    channels: tuple[str, ...] = ()
    mail: tuple[str, ...] = ()
    hours: Hours | None = None


@dataclass(frozen=True, slots=True)
class Routing:
    """Requests that fit all that is given go to ``team``; None fits everything."""

    team: str
    topic: str | None = None
    category: str | None = None
    lang: Lang | None = None
    urgency: Urgency | None = None
    line: int = 0  # in policy.yaml, 1-based; 0: shipped


@dataclass(frozen=True, slots=True)
class Route:
    """Where a request goes. ``rule``: which line of the policy decided, for people."""

    team: Team
    rule: str

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of the destinations; empty: every one that is configured."""
        return self.team.channels


@dataclass(frozen=True, slots=True)
class ShareAlert:
    """Owners are told when more than ``above`` (a share in [0, 1]) of the questions of ``days`` days were handed over, from
    ``least`` questions on."""

    above: float = 0.20
    days: int = 7
    least: int = 50


def route(
    routes: Sequence[Routing],
    teams: Mapping[str, Team],
    *,
    topic: str | None = None,
    category: str | None = None,
    lang: Lang | None = None,
    urgency: Urgency = "normal",
) -> Route:
    """The first of ``routes`` that fits; else the team "support". Categories are compared without case.

    >>> teams = {name: Team(name) for name in ("support", "security")}
    >>> route([Routing("security", topic="security", line=4)], teams, topic="security").rule
    'routes, line 4'
    """
    for r in routes:
        fits = (
            r.topic in (None, topic)
            and (r.category is None or (category is not None and r.category.casefold() == category.casefold()))
            and r.lang in (None, lang)
            and r.urgency in (None, urgency)
        )
        if fits and r.team in teams:
            return Route(teams[r.team], f"routes, line {r.line}" if r.line else "routes")
    return Route(teams.get(DEFAULT_TEAM, Team(DEFAULT_TEAM)), "no route fits")


@dataclass(frozen=True, slots=True)
class Referral:
    """What the person who takes over is told of a whole conversation, and who that is.

    ``reasons`` for the urgency: "topic", "pressing_words", "angry", "repeated_failure". ``mood``: the worst that was shown.
    ``open``: whether somebody of the team is there now, None when no hours are known; ``opens_at``: when somebody is there again
    (UTC), None while somebody is there or when that is not known.
    """

    route: Route
    topic: str | None = None
    urgency: Urgency = "normal"
    reasons: tuple[str, ...] = ()
    mood: Mood = "calm"
    open: bool | None = None
    opens_at: datetime | None = None
