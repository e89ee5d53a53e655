"""A policy as a whole: what ``policy.yaml`` says over what is shipped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, lru_cache, partial
from typing import Literal

from kb.policy.hours import is_open, next_opening
from kb.policy.judge import Judgement, judge, mood_in, without_venting
from kb.policy.phrases import Lexicon, Phrase
from kb.policy.rules import DEFAULT_TEAM, Hours, Mood, Referral, Route, Routing, Rule, ShareAlert, Team, Urgency, route
from kb.types import Lang, Outcome

UNANSWERED = 3  # unanswered questions of one conversation after which nobody should wait any longer
_MOODS: tuple[Mood, ...] = ("calm", "frustrated", "angry")


@dataclass(frozen=True)
class Policy:
    """``topics`` and ``moods`` by name, the one that goes first first. ``wishes``: words that ask for a person beside the built-in
    ones, which nothing switches off. ``pressing``: words that make a request urgent. ``failures``: unanswered questions of one
    conversation after which a person takes over, ``failures_frustrated`` of a visitor who has shown frustration; 0: never.
    ``hours`` of all teams without their own. ``say``: by occasion and language, what is said before an answer or of the hours.
    """

    topics: Mapping[str, Rule] = field(default_factory=dict)
    moods: Mapping[str, Rule] = field(default_factory=dict)
    wishes: Mapping[Lang, tuple[str, ...]] = field(default_factory=dict)
    pressing: Mapping[Lang, tuple[str, ...]] = field(default_factory=dict)
    teams: Mapping[str, Team] = field(default_factory=lambda: {DEFAULT_TEAM: Team(DEFAULT_TEAM)})
    routes: tuple[Routing, ...] = ()
    failures: int = 0
    failures_frustrated: int = 0
    hours: Hours | None = None
    say: Mapping[str, Mapping[Lang, str]] = field(default_factory=dict)
    share: ShareAlert = field(default_factory=ShareAlert)

    @cached_property
    def lexicon(self) -> Lexicon:
        """All phrases with their owners: "topic:NAME", "mood:NAME", "person", "pressing"."""
        return Lexicon(self._phrases())

    @cached_property
    def mood_of(self) -> Callable[[str], Mood]:
        """The mood of an earlier text: every turn of a conversation asks for those before it."""
        return lru_cache(maxsize=1024)(partial(mood_in, self))

    def judge(self, text: str, earlier: Sequence[str] = (), unanswered: int = 0) -> Judgement:
        """What ``text`` says after the visitor's ``earlier`` texts, oldest first, of which ``unanswered`` were."""
        return judge(self, text, earlier, unanswered)

    def heard(self, text: str, judged: Judgement) -> str:
        """What of ``text`` is looked up: without sentences that only vent."""
        return without_venting(self, text) if judged.upset else text

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

    def hours_of(self, team: Team) -> Hours | None:
        """When somebody of ``team`` is there; None when nothing is known of it."""
        return team.hours or self.hours

    def presence(self, team: Team, now: datetime | None = None) -> tuple[bool | None, datetime | None]:
        """Whether somebody of ``team`` is there at ``now``, and when somebody is there again; for both see ``Referral``."""
        hours = self.hours_of(team)
        if hours is None:
            return None, None
        moment = now or datetime.now(UTC)
        return is_open(hours, moment), next_opening(hours, moment)

    def refer(
        self,
        texts: Sequence[str],
        outcomes: Sequence[Outcome],
        *,
        category: str | None = None,
        lang: Lang | None = None,
        now: datetime | None = None,
    ) -> Referral:
        """Who takes over a conversation in which the visitor wrote ``texts`` and the answers had ``outcomes``, and how soon.

        The topic is the last one that the visitor named.
        """
        judged = [self.judge(text) for text in dict.fromkeys(texts) if text]
        named = [j for j in judged if j.topic is not None]
        topic = next((j.topic for j in reversed(named) if not j.about), named[-1].topic if named else None)
        mood = max((j.mood for j in judged), key=_MOODS.index, default=_MOODS[0])
        reasons = []
        if topic is not None and topic.urgency == "high":
            reasons.append("topic")
        if any(j.pressing for j in judged):
            reasons.append("pressing_words")
        if mood == "angry" and self.moods["angry"].urgency == "high":
            reasons.append("angry")
        if sum(outcome is Outcome.NO_ANSWER for outcome in outcomes) >= UNANSWERED:
            reasons.append("repeated_failure")
        urgency: Literal["normal", "high"] = "high" if reasons else "normal"
        found = self.route(topic=topic.name if topic else None, category=category, lang=lang, urgency=urgency)
        there, back = self.presence(found.team, now)
        return Referral(found, topic.name if topic else None, urgency, tuple(reasons), mood, there, back)

    def _phrases(self) -> Iterator[Phrase]:
        owned: list[tuple[str, Mapping[Lang, tuple[str, ...]], bool]] = [
            ("person", self.wishes, False),
            ("pressing", self.pressing, False),
        ]
        for kind, rules in (("topic", self.topics), ("mood", self.moods)):
            for name, rule in rules.items():
                owned += [(f"{kind}:{name}", rule.phrases, False), (f"{kind}:{name}", rule.exceptions, True)]
        for owner, lists, exception in owned:
            for lines in lists.values():
                yield from (Phrase(owner, line, exception) for line in lines)


NO_POLICY = Policy()
