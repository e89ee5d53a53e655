"""From a question to ranked passages: both legs, one candidate list, one order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kb.answer.fuse import FusionParameters, Trust, lift, mix
from kb.index.snapshot import Snapshot
from kb.types import BoolArray, FloatArray, Hit, IntArray

_ALL = Trust(passages=True, english_wordings=True, chinese_wordings=True)


@dataclass(frozen=True, slots=True)
class RetrievalParameters:
    """``candidates``: passages taken from each leg before fusion. ``wordings``: titles and phrasings that are looked at."""

    candidates: int = 100
    wordings: int = 20


def retrieve(
    snapshot: Snapshot,
    terms: Sequence[str],
    vector: FloatArray | None,
    *,
    weight: float,
    allowed: BoolArray | None = None,
    trust: Trust = _ALL,
    limit: int = 20,
    parameters: RetrievalParameters = RetrievalParameters(),
    fusion: FusionParameters = FusionParameters(),
) -> list[Hit]:
    """The best ``limit`` passages for a question, best first.

    ``terms`` drive BM25, ``vector`` (unit length, or None) the nearest passages and wordings; ``weight`` in [0, 1] is the share
    of the vector score, ``trust`` whose vectors have it. ``allowed`` (shape ``(rows,)``) is applied before anything is ranked.
    Passages that share no term with the question and have no vector score are not returned.
    """
    scores = snapshot.lexical.scores(terms)
    if allowed is not None and allowed.all():
        allowed = None  # an exact search over everything is several times faster than over a selection
    if allowed is not None:
        scores = np.where(allowed, scores, np.float32(0.0))
    by_words = _largest(scores, parameters.candidates)
    if vector is None or weight <= 0.0:
        rows, by_meaning = np.sort(by_words), by_words[:0]
        cosines = wordings = np.zeros(len(rows), dtype=np.float32)
        weight = 0.0
    else:
        by_meaning = by_words[:0]
        if trust.passages:
            by_meaning, _ = snapshot.nearest.search(vector, parameters.candidates, allowed)
        near = _near_articles(snapshot, vector, trust, parameters.wordings)
        rows = _candidates(snapshot, by_words, by_meaning, near, allowed)
        cosines = np.zeros(len(rows), dtype=np.float32)
        if trust.passages:
            cosines = snapshot.nearest.cosines(vector, rows)
        wordings = near[snapshot.article_of_row[rows]]
    if not rows.size:
        return []
    fused = mix(scores[rows], snapshot.lexical.ideal(terms), lift(cosines, wordings, fusion), weight)
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
                lexical=float(scores[row]),
                vector=float(cosines[i]),
                lexical_rank=lexical_rank.get(row, 0),
                vector_rank=vector_rank.get(row, 0),
                wording=float(wordings[i]),
                fused=float(fused[i]),
            )
        )
    return hits


def _near_articles(snapshot: Snapshot, vector: FloatArray, trust: Trust, count: int) -> FloatArray:
    """For each article, the cosine of its nearest trusted wording if that is among the ``count`` nearest of all, else 0."""
    near = np.zeros(len(snapshot.article_ids), dtype=np.float32)
    wordings = snapshot.wordings
    found, cosines = wordings.nearest.search(vector, count)
    trusted = np.where(wordings.chinese[found], trust.chinese_wordings, trust.english_wordings)
    np.maximum.at(near, wordings.article[found[trusted]], cosines[trusted])
    return near


def _candidates(
    snapshot: Snapshot, by_words: IntArray, by_meaning: IntArray, near: FloatArray, allowed: BoolArray | None
) -> IntArray:
    """Rows of both legs and of the articles with a near wording, ascending."""
    ids = snapshot.article_ids
    asked = [row for i in np.flatnonzero(near) for row in snapshot.rows_of_article[ids[i]]]
    if allowed is not None:
        asked = [row for row in asked if allowed[row]]
    return np.unique(np.concatenate([by_words, by_meaning, np.asarray(asked, dtype=np.int64)]))


def _largest(scores: FloatArray, k: int) -> IntArray:
    """Rows of the ``k`` largest positive scores, best first, ties by row."""
    positive = np.flatnonzero(scores > 0.0)
    if len(positive) > k:
        bar = np.partition(scores[positive], len(positive) - k)[len(positive) - k]
        positive = positive[scores[positive] >= bar]
    return positive[np.lexsort((positive, -scores[positive]))][:k].astype(np.int64)


def _ranks(rows: IntArray) -> dict[int, int]:
    return {int(row): rank for rank, row in enumerate(rows, start=1)}
