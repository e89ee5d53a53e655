"""Why a gap exists, decided by rules that can be read aloud."""

from __future__ import annotations

from dataclasses import dataclass

from kb.gaps.vocabulary import Cause, GapEvidence, SignalKind


@dataclass(frozen=True, slots=True)
class CauseRules:
    """``said``: share of a gap's signals in which readers must say so before their word names the cause; few of those
    who are disappointed say why, so it is small. ``seen``: the share for what we observe ourselves: half, a majority.
    """

    said: float = 0.2
    seen: float = 0.5


DEFAULT_RULES = CauseRules()


@dataclass(frozen=True, slots=True)
class CauseDecision:
    """A cause and the sentence that justifies it with the counts it rests on."""

    cause: Cause
    evidence: str


def decide_cause(evidence: GapEvidence, rules: CauseRules = DEFAULT_RULES) -> CauseDecision:
    """Return the cause with the strongest claim.

    First what readers said: a tag on a down vote tells of an article that was read, and so does a text overdue for
    review that was quoted. Then what was observed: sources that contradict each other, an answer in the other language
    only. Of claims of one sort the larger wins. What is left is missing: nothing was found, or nothing was shown.

    >>> decide_cause(GapEvidence(kinds={SignalKind.NO_ANSWER: 3})).cause
    <Cause.MISSING: 'missing'>
    """
    kinds, total = evidence.kinds, evidence.total
    overdue = kinds.get(SignalKind.STALE_CITATION, 0)
    outdated = evidence.tags.get("outdated", 0) + overdue
    incomplete = evidence.tags.get("incomplete", 0)
    conflicting = evidence.reasons.get("conflicting_sources", 0)
    foreign = kinds.get(SignalKind.CROSS_LANGUAGE, 0)
    said = {
        Cause.OUTDATED: (outdated, f"Called outdated, or overdue for review: {_of(outdated, total)}."),
        Cause.INCOMPLETE: (incomplete, f"Called incomplete: {_of(incomplete, total)}."),
    }
    seen = {
        Cause.CONFLICT: (conflicting, f"The articles found contradicted each other: {_of(conflicting, total)}."),
        Cause.LANGUAGE: (foreign, f"Only the other language had an answer: {_of(foreign, total)}."),
    }
    for claims, share in ((said, rules.said), (seen, rules.seen)):
        cause, (count, sentence) = max(claims.items(), key=lambda claim: claim[1][0])
        if count and count >= share * total:
            return CauseDecision(cause, sentence)
    return _missing(evidence)


def _missing(evidence: GapEvidence) -> CauseDecision:
    unanswered = evidence.kinds.get(SignalKind.NO_ANSWER, 0)
    near = evidence.with_article
    sentence = f"No passage answered: {_of(unanswered, evidence.total)}." if unanswered else "No article was shown."
    if near:
        sentence += f" An article came near: {_of(near, evidence.total)}."
    return CauseDecision(Cause.MISSING, sentence)


def _of(count: int, total: int) -> str:
    return f"{count} of {total} {'signal' if total == 1 else 'signals'}"
