"""Reads ``synonyms.yaml``: a list of groups of equal expressions and of one-way rules, with the line of whatever is wrong.

- [refund, money back, 退款, 退钱]
- {from: [AX, 老路由], to: AX-1800}
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from kb.text.synonyms import Entry, Synonyms, expression_key, make_synonyms
from kb.types import Problem

FILE_NAME = "synonyms.yaml"
MAX_BYTES = 2 * 1024 * 1024
_MOST_ENTRIES = 20_000
_MOST_EXPRESSIONS = 64  # of one entry
_LONGEST_EXPRESSION = 100  # code points
_DEEPEST = 3  # the list, an entry, the expressions of from: or to:
_MOST_PROBLEMS = 50
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _WrongError(Exception):
    """``line``: 1-based."""

    def __init__(self, line: int, code: str, message: str) -> None:
        super().__init__(message)
        self.problem = Problem(FILE_NAME, line, code, message, True)


def read_synonyms(raw: bytes) -> tuple[Synonyms | None, tuple[Problem, ...]]:
    """The synonyms that the bytes of a file describe, and what is wrong with them.

    A file with a fatal problem gives None, so that nobody goes on with half of it; others are remarks. Nothing is
    constructed from the YAML but text: tags, aliases and several documents are refused.
    """
    try:
        if len(raw) > MAX_BYTES:
            raise _WrongError(
                0, "too_big", f"The file has {len(raw) / 1024**2:.1f} MB; {MAX_BYTES // 1024**2} are read."
            )
        root = _compose(_decode(raw))
        if root is None:
            return make_synonyms(()), ()
        if not isinstance(root, yaml.SequenceNode):
            raise _WrongError(
                _line(root), "bad_type", "The file must be a list: lines that begin with `- [word, word]`."
            )
        if len(root.value) > _MOST_ENTRIES:
            line = _line(root.value[_MOST_ENTRIES])
            raise _WrongError(line, "too_big", f"More than {_MOST_ENTRIES:,} groups; divide or shorten the list.")
    except _WrongError as error:
        return None, (error.problem,)
    entries: list[tuple[int, Entry]] = []
    problems: list[Problem] = []
    for node in root.value:
        try:
            entries.append((_line(node), _entry(node)))
        except _WrongError as error:
            problems.append(error.problem)
            if len(problems) >= _MOST_PROBLEMS:
                break
    if problems:
        return None, tuple(problems)
    return make_synonyms([entry for _, entry in entries]), tuple(_remarks(entries))[:_MOST_PROBLEMS]


def _decode(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise _WrongError(line, "not_utf8", "The file is not UTF-8 text; save it as UTF-8.") from error


def _compose(source: str) -> yaml.Node | None:
    try:
        _refuse_dangerous(source)
        node: yaml.Node | None = yaml.compose(source, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = error.problem or "it cannot be read"
        hint = " (put the text in quotes; indent with spaces, not tabs)" if "token" in reason else ""
        raise _WrongError(mark.line + 1 if mark else 1, "bad_yaml", f"The file is not YAML: {reason}{hint}.") from error
    except yaml.reader.ReaderError as error:
        line = source[: error.position].count("\n") + 1 if isinstance(error.position, int) else 1
        raise _WrongError(line, "bad_yaml", f"The file holds a character that YAML forbids: {error.reason}.") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise _WrongError(1, "bad_yaml", f"The file is not YAML: {str(error).splitlines()[0]}.") from error
    return node


def _refuse_dangerous(source: str) -> None:
    """Raise for what could grow while it is read, before any node is built."""
    depth = documents = 0
    for event in yaml.parse(source, Loader=_Loader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _WrongError(line, "bad_yaml", "Anchors and aliases (&name, *name) are not read; write the words out.")
        tag = getattr(event, "tag", None)
        if tag:
            raise _WrongError(line, "bad_yaml", f"The tag {tag} is not read; write plain text.")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        documents += isinstance(event, yaml.DocumentStartEvent)
        if depth > _DEEPEST:
            raise _WrongError(line, "bad_type", "Lists inside the lists of an entry; write one list of words an entry.")
        if documents > 1:
            raise _WrongError(line, "bad_yaml", "The file holds more than one YAML document.")


def _entry(node: yaml.Node) -> Entry:
    if isinstance(node, yaml.SequenceNode):
        group = _expressions(node)
        if len(group) < 2:
            raise _WrongError(_line(node), "bad_value", "A group needs two or more different expressions.")
        return Entry(group, group)
    if isinstance(node, yaml.MappingNode):
        return _rule(node)
    raise _WrongError(_line(node), "bad_type", "An entry must be `[word, word]` or `{from: word, to: word}`.")


def _rule(node: yaml.MappingNode) -> Entry:
    parts: dict[str, tuple[str, ...]] = {}
    for key, value in node.value:
        name = key.value if isinstance(key, yaml.ScalarNode) else ""
        if name not in {"from", "to"}:
            raise _WrongError(_line(key), "bad_value", f"An entry has only `from` and `to`, not {name!r}.")
        if name in parts:
            raise _WrongError(
                _line(key), "duplicate_key", f"`{name}` is given twice; write a list: `{name}: [word, word]`."
            )
        parts[name] = _expressions(value)
    for name in ("from", "to"):
        if name not in parts:
            raise _WrongError(_line(node), "bad_value", f"`{name}` is missing: write `{{from: [word], to: word}}`.")
    return Entry(parts["from"], parts["to"], one_way=True)


def _expressions(node: yaml.Node) -> tuple[str, ...]:
    items = node.value if isinstance(node, yaml.SequenceNode) else [node]
    if not items:
        raise _WrongError(_line(node), "bad_value", "The list is empty.")
    if len(items) > _MOST_EXPRESSIONS:
        raise _WrongError(
            _line(node), "too_big", f"{len(items)} expressions in one entry; {_MOST_EXPRESSIONS} are read."
        )
    found: dict[str, str] = {}
    for item in items:
        expression = _expression(item)
        found.setdefault(expression_key(expression), expression)
    return tuple(found.values())


def _expression(node: yaml.Node) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise _WrongError(_line(node), "bad_type", "An expression must be text, not a list or a mapping.")
    if node.tag == "tag:yaml.org,2002:null":
        raise _WrongError(_line(node), "bad_value", "An expression is empty.")
    text = " ".join(node.value.split())
    if not expression_key(text):
        raise _WrongError(
            _line(node), "bad_value", f"{text!r} has no letter and no digit, so that nothing can match it."
        )
    if len(text) > _LONGEST_EXPRESSION:
        raise _WrongError(
            _line(node), "bad_value", f"An expression has {len(text)} characters; {_LONGEST_EXPRESSION} are read."
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


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
