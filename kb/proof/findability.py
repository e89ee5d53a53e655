"""Whether an article answers a gap although it was not found: decided by trying it.

Searched alone, the nearest article looks sure for half of the questions that nothing answers, because every feature of the
confidence that compares articles then speaks for it. So being sure alone is necessary and not enough; what else is asked for was
measured on questions whose article is there and on questions whose article is hidden (``eval/LOG.md``, 2026-11-22): only of the
article that comes first among all, and nearly sure there, does the trial say something.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from kb.answering import Answerer
from kb.gaps.vocabulary import Found
from kb.index.snapshot import Snapshot
from kb.proof.ask import is_answered
from kb.proof.judge import in_order
from kb.records.proofs import WatchedGap, Wording
from kb.types import Outcome, Query


@dataclass(frozen=True, slots=True)
class FindabilityRules:
    """``wordings`` are tried, and one article must answer ``share`` of what was asked in them.

    It must reach ``alone`` when it is the only one that is searched, and have come first among all, at most ``below`` short of the
    confidence from which answers are stated.
    """

    wordings: int = 3
    share: float = 0.5
    alone: float = 0.9
    below: float = 0.12


DEFAULT_RULES = FindabilityRules()


def find_article(
    answerer: Answerer, snapshot: Snapshot, gap: WatchedGap, rules: FindabilityRules = DEFAULT_RULES
) -> Found | None:
    """The article that answers most of the gap's wordings when it is tried, or None when none answers enough of them.

    Raises what ``Answerer.draft`` raises.
    """
    wordings = in_order(gap.wordings, gap.label)[: rules.wordings]
    weight: defaultdict[str, int] = defaultdict(int)
    proofs: dict[str, Found] = {}
    for wording in wordings:
        found = _answering(answerer, snapshot, wording, rules)
        if found is not None:
            weight[found.article_id] += wording.count
            proofs.setdefault(found.article_id, found)
    best = max(weight, key=lambda article: weight[article], default=None)
    if best is None or weight[best] < rules.share * sum(wording.count for wording in wordings):
        return None
    return proofs[best]


def _answering(answerer: Answerer, snapshot: Snapshot, wording: Wording, rules: FindabilityRules) -> Found | None:
    """The article that answers one wording: found by everybody, in the other language only, or alone."""
    query = Query(wording.text, lang=wording.lang, channel="proof")
    draft = answerer.draft(snapshot, query)
    score = draft.answer.confidence.score
    if is_answered(draft):
        shown = (draft.answer.citations or draft.answer.suggestions)[0]
        own = draft.answer.lang == wording.lang
        return Found("found" if own else "language", shown.article_id, shown.passage_id, shown.quote, score)
    first = draft.decision.hits[0].article if draft.decision.hits else None
    if first is None or first.lang != wording.lang or score < answerer.answering_score(snapshot) - rules.below:
        return None
    findings, decision = answerer.try_alone(snapshot, query, first.id)
    if decision.outcome is not Outcome.ANSWERED or findings.score < rules.alone or not decision.places:
        return None
    place = decision.places[0]
    quote = place.article.text[place.span.start : place.span.end]
    return Found("alone", first.id, place.passage.id, quote, findings.score)
