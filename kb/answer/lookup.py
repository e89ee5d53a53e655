"""What the words of a question find in every passage, whichever words those are: its own, or their translations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kb.answer.evidence import TermWeights, weigh_terms
from kb.index.lexical import LexicalIndex
from kb.types import FloatArray


@dataclass(frozen=True, eq=False)
class Lookup:
    """``scores`` of every passage (shape ``(rows,)``, >= 0) and ``ideal``, the most that one could get.

    ``weights``: the terms that were looked for. ``terms``: all terms of the question in reading order, where it has one in the
    language of the articles; ``searched``: the terms with their repeats, for looking up whole articles.
    """

    scores: FloatArray
    ideal: float
    weights: TermWeights
    terms: tuple[str, ...] = ()
    searched: tuple[str, ...] = ()


def look_up(
    index: LexicalIndex, searched: Sequence[str], weights: TermWeights | None = None, terms: Sequence[str] = ()
) -> Lookup:
    """BM25 of ``searched``; ``weights``: of the content terms, by default of all of them."""
    return Lookup(
        scores=index.scores(searched),
        ideal=index.ideal(searched),
        weights=weights or weigh_terms(tuple(dict.fromkeys(searched)), index.idf_of),
        terms=tuple(terms),
        searched=tuple(searched),
    )
