"""How near an index is to texts that it does not answer: what a cosine has to be compared with here.

Cosines of unrelated texts differ between models and between collections: articles about one product are all near each other.
So each title is compared with the passages of all other articles; the best of these cosines is one that means nothing.
No labels are needed, and nothing but the index.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kb.types import FloatArray, IntArray

_SAMPLE = 256
_LEAST = 4  # fewer texts than this say nothing about a spread
_SMALLEST_SPREAD = 0.02


@dataclass(frozen=True, slots=True)
class Background:
    """Mean and standard deviation of the best meaningless cosine with a passage, and with another article's wording."""

    passage: float = 0.35
    passage_spread: float = 0.12
    wording: float = 0.35
    wording_spread: float = 0.12

    def of_passage(self, cosine: float) -> float:
        """By how many standard deviations a cosine with a passage stands out, in [-3, 6]."""
        return max(-3.0, min(6.0, (cosine - self.passage) / self.passage_spread))

    def of_wording(self, cosine: float) -> float:
        """The same for a cosine with a title or a known phrasing."""
        return max(-3.0, min(6.0, (cosine - self.wording) / self.wording_spread))


def measure_background(
    passages: FloatArray,
    article_of_passage: np.ndarray[tuple[int, ...], np.dtype[np.integer]],
    wordings: FloatArray,
    article_of_wording: IntArray,
) -> Background:
    """Compare an even sample of ``wordings`` (unit vectors, shape ``(w, d)``) with what belongs to other articles.

    Too few articles give the default, which is that of the packaged English model over mixed help centres.
    """
    if len(np.unique(article_of_wording)) < _LEAST or not len(passages):
        return Background()
    chosen = np.unique(np.linspace(0, len(wordings) - 1, min(_SAMPLE, len(wordings))).astype(np.int64))
    own = article_of_wording[chosen][:, None]
    by_passage = _best(wordings[chosen] @ passages.T, own == article_of_passage[None, :])
    by_wording = _best(wordings[chosen] @ wordings.T, own == article_of_wording[None, :])
    return Background(
        float(by_passage.mean()),
        max(_SMALLEST_SPREAD, float(by_passage.std())),
        float(by_wording.mean()),
        max(_SMALLEST_SPREAD, float(by_wording.std())),
    )


def _best(cosines: FloatArray, excluded: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> FloatArray:
    best: FloatArray = np.where(excluded, np.float32(-1.0), cosines).max(axis=1)
    return best
