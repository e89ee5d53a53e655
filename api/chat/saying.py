"""What a chat program shows of an answer: one text, with the places in it that name a source."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from api.speech.spoken import as_markdown, spoken
from kb.text.sentences import split_sentences

_MARK = re.compile(r"(?<!\\)\[(\d{1,3})\](?!\()")


@dataclass(frozen=True, slots=True)
class Mark:
    """``text[start:end]`` is ``[n]`` and names the source with this title and address; code points, half-open."""

    start: int
    end: int
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Said:
    """``text``: CommonMark. ``preface``: the part of it before the answer, with the gap behind it. ``marks`` in reading order."""

    text: str
    preface: str
    marks: tuple[Mark, ...]


def said_of(document: Mapping[str, Any], *, list_sources: bool = True, base: str = "") -> Said:
    """What is said of ``document``, an answer with absolute addresses; ``base``: where our pages are.

    ``list_sources``: name the quoted places once more at the end, for programs that show no annotations. The nearest articles of
    a question that is not answered are the reply itself and always listed.
    """
    words = spoken(document, base)
    shown = words if list_sources or not words.sources else replace(words, sources=(), nearest=())
    text = as_markdown(shown)
    preface = f"{words.preface}\n\n" if words.preface else ""
    body = len(preface) + len(words.markdown)
    sources = {place["n"]: place for place in document["citations"]}
    marks = (
        Mark(found.start(), found.end(), sources[n]["title"], sources[n]["url"])
        for found in _MARK.finditer(text, len(preface), body)
        if (n := int(found[1])) in sources
    )
    return Said(text, preface, tuple(marks))


def pieces(text: str) -> Iterator[str]:
    """``text`` cut behind each sentence; all pieces together are ``text``."""
    start = 0
    for _, end in split_sentences(text)[:-1]:
        if text[start:end].strip():
            yield text[start:end]
            start = end
    if start < len(text):
        yield text[start:]
