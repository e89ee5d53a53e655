"""Why nothing is stated: the help centre is not about this at all, or it is and yet no passage says it.

A second small logistic model over the same features, fitted on questions of other businesses and chit-chat against
questions whose article is missing; see ``eval.calibrate_topic``. It decides nothing but the reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from kb.answer.confidence import LogisticModel, shipped
from kb.answer.rank import Regime
from kb.types import Reason, ReasonCode

# What can tell a foreign topic: whether the words are used here at all, and how near the nearest text is for this index.
TOPIC_FEATURES = ("standout", "wording_standout", "unknown", "coverage", "sentence_coverage", "rank_score")

_OFF_TOPIC = Reason(ReasonCode.OFF_TOPIC, "Nothing in this help centre is about this.")
_NOT_COVERED = Reason(
    ReasonCode.NOT_COVERED, "This help centre is about related things, but no passage answers the question."
)


def unanswered_reason(values: Mapping[str, float], regime: Regime) -> Reason:
    """The reason for a question with these confidence features; without any, nothing shares even a word with it."""
    if not values or (values.get("unknown", 0.0) >= 1.0 and regime != "hybrid"):
        return _OFF_TOPIC
    return _OFF_TOPIC if off_topic_probability(values, regime) >= 0.5 else _NOT_COVERED


def off_topic_probability(values: Mapping[str, float], regime: Regime) -> float:
    """Chance that an unanswerable question with these features is about another topic, the two being equally frequent."""
    model = _models().get(regime)
    return model.probability(values) if model else 0.0


@cache
def _models() -> Mapping[str, LogisticModel]:
    return {name: LogisticModel(m["bias"], m["weights"]) for name, m in shipped().get("topics", {}).items()}
