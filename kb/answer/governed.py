"""What a policy makes of a decision: who takes over, what is said before, when somebody is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from kb.answer.decide import Decision
from kb.answer.manner import Manner, manner_of
from kb.answer.question import understand
from kb.answer.replies import reply_to
from kb.policy import Do, Policy, Rule, Urgency
from kb.policy.judge import Judgement
from kb.policy.saying import away_message, preface
from kb.types import Answer, Confidence, Outcome, Reason, ReasonCode, Turn

_MOST_SHOWN = 3  # passages beside a hand-over
# Content that tells only how much it is felt, or that it was said before, in the terms of a search.
_SAID_BEFORE = frozenset(
    "ask tell told say said alreadi again time contact write wrote call explain answer repli help still realli veri now today alway"
    " absolut complet total honest"
    " 问 说 解决 回复 处理 联系 反馈 真的 一直 现在 每次 简直 实在 完全 今天 已经 又".split()
)
_STRENGTH: tuple[Do, ...] = ("offer", "answer_and_offer", "handoff")


@dataclass(frozen=True, slots=True)
class Ruling:
    """A rule that fits: its name as ``reason.detail`` and ``kb policy test`` give it, what it does, and why in a sentence."""

    rule: str
    do: Do
    why: str


def rulings(policy: Policy, judged: Judgement, found: Decision) -> list[Ruling]:
    """The rules that fit a turn for which ``found`` was decided, the strongest first."""
    fitting = []
    topic, mood = judged.topic, policy.moods.get(judged.mood)
    if topic is not None:
        do, how = (topic.asked, "is asked about") if judged.about else (topic.do, "is the visitor's own")
        fitting.append(Ruling(f"topic {topic.name}", do, f"the topic {topic.name} {how}"))
    if mood is not None:
        fitting.append(_of_mood(judged, mood))
    failure = _failure(judged, found)
    if failure is not None:
        limit = policy.failures_frustrated if judged.upset or judged.again else policy.failures
        if limit and judged.unanswered + failure >= limit:
            fitting.append(Ruling("repeated_failure", "handoff", "nothing has helped so far"))
    return sorted(fitting, key=lambda ruling: -_STRENGTH.index(ruling.do))


def _of_mood(judged: Judgement, mood: Rule) -> Ruling:
    """Nothing answers somebody who only says how it feels, and without an answer a person takes over."""
    if mood.do == "answer_and_offer" and only_vents(judged):
        return Ruling(f"mood {mood.name}", "handoff", f"the visitor sounds {mood.name} and asks nothing else")
    return Ruling(f"mood {mood.name}", mood.do, f"the visitor sounds {mood.name}")


def only_vents(judged: Judgement) -> bool:
    """Whether a text shows its mood and is about nothing: "I am so angry", 完全没用, "this is the third time I ask"."""
    if judged.topic is not None or not judged.besides:
        return False
    return _SAID_BEFORE.issuperset(understand(judged.besides).content)


def _failure(judged: Judgement, found: Decision) -> int | None:
    """How many failures a turn is; None for none. Who is upset for the second time and gets no answer was failed before."""
    if found.outcome is not Outcome.NO_ANSWER:
        return None
    if judged.upset:
        return 2 if judged.again else 1
    return None if found.reason is not None and found.reason.code is ReasonCode.UNCLEAR_QUESTION else 1


def govern(policy: Policy, judged: Judgement, found: Decision, manner: Manner) -> Decision:
    """``found`` as the policy wants it. A person who was asked for is never refused, and nobody's chat program is governed."""
    if manner in {Manner.HOUSEKEEPING, Manner.SMALL_TALK}:
        return found
    if judged.wish:
        return reply_to(Manner.PERSON) or found
    fitting = rulings(policy, judged, found)
    if found.outcome is Outcome.HANDOFF or not fitting:
        return found
    strongest = fitting[0]
    of_topic = strongest.rule.startswith("topic")
    unmet = strongest.do == "answer_and_offer" and of_topic and found.outcome is Outcome.NO_ANSWER
    if strongest.do != "handoff" and not unmet:
        return replace(found, offer_person=True, rule=strongest.rule)
    vents = only_vents(judged)
    return replace(
        found,
        outcome=Outcome.HANDOFF,
        confidence=Confidence(0.0, "none") if vents else found.confidence,
        reason=Reason(ReasonCode.POLICY, f"Rule {strongest.rule}: {strongest.why}, and a person takes over."),
        places=(),
        suggestions=()
        if vents or found.outcome is Outcome.NO_ANSWER
        else found.suggestions or found.places[:_MOST_SHOWN],
        options=(),
        offer_person=True,
        rule=strongest.rule,
        # What the articles lack stays evidence, unless a person was to have it whatever they say.
        overruled=None if vents or (of_topic and not judged.about) else found,
    )


def judge_turn(policy: Policy, question: str, turns: Sequence[Turn]) -> Judgement:
    """What ``question`` says after ``turns``, oldest first. Unanswered are those since the last answer that asked something."""
    unanswered = 0
    for turn in reversed(turns):
        if turn.outcome is Outcome.ANSWERED:
            break
        failed = turn.outcome is Outcome.NO_ANSWER
        unanswered += failed and manner_of(turn.question, in_conversation=True) is Manner.QUESTION
    return policy.judge(question, [turn.question for turn in turns], unanswered)


def under_policy(
    answer: Answer,
    policy: Policy,
    judged: Judgement,
    manner: Manner,
    *,
    category: str | None,
    now: datetime,
) -> Answer:
    """``answer`` with what is said before it, and with who takes over and when."""
    if manner in {Manner.HOUSEKEEPING, Manner.SMALL_TALK}:
        return answer
    lang, question = answer.question_lang, answer.question
    failed = answer.reason is not None and answer.reason.code is ReasonCode.POLICY and manner is Manner.FAILED
    failed = failed or (answer.reason is not None and answer.reason.detail.startswith("Rule repeated_failure"))
    answer = replace(answer, preface=preface(policy, judged, question, lang, failed=failed))
    if not answer.handoff.offered:
        return answer
    urgency = urgency_of(policy, judged)
    topic = judged.topic.name if judged.topic else None
    team = policy.route(topic=topic, category=category, lang=lang, urgency=urgency).team
    there, back = policy.presence(team, now)
    message = answer.handoff.message
    hours = policy.hours_of(team)
    if there is False and hours is not None:
        message = away_message(policy, hours, back, question, lang, kept=answer.handoff.accepts)
    return replace(
        answer,
        handoff=replace(answer.handoff, team=team.name, urgency=urgency, open=there, opens_at=back, message=message),
    )


def urgency_of(policy: Policy, judged: Judgement) -> Urgency:
    """How soon a person should look at what was judged."""
    mood = policy.moods.get(judged.mood)
    high = judged.pressing or (judged.topic is not None and judged.topic.urgency == "high")
    return "high" if high or (mood is not None and mood.urgency == "high") else "normal"


def category_of(decision: Decision, filtered: tuple[str, ...]) -> str | None:
    """The category of what was found, else the one that was searched."""
    if decision.hits:
        return decision.hits[0].article.category or None
    return filtered[0] if len(filtered) == 1 else None
