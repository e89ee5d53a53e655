"""From a question to ranked passages: both legs, one candidate list, one order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kb.answer.fuse import FusionParameters, Trust, lift, mix
from kb.answer.lookup import Lookup
from kb.answer.rank import Ranker
from kb.answer.rank_features import FEATURES, Candidates, asked_terms, candidate_features
from kb.index.snapshot import Snapshot
from kb.types import BoolArray, FloatArray, Hit, IntArray

_ALL = Trust(passages=True, english_wordings=True, chinese_wordings=True)


@dataclass(frozen=True, slots=True)
class RetrievalParameters:
    """``candidates``: passages taken from each leg before fusion. ``wordings``: titles and phrasings that are looked at.

    ``ranked``: how many of the best fused candidates the ranker puts in order; the rest stay behind them.
    """

    candidates: int = 100
    wordings: int = 20
    ranked: int = 20


def retrieve(
    snapshot: Snapshot,
    lookup: Lookup,
    vector: FloatArray | None,
    *,
    weight: float,
    ranker: Ranker | None = None,
    allowed: BoolArray | None = None,
    trust: Trust = _ALL,
    limit: int = 20,
    parameters: RetrievalParameters = RetrievalParameters(),
    fusion: FusionParameters = FusionParameters(),
) -> list[Hit]:
    """The best ``limit`` passages for a question, best first.

    ``lookup`` is the leg of words, ``vector`` (unit length, or None) finds the nearest passages and wordings; ``weight`` in [0, 1]
    is the share of the vector score, ``trust`` whose vectors have it. ``ranker`` puts the best of the fused candidates in order;
    without one, the mix of both legs does. ``allowed`` (shape ``(rows,)``) is applied before anything is ranked.
    Passages that share no term with the question and have no vector score are not returned.
    """
    scores = lookup.scores
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
    fused = mix(scores[rows], lookup.ideal, lift(cosines, wordings, fusion), weight)
    # Ties go to the earlier passage, so that the order never depends on the sort.
    order = np.lexsort((rows, -fused))[: max(limit, parameters.ranked)]
    candidates = Candidates(rows[order], fused[order], cosines[order], wordings[order])
    ranking = _ranking(snapshot, lookup, candidates, ranker, parameters.ranked)
    lexical_rank, vector_rank = _ranks(by_words), _ranks(by_meaning)
    hits = []
    for place, i in enumerate(ranking.order[:limit].tolist()):
        row = int(candidates.rows[i])
        passage = snapshot.passages[row]
        features = ranking.features[i].tolist() if i < len(ranking.features) else ()
        hits.append(
            Hit(
                row=row,
                passage=passage,
                article=snapshot.articles[passage.article_id],
                score=float(ranking.scores[place]),
                lexical=float(scores[row]),
                vector=float(candidates.cosines[i]),
                lexical_rank=lexical_rank.get(row, 0),
                vector_rank=vector_rank.get(row, 0),
                wording=float(candidates.wordings[i]),
                fused=float(candidates.fused[i]),
                logit=float(ranking.logits[place]),
                features=dict(zip(FEATURES, features, strict=True)) if features else {},
            )
        )
    return hits


@dataclass(frozen=True, slots=True)
class _Ranking:
    """``order``: positions of the candidates, best first; ``scores`` and ``logits`` in that order; ``features`` by position."""

    order: IntArray
    scores: FloatArray
    logits: FloatArray
    features: FloatArray


def _ranking(snapshot: Snapshot, lookup: Lookup, candidates: Candidates, ranker: Ranker | None, depth: int) -> _Ranking:
    count = len(candidates.rows)
    if ranker is None:
        nothing = np.zeros((0, len(FEATURES)), dtype=np.float32)
        return _Ranking(np.arange(count), np.clip(candidates.fused, 0.0, 1.0), candidates.fused, nothing)
    top = Candidates(
        candidates.rows[:depth], candidates.fused[:depth], candidates.cosines[:depth], candidates.wordings[:depth]
    )
    asked = asked_terms(snapshot, lookup.weights, lookup.terms)
    features = candidate_features(snapshot, asked, lookup.searched, top)
    logits = ranker.logits(features)
    ranked = np.lexsort((top.rows, -logits))
    scores = ranker.scores(logits[ranked])
    # What was not looked at closely stays behind, as far as its fused score is behind the last one that was.
    last = max(float(top.fused[-1]), 1e-6)
    behind = scores[-1] * np.clip(candidates.fused[depth:] / np.float32(last), 0.0, 1.0)
    return _Ranking(
        np.concatenate([ranked, np.arange(len(ranked), count)]),
        np.concatenate([scores, behind]),
        np.concatenate([logits[ranked], np.full(count - len(ranked), logits.min(), dtype=np.float32)]),
        features,
    )


def _near_articles(snapshot: Snapshot, vector: FloatArray, trust: Trust, count: int) -> FloatArray:
    """For each article, the cosine of its nearest trusted wording if that is among the ``count`` nearest of all, else 0."""
    near = np.zeros(len(snapshot.article_ids), dtype=np.float32)
    wordings = snapshot.wordings
    found, cosines = wordings.nearest.search(vector, count)
    trusted = np.where(wordings.chinese[found], trust.chinese_wordings, trust.english_wordings)
    # Written from the farthest to the nearest: of an article's wordings the nearest is written last, and stays.
    farthest_first = np.flatnonzero(trusted)[np.argsort(cosines[trusted], kind="stable")]
    near[wordings.article[found[farthest_first]]] = np.maximum(cosines[farthest_first], np.float32(0.0))
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
