"""What readers said of articles on their pages, for the owners of those articles."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from api.state import AppState
from kb.errors import KbError
from kb.records.article_votes import Opinion
from kb.types import Article

_SHOWN = 10
_ALL = 100


@dataclass(frozen=True, slots=True)
class ReadersSay:
    """``said``: the articles with most votes against them, and what was said; ``total``: how many articles have votes."""

    said: tuple[tuple[Article, Opinion], ...]
    total: int


def readers_say(
    state: AppState, articles: Mapping[str, Article], days: int, wanted: Callable[[Article], bool], *, every: bool
) -> ReadersSay:
    """Votes of the last ``days`` on the articles that are ``wanted``; ``every``: a hundred instead of ten. Raises nothing."""
    hashes = {article.id: article.content_hash for article in articles.values()}
    try:
        opinions = state.opened.records.article_votes.opinions(days, hashes)
    except KbError:  # the rest of the page is worth showing
        return ReadersSay((), 0)
    found = [
        (articles[o.article_id], o) for o in opinions if o.article_id in articles and wanted(articles[o.article_id])
    ]
    return ReadersSay(tuple(found[: _ALL if every else _SHOWN]), len(found))
