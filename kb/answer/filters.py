"""Which passages may be used for a question at all; decided before ranking, never after."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import date

import numpy as np

from kb.index.snapshot import Snapshot
from kb.types import Article, BoolArray, Filters, Lang

_REMEMBERED = 64


def refusal(article: Article, filters: Filters, today: date) -> str:
    """Name of the rule that keeps ``article`` out, or "" when it may be used."""
    if not set(filters.audience) & set(article.audience):
        return "audience"
    if article.valid_from and today < article.valid_from:
        return "valid_from"
    if article.valid_until and today > article.valid_until:
        return "valid_until"
    if filters.category and article.category not in filters.category:
        return "category"
    if filters.tags and not set(filters.tags) & set(article.tags):
        return "tags"
    return ""


def allowed_rows(snapshot: Snapshot, filters: Filters, today: date, lang: Lang | None = None) -> BoolArray:
    """True for every row that may be used, shape ``(rows,)``; ``lang`` keeps articles of one language.

    Nearly every question comes with the same filters, so the snapshot remembers the last ones; do not write to the result.
    """
    remembered = _remembered(snapshot, "rows")
    key = (filters, today, lang)
    known = remembered.get(key)
    if known is not None:
        return known
    allowed = allowed_articles(snapshot, filters, today, lang)
    rows: BoolArray = allowed[snapshot.article_of_row] if len(allowed) else np.zeros(0, dtype=np.bool_)
    remembered[key] = rows
    return rows


def allowed_articles(snapshot: Snapshot, filters: Filters, today: date, lang: Lang | None = None) -> BoolArray:
    """True for every article that may be used, in the order of the snapshot, shape ``(articles,)``; remembered like rows."""
    remembered = _remembered(snapshot, "articles")
    key = (filters, today, lang)
    known = remembered.get(key)
    if known is not None:
        return known
    allowed = np.fromiter(
        (
            (lang is None or article.lang == lang) and not refusal(article, filters, today)
            for article in snapshot.articles.values()
        ),
        dtype=np.bool_,
        count=len(snapshot.articles),
    )
    remembered[key] = allowed
    return allowed


def _remembered(snapshot: Snapshot, what: str) -> dict[Hashable, BoolArray]:
    """The snapshot's own memory of this; emptied when it is full, without touching what else is remembered."""
    remembered: dict[Hashable, BoolArray] = snapshot.memo.setdefault((allowed_rows, what), {})
    if len(remembered) >= _REMEMBERED:
        remembered.clear()
    return remembered


def is_stale(article: Article, today: date) -> bool:
    """True when the article's review is overdue."""
    return article.review_due_on is not None and article.review_due_on < today
