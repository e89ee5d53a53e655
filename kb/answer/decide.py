"""From findings to a decision: state an answer, suggest, ask back, or say that nothing is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from kb.answer.calibration import Thresholds
from kb.answer.compose import Place
from kb.answer.confidence import grade
from kb.answer.find import Findings
from kb.answer.question import Question
from kb.answer.reason import unanswered_reason
from kb.answer.select import select_pieces
from kb.text.tokenize import cached_terms
from kb.types import Confidence, Hit, Option, Outcome, Reason, ReasonCode

_MAX_SUGGESTIONS = 3
_MAX_RELATED = 3
_MAX_OPTIONS = 4


@dataclass(frozen=True, slots=True)
class DecisionParameters:
    """``tie``: hits whose fused score is at least this share of the best one's compete with it. ``vague_terms``: a question
    with at most this many content terms may be too vague, if the best hit holds at least ``vague_coverage`` of their weight
    (else it is not vague but about something else). A question whose content the article's title covers to at least
    ``title_question`` is about the article as a whole: its passages within ``title_tie`` of the best one's score answer together,
    up to ``title_width`` characters. ``near``: share of the best score up to which an article is related.
    """

    thresholds: Thresholds = Thresholds()
    tie: float = 0.9
    vague_terms: int = 2
    vague_coverage: float = 0.6
    title_question: float = 0.8
    title_tie: float = 0.06
    title_width: int = 2000
    near: float = 0.5


@dataclass(frozen=True, slots=True)
class Decision:
    """What to reply. ``places`` are quoted in the answer, ``suggestions`` are shown beside it.

    ``offer_person``: the reply needs the offer of a person even if it is an answer.
    """

    outcome: Outcome
    reason: Reason | None
    confidence: Confidence
    places: tuple[Place, ...] = ()
    suggestions: tuple[Place, ...] = ()
    options: tuple[Option, ...] = ()
    related: tuple[Hit, ...] = ()
    hits: tuple[Hit, ...] = field(default=(), repr=False)
    offer_person: bool = False


def decide(
    question: Question,
    findings: Findings,
    *,
    max_citations: int,
    parameters: DecisionParameters = DecisionParameters(),
) -> Decision:
    """Decide by the findings' score against the thresholds, the article's policy, and how many candidates compete."""
    hits, thresholds = findings.hits, parameters.thresholds
    confidence = grade(findings.score, thresholds)
    if not hits:
        return Decision(Outcome.NO_ANSWER, _not_covered(findings), confidence)
    near = tuple(h for h in _one_per_article(hits) if h.score >= parameters.near * hits[0].score)
    related = near[1 : 1 + _MAX_RELATED]
    if findings.score >= thresholds.answer and hits[0].article.policy == "answer":
        chosen = _answering(hits, findings, parameters)
        places = tuple(place for hit in chosen for place in _places(hit, findings))[:max_citations]
        return Decision(Outcome.ANSWERED, None, confidence, places=places, related=related, hits=hits)
    suggestions = tuple(_places(hit, findings)[0] for hit in near[:_MAX_SUGGESTIONS])
    policy = hits[0].article.policy
    if policy == "handoff" and findings.score >= thresholds.suggest:
        reason = Reason(ReasonCode.POLICY, "This topic is always handled by a person.")
        return Decision(Outcome.HANDOFF, reason, confidence, suggestions=suggestions, related=related, hits=hits)
    if policy == "link_only" and findings.score >= thresholds.answer:
        reason = Reason(
            ReasonCode.RESTRICTED, "The article that answers this may be linked but not quoted as an answer."
        )
        return Decision(Outcome.SUGGESTED, reason, confidence, suggestions=suggestions, related=related, hits=hits)
    about_this = findings.features.get("coverage", 0.0) >= parameters.vague_coverage
    options = _options(question, hits, parameters) if about_this else ()
    if options:
        reason = Reason(ReasonCode.UNCLEAR_QUESTION, "Several topics fit this question equally well.")
        return Decision(Outcome.CLARIFY, reason, confidence, options=options, suggestions=suggestions, hits=hits)
    if findings.score >= thresholds.suggest:
        reason = Reason(
            ReasonCode.LOW_CONFIDENCE, "The closest passages are not certain enough to be stated as the answer."
        )
        return Decision(Outcome.SUGGESTED, reason, confidence, suggestions=suggestions, related=related, hits=hits)
    return Decision(Outcome.NO_ANSWER, _not_covered(findings), confidence, suggestions=suggestions, hits=hits)


def _answering(hits: Sequence[Hit], findings: Findings, parameters: DecisionParameters) -> list[Hit]:
    """The hits that answer, in reading order: the first, and for a question about a whole article those that tie with it."""
    top = hits[0]
    if findings.weights.covered(cached_terms(top.article.title)) < parameters.title_question:
        return [top]
    chosen, width = [top], len(top.passage.text)
    for hit in hits[1:]:
        if hit.article.id == top.article.id and hit.score >= top.score - parameters.title_tie:
            width += len(hit.passage.text)
            if width > parameters.title_width:
                break
            chosen.append(hit)
    return sorted(chosen, key=lambda hit: hit.row)


def _not_covered(findings: Findings) -> Reason:
    return unanswered_reason(findings.features, findings.regime)


def _places(hit: Hit, findings: Findings) -> list[Place]:
    return [Place(hit.article, hit.passage, span) for span in select_pieces(hit.passage, findings.weights)]


def _one_per_article(hits: Sequence[Hit]) -> list[Hit]:
    best: dict[str, Hit] = {}
    for hit in hits:
        best.setdefault(hit.article.id, hit)
    return list(best.values())


def _options(question: Question, hits: Sequence[Hit], parameters: DecisionParameters) -> tuple[Option, ...]:
    """Headings to choose from when a vague question fits several equally well; empty when it is not vague."""
    if not 0 < len(question.content) <= parameters.vague_terms:
        return ()
    tied: dict[tuple[str, str], Hit] = {}
    for hit in hits:
        if hit.score >= parameters.tie * hits[0].score:
            tied.setdefault((hit.article.id, hit.passage.anchor), hit)
    if len(tied) < 2:
        return ()
    labels: dict[str, Option] = {}
    for hit in tied.values():
        path = hit.passage.heading_path
        label = path[0] if len(path) == 1 else f"{path[0]} › {path[-1]}"
        labels.setdefault(label, Option(hit.passage.id, label, hit.article.id, hit.passage.anchor))
    return tuple(labels.values())[:_MAX_OPTIONS] if len(labels) > 1 else ()
