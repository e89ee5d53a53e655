"""The wording that says best what a gap is about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kb.types import FloatArray, Lang

_COMPARED = 200  # wordings, the most frequent ones


@dataclass(frozen=True, slots=True)
class Phrase:
    """One wording with how often it came. ``vector``: unit vector, all by one model; None without one."""

    question: str
    lang: Lang
    count: int
    terms: tuple[str, ...]
    vector: FloatArray | None = None


def typical(phrases: Sequence[Phrase]) -> Phrase | None:
    """The medoid: the phrase most similar to all, each as often as it came, in the language that most are in.

    By vectors where at least half of the questions have one, else by terms. Of equals the more frequent, then the
    first in the alphabet. None for no phrases.
    """
    if not phrases:
        return None
    langs: Counter[Lang] = Counter()
    for phrase in phrases:
        langs[phrase.lang] += phrase.count
    lang = max(sorted(langs), key=lambda name: langs[name])
    known = [phrase for phrase in phrases if phrase.lang == lang]
    embedded = [phrase for phrase in known if phrase.vector is not None]
    if 2 * sum(phrase.count for phrase in embedded) >= langs[lang]:
        return _first(embedded, _by_vectors(embedded))
    common = sorted(known, key=lambda phrase: (-phrase.count, phrase.question))[:_COMPARED]
    return _first(common, _by_terms(common))


def _first(phrases: Sequence[Phrase], scores: Sequence[float]) -> Phrase:
    order = sorted(zip(scores, phrases, strict=True), key=lambda pair: (-pair[0], -pair[1].count, pair[1].question))
    return order[0][1]


def _by_vectors(phrases: Sequence[Phrase]) -> list[float]:
    matrix = np.stack([phrase.vector for phrase in phrases if phrase.vector is not None])
    counts = np.array([phrase.count for phrase in phrases], dtype=np.float32)
    return [round(float(score), 5) for score in matrix @ (counts @ matrix)]


def _by_terms(phrases: Sequence[Phrase]) -> list[float]:
    """Binary cosine of the terms."""
    sets = [frozenset(phrase.terms) for phrase in phrases]
    return [
        sum(
            phrase.count * len(own & terms) / (len(own) * len(terms)) ** 0.5
            for phrase, terms in zip(phrases, sets, strict=True)
            if own and terms
        )
        for own in sets
    ]
