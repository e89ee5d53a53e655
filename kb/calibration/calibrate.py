"""Calibrates the confidence for one help centre: without labels from its articles, with labels from votes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from kb.answer.calibration import Calibration, Correction
from kb.answer.confidence import shipped_calibration, shipped_own_correction
from kb.calibration.fit import Belief, Outcomes, corrected, curve_of, fit_correction, measure, reliability
from kb.calibration.own import Search, Tried, outcomes_of, own_questions, try_questions
from kb.calibration.store import StoredCalibration, scores_of
from kb.errors import InvalidInputError
from kb.index.snapshot import Snapshot

LEAST_VOTES = 50
LEAST_OWN = 30
QUESTIONS = 400
# Down votes for these say nothing about whether the right passage was found.
_NOT_ABOUT_FINDING = frozenset({"hard_to_understand", "outdated"})
# How far the articles' own questions may move the shipped model; chosen by measurement, see eval/LOG.md.
_TRUST_IN_OWN = 0.25
_HALF_TRUST_AT = 100  # own questions at which half of that trust is reached

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class VotedAnswer:
    """A vote with what was asked and the article that was shown first."""

    question: str
    article_id: str
    rating: str
    reasons: tuple[str, ...] = ()


def calibrate(
    snapshot: Snapshot, votes: Sequence[VotedAnswer], search: Search, *, today: date, progress: Progress
) -> StoredCalibration:
    """Fit the correction of this help centre. ``search`` gives uncorrected findings without the known phrasings' shortcut.

    Raises InvalidInputError when there are both too few articles and too few votes; nothing is written here.
    """
    questions = own_questions(snapshot, today, QUESTIONS)
    asked = sum(question.article_id is not None for question in questions)
    voted = try_votes(votes, search, lambda done: progress("votes", done, len(votes)))
    if asked < LEAST_OWN and len(voted) < LEAST_VOTES:
        raise InvalidInputError(
            f"There is too little to calibrate on: the articles ask {asked} different questions (titles, headings, "
            f"`questions`), {LEAST_OWN} are needed; {len(voted)} usable votes, {LEAST_VOTES} are needed.",
            "Index more articles, or wait for votes. Until then the shipped calibration is in use.",
        )
    own = try_questions(questions, search, lambda done: progress("own questions", done, len(questions)))
    if asked < LEAST_OWN:
        own = []
    correction = own_correction(outcomes_of(own))
    labelled = len(voted) >= LEAST_VOTES
    if labelled:
        correction = fit_correction(outcomes_of(voted), Belief(correction))
    judged = outcomes_of(voted if labelled else own)
    after = corrected(judged, correction)
    counts: Mapping[str, int] = Counter(t.kind for t in [*own, *voted])
    return StoredCalibration(
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        model=scores_of(snapshot.identity.model_fingerprint),
        revision=snapshot.revision,
        correction=correction,
        measured_on="votes" if labelled else "articles",
        examples=dict(sorted(counts.items())),
        before=measure(judged),
        after=measure(after),
        curve=shipped_calibration().curve,
        own_curve=curve_of(after),
        reliability=reliability(after),
    )


def own_correction(own: Outcomes) -> Correction:
    """The correction that the articles' own questions suggest, beyond what such questions suggest everywhere.

    Titles are easier than visitors' questions, on every help centre alike. So not the fit itself counts but its difference
    to the same fit over the development sets, and of that a part which grows with the number of questions.
    """
    if not own.scores:
        return Correction()
    here, everywhere = fit_correction(own), shipped_own_correction()
    share = _TRUST_IN_OWN * len(own.scores) / (len(own.scores) + _HALF_TRUST_AT)
    return Correction(
        slope=max(0.5, 1.0 + share * (here.slope - everywhere.slope)),
        intercept=share * (here.intercept - everywhere.intercept),
    )


def try_votes(votes: Sequence[VotedAnswer], search: Search, progress: Callable[[int], None]) -> list[Tried]:
    """Votes on answers that the present index would still give, with the present score."""
    tried = []
    for number, vote in enumerate(votes, start=1):
        progress(number)
        if vote.rating == "down" and vote.reasons and set(vote.reasons) <= _NOT_ABOUT_FINDING:
            continue
        findings = search(vote.question, frozenset())
        if findings.hits and findings.hits[0].article.id == vote.article_id:
            tried.append(Tried("vote", findings.score, vote.rating == "up"))
    return tried


def as_document(stored: StoredCalibration, budget: float) -> dict[str, Any]:
    """A calibration as JSON for a door, with the thresholds that ``budget`` gives."""
    chosen = Calibration(stored.correction, stored.curve).thresholds(budget)
    return {
        "object": "calibration",
        "made_at": stored.made_at,
        "revision": stored.revision,
        "measured_on": stored.measured_on,
        "examples": dict(stored.examples),
        "correction": {"slope": stored.correction.slope, "intercept": stored.correction.intercept},
        "budget": budget,
        "thresholds": {"suggest": chosen.suggest, "answer": chosen.answer, "high": chosen.high},
        "before": dict(stored.before),
        "after": dict(stored.after),
        "reliability": [
            {"confidence": mean, "right": right, "questions": count} for mean, right, count in stored.reliability
        ],
        "risk_coverage": [point._asdict() for point in stored.own_curve],
    }
