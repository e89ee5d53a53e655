"""What needs attention among the served articles: the snapshot, the records and the slow comparisons brought together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from api import attention
from api.attention import Finding, Need
from kb.records.article_use import ArticleUse
from kb.types import Problem

if TYPE_CHECKING:
    from api.state import AppState
    from kb.index.snapshot import Snapshot
    from kb.proof.pairs import Pair

USE_DAYS = 28
_USE_FRESH = 60.0  # seconds for which counts of use are good enough
_SLOW = frozenset({Need.CONFLICT, Need.DUPLICATE, Need.BEHIND, Need.BROKEN})


@dataclass(frozen=True, slots=True)
class Review:
    """What takes seconds to find out of one snapshot. ``numbers``: see ``attention.behind``."""

    dead_links: tuple[Problem, ...]
    pairs: tuple[Pair, ...]
    numbers: Mapping[tuple[str, str], tuple[tuple[str, ...], tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class Attention:
    """The findings of each kind that was asked for; a kind is missing while it is still being worked out."""

    findings: Mapping[Need, Sequence[Finding]]
    uses: Mapping[str, ArticleUse]


def attention_of(state: AppState, needs: Iterable[Need] = tuple(Need), *, wait: float | None = None) -> Attention:
    """What needs attention now. ``wait``: seconds to wait for what is not counted or compared yet, with counts of use that may be a
    minute old; None for all of it, counted now.

    Raises ``IndexMissingError`` and what else keeps the index from being served, and ``StorageError``.
    """
    snapshot = state.opened.live.current()
    uses = article_uses(state, wait)
    if uses is None:
        return Attention({}, {})
    made: dict[Need, Sequence[Finding]] = {}
    asked = tuple(needs)
    review = _review_of(state, snapshot, wait) if _SLOW.intersection(asked) else None
    for need in asked:
        found = _found(need, state, snapshot, uses, review)
        if found is not None:
            made[need] = found
    return Attention(made, uses)


def article_uses(state: AppState, wait: float | None = None) -> Mapping[str, ArticleUse] | None:
    """Use of every article in ``USE_DAYS``. With ``wait`` it may be about a minute old, and is None when so many seconds were not
    enough; else it is counted now: a program that asks has just done something and wants to see it."""
    records = state.opened.records
    if wait is None:
        return records.article_uses.of_days(USE_DAYS)
    return state.prepared.get(
        ("uses", USE_DAYS), lambda: records.article_uses.of_days(USE_DAYS), fresh=_USE_FRESH, wait=wait
    )


def _review_of(state: AppState, snapshot: Snapshot, wait: float | None) -> Review | None:
    # One entry for each revision; the store forgets those that are no longer asked for.
    return state.prepared.get(("review", snapshot.revision), lambda: review(snapshot), fresh=float("inf"), wait=wait)


def _found(
    need: Need, state: AppState, snapshot: Snapshot, uses: Mapping[str, ArticleUse], made: Review | None
) -> list[Finding] | None:
    articles, today = snapshot.articles, datetime.now(UTC).date()
    if need is Need.STALE:
        return attention.stale(articles.values(), uses, today)
    if need is Need.UNUSED:
        new = state.opened.records.article_uses.added_since(USE_DAYS)
        return attention.unused(articles.values(), uses, new, today)
    if need is Need.DOWNVOTED:
        return attention.downvoted(articles, uses)
    if need is Need.UNTRANSLATED:
        return attention.untranslated(articles.values(), attention.translations(articles), uses)
    if made is None:
        return None
    if need is Need.BROKEN:
        beside = [*state.opened.synonyms.problems, *state.opened.policy.problems]
        return attention.broken(articles, [*snapshot.problems, *beside, *made.dead_links])
    if need is Need.BEHIND:
        return attention.behind(articles, attention.translations(articles), _changed(state), made.numbers)
    return attention.of_pairs(need, articles, made.pairs)


def _changed(state: AppState) -> dict[str, date]:
    edits = state.opened.records.article_uses.changed_at()
    return {article_id: datetime.fromtimestamp(at / 1000, UTC).date() for article_id, at in edits.items()}


def review(snapshot: Snapshot) -> Review:
    """Compare the articles of ``snapshot`` with each other. Takes seconds for thousands of passages."""
    from indexer.lint import dead_links
    from kb.proof.pairs import find_pairs
    from kb.proof.translations import differing_numbers

    translated = attention.translations(snapshot.articles)
    pairs = {
        (source, other): differing_numbers(snapshot, source, other)
        for source, others in translated.items()
        for other in others
    }
    return Review(
        dead_links=tuple(dead_links(snapshot.articles)),
        pairs=find_pairs(snapshot),
        numbers={key: numbers for key, numbers in pairs.items() if numbers[0]},
    )
