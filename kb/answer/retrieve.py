"""From a question to ranked passages: both legs, one candidate list, one order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kb.answer.fuse import mix
from kb.index.snapshot import Snapshot
from kb.types import BoolArray, FloatArray, Hit, IntArray


@dataclass(frozen=True, slots=True)
class RetrievalParameters:
    """``candidates``: passages taken from each leg before fusion."""

    candidates: int = 100


def retrieve(
    snapshot: Snapshot,
    terms: Sequence[str],
    vector: FloatArray | None,
    *,
    weight: float,
    allowed: BoolArray | None = None,
    limit: int = 20,
    parameters: RetrievalParameters = RetrievalParameters(),
) -> list[Hit]:
    """The best ``limit`` passages for a question, best first.

    ``terms`` drive BM25, ``vector`` (unit length, or None) the nearest neighbours; ``weight`` in [0, 1] is the share of the
    vector score. ``allowed`` (shape ``(rows,)``) is applied before anything is ranked. Passages that share no term with the
    question and have no vector score are not returned.
    """
    if vector is None:
        weight = 0.0
    scores = snapshot.lexical.scores(terms)
    if allowed is not None:
        scores = np.where(allowed, scores, np.float32(0.0))
    by_words = _largest(scores, parameters.candidates)
    by_meaning = np.zeros(0, dtype=np.int64)
    if vector is not None and weight > 0.0:
        by_meaning, _ = snapshot.nearest.search(vector, parameters.candidates, allowed)
    rows = np.union1d(by_words, by_meaning).astype(np.int64)
    if not rows.size:
        return []
    lexical = scores[rows]
    cosines = (
        snapshot.nearest.cosines(vector, rows)
        if vector is not None and weight > 0.0
        else np.zeros(len(rows), dtype=np.float32)
    )
    fused = mix(lexical, cosines, weight)
    lexical_rank, vector_rank = _ranks(by_words), _ranks(by_meaning)
    # Ties go to the earlier passage, so that the order never depends on the sort.
    order = np.lexsort((rows, -fused))[:limit]
    hits = []
    for i in order.tolist():
        row = int(rows[i])
        passage = snapshot.passages[row]
        hits.append(
            Hit(
                row=row,
                passage=passage,
                article=snapshot.articles[passage.article_id],
                score=float(fused[i]),
                lexical=float(lexical[i]),
                vector=float(cosines[i]),
                lexical_rank=lexical_rank.get(row, 0),
                vector_rank=vector_rank.get(row, 0),
            )
        )
    return hits


def _largest(scores: FloatArray, k: int) -> IntArray:
    """Rows of the ``k`` largest positive scores, best first, ties by row."""
    positive = np.flatnonzero(scores > 0.0)
    if len(positive) > k:
        bar = np.partition(scores[positive], len(positive) - k)[len(positive) - k]
        positive = positive[scores[positive] >= bar]
    return positive[np.lexsort((positive, -scores[positive]))][:k].astype(np.int64)


def _ranks(rows: IntArray) -> dict[int, int]:
    return {int(row): rank for rank, row in enumerate(rows, start=1)}
