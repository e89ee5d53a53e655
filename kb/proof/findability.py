"""Whether an article answers a gap although it was not found: decided by trying it.

Searched alone, the nearest article looks sure for half of the questions that nothing answers, because every feature of the
confidence that compares articles then speaks for it. So being sure alone is necessary and not enough; what else is asked for was
measured on questions whose article is there and on questions whose article is hidden (``eval/LOG.md``, 2026-11-22).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from kb.answering import Answerer, Draft
from kb.gaps.vocabulary import Found
from kb.index.snapshot import Snapshot
from kb.proof.ask import is_answered
from kb.proof.judge import in_order
from kb.records.proofs import WatchedGap, Wording
from kb.types import Outcome, Query


@dataclass(frozen=True, slots=True)
class FindabilityRules:
    """``wordings`` are tried, each on the ``articles`` nearest to it, and the articles must answer ``share`` of what was asked.

    ``alone``: confidence that the article must reach alone. It must also have come first among all, at most ``below`` short of the
    confidence from which answers are stated; or, at ``literal`` confidence, one of its sentences must hold ``words`` of the
    question's weight.
    """

    wordings: int = 3
    articles: int = 5
    share: float = 0.5
    alone: float = 0.9
    below: float = 0.12
    literal: float = 0.95
    words: float = 0.95


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
        for found in _answering(answerer, snapshot, gap, wording, rules):
            weight[found.article_id] += wording.count
            proofs.setdefault(found.article_id, found)
    best = max(weight, key=lambda article: weight[article], default=None)
    if best is None or weight[best] < rules.share * sum(wording.count for wording in wordings):
        return None
    return proofs[best]


def _answering(
    answerer: Answerer, snapshot: Snapshot, gap: WatchedGap, wording: Wording, rules: FindabilityRules
) -> Iterator[Found]:
    """The articles that answer one wording: found by everybody, in the other language only, or alone."""
    draft = answerer.draft(snapshot, Query(wording.text, lang=wording.lang, channel="proof"))
    if is_answered(draft):
        shown = (draft.answer.citations or draft.answer.suggestions)[0]
        own = draft.answer.lang == wording.lang
        yield Found(
            "found" if own else "language",
            shown.article_id,
            shown.passage_id,
            shown.quote,
            draft.answer.confidence.score,
        )
        return
    for article_id in _nearest(snapshot, gap, wording, draft)[: rules.articles]:
        found = _alone(answerer, snapshot, wording, draft, article_id, rules)
        if found is not None:
            yield found


def _nearest(snapshot: Snapshot, gap: WatchedGap, wording: Wording, draft: Draft) -> list[str]:
    """The articles in the question's language that came nearest: to this wording, then those that the signals name."""
    named = [*(hit.article.id for hit in draft.decision.hits), *gap.articles]
    own = (name for name in named if name in snapshot.articles and snapshot.articles[name].lang == wording.lang)
    return list(dict.fromkeys(own))


def _alone(
    answerer: Answerer, snapshot: Snapshot, wording: Wording, draft: Draft, article_id: str, rules: FindabilityRules
) -> Found | None:
    query = Query(wording.text, lang=wording.lang, channel="proof")
    findings, decision = answerer.try_alone(snapshot, query, article_id)
    if decision.outcome is not Outcome.ANSWERED or findings.score < rules.alone:
        return None
    hits = draft.decision.hits
    first = bool(hits) and hits[0].article.id == article_id
    nearly = first and draft.answer.confidence.score >= answerer.answering_score(snapshot) - rules.below
    literal = findings.score >= rules.literal and findings.features.get("sentence_coverage", 0.0) >= rules.words
    if not (nearly or literal) or not decision.places:
        return None
    place = decision.places[0]
    quote = place.article.text[place.span.start : place.span.end]
    return Found("alone", article_id, place.passage.id, quote, findings.score)
