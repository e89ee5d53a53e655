"""Whether articles disagree on what a gap asks: decided by comparing what came near to its wordings."""

from __future__ import annotations

from dataclasses import dataclass

from kb.answer.confidence import weights_for
from kb.answer.evidence import TermWeights
from kb.answering import Answerer
from kb.gaps.vocabulary import Found
from kb.index.snapshot import Snapshot
from kb.proof.judge import in_order
from kb.proof.pairs import Likeness, Place, conflicts_between
from kb.records.proofs import WatchedGap
from kb.text.tokenize import cached_terms
from kb.types import Passage, Query


@dataclass(frozen=True, slots=True)
class ConflictRules:
    """The best ``hits`` of the first ``wordings`` are compared. Both statements, with their headings, must hold ``least`` of the
    question's weight, and ``about`` of what the best of the hits holds, so that a dispute about something else is not taken for
    one about this."""

    wordings: int = 3
    hits: int = 6
    least: float = 0.3
    about: float = 0.8


DEFAULT_RULES = ConflictRules()


def find_conflict(
    answerer: Answerer, snapshot: Snapshot, gap: WatchedGap, rules: ConflictRules = DEFAULT_RULES
) -> Found | None:
    """Two statements of different articles that answer the gap differently, or None. Raises what ``Answerer.draft`` raises."""
    for wording in in_order(gap.wordings, gap.label)[: rules.wordings]:
        draft = answerer.draft(snapshot, Query(wording.text, lang=wording.lang, channel="proof"))
        weights = weights_for(snapshot, draft.question)
        hits = {hit.passage.id: hit for hit in draft.decision.hits[: rules.hits]}
        best = max((_held(weights, hit.passage, hit.passage.plain) for hit in hits.values()), default=0.0)
        bar = max(rules.least, rules.about * best)
        for likeness in conflicts_between(snapshot, [hit.row for hit in hits.values()]):
            sides = (likeness.left, likeness.right)
            if all(_held(weights, hits[side.passage_id].passage, side.text) >= bar for side in sides):
                return _found(likeness, draft.answer.confidence.score)
    return None


def _held(weights: TermWeights, passage: Passage, text: str) -> float:
    """Share of the question's weight in ``text`` of ``passage`` and in the headings above it."""
    return weights.covered(term for part in (*passage.heading_path, text) for term in cached_terms(part))


def _found(likeness: Likeness, score: float) -> Found:
    left, right = likeness.left, likeness.right
    return Found(
        "conflict", _article(left), left.passage_id, left.text, score, other_id=_article(right), other_quote=right.text
    )


def _article(place: Place) -> str:
    return place.passage_id.partition("#")[0]
