"""Small YAML files that people write: read into nodes with their lines, and nothing constructed but text.

Tags, anchors, aliases and several documents are refused, and so is depth that nobody wrote by hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from kb.types import Problem

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class WrongError(Exception):
    """What is wrong in a line (1-based; 0: the file as a whole)."""

    def __init__(self, line: int, code: str, message: str) -> None:
        super().__init__(message)
        self.line, self.code, self.message = line, code, message

    def problem(self, file_name: str) -> Problem:
        return Problem(file_name, self.line, self.code, self.message, True)


def compose(raw: bytes, *, most: int, deepest: int, too_deep: str) -> yaml.Node | None:
    """The root node of a file of at most ``most`` bytes and ``deepest`` nested collections; None for an empty one.

    Raises ``WrongError``; ``too_deep`` is what to do about collections that are nested deeper.
    """
    if len(raw) > most:
        raise WrongError(0, "too_big", f"The file has {len(raw) / 1024**2:.1f} MB; {most / 1024**2:g} are read.")
    source = _decode(raw)
    try:
        _refuse_dangerous(source, deepest, too_deep)
        node: yaml.Node | None = yaml.compose(source, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = error.problem or "it cannot be read"
        hint = " (put the text in quotes; indent with spaces, not tabs)" if "token" in reason else ""
        raise WrongError(mark.line + 1 if mark else 1, "bad_yaml", f"The file is not YAML: {reason}{hint}.") from error
    except yaml.reader.ReaderError as error:
        line = source[: error.position].count("\n") + 1 if isinstance(error.position, int) else 1
        raise WrongError(line, "bad_yaml", f"The file holds a character that YAML forbids: {error.reason}.") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise WrongError(1, "bad_yaml", f"The file is not YAML: {str(error).splitlines()[0]}.") from error
    return node


def line_of(node: yaml.Node) -> int:
    """The line in which ``node`` begins, 1-based."""
    return int(node.start_mark.line) + 1


def pairs(node: yaml.MappingNode) -> Iterator[tuple[str, yaml.Node, yaml.Node]]:
    """Name, key and value of every entry. Raises ``WrongError`` for a name that is no text or is given twice."""
    seen: set[str] = set()
    for key, value in node.value:
        name = key.value if isinstance(key, yaml.ScalarNode) else ""
        if not name:
            raise WrongError(line_of(key), "bad_type", "A name must be text.")
        if name in seen:
            raise WrongError(line_of(key), "duplicate_key", f"`{name}` is given twice; write it once.")
        seen.add(name)
        yield name, key, value


def _decode(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise WrongError(line, "not_utf8", "The file is not UTF-8 text; save it as UTF-8.") from error


def _refuse_dangerous(source: str, deepest: int, too_deep: str) -> None:
    """Raise for what could grow while it is read, before any node is built."""
    depth = documents = 0
    for event in yaml.parse(source, Loader=_Loader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise WrongError(line, "bad_yaml", "Anchors and aliases (&name, *name) are not read; write the words out.")
        tag = getattr(event, "tag", None)
        if tag:
            raise WrongError(line, "bad_yaml", f"The tag {tag} is not read; write plain text.")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        documents += isinstance(event, yaml.DocumentStartEvent)
        if depth > deepest:
            raise WrongError(line, "bad_type", too_deep)
        if documents > 1:
            raise WrongError(line, "bad_yaml", "The file holds more than one YAML document.")
