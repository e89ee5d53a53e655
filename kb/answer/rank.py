"""Which candidate comes first: a linear model over features one can read, fitted by ``python -m eval.rank``.

The weights of ``rank.json`` maximise the probability of a right passage among the candidates of its question (listwise softmax:
Cao et al., "Learning to Rank: From Pairwise Approach to Listwise Approach", ICML 2007), so a difference of two logits is the
log odds between two passages. There is one set of weights for each of three situations, see ``Regime``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import orjson

from kb.answer.rank_features import FEATURES
from kb.types import FloatArray, Hit

# hybrid: vectors vote; lexical: they do not; other: the articles are in another language than the question.
Regime = Literal["hybrid", "lexical", "other"]
REGIMES: tuple[Regime, ...] = ("hybrid", "lexical", "other")
WEIGHTS_FILE = Path(__file__).with_name("rank.json")


@dataclass(frozen=True)
class Ranker:
    """``weights``: one for each of ``FEATURES``, in their order. ``bias`` places the score: at ``logit + bias == 0`` it is 0.5."""

    weights: FloatArray
    bias: float

    def logits(self, features: FloatArray) -> FloatArray:
        """Weighted sums, shape ``(candidates,)``, of ``features``, shape ``(candidates, len(FEATURES))``."""
        # Summed feature by feature: the order of the additions, and with it every bit, is the same on every machine.
        total = np.zeros(len(features), dtype=np.float32)
        for column, weight in enumerate(self.weights):
            total += features[:, column] * weight
        return total

    def scores(self, logits: FloatArray) -> FloatArray:
        """Logits on a scale of 0 to 1: about the probability that a passage is right, for a question that has an answer."""
        result: FloatArray = 1.0 / (1.0 + np.exp(-np.clip(logits + np.float32(self.bias), -30.0, 30.0)))
        return result


@cache
def load_rankers() -> Mapping[Regime, Ranker]:
    """The fitted rankers."""
    stored = orjson.loads(WEIGHTS_FILE.read_bytes())["regimes"]
    return {
        regime: Ranker(
            np.asarray([stored[regime]["weights"].get(name, 0.0) for name in FEATURES], dtype=np.float32),
            float(stored[regime]["bias"]),
        )
        for regime in REGIMES
    }


def contributions(features: Mapping[str, float], regime: Regime) -> dict[str, float]:
    """What each feature adds to a hit's logit; their sum is the logit."""
    weights = load_rankers()[regime].weights
    return {
        name: features[name] * float(weight)
        for name, weight in zip(FEATURES, weights, strict=True)
        if name in features and weight
    }


def standing(hits: Sequence[Hit]) -> dict[str, float]:
    """How the first of ``hits`` stands among the ranked ones, for judging how sure the choice is; empty without ranked hits.

    ``rank_logit``: its logit. ``rank_share`` in (0, 1]: its softmax share. ``rank_margin`` >= 0: its logit less the second's.
    ``rank_article_share``, ``rank_article_margin``: the same for its article, summed over passages, and against the best hit of
    another article; margins are at most 10, which is also the margin of an only candidate.
    """
    ranked = [hit for hit in hits if hit.features]
    if not ranked:
        return {}
    logits = np.asarray([hit.logit for hit in ranked])
    shares = np.exp(logits - logits.max())
    shares /= shares.sum()
    own = np.asarray([hit.article.id == ranked[0].article.id for hit in ranked])
    return {
        "rank_logit": float(logits[0]),
        "rank_share": float(shares[0]),
        "rank_margin": _margin(logits[0], logits[1:]),
        "rank_article_share": float(shares[own].sum()),
        "rank_article_margin": _margin(logits[0], logits[~own]),
    }


_LARGEST_MARGIN = 10.0


def _margin(first: float, others: FloatArray) -> float:
    return min(_LARGEST_MARGIN, float(first - others.max())) if len(others) else _LARGEST_MARGIN
