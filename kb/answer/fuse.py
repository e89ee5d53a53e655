"""Two ranked lists become one.

A convex mix of scores on fixed scales: BM25 as a share of the most a passage could get, and the cosine as it is. Scales that do
not depend on the other candidates keep a weak best match weak (Bruch, Gai & Ingber, "An Analysis of Fusion Functions for Hybrid
Retrieval", 2022, arXiv:2210.11934, compare such normalisations). Reciprocal rank fusion is not used: it gives a leg that knows
nothing as much say as one that does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from kb.types import FloatArray, Lang


@dataclass(frozen=True, slots=True)
class FusionParameters:
    """All chosen by measurement, see ``eval/LOG.md``.

    ``vector_weight``: share of the vector score in a large collection, in [0, 1]. ``small_collection``: number of passages at
    which the words lose half of their remaining share, because the idf of a few passages says little.
    ``wording``: share of the gap that a nearby title or known phrasing of the article closes.
    ``trusted_skill``: probe result (``kb.text.probe``) from which a model's vectors may vote for a language.
    ``full_skill``: the one from which they vote with their whole weight; between both it grows evenly.
    ``across``: share of their weight that is left where the articles are in another language than the question.
    """

    vector_weight: float = 0.42
    small_collection: float = 50.0
    wording: float = 0.65
    trusted_skill: float = 0.6
    full_skill: float = 0.8
    across: float = 0.8


def is_trusted(
    skill: Mapping[str, float], asked: Lang, written: Lang, parameters: FusionParameters = FusionParameters()
) -> bool:
    """Whether vectors may vote for a question in ``asked`` over passages in ``written``."""
    direction = asked if asked == written else f"{asked}-{written}"
    return skill.get(direction, 0.0) >= parameters.trusted_skill


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose vectors may vote: those of passages, and those of wordings (titles, known phrasings) in each language."""

    passages: bool = False
    english_wordings: bool = False
    chinese_wordings: bool = False

    def __bool__(self) -> bool:
        return self.passages or self.english_wordings or self.chinese_wordings


def trust(
    skill: Mapping[str, float], asked: Lang, written: Lang, parameters: FusionParameters = FusionParameters()
) -> Trust:
    """What a model with ``skill`` may say about a question in ``asked`` over articles in ``written``.

    A wording is judged by its own language: an article in Chinese may well have an English product name as its title.
    """
    return Trust(
        passages=is_trusted(skill, asked, written, parameters),
        english_wordings=is_trusted(skill, asked, "en", parameters),
        chinese_wordings=is_trusted(skill, asked, "zh", parameters),
    )


def vector_weight(passages: int, parameters: FusionParameters = FusionParameters()) -> float:
    """Share of the vector score in a collection of ``passages``, where vectors are trusted.

    >>> round(vector_weight(50), 2), round(vector_weight(100_000), 2)
    (0.71, 0.42)
    """
    doubt = parameters.small_collection / (passages + parameters.small_collection)
    return parameters.vector_weight + (1.0 - parameters.vector_weight) * doubt


def mastery(skill: Mapping[str, float], lang: Lang, parameters: FusionParameters = FusionParameters()) -> float:
    """Which share of their weight a model's vectors have within ``lang``, in [0.1, 1] for a trusted model.

    >>> round(mastery({"en": 0.9, "zh": 0.72}, "en"), 2), round(mastery({"en": 0.9, "zh": 0.72}, "zh"), 2)
    (1.0, 0.6)
    """
    known = (skill.get(lang, 0.0) - parameters.trusted_skill) / max(
        parameters.full_skill - parameters.trusted_skill, 1e-6
    )
    return max(0.1, min(1.0, known))


def lift(cosines: FloatArray, wordings: FloatArray, parameters: FusionParameters = FusionParameters()) -> FloatArray:
    """Cosines of passages, raised where a wording of the article is nearer to the question than the passage is.

    >>> [f"{cosine:.2f}" for cosine in lift(np.float32([0.5, 0.5]), np.float32([0.1, 0.9]))]
    ['0.50', '0.76']
    """
    lifted: FloatArray = cosines + np.float32(parameters.wording) * np.maximum(wordings - cosines, np.float32(0.0))
    return lifted


def mix(lexical: FloatArray, ideal: float, meaning: FloatArray, weight: float) -> FloatArray:
    """Fused score of each candidate, at most 1. ``ideal``: the BM25 score of a passage that is all about the question.

    >>> [f"{score:.2f}" for score in mix(np.float32([4, 4, 0]), 8.0, np.float32([0.2, 0.8, 0.2]), 0.5)]
    ['0.35', '0.65', '0.10']
    """
    share = np.minimum(lexical / np.float32(ideal), np.float32(1.0)) if ideal > 0.0 else np.zeros_like(lexical)
    fused: FloatArray = np.float32(1.0 - weight) * share + np.float32(weight) * meaning
    return fused
