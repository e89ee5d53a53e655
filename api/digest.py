"""What one owner should know this week: the content of the weekly mail and of the owner's own page.

``owner_digest`` only reads; how it is worded and sent is not known here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson

from kb.documents import timestamp
from kb.errors import KbError
from kb.types import Lang

if TYPE_CHECKING:
    from kb.index.live import LiveIndex
    from kb.records import Records
    from kb.records.rows import ArticleUsage, GapSummary
    from kb.types import Article

OPEN_SHOWN = 10  # gaps of most people; the board has the rest
ARTICLES_SHOWN = 10
READ_DAYS = 28
DUE_DAYS = 7


@dataclass(frozen=True, slots=True)
class ArticleLine:
    """An article that needs its owner. ``read``: answers from it in 28 days; ``up`` and ``down``: votes since then."""

    article_id: str
    title: str
    lang: Lang
    read: int = 0
    review_due_on: date | None = None
    up: int = 0
    down: int = 0


@dataclass(frozen=True, slots=True)
class Digest:
    """What ``names`` should know at ``until``. A gap may stand in several lists.

    ``open``: the gaps of most people first, at most ``OPEN_SHOWN`` of ``open_total``. ``new``, ``reopened``,
    ``verified``: since ``since``, newest first. ``overdue``: due before today; ``due``: within ``DUE_DAYS``.
    ``stale``: articles overdue for review that people still read, most read first. ``voted_down``: articles with more
    votes down than up since ``since``.
    """

    names: tuple[str, ...] | None
    since: datetime
    until: datetime
    open: tuple[GapSummary, ...]
    open_total: int
    new: tuple[GapSummary, ...]
    reopened: tuple[GapSummary, ...]
    verified: tuple[GapSummary, ...]
    overdue: tuple[GapSummary, ...]
    due: tuple[GapSummary, ...]
    stale: tuple[ArticleLine, ...]
    voted_down: tuple[ArticleLine, ...]

    @property
    def is_empty(self) -> bool:
        return not (
            self.open_total
            or self.new
            or self.reopened
            or self.verified
            or self.overdue
            or self.stale
            or self.voted_down
        )

    @property
    def has_news(self) -> bool:
        """Whether something has happened since ``since``."""
        return bool(self.new or self.reopened or self.verified or self.voted_down)

    @property
    def content(self) -> str:
        """A hash of how things stand, to know whether that has changed since another digest.

        Counts that change by the mere passing of time (people in 28 days) do not count; new signals and due days do.
        """
        gaps = sorted((g.id, g.status.value, g.owner, g.assignee, g.signals) for g in self.open)
        lists = [sorted(g.id for g in gaps_) for gaps_ in (self.overdue, self.due)]
        stale = sorted((line.article_id, str(line.review_due_on)) for line in self.stale)
        return hashlib.sha256(orjson.dumps([gaps, self.open_total, lists, stale])).hexdigest()


def owner_digest(
    records: Records, live: LiveIndex, names: Sequence[str] | None, since: datetime, now: datetime
) -> Digest:
    """What those who answer for ``names`` (owner names of gaps and articles; None: everybody's) should know.

    ``since``: where "new", "reopened", "verified" and the votes begin. Without an index the articles are left out.
    Raises ``StorageError``.
    """
    from kb.gaps.vocabulary import GapStatus
    from kb.records.board import BoardQuery

    active = tuple(status for status in GapStatus if status not in (GapStatus.VERIFIED, GapStatus.DISMISSED))
    mine = None if names is None else tuple(dict.fromkeys(names))
    today = now.date()

    def due_before(day: date) -> tuple[GapSummary, ...]:
        query = BoardQuery(status=active, names=mine or (), overdue_on=day)
        return records.board.page(query, limit=OPEN_SHOWN).gaps if mine != () else ()

    page = records.board.page(BoardQuery(status=active, names=mine or ()), limit=OPEN_SHOWN) if mine != () else None
    changes = records.digests.changes(mine, since, now)
    overdue = due_before(today)
    articles = _articles(live, mine)
    return Digest(
        names=mine,
        since=since,
        until=now,
        open=() if page is None else page.gaps,
        open_total=0 if page is None else page.total,
        new=changes.new,
        reopened=changes.reopened,
        verified=changes.verified,
        overdue=overdue,
        due=tuple(gap for gap in due_before(today + timedelta(days=DUE_DAYS + 1)) if gap not in overdue),
        stale=_stale(articles, records.article_usage(READ_DAYS), today),
        voted_down=_voted_down(articles, records.article_usage(max(1, -(-(now - since) // timedelta(days=1))))),
    )


def digest_document(digest: Digest) -> dict[str, Any]:
    """A digest as plain JSON values."""
    from api.documents import gap_summary_document

    lists = ("open", "new", "reopened", "verified", "overdue", "due")
    articles = {"stale": digest.stale, "voted_down": digest.voted_down}
    return {
        "object": "digest",
        "owners": None if digest.names is None else list(digest.names),
        "since": timestamp(digest.since),
        "until": timestamp(digest.until),
        "gaps_open": digest.open_total,
        **{f"{name}_gaps": [gap_summary_document(gap) for gap in getattr(digest, name)] for name in lists},
        **{
            f"{name}_articles": [
                {**asdict(line), "review_due_on": line.review_due_on and line.review_due_on.isoformat()}
                for line in lines
            ]
            for name, lines in articles.items()
        },
    }


def _articles(live: LiveIndex, names: tuple[str, ...] | None) -> list[Article]:
    try:
        served = live.current().articles
    except KbError:
        return []
    return [article for article in served.values() if names is None or article.owner in names]


def _stale(articles: Sequence[Article], usage: Mapping[str, ArticleUsage], today: date) -> tuple[ArticleLine, ...]:
    found = [
        ArticleLine(a.id, a.title, a.lang, read=usage[a.id].cited, review_due_on=a.review_due_on)
        for a in articles
        if a.review_due_on is not None and a.review_due_on < today and a.id in usage and usage[a.id].cited
    ]
    return tuple(sorted(found, key=lambda line: (-line.read, line.article_id))[:ARTICLES_SHOWN])


def _voted_down(articles: Sequence[Article], usage: Mapping[str, ArticleUsage]) -> tuple[ArticleLine, ...]:
    found = [
        ArticleLine(a.id, a.title, a.lang, up=usage[a.id].up, down=usage[a.id].down)
        for a in articles
        if a.id in usage and usage[a.id].down > usage[a.id].up
    ]
    return tuple(sorted(found, key=lambda line: (-line.down, line.article_id))[:ARTICLES_SHOWN])
