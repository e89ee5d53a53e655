"""A policy as JSON values, and as the ``policy.yaml`` that would say all of it."""

from __future__ import annotations

from typing import Any

import yaml

from kb.policy.parse_hours import DAYS
from kb.policy.policy import Policy
from kb.policy.rules import Hours, Routing, Rule


def policy_document(policy: Policy) -> dict[str, Any]:
    """Every section in the names of ``policy.yaml``, what is shipped included."""
    document: dict[str, Any] = {
        "topics": {name: _rule(rule) for name, rule in policy.topics.items()},
        "moods": {name: _rule(rule) for name, rule in policy.moods.items()},
        "person": {lang: list(lines) for lang, lines in policy.wishes.items() if lines},
        "pressing": {lang: list(lines) for lang, lines in policy.pressing.items() if lines},
        "repeated_failure": {"after": policy.failures, "frustrated_after": policy.failures_frustrated}
        if policy.failures
        else "off",
        "teams": {
            team.name: {
                **({"channels": list(team.channels)} if team.channels else {}),
                **({"mail": list(team.mail)} if team.mail else {}),
                **({"hours": _hours(team.hours)} if team.hours else {}),
            }
            for team in policy.teams.values()
        },
        "routes": [_routing(routing) for routing in policy.routes],
        "say": {occasion: dict(words) for occasion, words in policy.say.items()},
        "handoff_share_alert": {"above": policy.share.above, "days": policy.share.days, "least": policy.share.least},
    }
    if policy.hours is not None:
        document["hours"] = _hours(policy.hours)
    return {name: value for name, value in document.items() if value not in ({}, [])}


def policy_text(policy: Policy) -> str:
    """The same as YAML, which ``kb policy check`` accepts."""
    text: str = yaml.safe_dump(policy_document(policy), allow_unicode=True, sort_keys=False, width=120)
    return text.rstrip()


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "do": rule.do,
        "asked": rule.asked,
        "urgency": rule.urgency,
        "empathy": "yes" if rule.empathy else "no",
        **({"team": rule.team} if rule.team else {}),
        **({"say": dict(rule.preface)} if rule.preface else {}),
        "phrases": {lang: list(lines) for lang, lines in rule.phrases.items() if lines},
        **({"except": found} if (found := {k: list(v) for k, v in rule.exceptions.items() if v}) else {}),
    }


def _hours(hours: Hours) -> dict[str, Any]:
    return {
        "zone": hours.zone,
        "open": {
            day: [f"{begins:%H:%M}-{'24:00' if ends.microsecond else f'{ends:%H:%M}'}" for begins, ends in periods]
            for day, periods in zip(DAYS, hours.week, strict=True)
            if periods
        },
        "closed": [str(first) if first == last else f"{first}..{last}" for first, last in hours.closed],
        **({"away": dict(hours.away)} if hours.away else {}),
    }


def _routing(routing: Routing) -> dict[str, str]:
    given = {
        "topic": routing.topic,
        "category": routing.category,
        "lang": routing.lang,
        "urgency": routing.urgency,
        "team": routing.team,
    }
    return {name: value for name, value in given.items() if value is not None}
