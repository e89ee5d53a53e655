"""Where sentences begin and end, in source text that may hold Markdown.

Rules, not a model: a full stop ends a sentence when white space and a new beginning follow it; Chinese
stops end one always. Markup is left in place, so that every span can be quoted from the file.
"""

from __future__ import annotations

import re

from kb.text.language import HAN
from kb.types import Span

_CLOSERS = "\"'”’»）)】\\]』」*_`"
_END = re.compile(
    # Chinese and full-width stops, with what closes around them.
    f"[。！？；｡…]+[{_CLOSERS}]*"
    # Western stops need white space behind, or Chinese text, or the end.
    f"|[.!?]+[{_CLOSERS}]*(?=\\s|$|[{HAN}])"
    # A blank line, or the end of a list item's or table row's line.
    r"|\n(?=\s*\n)|\n(?=\s*(?:[-*+]|\d+[.)])\s)|\n(?=\s*\|)"
)
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\[\"'])(?:[A-Za-z]\.(?:[A-Za-z]\.)*|(?:e\.g|i\.e|etc|vs|cf|no|nos|dr|mr|mrs|ms|prof|st|jr|sr|inc|ltd|co|corp"
    r"|fig|sec|vol|approx|dept|est|jan|feb|mar|apr|jun|jul|aug|sep|sept|oct|nov|dec|p|pp|al|u\.s|u\.k|a\.m|p\.m)\.)$",
    re.IGNORECASE,
)
_LIST_NUMBER = re.compile(r"(?:^|\n)\s*\d+[.)]$")
# What follows a Western stop and still belongs to the same sentence: "e.g. apples", "v. 2 of".
_CONTINUES = re.compile(r"\s+[a-z,;]")


def split_sentences(text: str) -> list[Span]:
    """Return the spans of the sentences of ``text``, in order, trimmed of white space around them.

    Every non-space character lies in exactly one span. Linear in ``len(text)``.

    >>> [ "Go to St. Ives. 然后退款。完成".__getitem__(slice(*s)) for s in split_sentences("Go to St. Ives. 然后退款。完成") ]
    ['Go to St. Ives.', '然后退款。', '完成']
    """
    spans: list[Span] = []
    start = 0
    for match in _END.finditer(text):
        end = match.end()
        if match.group()[0] == "." and _is_inside(text, start, match):
            continue
        _append(text, start, end, spans)
        start = end
    _append(text, start, len(text), spans)
    return spans


def _is_inside(text: str, start: int, stop: re.Match[str]) -> bool:
    before = text[max(start, stop.start() - 12) : stop.start() + 1]
    if _LIST_NUMBER.search(before):
        return True
    if _ABBREVIATION.search(before):
        # "U.S. Army" goes on; "in the U.S. The army" is taken to go on too: cutting too rarely loses less.
        return True
    return _CONTINUES.match(text, stop.end()) is not None


def _append(text: str, start: int, end: int, spans: list[Span]) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        spans.append(Span(start, end))
