"""Which events show an unmet need, and which gap each belongs to.

Only masked text reaches this module: what it makes is written down.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kb.answer.conversation import subjects
from kb.answer.decide import Decision
from kb.answer.question import Question, understand
from kb.answering import Draft, Need
from kb.gaps.grouping import GapDirectory
from kb.records import Signal, SignalKind
from kb.records.questions import question_key
from kb.types import Article, FloatArray, Lang, Outcome, ReasonCode, Turn

# The unit vector of a question and the fingerprint of the model that made it; None without a model for its language.
Embed = Callable[[Question], tuple[FloatArray, str] | None]


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a need lands: the nearest article, its category, and who answers for it. No owner: triage."""

    article_id: str | None = None
    category: str | None = None
    owner: str | None = None


class Signals:
    """Makes signals and assigns each to a gap: an existing one in other words, or a new one. Thread-safe.

    ``articles``: those of the index in use, empty without one.
    """

    def __init__(
        self,
        gaps: GapDirectory,
        embed: Embed = lambda question: None,
        articles: Callable[[], Mapping[str, Article]] = dict,
    ) -> None:
        self._gaps = gaps
        self._embed = embed
        self._articles = articles

    def of_answer(self, draft: Draft, turns: Sequence[Turn]) -> list[Signal]:
        """What this answer is evidence of: nothing for a good answer, nor for what no article could or was to answer.

        Who asks for a person in a conversation, or says that nothing helped, was failed by what came before: that question is the
        need.
        """
        decision, need = draft.decision, draft.need
        if decision.rule and decision.outcome is Outcome.HANDOFF:
            if decision.overruled is None:
                return []
            decision = decision.overruled
        reason = decision.reason.code if decision.reason else None
        kind: SignalKind | None = None
        if decision.outcome is Outcome.HANDOFF and not decision.hits:
            asked = subjects(turns)
            if not asked:
                return []
            person = reason is ReasonCode.ASKED_FOR_PERSON
            kind = SignalKind.ASKED_FOR_PERSON if person else SignalKind.REPHRASED
            need = self.need_of(asked[-1].question, asked[-1].lang)
            desk = self.desk(asked[-1].article_id)
        else:
            kind = _kind_of(draft, decision)
            nearest = decision.hits[0].article if decision.hits else None
            categories = draft.query.filters.category
            desk = _desk_of(nearest) if nearest else self.desk(None, categories[0] if len(categories) == 1 else None)
        return [self.make(kind, need, desk, reason=reason.value if reason else None)] if kind else []

    def of_complaint(self, document: Mapping[str, Any], tags: tuple[str, ...]) -> Signal:
        """A down vote on a stored answer (``document``)."""
        return self.make(SignalKind.THUMBS_DOWN, self._need_in(document), self.desk_in(document), tags=tags)

    def of_stale_source(self, document: Mapping[str, Any], article: Article) -> Signal:
        """A reader of a stored answer opened ``article``, which is overdue for review: counted once for each answer."""
        return self.make(
            SignalKind.STALE_CITATION,
            self._need_in(document),
            _desk_of(article),
            external_id=f"stale:{document['id']}:{article.id}",
            answer_id=document["id"],
            conversation_id=document["conversation_id"],
        )

    def make(
        self,
        kind: SignalKind,
        need: Need,
        desk: Desk,
        *,
        reason: str | None = None,
        tags: tuple[str, ...] = (),
        external_id: str | None = None,
        answer_id: str | None = None,
        conversation_id: str | None = None,
    ) -> Signal:
        """A signal of this need in the gap that it belongs to; see ``Signal`` for the other values."""
        question = need.question
        terms = question.content or question.terms
        key = question_key(need.label)
        assignment = self._gaps.assign(terms, need.vector, question.lang, encoder=need.encoder, key=key)
        return Signal(
            kind=kind,
            gap_id=assignment.gap_id,
            cell=assignment.cell,
            question=need.label,
            lang=question.lang,
            terms=terms,
            vector=need.vector,
            encoder=need.encoder,
            owner=desk.owner,
            category=desk.category,
            article_id=desk.article_id,
            reason=reason,
            tags=tags,
            external_id=external_id,
            answer_id=answer_id,
            conversation_id=conversation_id,
        )

    def need_of(self, text: str, lang: Lang | None = None) -> Need:
        """The need behind a masked ``text``."""
        question = understand(text, lang)
        embedded = self._embed(question) if question.content else None
        return Need(question, text, *embedded) if embedded else Need(question, text)

    def desk(self, article_id: str | None, category: str | None = None) -> Desk:
        """Where a need near an article, else one in a category, lands; an article that is gone leaves only its name."""
        articles = self._articles()
        article = articles.get(article_id) if article_id else None
        if article is not None:
            return _desk_of(article)
        return Desk(article_id, category, _owner_of_category(articles, category) if category else None)

    def _need_in(self, document: Mapping[str, Any]) -> Need:
        return self.need_of(document["question"]["text"], document["question"]["lang"])

    def desk_in(self, document: Mapping[str, Any]) -> Desk:
        """Where the need of a stored answer lands."""
        shown = [*document["citations"], *document["suggestions"]]
        return self.desk(shown[0]["article_id"]) if shown else Desk()


def _kind_of(draft: Draft, decision: Decision) -> SignalKind | None:
    question, outcome = draft.need.question, decision.outcome
    reason = decision.reason.code if decision.reason else None
    if reason in {ReasonCode.UNCLEAR_QUESTION, ReasonCode.NEEDS_ACCOUNT_DATA} or not question.content:
        return None
    if outcome is Outcome.NO_ANSWER:
        return SignalKind.NO_ANSWER
    foreign = outcome is Outcome.ANSWERED and draft.lang != question.lang
    return SignalKind.CROSS_LANGUAGE if foreign else None


def _desk_of(article: Article) -> Desk:
    return Desk(article.id, article.category or None, article.owner)


def _owner_of_category(articles: Mapping[str, Article], category: str) -> str | None:
    """Who owns most articles of ``category``: what owners.yaml says of it shows in them. Of equals the first by name."""
    named = Counter(a.owner for a in articles.values() if a.owner and a.category.casefold() == category.casefold())
    return min(named, key=lambda owner: (-named[owner], owner)) if named else None
