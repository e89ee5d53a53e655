"""What tells a right first passage from a wrong one, as numbers that one can read and that mean the same in every index.

Shares, differences on fixed scales, and distances from the index's own background (``kb.index.background``) instead of raw
scores: a cosine of 0.6 is much in one collection and nothing in another.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from kb.answer.evidence import TermWeights
from kb.answer.question import Question
from kb.answer.rank import standing
from kb.index.background import Background
from kb.index.snapshot import Snapshot
from kb.text.sentences import split_sentences
from kb.text.tokenize import cached_terms
from kb.types import BoolArray, Hit

# Each with the direction in which more of it can only make an answer likelier (1) or less likely (-1); 0: either.
DIRECTIONS: Mapping[str, int] = {
    "coverage": 1,  # weight of the question's terms that the passage holds
    "title_coverage": 1,  # ... that its headings hold
    "sentence_coverage": 1,  # ... that one of its sentences holds
    "article_coverage": 1,  # ... that the article holds anywhere
    "missing": -1,  # weight of the heaviest term that the passage lacks, beside the heaviest of all
    "unknown": -1,  # weight of the terms that no searched passage holds
    "code_missing": -1,  # whether the passage lacks a number or code that was asked for
    "lexical_share": 1,  # BM25, beside the most a passage could get
    "score": 1,  # the mix of both legs
    "margin": 1,  # ... ahead of the next passage
    "article_margin": 1,  # ... ahead of the next article
    "lexical_margin": 1,  # BM25 share ahead of the best passage of another article
    "agreement": 1,  # whether both legs put the passage first
    "terms": 0,  # logarithm of the number of content terms
    "cosine": 1,
    "cosine_margin": 1,  # ahead of the next article
    "spread": 1,  # ahead of the fifth and later passages
    "wording": 1,  # cosine with the article's nearest title or known phrasing
    "standout": 1,  # cosine beside the index's background, in thirds of standard deviations
    "wording_standout": 1,
    "titled": 1,  # how much question and title are the same words
    "rank_score": 1,  # the ranker's score of the passage
    "rank_share": 1,  # ... its share among the ranked passages
    "rank_margin": 1,  # ... ahead of the next passage, in tens of log odds
    "rank_article_share": 1,
    "rank_article_margin": 1,
}
FEATURES = tuple(DIRECTIONS)


def confidence_features(
    snapshot: Snapshot,
    question: Question,
    hits: Sequence[Hit],
    weights: TermWeights,
    allowed: BoolArray,
    ideal: float | None = None,
) -> dict[str, float]:
    """The evidence for the first hit; empty without hits. ``allowed``: the rows that were searched, shape ``(rows,)``.

    ``ideal``: the most that the leg of words could give, by default for the question as it is.

    Every value is about 0 to 1, ``terms`` up to about 4 and the standouts -1 to 2.
    """
    if not hits:
        return {}
    top = hits[0]
    other = next((hit for hit in hits[1:] if hit.row != top.row), None)
    elsewhere = next((hit for hit in hits[1:] if hit.article.id != top.article.id), None)
    if ideal is None:
        ideal = snapshot.lexical.ideal(question.searched)
    share = [min(1.0, hit.lexical / ideal) if ideal > 0 else 0.0 for hit in hits]
    rival = max((s for s, hit in zip(share, hits, strict=True) if hit.article.id != top.article.id), default=0.0)
    values = _term_features(snapshot, top, weights, allowed)
    background = snapshot.background
    return values | {
        "lexical_share": share[0],
        "score": _fused(top),
        # Differences, not ratios: the fused score is on a fixed scale, and twice next to nothing is next to nothing.
        "margin": _fused(top) - (_fused(other) if other else 0.0),
        "article_margin": _fused(top) - (_fused(elsewhere) if elsewhere else 0.0),
        "lexical_margin": share[0] - rival,
        "agreement": float(top.lexical_rank == 1 and top.vector_rank == 1),
        "terms": math.log1p(len(weights.weights)),
        **_meaning_features(hits, elsewhere, background),
        **_rank_features(hits),
    }


def _term_features(snapshot: Snapshot, top: Hit, weights: TermWeights, allowed: BoolArray) -> dict[str, float]:
    """Which of the question's terms stand where."""
    postings = {term: snapshot.lexical.postings(term) for term in weights.weights}
    rows = snapshot.rows_of_article[top.article.id]
    own = {term for term, found in postings.items() if _holds(found, top.row, top.row + 1)}
    article = {term for term, found in postings.items() if _holds(found, rows.start, rows.stop)}
    known = {term for term, found in postings.items() if bool(allowed[found].any())}
    lacking = weights.weights.keys() - own
    heaviest = max(weights.weights.values(), default=0.0)
    return {
        "coverage": weights.covered(own),
        "title_coverage": weights.covered(cached_terms(" ".join(top.passage.heading_path))),
        "sentence_coverage": top.features["sentence"] if top.features else _best_sentence(top, weights),
        "article_coverage": weights.covered(article),
        "missing": max((weights.weights[term] for term in lacking), default=0.0) / heaviest if heaviest > 0 else 0.0,
        "unknown": 1.0 - weights.covered(known) if weights.total > 0 else 0.0,
        "code_missing": float(any(_is_code(term) for term in lacking)),
    }


def _meaning_features(hits: Sequence[Hit], elsewhere: Hit | None, background: Background) -> dict[str, float]:
    """What the vectors say; all 0 where they have no say."""
    top = hits[0]
    if not any(hit.vector or hit.wording for hit in hits):
        return {}
    later = [hit.vector for hit in hits[4:]]
    return {
        "cosine": max(0.0, top.vector),
        "cosine_margin": top.vector - elsewhere.vector if elsewhere else top.vector,
        "spread": top.vector - sum(later) / len(later) if later else top.vector,
        "wording": max(0.0, top.wording),
        "standout": background.of_passage(top.vector) / 3.0,
        "wording_standout": background.of_wording(top.wording) / 3.0,
    }


def _rank_features(hits: Sequence[Hit]) -> dict[str, float]:
    """What the ranker says; nothing where it did not rank."""
    place = standing(hits)
    if not place:
        return {}
    return {
        "titled": hits[0].features.get("titled", 0.0),
        "rank_score": hits[0].score,
        "rank_share": place["rank_share"],
        "rank_margin": place["rank_margin"] / 10.0,
        "rank_article_share": place["rank_article_share"],
        "rank_article_margin": max(0.0, place["rank_article_margin"]) / 10.0,
    }


def _fused(hit: Hit) -> float:
    return hit.fused or hit.score


def _holds(rows: np.ndarray[tuple[int, ...], np.dtype[np.int32]], start: int, stop: int) -> bool:
    """Whether any of ascending ``rows`` is in ``[start, stop)``."""
    place = int(np.searchsorted(rows, start))
    return place < len(rows) and int(rows[place]) < stop


def _is_code(term: str) -> bool:
    return any(character.isdigit() for character in term)


def _best_sentence(hit: Hit, weights: TermWeights) -> float:
    plain = hit.passage.plain
    return max((_covered(weights, plain[s.start : s.end]) for s in split_sentences(plain)), default=0.0)


def _covered(weights: TermWeights, text: str) -> float:
    terms: Iterable[str] = cached_terms(text)
    return weights.covered(terms)
