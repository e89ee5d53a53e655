"""Topics, moods, teams and routes of ``policy.yaml``, and whether the names in them mean something.

Every function raises ``WrongError``, or an ``ExceptionGroup`` of several.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import yaml

from kb.policy.fields import (
    LANGS,
    by_language,
    choice,
    entries,
    every,
    is_off,
    items,
    joined,
    mapping,
    phrases,
    text,
    written,
    yes,
)
from kb.policy.parse_hours import read_hours
from kb.policy.policy import Policy
from kb.policy.rules import CHANNELS, Do, Routing, Rule, Team, Urgency
from kb.text.strict_yaml import WrongError, line_of

_MOST = 200  # topics, teams, routes
_DOES: tuple[Do, ...] = ("handoff", "answer_and_offer", "offer")
_URGENCIES: tuple[Urgency, ...] = ("normal", "high")
_MOODS = ("angry", "frustrated")
_NAME = re.compile(r"[\w][\w .&/-]{0,59}")
_CHANNEL = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")  # as KB_HANDOFF_DESTINATIONS names a destination


def read_topics(node: yaml.Node, base: Policy) -> dict[str, Any]:
    topics = dict(base.topics)

    def read(given: tuple[str, yaml.Node]) -> None:
        name, value = given
        if is_off(value):
            topics.pop(name, None)
            return
        old = base.topics.get(name) or Rule(name, {})
        missing = WrongError(
            line_of(value), "missing", f"`topics.{name}` has no `phrases:`, so that nothing is about it."
        )
        try:
            topics[name] = _rule(value, what=f"topics.{name}", old=old)
        except (WrongError, ExceptionGroup) as error:
            unheard = isinstance(value, yaml.MappingNode) and not old.phrases and "phrases" not in written(value)
            raise ExceptionGroup("a topic", [error, missing] if unheard else [error]) from None
        if not any(topics[name].phrases.values()):
            raise missing

    every(read, _named(node, "topics").items())
    return {"topics": topics}


def read_moods(node: yaml.Node, base: Policy) -> dict[str, Any]:
    def read(value: yaml.Node, name: str) -> Rule | None:
        old = base.moods.get(name) or Rule(name, {}, empathy=True)
        return None if is_off(value) else _rule(value, what=f"moods.{name}", old=old)

    moods = {**base.moods, **entries(node, "moods", {name: partial(read, name=name) for name in _MOODS})}
    return {"moods": {name: rule for name in _MOODS if (rule := moods.get(name))}}


def _rule(node: yaml.Node, *, what: str, old: Rule) -> Rule:
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
    for found in entries(node, what, readers).values():
        values.update(found)
    return replace(old, **values)


def read_teams(node: yaml.Node, base: Policy) -> dict[str, Any]:
    readers: Mapping[str, Callable[[yaml.Node], Any]] = {
        "channels": lambda n: tuple(every(_channel, items(n))),
        "mail": lambda n: tuple(every(_mail, items(n))),
        "hours": read_hours,
    }

    def read(given: tuple[str, yaml.Node]) -> Team:
        name, value = given
        return Team(name, **{"channels": (), "mail": (), "hours": None, **entries(value, f"teams.{name}", readers)})

    return {"teams": {**base.teams, **{team.name: team for team in every(read, _named(node, "teams").items())}}}


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


def _mail(node: yaml.Node) -> str:
    value = text(node, "mail")
    if not re.fullmatch(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+", value):
        raise WrongError(line_of(node), "bad_value", f"{value!r} is no mail address.")
    return value


def read_routes(node: yaml.Node, base: Policy) -> dict[str, Any]:
    if not isinstance(node, yaml.SequenceNode):
        raise WrongError(
            line_of(node), "bad_type", "`routes` must be a list: lines that begin with `- {topic: ..., team: ...}`."
        )
    if len(node.value) > _MOST:
        raise WrongError(line_of(node.value[_MOST]), "too_big", f"More than {_MOST} routes.")
    return {"routes": tuple(every(_routing, node.value))}


def _routing(node: yaml.Node) -> Routing:
    readers: Mapping[str, Callable[[yaml.Node], Any]] = {
        "team": partial(text, what="team"),
        "topic": partial(text, what="topic"),
        "category": partial(text, what="category"),
        "lang": lambda n: choice(n, "lang", LANGS),
        "urgency": lambda n: choice(n, "urgency", _URGENCIES),
    }
    found, _ = every(lambda read: read(node), (lambda n: entries(n, "routes", readers), _with_team))
    return Routing(**{"topic": None, "category": None, "lang": None, "urgency": None, **found}, line=line_of(node))


def _with_team(node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.MappingNode) and "team" not in written(node):
        raise WrongError(line_of(node), "missing", "A route needs a `team:`.")
    return {}


def _named(node: yaml.Node, what: str) -> dict[str, yaml.Node]:
    found = mapping(node, what)
    if len(found) > _MOST:
        raise WrongError(line_of(node), "too_big", f"More than {_MOST} entries in `{what}`.")

    def check(given: tuple[str, yaml.Node]) -> None:
        if not _NAME.fullmatch(given[0]):
            raise WrongError(
                line_of(given[1]), "bad_value", f"{given[0]!r} is no name; use letters, digits, spaces and hyphens."
            )

    every(check, found.items())
    return found


def check_names(root: yaml.Node, base: Policy) -> None:
    """Refuse names of teams and topics that nothing else has; what a file says wrongly elsewhere does not matter here."""
    sections = written(root)
    defined = written(sections.get("topics"))
    teams = (*base.teams, *written(sections.get("teams")))
    topics = [name for name in (*base.topics, *defined) if name not in defined or not is_off(defined[name])]

    def check(given: tuple[yaml.Node, str, Iterable[str]]) -> None:
        node, what, known = given
        if isinstance(node, yaml.ScalarNode) and " ".join(node.value.split()) not in known:
            names = ", ".join(dict.fromkeys(known))
            raise WrongError(
                line_of(node), "unknown_name", f"There is no {what} {text(node, what)!r}; there are {names}."
            )

    def named() -> Iterator[tuple[yaml.Node, str, Iterable[str]]]:
        for section in ("topics", "moods"):
            for rule in written(sections.get(section)).values():
                if "team" in written(rule):
                    yield written(rule)["team"], "team", teams
        routes = sections.get("routes")
        for route in routes.value if isinstance(routes, yaml.SequenceNode) else ():
            for what, known in (("team", teams), ("topic", topics)):
                if what in written(route):
                    yield written(route)[what], what, known

    every(check, named())
