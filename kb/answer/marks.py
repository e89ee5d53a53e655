"""What was searched for, marked in what was found: escaped HTML in which ``<mark>`` is the only element."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import takewhile

from kb.text.tokenize import iter_matches
from kb.types import Span

_SNIPPET = 180  # code points
_LEAD = 40  # code points shown before the first match
_SEARCHED = 4000  # code points of a passage in which a match is looked for
_BAR = " | "
_DASH = re.compile(r"^[-*+] +")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to mark: words with these search terms, words that begin like ``beginnings``, and these very Chinese characters."""

    terms: frozenset[str]
    beginnings: tuple[str, ...] = ()

    def matches(self, text: str) -> Iterator[Span]:
        """Where ``text`` matches, by where each begins; some may overlap."""
        return iter_matches(text, self.terms, self.beginnings)

    def is_in(self, text: str) -> bool:
        return next(self.matches(text), None) is not None


def mark(text: str, wanted: Wanted, start: int = 0, end: int | None = None) -> str:
    """``text[start:end]`` as escaped HTML with ``<mark>`` around the words that match."""
    end = len(text) if end is None else end
    parts: list[str] = []
    position = start
    for span in _joined(takewhile(lambda match: match.start < end, wanted.matches(text)), start, end):
        parts.append(html.escape(text[position : span.start]))
        parts.append(f"<mark>{html.escape(text[span.start : span.end])}</mark>")
        position = span.end
    parts.append(html.escape(text[position:end]))
    return "".join(parts)


def snippet(plain: str, wanted: Wanted) -> str:
    """The part of a passage around its first match, at most ``_SNIPPET`` code points, marked; its beginning without a match."""
    text = one_line(plain[:_SEARCHED])
    first = next(wanted.matches(text), None)
    start = max(0, first.start - _LEAD) if first else 0
    if start:
        space = text.find(" ", start, start + _LEAD)
        start = space + 1 if space >= 0 else start
    end = min(len(text), start + _SNIPPET)
    cut = end < len(text) or len(plain) > _SEARCHED
    return ("…" if start else "") + mark(text, wanted, start, end) + ("…" if cut else "")


def one_line(plain: str) -> str:
    """A passage as running text: without dashes of a list, the cells of a table apart by a dot and its rows by semicolons.

    A row is a line with as many bars as the one before or behind it: a single bar may belong to a command.
    """
    lines = [" ".join(line.split()) for line in plain.splitlines()]
    shown = [_DASH.sub("", line) for line in lines if line]
    bars = [0, *(line.count(_BAR) for line in shown), 0]
    for i, line in enumerate(shown):
        before, own, behind = bars[i : i + 3]
        if own and own in (before, behind):
            shown[i] = line.replace(_BAR, " · ") + (";" if own == behind else "")
    return " ".join(shown)


def _joined(matches: Iterable[Span], start: int, end: int) -> Iterator[Span]:
    """Matches between ``start`` and ``end``, as one where they touch."""
    held: Span | None = None
    for match in matches:
        span = Span(max(match.start, start), min(match.end, end))
        if span.start >= span.end:
            continue
        if held is None or span.start > held.end:
            if held is not None:
                yield held
            held = span
        else:
            held = Span(held.start, max(held.end, span.end))
    if held is not None:
        yield held
