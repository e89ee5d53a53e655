"""What a turn of a conversation asks the articles: which text is searched, and what was found for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from kb.answer.account import account_question_in_context
from kb.answer.conversation import Context, asked_back, context_of, holds, repeats, within_context
from kb.answer.decide import Decision
from kb.answer.evidence import TermWeights
from kb.answer.expand import Expanded
from kb.answer.find import Findings
from kb.answer.manner import Manner, is_place, manner_of
from kb.answer.question import Question, language_of, understand
from kb.answer.replies import about_own_data, not_twice, reply_to
from kb.index.snapshot import Snapshot
from kb.types import FloatArray, Query, Turn

Expand = Callable[[Question], Expanded]
Embed = Callable[[Question], FloatArray | None]
Search = Callable[[Expanded, FloatArray | None], Findings]
Decide = Callable[[Question, Findings], Decision]


@dataclass(frozen=True, slots=True)
class Reading:
    """A turn as it is answered. ``question`` has the words of the topic before those of the turn if it leans on ``context``.

    ``embedding``: seconds spent on vectors.
    """

    manner: Manner
    question: Question
    vector: FloatArray | None
    findings: Findings
    context: Context | None
    embedding: float


def read(
    query: Query, turns: Sequence[Turn], snapshot: Snapshot, *, expand: Expand, embed: Embed, search: Search
) -> Reading:
    """Read a turn after ``turns`` (oldest first): one search, or two where it may lean on them, none where nothing is asked."""
    lang = language_of(query)
    manner = manner_of(query.question, in_conversation=bool(turns))
    if manner is Manner.QUESTION and is_place(query.question):
        manner = Manner.VAGUE  # a place in a list is read before this, where there is one
    question = understand(query.question, lang)
    if manner is not Manner.QUESTION:
        return Reading(manner, question, None, Findings(lang, (), TermWeights({}, 0.0), {}, 0.0, 0.0), None, 0.0)
    context = context_of(query.question, lang, turns)
    asked = expand(question)
    started = time.perf_counter()
    vector = embed(asked.question) if question.content or context else None
    topic = embed(understand(context.topic)) if context else None
    embedding = time.perf_counter() - started
    alone = search(asked, vector)
    if context is not None:
        joined = expand(understand(context.text(query.question), lang))
        both = _between(topic, vector)
        within = search(joined, both)
        if holds(context, alone, within, snapshot):
            within = within_context(within, context, alone, snapshot)
            return Reading(manner, joined.question, both, within, context, embedding)
    return Reading(manner, asked.question, vector, alone, None, embedding)


def _between(topic: FloatArray | None, turn: FloatArray | None) -> FloatArray | None:
    """The direction between topic and turn, which no text has to be embedded again for; either alone if there is one only."""
    if topic is None or turn is None:
        return topic if turn is None else turn
    middle = topic + turn
    length = float(np.linalg.norm(middle))
    return turn if length < 1e-6 else (middle / length).astype(np.float32)


def decide_turn(reading: Reading, query: Query, turns: Sequence[Turn], decide: Decide) -> Decision:
    """What becomes of a turn: of what is no question first, then by ``decide``, and then by what the conversation was about."""
    decision = reply_to(reading.manner)
    if decision is not None:
        return decision
    decision = decide(reading.question, reading.findings)
    if asked_back(turns):
        decision = not_twice(decision)
    topic = reading.context.topic if reading.context else ""
    asked = account_question_in_context(query.question, topic)
    decision = about_own_data(decision, asked, understand(query.question))
    return replace(decision, offer_person=True) if repeats(query.question, turns) else decision
