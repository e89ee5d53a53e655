"""Why a gap exists, decided by rules that can be read aloud."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kb.gaps.telling import Told, tell
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
    """A cause and the sentences that justify it with the counts it rests on."""

    cause: Cause
    told: Told

    @property
    def evidence(self) -> str:
        """The sentences in English."""
        return self.told.words()


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
        return CauseDecision(Cause.INCOMPLETE, tell("flagged"))
    return (
        _strongest(_said(evidence), rules.said, total)
        or _strongest(_observed(evidence), rules.seen, total)
        or _tried(evidence, rules)
        or _noise(evidence, rules)
        or _missing(evidence)
    )


_Claims = Mapping[Cause, tuple[int, str]]  # how many signals say so, and the code of what they say


def _strongest(claims: _Claims, share: float, total: int) -> CauseDecision | None:
    cause, (count, code) = max(claims.items(), key=lambda claim: claim[1][0])
    return CauseDecision(cause, tell(code, n=count, total=total)) if count and count >= share * total else None


def _said(evidence: GapEvidence) -> _Claims:
    wrong = evidence.tags.get("outdated", 0) + evidence.tags.get("incorrect", 0)
    outdated = wrong + evidence.kinds.get(SignalKind.STALE_CITATION, 0)
    incomplete = evidence.tags.get("incomplete", 0)
    return {
        Cause.OUTDATED: (outdated, "called_outdated"),
        Cause.INCOMPLETE: (incomplete, "called_incomplete"),
    }


def _observed(evidence: GapEvidence) -> _Claims:
    conflicting = evidence.reasons.get("conflicting_sources", 0)
    foreign = evidence.kinds.get(SignalKind.CROSS_LANGUAGE, 0)
    return {
        Cause.CONFLICT: (conflicting, "contradicted"),
        Cause.LANGUAGE: (foreign, "only_foreign"),
    }


def _tried(evidence: GapEvidence, rules: CauseRules) -> CauseDecision | None:
    found, blamed = evidence.found, evidence.kinds.get(SignalKind.THUMBS_DOWN, 0)
    if found is not None and found.kind == "conflict":
        ours = {"article": found.article_id, "quote": _short(found.quote)}
        return CauseDecision(
            Cause.CONFLICT, tell("disagree", **ours, other=found.other_id, other_quote=_short(found.other_quote))
        )
    if found is None or (blamed and blamed >= rules.seen * evidence.total):
        return None
    values = {"article": found.article_id, "quote": _short(found.quote), "score": f"{found.score:.2f}"}
    if found.kind == "language":
        return CauseDecision(Cause.LANGUAGE, tell("answers_foreign", **values))
    return CauseDecision(Cause.FINDABILITY, tell("answers_alone" if found.kind == "alone" else "answers_now", **values))


def _noise(evidence: GapEvidence, rules: CauseRules) -> CauseDecision | None:
    foreign = evidence.reasons.get("off_topic", 0)
    if not foreign or evidence.total > rules.rare or foreign < evidence.total:
        return None
    return CauseDecision(Cause.NOISE, tell("about_nothing", n=foreign, total=evidence.total))


def _missing(evidence: GapEvidence) -> CauseDecision:
    unanswered = evidence.kinds.get(SignalKind.NO_ANSWER, 0)
    near, total = evidence.with_article, evidence.total
    told = tell("unanswered", n=unanswered, total=total) if unanswered else tell("nothing_shown")
    return CauseDecision(Cause.MISSING, told + tell("came_near", n=near, total=total) if near else told)


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _QUOTE else words[: _QUOTE - 1].rstrip() + "…"
