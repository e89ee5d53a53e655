"""Pieces cut out of an article, prepared so that the parser takes them for what they were there."""

from __future__ import annotations

import re

from kb.text.dialects import to_github
from kb.text.lines import LINE_END

_TABLE_ROWS = re.compile(r"(?:[ \t]*\|[^\r\n]*(?:\r\n?|\n|$))+")
_DELIMITER_CELL = re.compile(r"\|\s*:?-+:?\s*\|")


# Inside a line these may be markup; at its start, some more.
_MARKUP = re.compile(r"[*_`\[\]<>&\\|~{}\r\n\x00\ufeff]|^\s*(?:[-+=#:]|!!!|\?\?\?|\d+[.)]|import\s|export\s)")


def is_unmarked(markdown: str) -> bool:
    """Say whether a slice is one line that surely holds no markup, so that it need not be parsed."""
    return _MARKUP.search(markdown) is None


def slice_lines(markdown: str) -> list[str]:
    """Return the lines of a slice in the parser's dialect, rows of a table under an empty head."""
    lines = _dedent(LINE_END.split(markdown.removeprefix("\ufeff")))
    if _TABLE_ROWS.fullmatch(markdown) and not _DELIMITER_CELL.search(markdown):
        columns = max(line.count("|") for line in lines)
        lines = ["|" * (columns + 1), "|" + "-|" * columns, *lines]
    return to_github(lines)


def _dedent(lines: list[str]) -> list[str]:
    """Return ``lines`` shifted left, so that a nested item or row that was cut out does not look like code."""
    first = next((i for i, line in enumerate(lines) if line.strip()), None)
    if first is None:
        return lines
    indent = len(lines[first]) - len(lines[first].lstrip(" \t"))
    return [line[min(indent, len(line) - len(line.lstrip(" \t"))) :] for line in lines] if indent else lines
