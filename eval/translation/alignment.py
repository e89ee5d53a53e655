"""IBM Model 1: translation probabilities from sentence pairs alone.

P. F. Brown, S. A. Della Pietra, V. J. Della Pietra, R. L. Mercer, "The Mathematics of Statistical Machine Translation: Parameter
Estimation", Computational Linguistics 19(2), 1993. Every target word was made by one of the source words, or by none: the empty
word makes target words by their frequency. Expectation-maximisation over sets of terms, both directions over one list of pairs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from eval.translation.parallel import ParallelTexts

_CHUNK = 20_000  # texts


@dataclass(frozen=True, slots=True)
class AlignmentParameters:
    """``iterations`` of EM; ``lift``: how many times more often than by chance a candidate must stand together.

    ``rare``: up to so many occurrences a word may have candidates that stand together once.
    """

    iterations: int = 4
    lift: float = 3.0
    rare: float = 4.0


@dataclass(frozen=True)
class Alignment:
    """Candidates ``(term[i], word[i])`` in order of term and word, with the probability of each side given the other."""

    term: NDArray[np.int32]
    word: NDArray[np.int32]
    word_given_term: NDArray[np.float64]
    term_given_word: NDArray[np.float64]


@dataclass(frozen=True)
class _Links:
    """Every meeting of a candidate in a text: number of the candidate, places of its two entries in the matrices."""

    candidate: NDArray[np.int32]
    english: NDArray[np.int32]
    chinese: NDArray[np.int32]


def align(
    texts: ParallelTexts, parameters: AlignmentParameters = AlignmentParameters(), tell: Callable[[str], object] = print
) -> Alignment:
    """Translation probabilities in both directions. Deterministic; ``tell`` gets one line per step."""
    term, word = _candidates(texts, parameters)
    tell(f"{len(term)} candidates")
    links = _links(texts, term, word)
    tell(f"{len(links.candidate)} links")
    forwards = _estimate(links.candidate, term, links.chinese, texts.chinese, texts.weights, parameters.iterations)
    backwards = _estimate(links.candidate, word, links.english, texts.english, texts.weights, parameters.iterations)
    return Alignment(term, word, forwards, backwards)


def _candidates(texts: ParallelTexts, parameters: AlignmentParameters) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Pairs that stand together more often than chance explains: without the rest there is a tenth of the work."""
    together = sparse.csr_matrix((len(texts.terms), len(texts.words)), dtype=np.float32)
    for start in range(0, len(texts.weights), _CHUNK):
        part = slice(start, start + _CHUNK)
        weighted = sparse.diags(texts.weights[part]) @ texts.chinese[part]
        together = together + texts.english[part].T.tocsr() @ weighted
    together = together.tocoo()
    term, word, count = together.row, together.col, together.data
    of_term = texts.english.T @ texts.weights
    of_word = texts.chinese.T @ texts.weights
    lift = count * texts.weights.sum() / (of_term[term] * of_word[word])
    rare = np.minimum(of_term[term], of_word[word]) < parameters.rare
    kept = (rare | (count >= 2.0)) & (lift > parameters.lift)
    # Two frequent words that mostly stand together are no chance either, whatever the lift says.
    kept |= 2.0 * count / (of_term[term] + of_word[word]) > 0.1
    term, word = term[kept], word[kept]
    order = np.lexsort((word, term))
    return term[order].astype(np.int32), word[order].astype(np.int32)


def _links(texts: ParallelTexts, term: NDArray[np.int32], word: NDArray[np.int32]) -> _Links:
    width = len(texts.words)
    keys = term.astype(np.int64) * width + word
    found: list[tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]] = []
    for start in range(0, len(texts.weights), _CHUNK):
        stop = min(start + _CHUNK, len(texts.weights))
        english, chinese = texts.english.indptr[start : stop + 1], texts.chinese.indptr[start : stop + 1]
        here, there = np.diff(english), np.diff(chinese)
        text = np.repeat(np.arange(stop - start), here * there)
        first = np.concatenate([[0], np.cumsum(here * there)])
        within = np.arange(first[-1]) - first[text]
        left = english[text] + within // there[text]
        right = chinese[text] + within % there[text]
        key = texts.english.indices[left].astype(np.int64) * width + texts.chinese.indices[right]
        place = np.minimum(np.searchsorted(keys, key), len(keys) - 1)
        known = keys[place] == key
        found.append((place[known].astype(np.int32), left[known].astype(np.int32), right[known].astype(np.int32)))
    return _Links(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


def _estimate(
    candidate: NDArray[np.int32],
    source: NDArray[np.int32],
    made: NDArray[np.int32],
    target: sparse.csr_matrix,
    weights: NDArray[np.float32],
    iterations: int,
) -> NDArray[np.float64]:
    """P(target | source) of each candidate by EM. ``made``: the entry of ``target`` that each link explains."""
    entry_weight = np.repeat(weights.astype(np.float64), np.diff(target.indptr))
    frequency = np.bincount(target.indices, weights=entry_weight)
    by_itself = (frequency / frequency.sum())[target.indices]
    probability = 1.0 / np.bincount(source)[source]
    for _ in range(iterations):
        share = probability[candidate]
        explained = np.bincount(made, weights=share, minlength=len(by_itself)) + by_itself
        counts = np.bincount(candidate, weights=share / explained[made] * entry_weight[made], minlength=len(source))
        probability = counts / np.maximum(np.bincount(source, weights=counts), 1e-12)[source]
    result: NDArray[np.float64] = probability
    return result
