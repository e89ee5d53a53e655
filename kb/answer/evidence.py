"""How well a piece of text covers a question, by the weight of the terms they share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TermWeights:
    """The content terms of a question with their idf; ``total`` is their sum."""

    weights: dict[str, float]
    total: float

    def covered(self, terms: Iterable[str]) -> float:
        """Share of the question's weight that ``terms`` hold, in [0, 1]; 0 for a question without content terms."""
        if self.total <= 0.0:
            return 0.0
        present = self.weights.keys() & set(terms)
        return sum(self.weights[term] for term in present) / self.total


def weigh_terms(content: Sequence[str], idf_of: Callable[[str], float]) -> TermWeights:
    """Weigh ``content`` (distinct terms) by ``idf_of``."""
    weights = {term: max(idf_of(term), 0.0) for term in content}
    return TermWeights(weights, sum(weights.values()))
