"""Two ranked lists become one.

A convex mix of min-max scaled scores (Bruch, Gai & Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval", 2022,
arXiv:2210.11934). Reciprocal rank fusion is not used: it gives a leg that knows nothing as much say as one that does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from kb.types import FloatArray, Lang


@dataclass(frozen=True, slots=True)
class FusionParameters:
    """``vector_weight``: share of the vector score where vectors are trusted, in [0, 1].

    ``trusted_skill``: probe result (``kb.text.probe``) from which a model's vectors may vote for a language.
    Both chosen by measurement, see ``eval/LOG.md``.
    """

    vector_weight: float = 0.35
    trusted_skill: float = 0.6


def vector_weight(
    skill: Mapping[str, float], asked: Lang, written: Lang, parameters: FusionParameters = FusionParameters()
) -> float:
    """How much vectors count for a question in ``asked`` over passages in ``written``: 0 when they are not trusted."""
    direction = asked if asked == written else f"{asked}-{written}"
    return parameters.vector_weight if skill.get(direction, 0.0) >= parameters.trusted_skill else 0.0


def mix(lexical: FloatArray, vector: FloatArray, weight: float) -> FloatArray:
    """Fused score of each candidate in [0, 1]; both inputs have one entry a candidate.

    >>> mix(np.float32([4, 2, 0]), np.float32([0.2, 0.8, 0.2]), 0.5).tolist()
    [0.5, 0.75, 0.0]
    """
    if weight <= 0.0:
        return _scale(lexical, 0.0)
    floor = float(vector.min()) if vector.size else 0.0
    return (1.0 - weight) * _scale(lexical, 0.0) + weight * _scale(vector, floor)


def _scale(values: FloatArray, floor: float) -> FloatArray:
    top = float(values.max()) if values.size else 0.0
    if top <= floor:
        return np.zeros_like(values)
    scaled: FloatArray = (values - np.float32(floor)) / np.float32(top - floor)
    return scaled
