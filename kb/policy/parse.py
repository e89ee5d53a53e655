"""Reads ``policy.yaml`` over what is shipped: sections that are not there stay, phrases add to the shipped ones."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from kb.policy.fields import (
    by_language,
    choice,
    is_off,
    items,
    joined,
    mapping,
    number,
    phrases,
    text,
    yes,
)
from kb.policy.parse_hours import read_hours
from kb.policy.policy import NO_POLICY, Policy
from kb.policy.rules import CHANNELS, Do, Routing, Rule, ShareAlert, Team, Urgency
from kb.text.strict_yaml import WrongError, compose, line_of
from kb.types import Lang, Problem

FILE_NAME = "policy.yaml"
MAX_BYTES = 1024 * 1024
SECTIONS = (
    "topics",
    "moods",
    "person",
    "pressing",
    "repeated_failure",
    "hours",
    "teams",
    "routes",
    "say",
    "handoff_share_alert",
)
_DEEPEST = 6  # the file, teams, a team, its hours, open, the periods of a day
_MOST = 200  # topics, teams, routes
_MOST_PROBLEMS = 50
_DOES: tuple[Do, ...] = ("handoff", "answer_and_offer", "offer")
_URGENCIES: tuple[Urgency, ...] = ("normal", "high")
_MOODS = ("angry", "frustrated")
_RULE_KEYS = ("phrases", "except", "do", "asked", "team", "urgency", "empathy", "say")
_NAME = re.compile(r"[\w][\w .&/-]{0,59}")
_CHANNEL = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")  # as KB_HANDOFF_DESTINATIONS names a destination


def read_policy(raw: bytes) -> tuple[Policy | None, tuple[Problem, ...]]:
    """The policy that the bytes of a file describe over what is shipped, and what is wrong with them.

    A file with a fatal problem gives None, so that nobody goes on with half of it; others are remarks.
    """
    return _read(raw, shipped_policy())


@cache
def shipped_policy() -> Policy:
    """What is in force without a file."""
    policy, problems = _read(files("kb.policy").joinpath("shipped.yaml").read_bytes(), NO_POLICY)
    if policy is None:  # a fault of the package, which a test holds
        raise ValueError("; ".join(f"{problem.line}: {problem.message}" for problem in problems))
    return policy


def _read(raw: bytes, base: Policy) -> tuple[Policy | None, tuple[Problem, ...]]:
    try:
        root = compose(
            raw, most=MAX_BYTES, deepest=_DEEPEST, too_deep="Too many lists inside lists; look at the indentation."
        )
        sections = {} if root is None else mapping(root, FILE_NAME, SECTIONS)
    except WrongError as error:
        return None, (error.problem(FILE_NAME),)
    found: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, read in _READERS.items():
        if name in sections:
            try:
                found.update(read(sections[name], base))
            except WrongError as error:
                problems.append(error.problem(FILE_NAME))
    policy = replace(base, **found)
    if not problems:
        problems += [error.problem(FILE_NAME) for error in _strangers(policy, sections)]
    if problems:
        return None, tuple(sorted(problems, key=lambda problem: problem.line))[:_MOST_PROBLEMS]
    return policy, tuple(_remarks(policy))


def _topics(node: yaml.Node, base: Policy) -> dict[str, Any]:
    topics = dict(base.topics)
    for name, value in _named(node, "topics").items():
        if is_off(value):
            topics.pop(name, None)
            continue
        old = topics.get(name)
        topics[name] = _rule(value, f"topics.{name}", old or Rule(name, {}))
        if not any(topics[name].phrases.values()):
            raise WrongError(
                line_of(value), "missing", f"`topics.{name}` has no `phrases:`, so that nothing is about it."
            )
    return {"topics": topics}


def _moods(node: yaml.Node, base: Policy) -> dict[str, Any]:
    moods = dict(base.moods)
    for name, value in mapping(node, "moods", _MOODS).items():
        if is_off(value):
            moods.pop(name, None)
        else:
            moods[name] = _rule(value, f"moods.{name}", moods.get(name) or Rule(name, {}, empathy=True))
    return {"moods": {name: moods[name] for name in _MOODS if name in moods}}


def _rule(node: yaml.Node, what: str, old: Rule) -> Rule:
    found = mapping(node, what, _RULE_KEYS)
    readers: Mapping[str, Callable[[yaml.Node], dict[str, Any]]] = {
        "phrases": lambda n: {"phrases": joined(old.phrases, phrases(n, f"{what}.phrases"))},
        "except": lambda n: {"exceptions": joined(old.exceptions, phrases(n, f"{what}.except"))},
        "do": lambda n: {"do": choice(n, "do", _DOES)},
        "asked": lambda n: {"asked": choice(n, "asked", _DOES)},
        "team": lambda n: {"team": text(n, "team")},
        "urgency": lambda n: {"urgency": choice(n, "urgency", _URGENCIES)},
        "empathy": lambda n: {"empathy": yes(n, "empathy")},
        "say": lambda n: {"preface": {**old.preface, **by_language(n, "say")}},
    }
    values: dict[str, Any] = {}
    for name, value in found.items():
        values.update(readers[name](value))
    return replace(old, **values)


def _person(node: yaml.Node, base: Policy) -> dict[str, Any]:
    return {"wishes": joined(base.wishes, phrases(node, "person"))}


def _pressing(node: yaml.Node, base: Policy) -> dict[str, Any]:
    return {"pressing": joined(base.pressing, phrases(node, "pressing"))}


def _failures(node: yaml.Node, base: Policy) -> dict[str, Any]:
    if is_off(node):
        return {"failures": 0, "failures_frustrated": 0}
    if isinstance(node, yaml.ScalarNode):
        after = _count(node, "repeated_failure")
        return {"failures": after, "failures_frustrated": min(after, base.failures_frustrated) or after}
    found = mapping(node, "repeated_failure", ("after", "frustrated_after"))
    after = _count(found["after"], "after") if "after" in found else base.failures
    frustrated = _count(found["frustrated_after"], "frustrated_after") if "frustrated_after" in found else None
    return {
        "failures": after,
        "failures_frustrated": min(after, base.failures_frustrated) if frustrated is None else frustrated,
    }


def _teams(node: yaml.Node, base: Policy) -> dict[str, Any]:
    teams = dict(base.teams)
    for name, value in _named(node, "teams").items():
        found = mapping(value, f"teams.{name}", ("channels", "mail", "hours"))
        teams[name] = Team(
            name,
            channels=tuple(_channel(one) for one in items(found["channels"])) if "channels" in found else (),
            mail=tuple(_mail(one) for one in items(found["mail"])) if "mail" in found else (),
            hours=read_hours(found["hours"]) if "hours" in found else None,
        )
    return {"teams": teams}


def _channel(node: yaml.Node) -> str:
    """A kind of destination, or the name that the settings give to one; what is not configured there is left out later."""
    value = text(node, "channels")
    if not _CHANNEL.fullmatch(value):
        raise WrongError(
            line_of(node),
            "bad_value",
            f"`channels` has {', '.join(CHANNELS)}, or names of KB_HANDOFF_DESTINATIONS, not {value!r}.",
        )
    return value


def _hours(node: yaml.Node, base: Policy) -> dict[str, Any]:
    return {"hours": None if is_off(node) else read_hours(node)}


def _routes(node: yaml.Node, base: Policy) -> dict[str, Any]:
    if not isinstance(node, yaml.SequenceNode):
        raise WrongError(
            line_of(node), "bad_type", "`routes` must be a list: lines that begin with `- {topic: ..., team: ...}`."
        )
    if len(node.value) > _MOST:
        raise WrongError(line_of(node.value[_MOST]), "too_big", f"More than {_MOST} routes.")
    return {"routes": tuple(_routing(one) for one in node.value)}


def _routing(node: yaml.Node) -> Routing:
    found = mapping(node, "routes", ("team", "topic", "category", "lang", "urgency"))
    if "team" not in found:
        raise WrongError(line_of(node), "missing", "A route needs a `team:`.")
    langs: tuple[Lang, ...] = ("en", "zh")
    return Routing(
        text(found["team"], "team"),
        topic=text(found["topic"], "topic") if "topic" in found else None,
        category=text(found["category"], "category") if "category" in found else None,
        lang=choice(found["lang"], "lang", langs) if "lang" in found else None,
        urgency=choice(found["urgency"], "urgency", _URGENCIES) if "urgency" in found else None,
        line=line_of(node),
    )


def _say(node: yaml.Node, base: Policy) -> dict[str, Any]:
    known = tuple(base.say) or tuple(mapping(node, "say"))
    found = mapping(node, "say", known)
    return {"say": {**base.say, **{n: {**base.say.get(n, {}), **by_language(v, f"say.{n}")} for n, v in found.items()}}}


def _share(node: yaml.Node, base: Policy) -> dict[str, Any]:
    if is_off(node):
        return {"share": replace(base.share, above=1.0)}
    if isinstance(node, yaml.ScalarNode):
        return {"share": replace(base.share, above=_above(node))}
    found = mapping(node, "handoff_share_alert", ("above", "days", "least"))
    share = base.share
    return {
        "share": ShareAlert(
            above=_above(found["above"]) if "above" in found else share.above,
            days=_days(found["days"]) if "days" in found else share.days,
            least=_count(found["least"], "least") if "least" in found else share.least,
        )
    }


def _days(node: yaml.Node) -> int:
    return number(node, "days", int, lambda n: 1 <= n <= 90, "1 to 90")


def _above(node: yaml.Node) -> float:
    return number(node, "handoff_share_alert", _share_of, lambda n: 0.0 < n <= 1.0, "a share such as 0.20 or 20 %")


def _share_of(value: str) -> float:
    return float(value.removesuffix("%").strip()) / 100 if value.endswith("%") else float(value)


def _count(node: yaml.Node, what: str) -> int:
    return number(node, what, int, lambda n: 1 <= n <= 100_000, "a whole number from 1 on")


def _mail(node: yaml.Node) -> str:
    value = text(node, "mail")
    if not re.fullmatch(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+", value):
        raise WrongError(line_of(node), "bad_value", f"{value!r} is no mail address.")
    return value


def _named(node: yaml.Node, what: str) -> dict[str, yaml.Node]:
    found = mapping(node, what)
    for name, value in list(found.items())[: _MOST + 1]:
        if not _NAME.fullmatch(name):
            raise WrongError(
                line_of(value), "bad_value", f"{name!r} is no name; use letters, digits, spaces and hyphens."
            )
    if len(found) > _MOST:
        raise WrongError(line_of(node), "too_big", f"More than {_MOST} entries in `{what}`.")
    return found


def _strangers(policy: Policy, sections: Mapping[str, yaml.Node]) -> list[WrongError]:
    """Names of teams and topics that nothing else has."""
    wrong = []
    for section in ("topics", "moods"):
        for name, value in mapping(sections[section], section).items() if section in sections else ():
            team = None if is_off(value) else mapping(value, name).get("team")
            if team is not None and text(team, "team") not in policy.teams:
                wrong.append(_unknown(team, "team", policy.teams))
    for routing in items(sections["routes"]) if "routes" in sections else ():
        found = mapping(routing, "routes")
        if text(found["team"], "team") not in policy.teams:
            wrong.append(_unknown(found["team"], "team", policy.teams))
        if "topic" in found and text(found["topic"], "topic") not in policy.topics:
            wrong.append(_unknown(found["topic"], "topic", policy.topics))
    return wrong


def _unknown(node: yaml.Node, what: str, known: Mapping[str, object]) -> WrongError:
    return WrongError(
        line_of(node), "unknown_name", f"There is no {what} {text(node, what)!r}; there are {', '.join(known)}."
    )


def _remarks(policy: Policy) -> list[Problem]:
    """What does no harm but was hardly meant: routes that an earlier one takes everything from."""
    found = []
    for i, later in enumerate(policy.routes):
        for earlier in policy.routes[:i]:
            fields = ("topic", "category", "lang", "urgency")
            if all(getattr(earlier, f) in (None, getattr(later, f)) for f in fields):
                message = (
                    f"The route in line {earlier.line} takes everything that would go here; put this one before it."
                )
                found.append(Problem(FILE_NAME, later.line, "no_effect", message, False))
                break
    return found


_READERS: Mapping[str, Callable[[yaml.Node, Policy], dict[str, Any]]] = {
    "topics": _topics,
    "moods": _moods,
    "person": _person,
    "pressing": _pressing,
    "repeated_failure": _failures,
    "hours": _hours,
    "teams": _teams,
    "routes": _routes,
    "say": _say,
    "handoff_share_alert": _share,
}
