"""Links that say which answer or search they were followed from, so that a suggestion that was taken is known as such.

Only links on pages of answers and searches carry this; the address of an article stays the one without it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlencode

from api.pages.addresses import safe_link
from kb.types import Article, SearchResult

SOURCE = "from"  # the parameter's name


def traced(url: str, article: Article | None, source_id: str) -> str:
    """``url`` of a place in ``article`` as a link from ``source_id``: an article that stands elsewhere is left by our door.

    A browser takes the fragment along when the door sends it on.
    """
    link = safe_link(url)
    if article is None or not source_id or link == "#":
        return link
    address, mark, fragment = link.partition("#")
    if article.url:
        address = f"/out?{urlencode({'article': article.id, SOURCE: source_id})}"
    else:
        address += f"{'&' if '?' in address else '?'}{SOURCE}={source_id}"
    return f"{address}{mark}{fragment}"


def traced_results(
    results: Sequence[SearchResult], articles: Mapping[str, Article], source_id: str
) -> tuple[SearchResult, ...]:
    """The results of the search ``source_id`` with links that name it."""

    def of(result: SearchResult) -> SearchResult:
        article = articles.get(result.article_id)
        headings = tuple(replace(h, url=traced(h.url, article, source_id)) for h in result.headings)
        return replace(result, url=traced(result.url, article, source_id), headings=headings)

    return tuple(of(result) for result in results)
