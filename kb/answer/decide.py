"""From findings to a decision: state an answer, suggest, ask back, or say that nothing is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from kb.answer.asked_for import AskedFor, asked_for
from kb.answer.calibration import Thresholds
from kb.answer.clarify import ClarifyParameters, competes, is_about, options_for
from kb.answer.compose import Place
from kb.answer.confidence import grade
from kb.answer.evidence import TermWeights
from kb.answer.find import Findings
from kb.answer.question import Question
from kb.answer.reason import unanswered_reason
from kb.answer.section import sections_in_order
from kb.answer.select import select_pieces
from kb.text.tokenize import cached_terms
from kb.types import Confidence, Hit, Option, Outcome, Reason, ReasonCode, Span

_MAX_SUGGESTIONS = 3
_MAX_RELATED = 3
# Who picks a heading from a list has said what is meant; what remains is that the section may not say it.
CHOSEN_CONFIDENCE = 0.95

_CLARIFY = ClarifyParameters()


@dataclass(frozen=True, slots=True)
class DecisionParameters:
    """``clarify``: when to ask back; only if the best hit holds at least ``vague_coverage`` of the weight of the question's terms
    (else it is not vague but about something else). ``doubt``: odds of another article against the best one from which a vague
    question is asked back however sure the best one looks. A question whose content the article's title covers to at least
    ``title_question`` is about the article as a whole: its passages with odds of ``title_odds`` against the best answer together,
    up to ``title_width`` characters. ``near``: share of the best score up to which an article is related. ``chosen_width``: a
    section that was chosen from options is given whole up to so many characters.
    """

    thresholds: Thresholds = Thresholds()
    clarify: ClarifyParameters = _CLARIFY
    vague_coverage: float = 0.6
    doubt: float = 0.5
    title_question: float = 0.8
    title_odds: float = 0.5
    title_width: int = 2000
    near: float = 0.5
    chosen_width: int = 800


@dataclass(frozen=True, slots=True)
class Decision:
    """What to reply. ``places`` are quoted in the answer, ``suggestions`` are shown beside it.

    ``offer_person``: the reply needs the offer of a person even if it is an answer. ``rule``: of the policy that had a say in this;
    ``overruled``: what was decided before it, where that is still evidence of what the articles lack.
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
    rule: str = ""
    overruled: Decision | None = field(default=None, repr=False)


def decide(
    question: Question,
    findings: Findings,
    *,
    max_citations: int,
    parameters: DecisionParameters = DecisionParameters(),
) -> Decision:
    """Decide by the findings' score against the thresholds, the article's policy, and how many candidates compete."""
    if not question.content:
        reason = Reason(ReasonCode.UNCLEAR_QUESTION, "The question does not say what it is about.")
        return Decision(Outcome.NO_ANSWER, reason, grade(0.0))
    hits, thresholds = findings.hits, parameters.thresholds
    confidence = grade(findings.score, thresholds)
    if not hits:
        return Decision(Outcome.NO_ANSWER, _not_covered(findings), confidence)
    asked = asked_for(question)
    hits = sections_in_order(hits, question, asked)
    near = tuple(h for h in _one_per_article(hits) if h.score >= parameters.near * hits[0].score)
    related = near[1 : 1 + _MAX_RELATED]
    certain = findings.score >= thresholds.answer
    tied = _tied_articles(question, hits, parameters) if certain else ()
    if certain and not tied and hits[0].article.policy == "answer":
        chosen = _answering(hits, asked, findings, parameters)
        places = _quoted(chosen, asked, findings, max_citations)
        return Decision(Outcome.ANSWERED, None, confidence, places=places, related=related, hits=hits)
    suggestions = tuple(_nearest(hit, asked, findings) for hit in near[:_MAX_SUGGESTIONS])
    policy = hits[0].article.policy
    if policy == "handoff" and certain:
        reason = Reason(ReasonCode.POLICY, "This topic is always handled by a person.")
        return Decision(Outcome.HANDOFF, reason, confidence, suggestions=suggestions, related=related, hits=hits)
    if policy == "link_only" and certain:
        reason = Reason(
            ReasonCode.RESTRICTED, "The article that answers this may be linked but not quoted as an answer."
        )
        return Decision(Outcome.SUGGESTED, reason, confidence, suggestions=suggestions, related=related, hits=hits)
    about_this = findings.features.get("coverage", 0.0) >= parameters.vague_coverage
    options = tied or (options_for(question, hits, parameters.clarify) if about_this else ())
    if findings.score < thresholds.suggest and not _named(options, hits, question):
        options = ()
    if options:
        reason = Reason(ReasonCode.UNCLEAR_QUESTION, "Several topics fit this question equally well.")
        near_enough = suggestions if findings.score >= thresholds.suggest else ()
        return Decision(Outcome.CLARIFY, reason, confidence, options=options, suggestions=near_enough, hits=hits)
    if findings.score >= thresholds.suggest:
        reason = Reason(
            ReasonCode.LOW_CONFIDENCE, "The closest passages are not certain enough to be stated as the answer."
        )
        return Decision(Outcome.SUGGESTED, reason, confidence, suggestions=suggestions, related=related, hits=hits)
    return Decision(Outcome.NO_ANSWER, _not_covered(findings), confidence, suggestions=suggestions, hits=hits)


def _named(options: Sequence[Option], hits: Sequence[Hit], question: Question) -> bool:
    """Whether what an option leads to is about a word of the question, and does not only hold it somewhere, as in an example."""
    articles = {hit.article.id: hit.article for hit in hits}
    return any(is_about(articles[option.article_id], question, option.label) for option in options)


def _tied_articles(question: Question, hits: Sequence[Hit], parameters: DecisionParameters) -> tuple[Option, ...]:
    """Options where another article is so likely that the first one alone cannot be as sure as it looks."""
    options = options_for(question, hits, replace(parameters.clarify, odds=parameters.doubt))
    return options if len({option.article_id for option in options}) > 1 else ()


def _answering(hits: Sequence[Hit], asked: AskedFor, findings: Findings, parameters: DecisionParameters) -> list[Hit]:
    """The hits that answer, in reading order: the first, and for a question about a whole article those that tie with it."""
    top = hits[0]
    if asked.kinds or asked.steps:  # one section gives that; its neighbours are about other cases
        return [top]
    if findings.weights.covered(cached_terms(top.article.title)) < parameters.title_question:
        return [top]
    chosen, width = [top], len(top.passage.text)
    for hit in hits[1:]:
        if hit.article.id == top.article.id and competes(hit, top, parameters.title_odds):
            width += len(hit.passage.text)
            if width > parameters.title_width:
                break
            chosen.append(hit)
    return sorted(chosen, key=lambda hit: hit.row)


def _not_covered(findings: Findings) -> Reason:
    return unanswered_reason(findings.features, findings.regime)


def decide_chosen(
    hit: Hit, question: Question, weights: TermWeights, *, max_citations: int, parameters: DecisionParameters
) -> Decision:
    """State what stands at the place the visitor chose; a short section whole, of a long one what answers ``question``."""
    confidence = grade(CHOSEN_CONFIDENCE, parameters.thresholds)
    passage = hit.passage
    if len(passage.text) <= parameters.chosen_width:
        spans = [passage.span]
    else:
        spans = select_pieces(passage, weights, asked_for(question))
        spans = spans if len(spans) <= max_citations else [_hull(spans)]
    places = tuple(Place(hit.article, passage, span) for span in spans)
    return Decision(Outcome.ANSWERED, None, confidence, places=places, hits=(hit,))


def _quoted(hits: Sequence[Hit], asked: AskedFor, findings: Findings, most: int) -> tuple[Place, ...]:
    """At most ``most`` quotes from ``hits``, best first, in reading order; one quote spans all pieces of a hit that has more."""
    chosen: list[tuple[int, list[Span]]] = []
    left = most
    for position, hit in sorted(enumerate(hits), key=lambda item: -item[1].score):
        spans = select_pieces(hit.passage, findings.weights, asked)
        spans = spans if len(spans) <= most else [_hull(spans)]
        if len(spans) <= left:
            chosen.append((position, spans))
            left -= len(spans)
    return tuple(Place(hits[i].article, hits[i].passage, span) for i, spans in sorted(chosen) for span in spans)


def _nearest(hit: Hit, asked: AskedFor, findings: Findings) -> Place:
    """One quote that shows what ``hit`` is about."""
    return Place(hit.article, hit.passage, _hull(select_pieces(hit.passage, findings.weights, asked)))


def _hull(spans: Sequence[Span]) -> Span:
    return Span(spans[0].start, spans[-1].end)


def _one_per_article(hits: Sequence[Hit]) -> list[Hit]:
    best: dict[str, Hit] = {}
    for hit in hits:
        best.setdefault(hit.article.id, hit)
    return list(best.values())
