"""What the passages say of what was typed: words that are finished as they are, the last one as everything it may become."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from kb.answer.spelling import Speller, speller_of
from kb.answer.typed import Typed, Unit, UnitKind, begun_forms
from kb.index.lexical import LexicalIndex
from kb.index.snapshot import Snapshot
from kb.text.tokenize import stem_word, tokenize
from kb.types import FloatArray

_COMPLETIONS = 24  # terms that a beginning may stand for: those of most passages


def body_scores(snapshot: Snapshot, typed: Typed) -> FloatArray:
    """For each passage the share of what was typed that it holds, in [0, 1], shape ``(rows,)``; more for what it repeats.

    A single Latin letter says nothing about a text and is left out, and so are words that only frame a question beside others.
    """
    index, speller = snapshot.lexical, speller_of(snapshot)
    scores, total = np.zeros(index.size, dtype=np.float32), 0.0
    telling = [unit for unit in typed.units if not unit.frame] or typed.units
    for unit in telling:
        if unit.kind is not UnitKind.HAN and len(unit.text) < 2:
            continue
        for terms in _alternatives(unit, speller, index):
            rows, held = _best_postings(terms, index)
            rarity = float(np.log1p(index.size / (1 + len(rows))) / np.log1p(max(index.size, 1)))
            scores[rows] += np.float32(rarity) * held  # a row stands once among them
            total += rarity
    return scores / np.float32(max(total, 1e-9))


def _best_postings(terms: Sequence[str], index: LexicalIndex) -> tuple[NDArray[np.integer], FloatArray]:
    """The passages with one of ``terms``, and its worth there: from 0.5 for one mention to 1 for endless ones."""
    found = [_postings(column, index) for term in terms if (column := index.vocabulary.get(term)) is not None]
    if len(found) < 2:
        return found[0] if found else _postings(None, index)
    best = np.zeros(index.size, dtype=np.float32)
    for rows, worth in found:
        best[rows] = np.maximum(best[rows], worth)
    held = np.flatnonzero(best)
    return held, best[held]


def _postings(column: int | None, index: LexicalIndex) -> tuple[NDArray[np.integer], FloatArray]:
    begin, end = (0, 0) if column is None else (index.starts[column], index.starts[column + 1])
    scale = 1.0 if column is None else float(index.idf[column]) * (index.k1 + 1.0)
    return index.rows[begin:end], 0.5 + index.impacts[begin:end] * np.float32(0.5 / scale)


def _alternatives(unit: Unit, speller: Speller, index: LexicalIndex) -> Iterator[list[str]]:
    """Groups of terms of which a passage needs one each."""
    if unit.kind is UnitKind.WORD:
        yield tokenize(unit.text)
    elif unit.kind is UnitKind.BEGINNING:
        # By the words as they are written as well: no stem begins like "settin".
        written = sorted(begun_forms(unit.text, speller), key=lambda form: -speller.passages[form])
        grown = [stem_word(form) for form in written[:_COMPLETIONS]]
        yield list(dict.fromkeys([stem_word(unit.text), *grown, *index.terms_from(unit.text, _COMPLETIONS)]))
    elif len(unit.text) == 1:
        yield list(dict.fromkeys([unit.text, *index.terms_from(unit.text, _COMPLETIONS)]))
    else:
        yield from ([term] for term in tokenize(unit.text))
