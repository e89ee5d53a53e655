"""A policy as a whole: what ``policy.yaml`` says over what is shipped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from kb.policy.rules import DEFAULT_TEAM, Referral, Route, Routing, Rule, ShareAlert, Team, Urgency, route
from kb.types import Lang, Outcome


@dataclass(frozen=True)
class Policy:
    """``topics`` and ``moods`` by name, the one that goes first first. ``wishes``: words that ask for a person beside the built-in
    ones, which nothing switches off. ``failures``: unanswered questions of one conversation after which a person takes over,
    ``failures_frustrated`` of a visitor who has shown frustration; 0: never.
    """

    topics: Mapping[str, Rule] = field(default_factory=dict)
    moods: Mapping[str, Rule] = field(default_factory=dict)
    wishes: Mapping[Lang, tuple[str, ...]] = field(default_factory=dict)
    teams: Mapping[str, Team] = field(default_factory=lambda: {DEFAULT_TEAM: Team(DEFAULT_TEAM)})
    routes: tuple[Routing, ...] = ()
    failures: int = 3
    failures_frustrated: int = 2
    share: ShareAlert = field(default_factory=ShareAlert)

    def route(
        self,
        *,
        topic: str | None = None,
        category: str | None = None,
        lang: Lang | None = None,
        urgency: Urgency = "normal",
    ) -> Route:
        """Who takes a request for a person over: the team of its topic, else of the first route that fits, else "support"."""
        rule = self.topics.get(topic) if topic else None
        if rule is not None and rule.team in self.teams:
            return Route(self.teams[rule.team], f"topic {rule.name}")
        return route(self.routes, self.teams, topic=topic, category=category, lang=lang, urgency=urgency)

    def refer(
        self,
        texts: Sequence[str],
        outcomes: Sequence[Outcome],
        *,
        category: str | None = None,
        lang: Lang | None = None,
        now: datetime | None = None,
    ) -> Referral:
        """Who takes over a conversation in which the visitor wrote ``texts`` and the answers had ``outcomes``, and how soon."""
        return Referral(self.route(category=category, lang=lang))


NO_POLICY = Policy()
