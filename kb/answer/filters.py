"""Which passages may be used for a question at all; decided before ranking, never after."""

from __future__ import annotations

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
    key = (filters, today, lang)
    known: BoolArray | None = snapshot.memo.get(key)
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
    rows: BoolArray = allowed[snapshot.article_of_row] if len(allowed) else np.zeros(0, dtype=np.bool_)
    if len(snapshot.memo) >= _REMEMBERED:
        snapshot.memo.clear()
    snapshot.memo[key] = rows
    return rows


def is_stale(article: Article, today: date) -> bool:
    """True when the article's review is overdue."""
    return article.review_due_on is not None and article.review_due_on < today
