"""Reads ``synonyms.yaml``: a list of groups of equal expressions and of one-way rules, with the line of whatever is wrong.

- [refund, money back, 退款, 退钱]
- {from: [AX, 老路由], to: AX-1800}
"""

from __future__ import annotations

from collections.abc import Iterator

import yaml

from kb.text.strict_yaml import WrongError, compose, line_of, pairs
from kb.text.synonyms import Entry, Synonyms, expression_key, make_synonyms
from kb.types import Problem

FILE_NAME = "synonyms.yaml"
MAX_BYTES = 2 * 1024 * 1024
_MOST_ENTRIES = 20_000
_MOST_EXPRESSIONS = 64  # of one entry
_LONGEST_EXPRESSION = 100  # code points
_DEEPEST = 3  # the list, an entry, the expressions of from: or to:
_MOST_PROBLEMS = 50
_TOO_DEEP = "Lists inside the lists of an entry; write one list of words an entry."


def read_synonyms(raw: bytes) -> tuple[Synonyms | None, tuple[Problem, ...]]:
    """The synonyms that the bytes of a file describe, and what is wrong with them.

    A file with a fatal problem gives None, so that nobody goes on with half of it; others are remarks. Nothing is
    constructed from the YAML but text: tags, aliases and several documents are refused.
    """
    try:
        root = compose(raw, most=MAX_BYTES, deepest=_DEEPEST, too_deep=_TOO_DEEP)
        if root is None:
            return make_synonyms(()), ()
        if not isinstance(root, yaml.SequenceNode):
            raise WrongError(
                line_of(root), "bad_type", "The file must be a list: lines that begin with `- [word, word]`."
            )
        if len(root.value) > _MOST_ENTRIES:
            line = line_of(root.value[_MOST_ENTRIES])
            raise WrongError(line, "too_big", f"More than {_MOST_ENTRIES:,} groups; divide or shorten the list.")
    except WrongError as error:
        return None, (error.problem(FILE_NAME),)
    entries: list[tuple[int, Entry]] = []
    problems: list[Problem] = []
    for node in root.value:
        try:
            entries.append((line_of(node), _entry(node)))
        except WrongError as error:
            problems.append(error.problem(FILE_NAME))
            if len(problems) >= _MOST_PROBLEMS:
                break
    if problems:
        return None, tuple(problems)
    return make_synonyms([entry for _, entry in entries]), tuple(_remarks(entries))[:_MOST_PROBLEMS]


def _entry(node: yaml.Node) -> Entry:
    if isinstance(node, yaml.SequenceNode):
        group = _expressions(node)
        if len(group) < 2:
            raise WrongError(line_of(node), "bad_value", "A group needs two or more different expressions.")
        return Entry(group, group)
    if isinstance(node, yaml.MappingNode):
        return _rule(node)
    raise WrongError(line_of(node), "bad_type", "An entry must be `[word, word]` or `{from: word, to: word}`.")


def _rule(node: yaml.MappingNode) -> Entry:
    parts: dict[str, tuple[str, ...]] = {}
    for name, key, value in pairs(node):
        if name not in {"from", "to"}:
            raise WrongError(line_of(key), "bad_value", f"An entry has only `from` and `to`, not {name!r}.")
        parts[name] = _expressions(value)
    for name in ("from", "to"):
        if name not in parts:
            raise WrongError(line_of(node), "bad_value", f"`{name}` is missing: write `{{from: [word], to: word}}`.")
    return Entry(parts["from"], parts["to"], one_way=True)


def _expressions(node: yaml.Node) -> tuple[str, ...]:
    items = node.value if isinstance(node, yaml.SequenceNode) else [node]
    if not items:
        raise WrongError(line_of(node), "bad_value", "The list is empty.")
    if len(items) > _MOST_EXPRESSIONS:
        raise WrongError(
            line_of(node), "too_big", f"{len(items)} expressions in one entry; {_MOST_EXPRESSIONS} are read."
        )
    found: dict[str, str] = {}
    for item in items:
        expression = _expression(item)
        found.setdefault(expression_key(expression), expression)
    return tuple(found.values())


def _expression(node: yaml.Node) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise WrongError(line_of(node), "bad_type", "An expression must be text, not a list or a mapping.")
    if node.tag == "tag:yaml.org,2002:null":
        raise WrongError(line_of(node), "bad_value", "An expression is empty.")
    text = " ".join(node.value.split())
    if not expression_key(text):
        raise WrongError(
            line_of(node), "bad_value", f"{text!r} has no letter and no digit, so that nothing can match it."
        )
    if len(text) > _LONGEST_EXPRESSION:
        raise WrongError(
            line_of(node), "bad_value", f"An expression has {len(text)} characters; {_LONGEST_EXPRESSION} are read."
        )
    return text


def _remarks(entries: list[tuple[int, Entry]]) -> Iterator[Problem]:
    """What does no harm but was hardly meant."""
    rules: dict[tuple[str, str], int] = {}
    for line, entry in entries:
        if not entry.one_way:
            continue
        for said in entry.said:
            for meant in entry.meant:
                one, other = expression_key(said), expression_key(meant)
                if one == other:
                    message = f"{said!r} and {meant!r} are the same to the search; the rule does nothing."
                    yield Problem(FILE_NAME, line, "no_effect", message, False)
                elif (other, one) in rules:
                    message = (
                        f"{said!r} stands for {meant!r}, and the other way round in line {rules[other, one]}: "
                        "write one group, `[word, word]`."
                    )
                    yield Problem(FILE_NAME, line, "cycle", message, False)
                rules.setdefault((one, other), line)
