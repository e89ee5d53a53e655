"""What people look for while they type: the titles, known phrasings, headings and synonyms of the articles, line by line."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from kb.index.prefixes import PrefixIndex, build_prefixes
from kb.index.snapshot import Snapshot
from kb.text.tokenize import stem_word
from kb.text.typed import fold_lines
from kb.types import Article, BoolArray

_building = threading.Lock()


class LineKind(IntEnum):
    TITLE = 0
    QUESTION = 1
    HEADING = 2
    SYNONYM = 3


@dataclass(frozen=True, slots=True)
class Line:
    """``text`` as it is written; ``anchor``: of a heading, else empty."""

    kind: LineKind
    text: str
    anchor: str = ""


@dataclass(frozen=True, eq=False)
class Lines:
    """The lines of all articles: in the order of the snapshot, those of one article next to each other, its title first.

    ``kinds``: ``LineKind`` of each line, shape ``(lines,)``. ``starts``: number of the first line of each article, shape
    ``(articles + 1,)``; article ``a`` has lines ``starts[a]`` to ``starts[a + 1] - 1``. ``chinese``: the language of each article.
    """

    index: PrefixIndex
    lines: tuple[Line, ...]
    kinds: NDArray[np.int8]
    starts: NDArray[np.int64]
    chinese: BoolArray

    @cached_property
    def forms_of_stem(self) -> dict[str, tuple[str, ...]]:
        """The words of the lines by their English stem."""
        forms: dict[str, tuple[str, ...]] = {}
        for word in self.index.words:
            stem = stem_word(word)
            forms[stem] = (*forms.get(stem, ()), word)
        return forms


def lines_of(snapshot: Snapshot) -> Lines:
    """The snapshot's lines, made when they are first wanted and once only: others wait instead of making them too."""
    lines: Lines | None = snapshot.memo.get(lines_of)
    if lines is None:
        with _building:
            lines = snapshot.memo.get(lines_of)
            if lines is None:
                lines = snapshot.memo[lines_of] = _make_lines(snapshot)
    return lines


def _make_lines(snapshot: Snapshot) -> Lines:
    grouped = [list(_lines_of_article(article)) for article in snapshot.articles.values()]
    lines = tuple(line for group in grouped for line in group)
    made = Lines(
        index=build_prefixes(fold_lines(line.text for line in lines)),
        lines=lines,
        kinds=np.fromiter((line.kind for line in lines), dtype=np.int8, count=len(lines)),
        starts=np.cumsum([0, *map(len, grouped)], dtype=np.int64),
        chinese=np.asarray([article.lang == "zh" for article in snapshot.articles.values()], dtype=np.bool_),
    )
    _ = made.forms_of_stem
    return made


def _lines_of_article(article: Article) -> Iterator[Line]:
    yield Line(LineKind.TITLE, article.title)
    yield from (Line(LineKind.QUESTION, question) for question in article.questions)
    for heading in article.headings:
        if heading.anchor and heading.text != article.title:
            yield Line(LineKind.HEADING, heading.text, heading.anchor)
    yield from (Line(LineKind.SYNONYM, synonym) for synonym in article.synonyms)
