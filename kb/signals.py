"""Which events show an unmet need, and which gap each belongs to.

Only masked text reaches this module: what it makes is written down.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kb.answer.conversation import subjects
from kb.answer.decide import Decision
from kb.answer.question import understand
from kb.answering import Need
from kb.gaps.grouping import GapDirectory
from kb.records import Signal, SignalKind
from kb.types import Lang, Outcome, ReasonCode, Turn


class Signals:
    """Makes signals and assigns each to a gap: an existing one in other words, or a new one. Thread-safe."""

    def __init__(self, gaps: GapDirectory) -> None:
        self._gaps = gaps

    def of_answer(self, need: Need, decision: Decision, lang: Lang, turns: Sequence[Turn]) -> list[Signal]:
        """What this answer (in ``lang``) is evidence of: nothing for a good answer, nor for what no article could answer.

        Who asks for a person in a conversation, or says that nothing helped, was failed by what came before: that question is the
        need.
        """
        reason = decision.reason.code if decision.reason else None
        nearest = decision.hits[0].article if decision.hits else None
        owner, article_id = (nearest.owner, nearest.id) if nearest else (None, None)
        kind: SignalKind | None = None
        if decision.outcome is Outcome.HANDOFF and not decision.hits:
            asked = subjects(turns)
            if asked:
                person = reason is ReasonCode.ASKED_FOR_PERSON
                kind = SignalKind.ASKED_FOR_PERSON if person else SignalKind.REPHRASED
                earlier = understand(asked[-1].question, asked[-1].lang)
                need, article_id = Need(earlier, earlier.text), asked[-1].article_id
        elif reason in {ReasonCode.UNCLEAR_QUESTION, ReasonCode.NEEDS_ACCOUNT_DATA}:
            return []
        elif need.question.content and decision.outcome is Outcome.NO_ANSWER:
            kind = SignalKind.NO_ANSWER
        elif need.question.content and decision.outcome is Outcome.ANSWERED and lang != need.question.lang:
            kind = SignalKind.CROSS_LANGUAGE
        if kind is None:
            return []
        return [self._make(kind, need, owner=owner, article_id=article_id, reason=reason.value if reason else None)]

    def of_complaint(self, document: Mapping[str, Any], tags: tuple[str, ...]) -> Signal:
        """A down vote on a stored answer (``document``)."""
        question = understand(document["question"]["text"], document["question"]["lang"])
        shown = [*document["citations"], *document["suggestions"]]
        first: Mapping[str, Any] = shown[0] if shown else {}
        return self._make(
            SignalKind.THUMBS_DOWN,
            Need(question, question.text),
            owner=first.get("owner"),
            article_id=first.get("article_id"),
            tags=tags,
        )

    def of_event(self, kind: SignalKind, text: str, lang: Lang | None, external_id: str | None) -> Signal:
        """Something that happened outside: ``text`` is the masked question."""
        question = understand(text, lang)
        return self._make(kind, Need(question, text), external_id=external_id)

    def _make(
        self,
        kind: SignalKind,
        need: Need,
        *,
        owner: str | None = None,
        article_id: str | None = None,
        reason: str | None = None,
        tags: tuple[str, ...] = (),
        external_id: str | None = None,
    ) -> Signal:
        question = need.question
        terms = question.content or question.terms
        assignment = self._gaps.assign(terms, need.vector, question.lang, encoder=need.encoder)
        return Signal(
            kind=kind,
            gap_id=assignment.gap_id,
            question=need.label,
            lang=question.lang,
            terms=terms,
            vector=need.vector,
            encoder=need.encoder,
            owner=owner,
            article_id=article_id,
            reason=reason,
            tags=tags,
            external_id=external_id,
        )
