"""Shortening a message to a platform's limit: whole sentences and lists only, and never a number without its source.

What is left out first costs a reader least: the marking in links, then sentences from the end, then everything but the way to the
whole answer.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from api.channels.message import Message, shortened
from api.speech.spoken import Part, Source
from kb.text.sentences import split_sentences

T = TypeVar("T")
_LISTED = re.compile(r"\s*(?:[-*+•·]\s|\d{1,3}[.)、]|[（(]?\d{1,3}[）)]|[a-zA-Z][.)]\s)|.* \| ")
_ENDED = re.compile(r".*[.!?。！？…:：;；][\"'”’」』）)]*\s*$")
_SHORT_TITLE = 60  # UTF-16 units of a source's title once room is scarce
_SHORT_LABEL = 80


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence, or a list, table or code as a whole: what is never cut. ``marks``: behind it when it is the last one shown."""

    before: str
    text: str
    numbers: tuple[int, ...]
    last: bool  # of its part


@dataclass(frozen=True, slots=True)
class Fitted:
    """What a renderer lays out. ``body``: the text with its marks, "" when nothing of it fits. ``cut``: the line that says that
    this is not all, "" when it is. ``sources``: those whose numbers stand in ``body``, or the nearest ones."""

    preface: str
    body: str
    sources: tuple[Source, ...]
    choices: tuple[str, ...]
    person: str
    cut: str
    message: Message


def units_of(parts: Sequence[Part]) -> tuple[Unit, ...]:
    """The parts of a text, cut where it may be cut."""
    found: list[Unit] = []
    for part in parts:
        spans = _spans(part.text)
        for at, (start, end) in enumerate(spans):
            before = part.before if at == 0 else part.text[spans[at - 1][1] : start]
            found.append(Unit(before, part.text[start:end], part.numbers, at == len(spans) - 1))
    return tuple(found)


def body_of(units: Sequence[Unit]) -> str:
    """The text of ``units`` with the marks of each part behind the last sentence of it that is shown."""
    pieces = []
    for at, unit in enumerate(units):
        marks = "".join(f" [{n}]" for n in unit.numbers) if unit.last or at == len(units) - 1 else ""
        pieces.append(f"{unit.before}{unit.text}{marks}")
    return "".join(pieces).strip()


def fit(
    message: Message, build: Callable[[Fitted], T], fits: Callable[[T], bool], *, urls: bool = True
) -> tuple[T, bool]:
    """The longest ``build`` that ``fits``, and whether something was left out.

    What ``build`` makes of nothing but the line about the whole answer is returned even if it does not fit: no platform's limit is
    below that.
    """
    whole = _whole(message, urls=urls)
    plainer = _plainer(whole)
    for candidate in (whole, plainer):
        built = build(candidate)
        if fits(built):
            return built, False
    units = units_of(message.said.parts)

    def shorter(kept: int) -> T:
        return build(_cut(plainer, units[:kept], urls=urls))

    # The more is kept the longer it is, so the first number that is too many can be searched by halves.
    kept = bisect_left(range(1, len(units)), True, key=lambda n: not fits(shorter(n))) if units else 0
    if kept:
        return shorter(kept), True
    for fewer in range(len(message.said.nearest) - 1, 0, -1):
        built = build(replace(plainer, sources=plainer.sources[:fewer], cut=_note(message, urls=urls)))
        if fits(built):
            return built, True
    for last in (_bare(plainer, urls=urls), replace(_bare(plainer, urls=urls), choices=(), person="")):
        built = build(last)
        if fits(built):
            return built, True
    return build(replace(_bare(plainer, urls=False), choices=(), person="")), True


def _whole(message: Message, *, urls: bool) -> Fitted:
    said = message.said
    sources = said.sources or said.nearest
    return Fitted(
        said.preface,
        said.text,
        sources if urls else tuple(replace(source, url="") for source in sources),
        tuple(choice.label for choice in said.choices),
        said.person,
        "",
        message,
    )


def _plainer(whole: Fitted) -> Fitted:
    """The same with shorter links and titles. A link without its text fragment opens the same place without marking the words."""
    sources = tuple(
        replace(source, url=source.url.partition(":~:")[0].rstrip("#"), title=shortened(source.title, _SHORT_TITLE))
        for source in whole.sources
    )
    return replace(whole, sources=sources, choices=tuple(shortened(label, _SHORT_LABEL) for label in whole.choices))


def _cut(plainer: Fitted, units: Sequence[Unit], *, urls: bool) -> Fitted:
    shown = {number for unit in units for number in unit.numbers}
    said = plainer.message.said
    kept = plainer.sources if not said.sources else tuple(s for s in plainer.sources if s.n in shown)
    return replace(plainer, body=body_of(units), sources=kept, cut=_note(plainer.message, urls=urls))


def _bare(plainer: Fitted, *, urls: bool) -> Fitted:
    return replace(plainer, preface="", body="", sources=(), cut=_note(plainer.message, urls=urls))


def _note(message: Message, *, urls: bool) -> str:
    says = message.said.says
    return says["cut"].format(url=message.full_url) if urls else says["cut_here"]


def _spans(text: str) -> list[tuple[int, int]]:
    """Where ``text`` may be cut: into sentences if it is prose, not at all if a line of it is part of something longer."""
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) > 1 and not all(_ENDED.match(line) and not _LISTED.match(line) for line in lines):
        return [(0, len(text))]
    return [(span.start, span.end) for span in split_sentences(text)] or [(0, len(text))]
