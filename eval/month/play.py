"""What visitors do: they ask, open what is suggested, now and then vote, ask again in other words or ask for a person."""

from __future__ import annotations

import heapq
import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from eval.corpus import Progress
from eval.month.desk import Desk
from eval.month.traffic import Asking
from eval.month.world import Need
from kb.records.questions import question_key
from kb.text.redact import redact
from kb.types import Answer, Outcome, Query

FEEDBACK = 0.05  # of all answers are voted on
_OPENS = 0.9  # of those who are shown the right article open it
_REPHRASES = 0.15  # of those who got nothing ask again in other words
_ASKS_PERSON = 0.05  # of them ask for a person
_PERSON = {"en": "I want to talk to a person", "zh": "我要转人工"}
_UNHELPED = ("incorrect", "not_relevant", "incomplete", "other")
_SWEEP = timedelta(minutes=15)
_TRY = timedelta(hours=24)


@dataclass
class Diary:
    """What is known of the month beside its records. ``people``: visitors who asked, by need.

    ``needs``: the need of each wording by its key, ``asked`` and ``right``: questions of each need, and those answered or
    shown rightly.
    """

    needs: dict[str, str] = field(default_factory=dict)
    people: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    asked: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    votes: int = 0
    opened: int = 0


@dataclass(frozen=True, slots=True, order=True)
class _Act:
    """Something a visitor is going to do. ``answer``: what it is about; ``rating`` None: a question or an opening."""

    at: datetime
    number: int
    asking: Asking = field(compare=False)
    answer: Answer | None = field(default=None, compare=False)
    rating: str | None = field(default=None, compare=False)
    open_article: str | None = field(default=None, compare=False)


class Play:
    """Lets a month happen to a desk, question by question."""

    def __init__(self, desk: Desk, needs: Sequence[Need], seed: int) -> None:
        self._desk = desk
        self._needs: Mapping[str, Need] = {need.id: need for need in needs}
        self._rng = random.Random(seed)
        self._coming: list[_Act] = []
        self._numbers = 0
        self.diary = Diary()
        for need in needs:
            for wording in need.wordings:
                self.diary.needs.setdefault(question_key(redact(wording).text), need.id)

    def run(self, askings: Sequence[Asking], progress: Progress) -> Diary:
        """Everything in order of time; what visitors do next is put between."""
        for asking in askings:
            self._later(asking.at, asking)
        done, sweep, attempt = 0, askings[0].at, askings[0].at
        while self._coming:
            act = heapq.heappop(self._coming)
            self._desk.clock.now = act.at
            if act.at >= sweep:
                self._desk.harvester.sweep()
                sweep = act.at + _SWEEP
            if act.at >= attempt:
                self._desk.settle()
                attempt = act.at + _TRY
            self._do(act)
            done += 1
            progress("live a month", done, done + len(self._coming))
        self._desk.clock.now += timedelta(hours=1)
        self._desk.settle()
        return self.diary

    def _later(self, at: datetime, asking: Asking, **rest: object) -> None:
        self._numbers += 1
        heapq.heappush(self._coming, replace(_Act(at, self._numbers, asking), **rest))  # type: ignore[arg-type]

    def _do(self, act: _Act) -> None:
        if act.open_article is not None and act.answer is not None:
            self._desk.records.visits.log_opening(
                act.open_article,
                source_id=act.answer.id,
                stale=False,
                visitor=act.asking.visitor,
                channel=act.asking.channel,
            )
            self.diary.opened += 1
        elif act.rating is not None and act.answer is not None:
            reasons = () if act.rating == "up" else (self._rng.choice(_UNHELPED),)
            self._desk.service.vote(act.answer.id, act.answer.feedback_token, rating=act.rating, reasons=reasons)  # type: ignore[arg-type]
            self.diary.votes += 1
        else:
            self._ask(act)

    def _ask(self, act: _Act) -> None:
        asking, diary, chance = act.asking, self.diary, self._rng.random
        conversation = act.answer.conversation_id if act.answer else None
        answer = self._desk.service.ask(
            Query(asking.text, channel=asking.channel, visitor=asking.visitor, conversation_id=conversation)
        )
        if conversation is not None:  # a wish for a person, not a need
            return
        need = self._needs.get(asking.need or "")
        shown = [citation.article_id for citation in (*answer.citations, *answer.suggestions)]
        right = next((article for article in shown if need is not None and article in need.articles), None)
        diary.outcomes[answer.outcome.value] += 1
        if need is not None:
            diary.people[need.id].add(asking.visitor)
            diary.asked[need.id] += 1
            diary.right[need.id] += right is not None
        if answer.outcome is Outcome.SUGGESTED and right is not None and chance() < _OPENS:
            self._later(act.at + timedelta(seconds=20), asking, answer=answer, open_article=right)
        if answer.outcome in (Outcome.ANSWERED, Outcome.SUGGESTED, Outcome.NO_ANSWER) and chance() < FEEDBACK:
            rating = "up" if right is not None else "down"
            self._later(act.at + timedelta(seconds=40), asking, answer=answer, rating=rating)
        if right is None and need is not None:
            self._insist(act, need, answer)

    def _insist(self, act: _Act, need: Need, answer: Answer) -> None:
        """Who got nothing may ask again in other words, or ask for a person."""
        fate, asking = self._rng.random(), act.asking
        others = [wording for wording in need.wordings if wording != asking.text]
        if fate < _REPHRASES and others:
            again = replace(asking, text=self._rng.choice(others), number=-asking.number)
            if asking.number > 0:  # nobody tries a third time
                self._later(act.at + timedelta(seconds=60), again)
        elif fate < _REPHRASES + _ASKS_PERSON:
            wish = _PERSON[answer.question_lang if answer.question_lang in _PERSON else "en"]
            self._later(act.at + timedelta(seconds=30), replace(asking, text=wish), answer=answer)
