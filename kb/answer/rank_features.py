"""What can be said about each candidate of a question, as one matrix of values one can read.

Besides the scores of both legs: how the question's words stand in the candidate, sentence by sentence and pair by pair, and
how its article is asked for. Values named "beside" compare a passage with the first candidate of its own article: they can
lift a better passage above its neighbours and say nothing about other articles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from kb.answer.evidence import TermWeights
from kb.index.lexical import ranges
from kb.index.sequences import TermSequences
from kb.index.snapshot import Snapshot
from kb.types import BoolArray, FloatArray, IntArray

FEATURES = {
    "fused": "the mix of both legs that chose the candidates",
    "meaning_beside": "cosine of the passage, less that of its article's first candidate",
    "sentence": "share of the question's weight in the best single sentence",
    "sentence_beside": "the same with title and headings, less that of the article's first candidate",
    "joined_beside": "share of the question's neighbouring words that are neighbours, less that of the article's first",
    "wording": "cosine of the article's nearest title or known phrasing",
    "wording_lead": "the same, less the largest among the candidates",
    "titled": "how much question and title (or a known phrasing) are the same words: the harmonic mean of both shares",
    "synonyms": "share of the question's weight in the article's synonyms and tags",
    "codes": "share of the question's codes and numbers that passage or title hold",
    "names": "share of a Chinese question's weight that is Latin words which passage or title hold",
    "article": "BM25 of the article as a whole, as a share of the best candidate's",
}


@dataclass(frozen=True, slots=True)
class Candidates:
    """Passages to be ranked, best ``fused`` first; all arrays have shape ``(candidates,)``.

    ``cosines`` and ``wordings`` are 0 where vectors are not trusted.
    """

    rows: IntArray
    fused: FloatArray
    cosines: FloatArray
    wordings: FloatArray


@dataclass(frozen=True, slots=True)
class AskedTerms:
    """The weighted terms of a question: ``columns`` of the vocabulary (of those it has) with ``weights``; ``total`` is the weight
    of all, unknown ones included. ``follows[i, j]``: term ``j`` stands right behind ``i`` in the question, which has ``pairs`` such
    neighbours. ``codes`` and ``names``: which terms hold a digit, and which are Latin words of a Chinese question.
    """

    columns: IntArray
    weights: FloatArray
    total: float
    follows: BoolArray
    pairs: int
    codes: BoolArray
    names: BoolArray


def asked_terms(snapshot: Snapshot, weights: TermWeights, order: Sequence[str]) -> AskedTerms:
    """Look up the terms of ``weights``; ``order``: all terms of the question as they stand in it, or none."""
    vocabulary = snapshot.lexical.vocabulary
    known = [term for term in weights.weights if term in vocabulary]
    place = {term: i for i, term in enumerate(known)}
    follows = np.zeros((len(known), len(known)), dtype=np.bool_)
    pairs = {pair for pair in pairwise(order) if weights.weights.keys() >= set(pair)}
    for one, other in pairs:
        if one in place and other in place:
            follows[place[one], place[other]] = True
    chinese = not all(term.isascii() for term in weights.weights)
    return AskedTerms(
        columns=np.asarray([vocabulary[term] for term in known], dtype=np.int64),
        weights=np.asarray([weights.weights[term] for term in known], dtype=np.float32),
        total=max(weights.total, 1e-6),
        follows=follows,
        pairs=len(pairs),
        codes=np.asarray([any(map(str.isdigit, term)) for term in known], dtype=np.bool_),
        names=np.asarray([chinese and term.isascii() for term in known], dtype=np.bool_),
    )


def candidate_features(
    snapshot: Snapshot, asked: AskedTerms, searched: Sequence[str], candidates: Candidates
) -> FloatArray:
    """Values of ``FEATURES``, shape ``(candidates, features)``; about 0 to 1 each, those with "beside" or "lead" -1 to 1.

    ``searched``: the terms with their repeats that BM25 looked up.
    """
    articles = snapshot.article_of_row[candidates.rows].astype(np.int64)
    body = held_terms(snapshot.passage_texts, candidates.rows, asked, len(snapshot.counts.vocabulary))
    fields = held_terms(snapshot.article_texts, articles, asked, len(snapshot.counts.vocabulary))
    headings, title = body.held[body.first], fields.held[fields.first]
    sentences = body.held.copy()
    sentences[body.first] = False
    context = title | headings
    around = np.repeat(context, np.diff(body.first, append=len(body.held)), axis=0)
    anywhere = context | np.logical_or.reduceat(sentences, body.first, axis=0)
    _, first, back = np.unique(articles, return_index=True, return_inverse=True)
    leader = first[back]

    def share(held: BoolArray) -> FloatArray:
        return _weight(held, asked) / np.float32(asked.total)

    in_sentence = np.maximum.reduceat(share(sentences), body.first)
    in_context = np.maximum.reduceat(share(sentences | around), body.first)
    joined = body.joined / np.float32(max(asked.pairs, 1))
    values = {
        "fused": candidates.fused,
        "meaning_beside": candidates.cosines - candidates.cosines[leader],
        "sentence": in_sentence,
        "sentence_beside": in_context - in_context[leader],
        "joined_beside": joined - joined[leader],
        "wording": candidates.wordings,
        "wording_lead": _lead(candidates.wordings),
        "titled": _titled(snapshot, asked, articles, fields),
        "synonyms": share(fields.held[fields.first + 1]),
        "codes": _share_of_count(anywhere, asked.codes),
        "names": share(anywhere & asked.names),
        "article": _of_article(snapshot, searched, articles),
    }
    return np.stack([np.asarray(values[name], dtype=np.float32) for name in FEATURES], axis=1)


def _weight(held: BoolArray, asked: AskedTerms) -> FloatArray:
    """The summed weight of the terms of each row. A sum, not a product of matrices: its bits do not depend on the library."""
    result: FloatArray = np.where(held, asked.weights, np.float32(0.0)).sum(axis=1, dtype=np.float32)
    return result


def _lead(wordings: FloatArray) -> FloatArray:
    """Cosines less the largest one; an article without a near wording counts as the least near one that was looked at."""
    near = wordings[wordings > 0.0]
    if not len(near):
        return np.zeros_like(wordings)
    result: FloatArray = np.maximum(wordings, near.min()) - near.max()
    return result


def _titled(snapshot: Snapshot, asked: AskedTerms, articles: IntArray, fields: HeldTerms) -> FloatArray:
    """The best F1 of the question's weight with that of the title or a known phrasing."""
    starts = snapshot.article_texts.group_starts
    weights = snapshot.article_text_weights[ranges(starts[articles], starts[articles + 1])]
    alike = 2.0 * _weight(fields.held, asked) / np.maximum(weights + asked.total, 1e-6)
    alike[fields.first + 1] = 0.0  # synonyms are no wording
    result: FloatArray = np.maximum.reduceat(alike, fields.first).astype(np.float32)
    return result


def _share_of_count(held: BoolArray, chosen: BoolArray) -> FloatArray:
    if not chosen.any():
        return np.zeros(len(held), dtype=np.float32)
    result: FloatArray = held[:, chosen].mean(axis=1, dtype=np.float32)
    return result


def _of_article(snapshot: Snapshot, searched: Sequence[str], articles: IntArray) -> FloatArray:
    scores = snapshot.article_lexical.scores(searched)[articles]
    best = float(scores.max(initial=0.0))
    return scores / np.float32(best) if best > 0.0 else scores


@dataclass(frozen=True, slots=True)
class HeldTerms:
    """Which of the question's terms stand in which texts of some groups.

    ``held``: shape ``(texts, terms)``; the texts of group ``g`` are its rows from ``first[g]`` to before the next group's.
    ``joined``: of each group, how many pairs of neighbours in the question are neighbours in one of its texts.
    """

    held: BoolArray
    first: IntArray
    joined: FloatArray


def held_terms(sequences: TermSequences, groups: IntArray, asked: AskedTerms, size: int) -> HeldTerms:
    """Compare the asked terms with every text of ``groups``, none of which may be empty; ``size``: of the vocabulary."""
    begin, end = sequences.group_starts[groups], sequences.group_starts[groups + 1]
    first = np.cumsum(end - begin) - (end - begin)
    start, stop = sequences.text_starts[begin], sequences.text_starts[end]
    places = ranges(start, stop)
    number = np.full(size + 1, -1, dtype=np.int16)  # the last one is where UNKNOWN looks
    number[asked.columns] = np.arange(len(asked.columns), dtype=np.int16)
    found = number[sequences.terms[places]]
    at = np.flatnonzero(found >= 0)
    term, place = found[at].astype(np.int64), places[at]
    group = np.repeat(np.arange(len(groups)), stop - start)[at]
    text = np.searchsorted(sequences.text_starts, place, side="right") - 1
    held = np.zeros((int((end - begin).sum()), len(asked.columns)), dtype=np.bool_)
    held[text - begin[group] + first[group], term] = True
    joined = np.zeros(len(groups), dtype=np.float32)
    if len(place):
        linked = (np.diff(place) == 1) & (np.diff(text) == 0) & asked.follows[term[:-1], term[1:]]
        width = len(asked.columns)
        pairs = np.unique((group[:-1][linked] * width + term[:-1][linked]) * width + term[1:][linked])
        joined = np.bincount(pairs // (width * width), minlength=len(groups)).astype(np.float32)
    return HeldTerms(held, first, joined)
