"""Asking a snapshot one wording of a gap, as a visitor would, with nothing written down."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from kb.answer.confidence import weights_for
from kb.answer.evidence import TermWeights
from kb.answering import Answerer, Draft
from kb.gaps.vocabulary import GapStatus
from kb.index.snapshot import Snapshot
from kb.proof.newness import Births, Quoted, by_age, rests_on_new, stood_before
from kb.proof.statements import digest, kept_share, phrasings_of, statements_of, still_says
from kb.records.checks import Check
from kb.records.proofs import WatchedGap, Wording
from kb.text.tokenize import cached_terms
from kb.types import Citation, Outcome, Query, ReasonCode

# The reason of a check whose answer is stated, but no longer by words like those that had proved it.
LOST_WORDS = "lost_words"
# Share of a question's weight that an answer may lose to a rewritten one: a word that matters is more than that.
_MAY_LOSE = 0.25
# Share of what the lost words said that an answer in their place must still say: below, it is about something else, however sure
# its heading makes it.
MUST_KEEP = 0.3


# The quotes of the answers that the people of a gap were shown, by its id.
Shown = Callable[[str], Sequence[str]]


def ask(
    answerer: Answerer, snapshot: Snapshot, gap: WatchedGap, wording: Wording, births: Births, told: Shown, at: datetime
) -> Check:
    """What ``snapshot`` says to one wording of ``gap``. ``at``: when it is asked. Raises what ``Answerer.draft`` raises."""
    draft = answerer.draft(snapshot, Query(wording.text, lang=wording.lang, channel="proof"))
    answer, earlier = draft.answer, gap.checks.get(wording.key)
    shown = answer.citations or answer.suggestions
    weights = weights_for(snapshot, draft.question)

    def stood() -> Iterator[str]:
        yield from stood_before((*told(gap.id), *_quoted(gap)), births, gap.text_since)
        if earlier is not None and earlier.answered and not earlier.new_text:  # it was looked at, and was no new fact
            yield from statements_of(earlier.quote or "")

    quotes = [by_age(citation.quote, births, gap.text_since, stood) for citation in shown]
    answered = bool(shown) and is_answered(draft) and answer.lang == wording.lang
    # Somebody who says that a gap is resolved has read what stands there now.
    proof = None if gap.status is GapStatus.RESOLVED else _lost_proof(snapshot, earlier)
    if answered and proof and _is_replaced(snapshot, weights, proof.quote or "", shown):
        return replace(
            proof,
            at=at,
            revision=snapshot.revision,
            outcome=answer.outcome,
            reason=LOST_WORDS,
            score=answer.confidence.score,
            answered=False,
            new_text=False,
        )
    best = _telling(shown, quotes)
    new = answered and rests_on_new(quotes, weights)
    if answered and not new and earlier is not None and not earlier.answered:
        new = _newly_worded(snapshot, shown[0], births, gap.text_since)
    return Check(
        gap_id=wording.gap_id,
        key=wording.key,
        question=wording.text,
        lang=wording.lang,
        at=at,
        revision=snapshot.revision,
        outcome=answer.outcome,
        reason=answer.reason.code.value if answer.reason else None,
        score=answer.confidence.score,
        answered=answered,
        new_text=new,
        article_id=best.article_id if best else None,
        passage_id=best.passage_id if best else None,
        content_hash=best.content_hash if best else None,
        quote=best.quote if best else None,
    )


def is_answered(draft: Draft) -> bool:
    """Whether the answer is stated with confidence, or is certain and stands in an article that may only be linked."""
    reason = draft.answer.reason
    restricted = reason is not None and reason.code is ReasonCode.RESTRICTED
    return draft.answer.outcome is Outcome.ANSWERED or restricted


def _quoted(gap: WatchedGap) -> list[str]:
    """What the last checks of the gap's wordings quoted."""
    return [check.quote for check in gap.checks.values() if check.quote]


def _telling(shown: Sequence[Citation], quotes: Sequence[Quoted]) -> Citation | None:
    """The quote that shows best what is new, else the first."""
    new = [citation for citation, quote in zip(shown, quotes, strict=True) if quote.new]
    return next(iter([*new, *shown]), None)


def _lost_proof(snapshot: Snapshot, earlier: Check | None) -> Check | None:
    """The check whose words proved an answer and stand there no more; None while they stand, or never did."""
    if earlier is None or earlier.quote is None or not (earlier.passed or earlier.reason == LOST_WORDS):
        return None
    return None if still_says(snapshot, earlier.article_id, earlier.quote) else earlier


def _is_replaced(snapshot: Snapshot, weights: TermWeights, quote: str, shown: Sequence[Citation]) -> bool:
    """Whether what is shown says something else than ``quote`` did, or lacks words of the question that it had."""
    if _covered(weights, shown) < weights.covered(cached_terms(quote)) - _MAY_LOSE:
        return True
    return kept_share(snapshot, quote, [citation.quote for citation in shown]) < MUST_KEEP


def _covered(weights: TermWeights, shown: Sequence[Citation]) -> float:
    """Share of the question's weight in what is quoted and in the headings above it."""
    texts = [text for citation in shown for text in (citation.quote, citation.title, *citation.heading_path)]
    return weights.covered(term for text in texts for term in cached_terms(text))


def _newly_worded(snapshot: Snapshot, citation: Citation, births: Births, since: int) -> bool:
    """Whether the article that is quoted has gained a title, heading, phrasing or synonym: what makes old text found."""
    phrasings = phrasings_of(snapshot.articles[citation.article_id])
    return any(at > since for at in births(map(digest, phrasings)).values())
