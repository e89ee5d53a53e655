"""What a change of the articles would do to the questions people ask: each asked before and after, with nothing written down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from kb.answer.confidence import weights_for
from kb.answer.question import language_of, understand
from kb.answering import Answerer, Draft
from kb.index.snapshot import Snapshot
from kb.proof.ask import MUST_KEEP, is_answered
from kb.proof.judge import DEFAULT_RULES, JudgeRules
from kb.proof.statements import kept_share, still_says
from kb.text.tokenize import cached_terms
from kb.types import Citation, Lang, Outcome, Query

# Share of a question's weight that the answer from an edited article may lose: a word that matters is more than that.
_MAY_LOSE = 0.25

Source = Literal["gap", "extra", "answered", "verified"]


class Status(StrEnum):
    """What becomes of one question."""

    NOW_ANSWERED = "now_answered"  # from the changed articles
    STILL_NOT = "still_not"
    UNCHANGED_RIGHT = "unchanged_right"
    LOST = "was_right_and_is_lost"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to ask. ``count``: how often people did; ``lang``: None to detect it.

    ``source``: a wording of the gap, one given by the caller, one answered lately, or one of another gap that is verified.
    """

    text: str
    source: Source
    lang: Lang | None = None
    count: int = 1
    gap_id: str | None = None

    @property
    def query(self) -> Query:
        return Query(self.text, lang=self.lang or "auto", channel="replay")

    @property
    def is_need(self) -> bool:
        """Whether it waits for an answer; the others have one, which they must keep."""
        return self.source in ("gap", "extra")


@dataclass(frozen=True, slots=True)
class Shown:
    """What was said to a question: the first quote if it is stated, else the first suggestion.

    ``answered``: stated with confidence, in the language of the question.
    """

    outcome: Outcome
    score: float
    answered: bool
    article_id: str | None = None
    title: str | None = None
    quote: str | None = None


class Why(StrEnum):
    """Why a question that waits for an answer is still not answered by the changed articles."""

    NOT_SURE = "not_sure"  # nothing is stated with confidence
    OTHER_LANGUAGE = "other_language"  # stated, in another language than the question's
    SAID_BEFORE = "said_before"  # by the same words as before, which did not help
    NOT_FROM_CHANGED = "not_from_changed"  # by an article that has not changed


@dataclass(frozen=True, slots=True)
class Replayed:
    """One question before and after. ``took_its_place``: for a lost one, the article that is shown instead, if any.

    ``why``: of one that is still not answered.
    """

    asked: Asked
    status: Status
    before: Shown
    after: Shown
    took_its_place: str | None = None
    why: Why | None = None


@dataclass(frozen=True, slots=True)
class Replay:
    """What became of all questions. ``share``: of the times the gap was asked, how many must be answered to close it."""

    results: tuple[Replayed, ...]
    share: float = DEFAULT_RULES.share

    @property
    def counts(self) -> dict[Status, int]:
        """Questions by what became of them."""
        found = Counter(result.status for result in self.results)
        return {status: found[status] for status in Status}

    @property
    def needed(self) -> tuple[int, int]:
        """How often the questions that wait for an answer were asked, and how often those of them that now get one."""
        waiting = [result for result in self.results if result.asked.is_need]
        now = [result for result in waiting if result.status is Status.NOW_ANSWERED]
        return sum(r.asked.count for r in waiting), sum(r.asked.count for r in now)

    @property
    def closes(self) -> bool:
        """Whether the gap would be met: as the rule for published articles has it (``kb.proof.judge``)."""
        asked, answered = self.needed
        return asked > 0 and answered >= self.share * asked

    @property
    def verdict(self) -> Literal["breaks", "closes", "helps", "no_effect"]:
        """``breaks`` when anything right is lost, whatever is won."""
        if self.counts[Status.LOST]:
            return "breaks"
        if self.closes:
            return "closes"
        return "helps" if self.counts[Status.NOW_ANSWERED] else "no_effect"


def replay(
    answerer: Answerer,
    before: Snapshot,
    after: Snapshot,
    changed: Collection[str],
    questions: Sequence[Asked],
    rules: JudgeRules = DEFAULT_RULES,
    earlier: Answerer | None = None,
) -> Replay:
    """Ask ``questions`` of both snapshots, which must be of the same model. ``changed``: ids of the articles that differ.

    ``earlier``: what answers from ``before``, if that is not ``answerer`` (which has other synonyms, perhaps).

    A question that was answered lately and is not answered by ``before`` any more is left out: there is nothing to lose.
    Raises what ``Answerer.draft`` raises.
    """
    understood = [understand(asked.text, language_of(asked.query)) for asked in questions]
    first = earlier or answerer
    for one in {first, answerer}:
        one.vectors.remember(before, understood, ("en", "zh"))
    results = []
    for asked in questions:
        was = first.draft(before, asked.query, rendered=False)
        if asked.source == "answered" and not _shown(was).answered:
            continue
        now = answerer.draft(after, asked.query, rendered=False)
        results.append(_compare(asked, was, now, changed))
    return Replay(tuple(results), rules.share)


def _compare(asked: Asked, earlier: Draft, later: Draft, changed: Collection[str]) -> Replayed:
    before, after = _shown(earlier), _shown(later)
    if asked.is_need or not before.answered:
        why = _why_not(earlier, later, changed)
        return Replayed(asked, Status.NOW_ANSWERED if why is None else Status.STILL_NOT, before, after, why=why)
    if after.answered and _says_the_same(earlier, later):
        return Replayed(asked, Status.UNCHANGED_RIGHT, before, after)
    return Replayed(asked, Status.LOST, before, after, after.article_id)


def _why_not(earlier: Draft, later: Draft, changed: Collection[str]) -> Why | None:
    """Why ``later`` does not answer from the changed articles; None when it does."""
    if not _shown(later).answered:
        return Why.OTHER_LANGUAGE if is_answered(later) and _first(later) is not None else Why.NOT_SURE
    quotes = [[citation.quote for citation in draft.answer.citations] for draft in (earlier, later)]
    if _shown(earlier).answered and quotes[0] == quotes[1]:  # it did not help then
        return Why.SAID_BEFORE
    return None if _cites(later, changed) else Why.NOT_FROM_CHANGED


def _first(draft: Draft) -> Citation | None:
    return next(iter([*draft.answer.citations, *draft.answer.suggestions]), None)


def _shown(draft: Draft) -> Shown:
    answer = draft.answer
    first = _first(draft)
    answered = first is not None and is_answered(draft) and answer.lang == answer.question_lang
    if first is None:
        return Shown(answer.outcome, answer.confidence.score, answered)
    return Shown(answer.outcome, answer.confidence.score, answered, first.article_id, first.title, first.quote)


def _cites(draft: Draft, article_ids: Collection[str]) -> bool:
    shown = draft.answer.citations or draft.answer.suggestions
    return any(citation.article_id in article_ids for citation in shown)


def _says_the_same(earlier: Draft, later: Draft) -> bool:
    """Whether the answer still comes from the article it came from, or in the same words from elsewhere.

    Of an article that was edited, the words of the question that the old answer held must be in the new one too, and a part of what
    it said.
    """
    first = next(iter([*earlier.answer.citations, *earlier.answer.suggestions]))
    shown = [*later.answer.citations, *later.answer.suggestions]
    if all(citation.article_id != first.article_id for citation in shown):
        return bool(shown) and _stands_in(later.snapshot, shown[0].article_id, first.quote)
    if _stands_in(later.snapshot, first.article_id, first.quote):
        return True
    quotes = [citation.quote for citation in shown]
    if kept_share(earlier.snapshot, first.quote, quotes) < MUST_KEEP:
        return False
    weights = weights_for(earlier.snapshot, earlier.question)
    return _covered(later, weights.weights) >= _covered(earlier, weights.weights) - _MAY_LOSE * weights.total


def _stands_in(snapshot: Snapshot, article_id: str, quote: str) -> bool:
    """Whether an article holds the words of ``quote``; most do to the letter, which is told in no time."""
    return quote in snapshot.articles[article_id].text or still_says(snapshot, article_id, quote)


def _covered(draft: Draft, weights: dict[str, float]) -> float:
    """The weight of the question's words in what is quoted and in the headings above it."""
    shown = [*draft.answer.citations, *draft.answer.suggestions]
    texts = [text for citation in shown for text in (citation.quote, citation.title, *citation.heading_path)]
    held = {term for text in texts for term in cached_terms(text)}
    return sum(weight for term, weight in weights.items() if term in held)
