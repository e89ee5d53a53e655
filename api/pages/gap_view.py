"""Everything that the page of one gap shows, read once and put in the order of reading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from fastapi import Request

from api.pages.addresses import article_path
from api.state import state_of
from kb.errors import KbError
from kb.gaps.vocabulary import GapStatus
from kb.proof.suggestion import near_hits, outline_for
from kb.records.checks import Check
from kb.records.gaps import TRANSITIONS
from kb.records.rows import Gap, GapQuestion
from kb.types import Article, Hit

if TYPE_CHECKING:
    from kb.gaps.outline import Suggestion
    from kb.index.snapshot import Snapshot
    from kb.records.gap_answers import GapAnswer
    from kb.records.handoff_replies import GapReply

SHOWN_QUESTIONS = 12
MOST_QUESTIONS = 200
MOST_ANSWERS = 6
MOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """One wording. ``check``: what the published articles said to it last, None while nobody has asked them."""

    question: GapQuestion
    check: Check | None


@dataclass(frozen=True, slots=True)
class NearArticle:
    """An article near the gap; ``address`` is "" when visitors may not read it, ``heading`` when only the title is near.

    ``signals``: in how many of the gap's signals it was quoted or nearest.
    """

    article_id: str
    title: str
    heading: str
    address: str
    lang: str
    signals: int


@dataclass(frozen=True, slots=True)
class GapView:
    """``more_questions``: how many wordings are not listed. ``asked_at``: when the articles were last asked."""

    questions: tuple[QuestionRow, ...]
    more_questions: int
    asked_at: datetime | None
    answers: tuple[GapAnswer, ...]
    near: tuple[NearArticle, ...]
    suggestion: Suggestion
    found_article: NearArticle | None
    replies: tuple[GapReply, ...]
    moves: tuple[GapStatus, ...]


def gap_view(request: Request, gap: Gap) -> GapView:
    opened = state_of(request).opened
    snapshot = served(request)
    articles: Mapping[str, Article] = {} if snapshot is None else snapshot.articles
    hits = near_hits(gap, opened.service.answerer, snapshot)
    replies = opened.records.handoff_replies.of_gap(gap.summary.id)
    checks = {check.question: check for check in gap.checks}
    listed = gap.questions[:MOST_QUESTIONS]
    return GapView(
        questions=tuple(QuestionRow(question, checks.get(question.text)) for question in listed),
        more_questions=len(gap.questions) - len(listed),
        asked_at=max((check.at for check in gap.checks), default=None),
        answers=opened.records.board.answers(gap.summary.id, MOST_ANSWERS),
        near=_near(hits, gap, articles),
        suggestion=outline_for(gap, hits, replies),
        replies=replies,
        found_article=None if gap.found is None else _article(articles, gap.found.article_id, "", "", 0),
        moves=tuple(status for status in TRANSITIONS[gap.summary.status] if status in _BY_HAND),
    )


# Assigning and dismissing have forms of their own: they need a name and a reason.
_BY_HAND = (GapStatus.OPEN, GapStatus.DRAFTED, GapStatus.RESOLVED, GapStatus.REOPENED)


def served(request: Request) -> Snapshot | None:
    """The served articles; None while there is no index, which these pages do not need."""
    try:
        return state_of(request).opened.live.current()
    except KbError:
        return None


def _near(hits: Sequence[Hit], gap: Gap, articles: Mapping[str, Article]) -> tuple[NearArticle, ...]:
    """What comes near today with its heading, then what was shown to the people at the time."""
    counts = dict(gap.articles)
    rows: dict[str, NearArticle] = {}
    for hit in hits:
        path = hit.passage.heading_path
        heading = path[-1] if len(path) > 1 else ""
        found = _article(articles, hit.article.id, heading, hit.passage.anchor, counts.get(hit.article.id, 0))
        rows.setdefault(hit.article.id, found)
    for article_id, count in gap.articles[:MOST_SHOWN]:
        rows.setdefault(article_id, _article(articles, article_id, "", "", count))
    return tuple(rows.values())


def _article(articles: Mapping[str, Article], article_id: str, heading: str, anchor: str, signals: int) -> NearArticle:
    article = articles.get(article_id)
    if article is None:
        return NearArticle(article_id, article_id, heading, "", "en", signals)
    address = article_path(article_id, anchor if heading else "") if "public" in article.audience else ""
    return NearArticle(article_id, article.title, heading, address, article.lang, signals)
