"""Replies that do not follow from a search, and what the manner of a turn changes in those that do."""

from __future__ import annotations

from dataclasses import replace

from kb.answer.account import AccountQuestion
from kb.answer.clarify import is_about
from kb.answer.confidence import grade
from kb.answer.decide import Decision
from kb.answer.manner import Manner
from kb.answer.question import Question
from kb.types import Confidence, Outcome, Reason, ReasonCode

_NOTHING = Confidence(0.0, "none")
_OWN_DATA = Reason(
    ReasonCode.NEEDS_ACCOUNT_DATA, "The answer depends on the visitor's own data, which no article holds."
)


def reply_to(manner: Manner) -> Decision | None:
    """The decision for a turn that asks nothing of the articles; None for a question."""
    if manner is Manner.PERSON:
        return Decision(Outcome.HANDOFF, Reason(ReasonCode.ASKED_FOR_PERSON, "A person was asked for."), _NOTHING)
    if manner is Manner.FAILED:
        reason = Reason(ReasonCode.POLICY, "What was shown before did not help; a person can look at it.")
        return Decision(Outcome.HANDOFF, reason, _NOTHING)
    if manner is Manner.SMALL_TALK:
        reason = Reason(ReasonCode.UNCLEAR_QUESTION, "This is a greeting or a thank-you: nothing was asked.")
        return Decision(Outcome.NO_ANSWER, reason, grade(0.0))
    if manner is Manner.HOUSEKEEPING:
        reason = Reason(ReasonCode.UNCLEAR_QUESTION, "This is a prompt of a chat program, not a question of a visitor.")
        return Decision(Outcome.NO_ANSWER, reason, grade(0.0))
    if manner is Manner.VAGUE:
        reason = Reason(ReasonCode.UNCLEAR_QUESTION, "The question does not say what it is about.")
        return Decision(Outcome.NO_ANSWER, reason, grade(0.0))
    return None


def about_own_data(decision: Decision, asked: AccountQuestion, question: Question) -> Decision:
    """``decision`` for a question about the visitor's own data: articles can show the general way, and a person can look.

    A named case is never answered by an article, and shown only what is about the same kind of thing. Other questions keep an
    answer that an article does give.
    """
    if asked is AccountQuestion.NO or decision.outcome is Outcome.HANDOFF:
        return decision
    if decision.outcome is Outcome.ANSWERED and asked is AccountQuestion.OWN:
        return replace(decision, offer_person=True)
    shown = decision.places if decision.outcome is Outcome.ANSWERED else decision.suggestions
    if asked is AccountQuestion.CASE:
        shown = tuple(place for place in shown if is_about(place.article, question))
    stated = decision.outcome in {Outcome.ANSWERED, Outcome.CLARIFY, Outcome.SUGGESTED}
    return replace(
        decision,
        outcome=Outcome.SUGGESTED if shown and stated else Outcome.NO_ANSWER,
        reason=_OWN_DATA,
        places=(),
        suggestions=shown,
        options=(),
        offer_person=True,
    )


def not_twice(decision: Decision) -> Decision:
    """``decision`` after a reply that asked back already: the visitor is shown the nearest passages and not asked again."""
    if decision.outcome is not Outcome.CLARIFY or not decision.suggestions:
        return decision
    reason = Reason(ReasonCode.LOW_CONFIDENCE, "Several topics fit; these are the closest passages of each.")
    return replace(decision, outcome=Outcome.SUGGESTED, reason=reason, options=(), offer_person=True)
