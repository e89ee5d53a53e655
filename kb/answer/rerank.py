"""The best passages once more, in the order of a model that reads question and passage together; off by default."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from kb.types import FloatArray, Hit


class Reranker(Protocol):
    """Gives each passage a score in [0, 1] for a question. Thread-safe. Raises ``EncoderError``."""

    name: str

    def load(self) -> None: ...

    def scores(self, question: str, passages: Sequence[str]) -> FloatArray: ...


@dataclass(frozen=True, slots=True)
class RerankParameters:
    """``depth``: passages that are read again; the others stay behind them. The usual number, not a tuned one."""

    depth: int = 20


def rerank(
    question: str, hits: Sequence[Hit], reranker: Reranker, parameters: RerankParameters = RerankParameters()
) -> list[Hit]:
    """``hits`` with the first ``depth`` in the order of ``reranker``, ties in their old order.

    Each of them carries the reranker's score in ``rerank``. All other numbers of a hit stay what they were, so that the fitted
    confidence reads what it was fitted on: where the reranker prefers what the ranking put behind, its margin is negative.
    """
    head = hits[: parameters.depth]
    scores = reranker.scores(question, [_text(hit) for hit in head])
    order = sorted(range(len(head)), key=lambda i: (-float(scores[i]), i))
    return [*(replace(head[i], rerank=float(scores[i])) for i in order), *hits[parameters.depth :]]


def _text(hit: Hit) -> str:
    """A passage with its headings: a section says little without them."""
    return "\n".join((" > ".join(hit.passage.heading_path), hit.passage.plain))
