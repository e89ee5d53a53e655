"""Reads ``policy.yaml`` over what is shipped: sections that are not there stay, phrases add to the shipped ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache, partial
from importlib.resources import files
from typing import Any

import yaml

from kb.policy.fields import by_language, entries, every, is_off, joined, mapping, number, phrases, wrongs
from kb.policy.parse_hours import read_hours
from kb.policy.parse_rules import check_names, read_moods, read_routes, read_teams, read_topics
from kb.policy.policy import NO_POLICY, Policy
from kb.text.strict_yaml import WrongError, compose
from kb.types import Problem

FILE_NAME = "policy.yaml"
MAX_BYTES = 1024 * 1024
_DEEPEST = 6  # the file, teams, a team, its hours, open, the periods of a day
_MOST_PROBLEMS = 50


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
    found: dict[str, Any] = {}

    def sections(root: yaml.Node) -> None:
        readers = {name: partial(read, base=base) for name, read in _READERS.items()}
        for values in entries(root, FILE_NAME, readers).values():
            found.update(values)

    try:
        root = compose(
            raw, most=MAX_BYTES, deepest=_DEEPEST, too_deep="Too many lists inside lists; look at the indentation."
        )
        if root is not None:
            both: tuple[Callable[[yaml.Node], None], ...] = (sections, partial(check_names, base=base))
            every(lambda read: read(root), both)
    except (WrongError, ExceptionGroup) as error:
        problems = [one.problem(FILE_NAME) for one in wrongs(error)]
        return None, tuple(sorted(problems, key=lambda problem: problem.line))[:_MOST_PROBLEMS]
    policy = replace(base, **found)
    return policy, tuple(_remarks(policy))


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
    readers = {name: partial(_count, what=name) for name in ("after", "frustrated_after")}
    found = entries(node, "repeated_failure", readers)
    after = found.get("after", base.failures)
    return {
        "failures": after,
        "failures_frustrated": found.get("frustrated_after", min(after, base.failures_frustrated)),
    }


def _hours(node: yaml.Node, base: Policy) -> dict[str, Any]:
    return {"hours": None if is_off(node) else read_hours(node)}


def _say(node: yaml.Node, base: Policy) -> dict[str, Any]:
    known = tuple(base.say) or tuple(mapping(node, "say"))
    found = entries(node, "say", {name: partial(by_language, what=f"say.{name}") for name in known})
    return {"say": {**base.say, **{name: {**base.say.get(name, {}), **said} for name, said in found.items()}}}


def _share(node: yaml.Node, base: Policy) -> dict[str, Any]:
    if is_off(node):
        return {"share": replace(base.share, above=1.0)}
    if isinstance(node, yaml.ScalarNode):
        return {"share": replace(base.share, above=_above(node))}
    readers: Mapping[str, Callable[[yaml.Node], Any]] = {
        "above": _above,
        "days": _days,
        "least": partial(_count, what="least"),
    }
    return {"share": replace(base.share, **entries(node, "handoff_share_alert", readers))}


def _days(node: yaml.Node) -> int:
    return number(node, "days", int, lambda n: 1 <= n <= 90, "1 to 90")


def _above(node: yaml.Node) -> float:
    return number(node, "handoff_share_alert", _share_of, lambda n: 0.0 < n <= 1.0, "a share such as 0.20 or 20 %")


def _share_of(value: str) -> float:
    return float(value.removesuffix("%").strip()) / 100 if value.endswith("%") else float(value)


def _count(node: yaml.Node, what: str) -> int:
    return number(node, what, int, lambda n: 1 <= n <= 100_000, "a whole number from 1 on")


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


_READERS: Mapping[str, Callable[..., dict[str, Any]]] = {
    "topics": read_topics,
    "moods": read_moods,
    "person": _person,
    "pressing": _pressing,
    "repeated_failure": _failures,
    "hours": _hours,
    "teams": read_teams,
    "routes": read_routes,
    "say": _say,
    "handoff_share_alert": _share,
}
