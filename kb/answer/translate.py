"""A question in one language, looked up word by word in the articles of the other one.

Each word of the question counts with all its likely translations at once, as one word whose occurrences are expected ones:
"probabilistic structured queries" (K. Darwish & D. W. Oard, SIGIR 2003), with BM25 as the score. Names and codes that both
languages write alike stand for themselves.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kb.answer.evidence import TermWeights
from kb.answer.lookup import Lookup
from kb.answer.question import Question, is_frame
from kb.index.lexical import LexicalIndex
from kb.text.dictionary import Dictionary, shipped_dictionary
from kb.text.language import count_han
from kb.text.tokenize import cached_terms
from kb.text.words import chinese_words
from kb.types import FloatArray, Lang


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to say a word: search terms that stand together, and how likely it is, in (0, 1]."""

    terms: tuple[str, ...]
    weight: float


@dataclass(frozen=True, slots=True)
class TranslatedWord:
    """A word of the question with its alternatives, best first; none when nobody knows what it means."""

    source: str
    alternatives: tuple[Alternative, ...]


def translate(question: Question, written: Lang, dictionary: Dictionary | None = None) -> tuple[TranslatedWord, ...]:
    """The content words of ``question`` as articles in ``written`` would say them, each once, in reading order."""
    known = dictionary or shipped_dictionary()
    if written == "zh":
        return tuple(_english_word(term, known) for term in question.content)
    shared = [TranslatedWord(term, (_as_it_is(term),)) for term in question.content if not count_han(term)]
    words = dict.fromkeys(part for word in chinese_words(question.text) for part in _parts(word, known))
    return (*(_chinese_word(word, known) for word in words), *shared)


def look_up_translated(index: LexicalIndex, words: Sequence[TranslatedWord]) -> Lookup:
    """Expected BM25 of every passage for translated ``words``.

    The ``weights`` hold the search terms of all alternatives: a text with the likeliest alternative of each word covers the
    question. ``searched`` is the best translation in one line. The question itself has no ``terms`` in that language.
    """
    occurrences, frequency = _expected(index, words)
    idf = [_idf(index, often) for often in frequency.tolist()]
    # Word by word, not as a product of matrices: the bits of the sum do not depend on the library.
    scores = np.zeros(index.size, dtype=np.float32)
    weights: dict[str, float] = {}
    for word, counts, weight in zip(words, occurrences, idf, strict=True):
        scores += np.float32((index.k1 + 1.0) * weight) * counts / (counts + np.float32(1.0))
        for term, share in _shares(word).items():
            weights[term] = max(weights.get(term, 0.0), weight * share)
    total = sum(idf)
    return Lookup(scores, (index.k1 + 1.0) * total, TermWeights(weights, total), searched=_likeliest(index, words))


def _likeliest(index: LexicalIndex, words: Sequence[TranslatedWord]) -> tuple[str, ...]:
    """Terms of the first alternative of each word that these articles have; of the first one where they have none."""
    terms: list[str] = []
    for word in words:
        used = (a.terms for a in word.alternatives if all(term in index.vocabulary for term in a.terms))
        terms.extend(next(used, word.alternatives[0].terms if word.alternatives else ()))
    return tuple(terms)


def _shares(word: TranslatedWord) -> dict[str, float]:
    """How much of ``word`` each term of its alternatives says, in (0, 1]; all of the likeliest alternative together 1."""
    best = max((alternative.weight for alternative in word.alternatives), default=1.0)
    shares: dict[str, float] = {}
    for alternative in word.alternatives:
        for term in alternative.terms:
            share = alternative.weight / best / len(alternative.terms)
            shares[term] = max(shares.get(term, 0.0), share)
    return shares


def _parts(word: str, dictionary: Dictionary) -> list[str]:
    """``word``, or what is known of it; words that only frame a question are dropped."""
    if is_frame(word):
        return []
    if dictionary.translations(word, "en"):
        return [word]
    return dictionary.pieces(word) or [word]


def _chinese_word(word: str, dictionary: Dictionary) -> TranslatedWord:
    found = dictionary.translations(word, "en")
    return TranslatedWord(word, tuple(Alternative((term,), share) for term, share in found))


def _english_word(term: str, dictionary: Dictionary) -> TranslatedWord:
    """An article in Chinese may also keep the English word: it counts as one more way to say it."""
    found = dictionary.translations(term, "zh")
    translated = (Alternative(cached_terms(word), share) for word, share in found)
    return TranslatedWord(term, (_as_it_is(term), *translated))


def _as_it_is(term: str) -> Alternative:
    return Alternative((term,), 1.0)


def _expected(index: LexicalIndex, words: Sequence[TranslatedWord]) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Expected occurrences of each word in each passage relative to its length, shape ``(words, size)``, and the expected number
    of passages with each word, shape ``(words,)``.
    """
    rows, found, owner, weight = [], [], [], []
    for place, word in enumerate(words):
        for alternative in word.alternatives:
            held, often = _occurrences(index, alternative.terms)
            if len(held):
                rows.append(held)
                found.append(often)
                owner.append(place)
                weight.append(alternative.weight)
    if not rows:
        return np.zeros((len(words), index.size), dtype=np.float32), np.zeros(len(words))
    lengths = [len(held) for held in rows]
    # All words in one array at once: a question has dozens of alternatives, and each NumPy call has its price.
    key = np.repeat(np.asarray(owner) * index.size, lengths) + np.concatenate(rows)
    expected = np.concatenate(found) * np.repeat(np.asarray(weight, dtype=np.float32), lengths)
    occurrences = np.bincount(key, weights=expected, minlength=len(words) * index.size)
    frequency = np.bincount(owner, weights=np.multiply(weight, lengths), minlength=len(words))
    return (
        occurrences.reshape(len(words), index.size).astype(np.float32),
        np.minimum(frequency, float(index.size)),
    )


def _occurrences(index: LexicalIndex, terms: Sequence[str]) -> tuple[NDArray[np.int32], FloatArray]:
    """Rows that hold all ``terms``, ascending, with the smallest length-normalised count of any of them."""
    columns = [index.vocabulary.get(term, -1) for term in dict.fromkeys(terms)]
    if min(columns) < 0:
        return index.rows[:0], index.impacts[:0]
    if len(columns) == 1:
        return _posting(index, columns[0])
    columns.sort(key=lambda column: int(index.starts[column + 1] - index.starts[column]))
    rows, often = _posting(index, columns[0])
    for column in columns[1:]:
        others, counts = _posting(index, column)
        place = np.minimum(np.searchsorted(others, rows), len(others) - 1)
        both = others[place] == rows
        rows, often = rows[both], np.minimum(often[both], counts[place[both]])
    return rows, often


def _posting(index: LexicalIndex, column: int) -> tuple[NDArray[np.int32], FloatArray]:
    """Rows of a term and ``x``, its count there over BM25's length norm, so that its impact is ``idf * (k1 + 1) * x / (1 + x)``."""
    part = slice(index.starts[column], index.starts[column + 1])
    most = index.idf[column] * np.float32(index.k1 + 1.0)
    impacts = index.impacts[part]
    # An impact is below the most by far more than rounding, except for a term that is all of a huge passage.
    x: FloatArray = impacts / np.maximum(most - impacts, most * np.float32(1e-4))
    return index.rows[part], x


def _idf(index: LexicalIndex, frequency: float) -> float:
    """Robertson and Sparck Jones' weight in its form that is never negative, for an expected number of passages."""
    return math.log1p((index.size - frequency + 0.5) / (frequency + 0.5))
