"""Which gaps are like another one, for an owner who looks for what to merge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kb.types import FloatArray


@dataclass(frozen=True, slots=True)
class Representative:
    """What a gap is compared by. ``vector``: of unit length, made by the model ``encoder``; None without a model."""

    gap_id: str
    terms: frozenset[str]
    vector: FloatArray | None
    encoder: str | None


def most_alike(own: Representative, others: Sequence[Representative], limit: int) -> tuple[str, ...]:
    """Ids of the ``limit`` most similar of ``others``, best first.

    Vectors of one model are compared by their cosine; where there are none, gaps are compared by the share of words
    that they have in common (Jaccard 1901). What has nothing in common is left out.
    """
    scores = np.array([_shared(own.terms, other.terms) for other in others], dtype=np.float64)
    if own.vector is not None:
        same = [i for i, other in enumerate(others) if other.vector is not None and other.encoder == own.encoder]
        if same:
            scores[same] = np.stack([others[i].vector for i in same]) @ own.vector  # type: ignore[misc]
    order = np.argsort(-scores, kind="stable")[:limit]
    return tuple(others[i].gap_id for i in order if scores[i] > 0)


def _shared(ours: frozenset[str], theirs: frozenset[str]) -> float:
    return len(ours & theirs) / len(ours | theirs) if ours and theirs else 0.0
