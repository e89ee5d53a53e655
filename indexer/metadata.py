"""The header of an article, YAML between ``---`` or TOML between ``+++``: its fields, and where the body begins."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import yaml

MAX_HEADER = 64 * 1024  # code points
_DEEPEST = 20
_MOST_VALUES = 20_000
_OPENING = re.compile(r"\ufeff?(---|\+\+\+)[ \t]*(?:\r\n?|\n)")
_LINE_END = re.compile(r"\r\n?|\n")
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class HeaderError(Exception):
    """The header cannot be read. ``line``: 1-based."""

    code = "bad_yaml"

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


@dataclass(frozen=True, slots=True)
class Field:
    """One top-level key.

    ``raw``: the value with every scalar as its author wrote it (``1.10`` stays ``"1.10"``), None for null.
    ``value``: the same as JSON types, dates as ISO 8601 text.
    """

    key: str
    line: int
    raw: Any
    value: Any

    def is_empty(self) -> bool:
        return self.raw is None or self.raw in ("", [], {})


@dataclass(frozen=True, slots=True)
class Header:
    """``body_start``: code point offset right behind the closing line."""

    fields: Mapping[str, Field]
    body_start: int


def read_header(text: str) -> Header:
    """Return the header of an article; without one, no fields and ``body_start`` behind a byte order mark.

    Aliases and nesting deeper than 20 are refused, so that a header cannot grow while it is read. A header above 64 KB,
    one that is never closed and one that is no mapping raise HeaderError with the line.
    """
    opening = _OPENING.match(text)
    if opening is None:
        return Header({}, 1 if text.startswith("\ufeff") else 0)
    fence = opening[1]
    closing = re.compile(
        rf"^(?:{re.escape(fence)}{'|[.]{3}' if fence == '---' else ''})[ \t]*(?:\r\n?|\n|\Z)", re.MULTILINE
    )
    # MULTILINE counts "\n" only; a file with lone "\r" is old enough to be searched line by line.
    end = closing.search(text, opening.end()) or _closing_by_lines(text, opening.end(), fence)
    if end is None:
        if not _looks_like_header(text[opening.end() : opening.end() + 2000]):
            return Header({}, 1 if text.startswith("\ufeff") else 0)
        raise HeaderError(1, f"The front matter is opened by {fence} and never closed by a line {fence}.")
    source = text[opening.end() : end.start()]
    if len(source) > MAX_HEADER:
        raise HeaderError(1, f"The front matter has {len(source):,} characters; {MAX_HEADER:,} are allowed.")
    fields = _read_toml(source) if fence == "+++" else read_yaml_fields(source)
    return Header(fields, end.end())


def _closing_by_lines(text: str, start: int, fence: str) -> re.Match[str] | None:
    if "\r" not in text:
        return None
    return re.compile(rf"(?<=\r){re.escape(fence)}[ \t]*(?:\r\n?|\n|\Z)").search(text, start)


def _looks_like_header(start: str) -> bool:
    """A text may begin with a rule; a header begins with ``key:`` or ``key =``."""
    first = next((line for line in _LINE_END.split(start) if line.strip()), "")
    return re.match(r"[\w .-]+\s*[:=]", first) is not None


def read_yaml_fields(source: str) -> dict[str, Field]:
    """Return the top-level keys of a YAML mapping; lines are counted from 2, the line behind the opening ``---``."""
    try:
        _refuse_dangerous(source)
        root = yaml.compose(source, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise HeaderError((mark.line if mark else 0) + 2, f"The front matter is not YAML: {_reason(error)}.") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise HeaderError(1, f"The front matter is not YAML: {str(error).splitlines()[0]}.") from error
    if root is None:
        return {}
    if not isinstance(root, yaml.MappingNode):
        raise HeaderError(2, "The front matter must be lines of `key: value`.")
    fields: dict[str, Field] = {}
    for key, node in root.value:
        line = key.start_mark.line + 2
        if not isinstance(key, yaml.ScalarNode):
            raise HeaderError(line, "A key of the front matter must be a word.")
        if key.value in fields:
            raise HeaderError(line, f"{key.value!r} is given twice, first in line {fields[key.value].line}.")
        try:
            fields[key.value] = Field(key.value, line, _raw(node), _value(node))
        except (ValueError, yaml.YAMLError) as error:
            raise HeaderError(line, f"{key.value}: {error}.") from error
    return fields


def _reason(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or "it cannot be read"
    if "mapping values are not allowed" in problem:
        return "a value that contains a colon must be put in quotes"
    if "cannot start any token" in problem:
        return f"{problem} (put the value in quotes; indent with spaces, not tabs)"
    return problem


def _refuse_dangerous(source: str) -> None:
    """Raise HeaderError before nodes are built for a header that would be large, deep or shared."""
    depth = 0
    for count, event in enumerate(yaml.parse(source, Loader=_Loader), start=1):
        line = event.start_mark.line + 2 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            raise HeaderError(line, "Aliases (*name) are not supported in front matter; write the value out.")
        if isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            depth += 1
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            depth -= 1
        if depth > _DEEPEST or count > _MOST_VALUES:
            raise HeaderError(line, "The front matter is too deeply nested or too long.")
        if isinstance(event, yaml.DocumentStartEvent) and event.explicit and count > 2:
            raise HeaderError(line, "The front matter holds more than one YAML document.")


def _raw(node: yaml.Node) -> Any:
    if isinstance(node, yaml.SequenceNode):
        return [_raw(item) for item in node.value]
    if isinstance(node, yaml.MappingNode):
        return {str(_raw(key)): _raw(item) for key, item in node.value}
    return None if node.tag == "tag:yaml.org,2002:null" else node.value


def _value(node: yaml.Node) -> Any:
    if isinstance(node, yaml.SequenceNode):
        return [_value(item) for item in node.value]
    if isinstance(node, yaml.MappingNode):
        return {str(_raw(key)): _value(item) for key, item in node.value}
    kind = node.tag.rpartition(":")[2]
    if kind == "null":
        return None
    if kind == "bool":
        return node.value.lower() in {"yes", "true", "on"}
    if kind == "int" and re.fullmatch(r"[-+]?(?:0|[1-9]\d{0,17})", node.value):
        return int(node.value)
    if kind == "float" and re.fullmatch(r"[-+]?\d{1,17}\.\d{1,17}", node.value):
        return float(node.value)
    return node.value


def _read_toml(source: str) -> dict[str, Field]:
    try:
        values = tomllib.loads(source.replace("\r\n", "\n").replace("\r", "\n"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        found = re.search(r"at line (\d+)", str(error))
        raise HeaderError(int(found[1]) + 1 if found else 1, f"The front matter is not TOML: {error}.") from error
    lines = _LINE_END.split(source)
    fields: dict[str, Field] = {}
    for key, value in values.items():
        pattern = re.compile(rf"\s*\[*\s*[\"']?{re.escape(key)}[\"']?\s*[\].=]")
        line = next((number for number, text in enumerate(lines, start=2) if pattern.match(text)), 1)
        fields[key] = Field(key, line, _written(value), _json(value))
    return fields


def _written(value: Any) -> Any:
    if isinstance(value, list):
        return [_written(item) for item in value]
    if isinstance(value, dict):
        return {key: _written(item) for key, item in value.items()}
    return str(value).lower() if isinstance(value, bool) else str(value)


def _json(value: Any) -> Any:
    if isinstance(value, list):
        return [_json(item) for item in value]
    if isinstance(value, dict):
        return {key: _json(item) for key, item in value.items()}
    return value.isoformat() if isinstance(value, (date, datetime, time)) else value
