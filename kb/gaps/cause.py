"""Why a gap exists, decided by rules that can be read aloud."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kb.gaps.vocabulary import Cause, GapEvidence, SignalKind


@dataclass(frozen=True, slots=True)
class CauseRules:
    """``said``: share of a gap's signals in which readers must say so before their word names the cause; few of those
    who are disappointed say why, so it is small. ``seen``: the share for what we observe ourselves: half, a majority.
    ``rare``: signals up to which a gap about another topic is taken for noise.
    """

    said: float = 0.2
    seen: float = 0.5
    rare: int = 2


DEFAULT_RULES = CauseRules()
_QUOTE = 200  # code points of a quote


@dataclass(frozen=True, slots=True)
class CauseDecision:
    """A cause and the sentence that justifies it with the counts it rests on."""

    cause: Cause
    evidence: str


def decide_cause(evidence: GapEvidence, rules: CauseRules = DEFAULT_RULES) -> CauseDecision:
    """Return the cause with the strongest claim.

    First what readers said: a tag on a down vote tells of an article that was read, and so does a text overdue for
    review that was quoted. Then what was observed: sources that contradict each other, an answer in the other language
    only. Then what was tried: articles that disagree, or one that answers and was not found, unless it is what people voted
    down. Of claims
    of one sort the larger wins. What was asked rarely and nothing here is about is noise; what is left is missing:
    nothing was found, or nothing was shown.

    >>> decide_cause(GapEvidence(kinds={SignalKind.NO_ANSWER: 3})).cause
    <Cause.MISSING: 'missing'>
    """
    total = evidence.total
    if total and evidence.kinds.get(SignalKind.OWNER_FLAG, 0) == total:
        return CauseDecision(Cause.INCOMPLETE, "Somebody who answers for it says that it needs work.")
    return (
        _strongest(_said(evidence), rules.said, total)
        or _strongest(_observed(evidence), rules.seen, total)
        or _tried(evidence, rules)
        or _noise(evidence, rules)
        or _missing(evidence)
    )


_Claims = Mapping[Cause, tuple[int, str]]


def _strongest(claims: _Claims, share: float, total: int) -> CauseDecision | None:
    cause, (count, sentence) = max(claims.items(), key=lambda claim: claim[1][0])
    return CauseDecision(cause, sentence) if count and count >= share * total else None


def _said(evidence: GapEvidence) -> _Claims:
    wrong = evidence.tags.get("outdated", 0) + evidence.tags.get("incorrect", 0)
    outdated = wrong + evidence.kinds.get(SignalKind.STALE_CITATION, 0)
    incomplete = evidence.tags.get("incomplete", 0)
    return {
        Cause.OUTDATED: (
            outdated,
            f"Called outdated or incorrect, or overdue for review: {_of(outdated, evidence.total)}.",
        ),
        Cause.INCOMPLETE: (incomplete, f"Called incomplete: {_of(incomplete, evidence.total)}."),
    }


def _observed(evidence: GapEvidence) -> _Claims:
    conflicting = evidence.reasons.get("conflicting_sources", 0)
    foreign = evidence.kinds.get(SignalKind.CROSS_LANGUAGE, 0)
    return {
        Cause.CONFLICT: (
            conflicting,
            f"The articles found contradicted each other: {_of(conflicting, evidence.total)}.",
        ),
        Cause.LANGUAGE: (foreign, f"Only the other language had an answer: {_of(foreign, evidence.total)}."),
    }


def _tried(evidence: GapEvidence, rules: CauseRules) -> CauseDecision | None:
    found, blamed = evidence.found, evidence.kinds.get(SignalKind.THUMBS_DOWN, 0)
    if found is not None and found.kind == "conflict":
        sides = ((found.article_id, found.quote), (found.other_id, found.other_quote))
        one, other = (f"{article} says «{_short(quote)}»" for article, quote in sides)
        return CauseDecision(Cause.CONFLICT, f"{one}, and {other}.")
    if found is None or (blamed and blamed >= rules.seen * evidence.total):
        return None
    quote = f"«{_short(found.quote)}» (confidence {found.score:.2f})."
    if found.kind == "language":
        return CauseDecision(Cause.LANGUAGE, f"{found.article_id} answers it in the other language: {quote}")
    how = "answers it when it is searched alone" if found.kind == "alone" else "answers it now, from older text"
    return CauseDecision(Cause.FINDABILITY, f"{found.article_id} {how}: {quote}")


def _noise(evidence: GapEvidence, rules: CauseRules) -> CauseDecision | None:
    foreign = evidence.reasons.get("off_topic", 0)
    if not foreign or evidence.total > rules.rare or foreign < evidence.total:
        return None
    return CauseDecision(Cause.NOISE, f"Nothing here is about this: {_of(foreign, evidence.total)}.")


def _missing(evidence: GapEvidence) -> CauseDecision:
    unanswered = evidence.kinds.get(SignalKind.NO_ANSWER, 0)
    near = evidence.with_article
    sentence = f"No passage answered: {_of(unanswered, evidence.total)}." if unanswered else "No article was shown."
    if near:
        sentence += f" An article came near: {_of(near, evidence.total)}."
    return CauseDecision(Cause.MISSING, sentence)


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _QUOTE else words[: _QUOTE - 1].rstrip() + "…"


def _of(count: int, total: int) -> str:
    return f"{count} of {total} {'signal' if total == 1 else 'signals'}"
