"""What a policy makes of a sentence, without an index: both for an article that answers it and for none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kb.answer.confidence import grade
from kb.answer.decide import Decision
from kb.answer.governed import Ruling, govern, rulings, urgency_of
from kb.answer.manner import Manner, manner_of
from kb.answer.replies import reply_to
from kb.policy import Policy, Route, Urgency
from kb.policy.judge import Judgement
from kb.policy.saying import away_message, preface
from kb.text.language import detect_language
from kb.types import Lang, Outcome, Reason, ReasonCode

_ANSWERED = Decision(Outcome.ANSWERED, None, grade(0.95))
_NOT_ANSWERED = Decision(Outcome.NO_ANSWER, Reason(ReasonCode.NOT_COVERED, ""), grade(0.0))


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """``answered`` and ``not_answered``: what becomes of the sentence when an article answers it and when none does.
    ``rulings``: the rules that fit in the second case, the strongest first. ``message``: what is said of the hours when a person
    is offered.
    """

    lang: Lang
    manner: Manner
    judged: Judgement
    rulings: tuple[Ruling, ...]
    answered: Decision
    not_answered: Decision
    preface: str
    urgency: Urgency
    route: Route
    open: bool | None
    opens_at: datetime | None
    message: str


def rehearse(
    policy: Policy,
    text: str,
    *,
    earlier: Sequence[str] = (),
    unanswered: int = 0,
    lang: Lang | None = None,
    category: str | None = None,
    now: datetime,
    kept: bool = True,
) -> Rehearsal:
    """What ``text`` triggers after the visitor's ``earlier`` texts, of which ``unanswered`` were not answered.

    ``kept``: requests for a person reach somebody.
    """
    spoken = lang or detect_language(text)
    manner = manner_of(text, in_conversation=bool(earlier))
    judged = policy.judge(text, earlier, unanswered)
    given = reply_to(manner)
    answered, not_answered = (govern(policy, judged, given or found, manner) for found in (_ANSWERED, _NOT_ANSWERED))
    urgency = urgency_of(policy, judged)
    topic = judged.topic.name if judged.topic else None
    route = policy.route(topic=topic, category=category, lang=spoken, urgency=urgency)
    there, back = policy.presence(route.team, now)
    hours = policy.hours_of(route.team)
    governed = manner not in {Manner.HOUSEKEEPING, Manner.SMALL_TALK}
    failed = manner is Manner.FAILED or not_answered.rule == "repeated_failure"
    return Rehearsal(
        lang=spoken,
        manner=manner,
        judged=judged,
        rulings=tuple(rulings(policy, judged, given or _NOT_ANSWERED)) if governed else (),
        answered=answered,
        not_answered=not_answered,
        preface=preface(policy, judged, text, spoken, failed=failed) if governed else "",
        urgency=urgency,
        route=route,
        open=there,
        opens_at=back,
        message=away_message(policy, hours, back, text, spoken, kept=kept) if hours is not None and not there else "",
    )
