"""What the passages say of what was typed: words that are finished as they are, the last one as everything it may become."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

import numpy as np

from kb.answer.spelling import speller_of
from kb.answer.typed import Typed, Unit, UnitKind, begun_forms
from kb.index.lexical import LexicalIndex
from kb.index.snapshot import Snapshot
from kb.text.tokenize import stem_word, tokenize
from kb.types import FloatArray

_COMPLETIONS = 24  # terms that a beginning may stand for: those of most passages
_LOOKED_AT = 20_000  # terms with one beginning among which they are chosen


def body_scores(snapshot: Snapshot, typed: Typed, only_frames: bool, frame: float) -> FloatArray:
    """For each passage the share of what was typed that it holds, in [0, 1], shape ``(rows,)``; more for what it repeats.

    A single Latin letter says nothing about a text and is left out. ``frame``: weight of words that only frame a question.
    """
    index = snapshot.lexical
    scores, total = np.zeros(index.size, dtype=np.float32), 0.0
    for unit in typed.units:
        if unit.kind is not UnitKind.HAN and len(unit.text) < 2:
            continue
        for terms in _alternatives(unit, snapshot, index):
            held = _best_posting(terms, index)
            rarity = float(np.log1p(index.size / (1 + np.count_nonzero(held))) / np.log1p(max(index.size, 1)))
            weight = rarity * (frame if unit.frame and not only_frames else 1.0)
            scores += np.float32(weight) * held
            total += weight
    return scores / np.float32(max(total, 1e-9))


def _best_posting(terms: Sequence[str], index: LexicalIndex) -> FloatArray:
    """The best of ``terms`` in each passage: 0 without any of them, else from 0.5 for one mention to 1 for endless ones."""
    held = np.zeros(index.size, dtype=np.float32)
    for term in terms:
        column = index.vocabulary.get(term)
        if column is None:
            continue
        begin, end = index.starts[column], index.starts[column + 1]
        rows = index.rows[begin:end]
        repeated = index.impacts[begin:end] / (index.idf[column] * np.float32(index.k1 + 1.0))
        held[rows] = np.maximum(held[rows], 0.5 + 0.5 * repeated)
    return held


def _alternatives(unit: Unit, snapshot: Snapshot, index: LexicalIndex) -> Iterator[list[str]]:
    """Groups of terms of which a passage needs one each."""
    if unit.kind is UnitKind.WORD:
        yield tokenize(unit.text)
    elif unit.kind is UnitKind.BEGINNING:
        speller = speller_of(snapshot)
        grown = {stem_word(form) for form in begun_forms(unit.text, speller)}
        yield _most_frequent([stem_word(unit.text), *grown, *_terms_from(unit.text, index)], index)
    elif len(unit.text) == 1:
        yield _most_frequent([unit.text, *_terms_from(unit.text, index)], index)
    else:
        yield from ([term] for term in tokenize(unit.text))


def _terms_from(beginning: str, index: LexicalIndex) -> Iterator[str]:
    terms = index.sorted_terms
    first = bisect_left(terms, beginning)
    for place in range(first, min(first + _LOOKED_AT, len(terms))):
        if not terms[place].startswith(beginning):
            return
        yield terms[place]


def _most_frequent(terms: Sequence[str], index: LexicalIndex) -> list[str]:
    known = [term for term in dict.fromkeys(terms) if term in index.vocabulary]
    return sorted(known, key=lambda term: (-len(index.postings(term)), term))[:_COMPLETIONS]
