"""Finding and reading articles: the tools `search` and `fetch`, and the resources."""

from __future__ import annotations

import html
import re
from typing import Any

from api.mcp.arguments import FetchArguments, SearchArguments
from api.mcp.guest import ARTICLES, Guest, article_id_of, article_uri
from api.replies import decode_cursor, encode_cursor
from api.routes.articles import is_visible, today
from kb.answer.filters import is_stale
from kb.answer.links import article_url
from kb.documents import day
from kb.errors import NotFoundError
from kb.types import Article

PAGE = 100  # resources on one page of their list
_TAGS = re.compile(r"<[^>]*>")


def search(guest: Guest, arguments: SearchArguments) -> dict[str, Any]:
    """``{"results": [{"id", "title", "url", "text"}]}``, best first: the shape that assistants know from connectors."""
    page = guest.opened.service.search(
        arguments.query,
        lang=arguments.lang,
        category=tuple(arguments.category),
        audience=guest.caller.allowed(list(arguments.audience or guest.audiences)),
        limit=arguments.limit,
    )
    lang = None if arguments.lang == "auto" else arguments.lang
    guest.opened.visits.searched(arguments.query, page, lang=lang, channel=guest.channel, visitor=guest.visitor)
    return {
        "results": [
            {
                "id": result.article_id,
                "title": result.title,
                "url": guest.address(result.article_id, result.url),
                "text": html.unescape(_TAGS.sub("", result.snippet_html)),
            }
            for result in page.results
        ]
    }


def fetch(guest: Guest, arguments: FetchArguments) -> dict[str, Any]:
    """One article with its whole text as Markdown. Raises NotFoundError."""
    given = arguments.id
    article = article_of(guest, article_id_of(given) if given.startswith(ARTICLES) else given.partition("#")[0])
    facts = {
        "lang": article.lang,
        "category": article.category,
        "description": article.description,
        "tags": list(article.tags),
        "last_reviewed_on": day(article.last_reviewed_on),
        "stale": is_stale(article, today()),
        "content_hash": article.content_hash,
        "translation_of": article.translation_of,
    }
    return {
        "id": article.id,
        "title": article.title,
        "text": _text(article),
        "url": guest.address(article.id, article_url(article, guest.base)),
        "metadata": {name: value for name, value in facts.items() if value not in (None, "", [])},
    }


def article_of(guest: Guest, article_id: str) -> Article:
    """An article that ``guest`` may read. Raises NotFoundError."""
    article = guest.opened.live.current().articles.get(article_id)
    if article is None or not is_visible(article, guest.caller):
        raise NotFoundError("There is no article with this id.", "The tool `search` gives the ids that there are.")
    return article


def resources(guest: Guest, cursor: str | None) -> tuple[list[dict[str, Any]], str | None]:
    """One page of the articles in the order of their ids, and the next one's cursor. Raises ``ProblemError`` for a made-up one."""
    after = decode_cursor(cursor)
    articles = guest.opened.live.current().articles
    ids = sorted(
        i for i, article in articles.items() if (after is None or i > after) and is_visible(article, guest.caller)
    )
    page = [_resource(articles[article_id]) for article_id in ids[:PAGE]]
    return page, encode_cursor(ids[PAGE - 1]) if len(ids) > PAGE else None


def _resource(article: Article) -> dict[str, Any]:
    return {
        "uri": article_uri(article.id),
        "name": article.id,
        "title": article.title,
        "description": article.description or None,
        "mime_type": "text/markdown",
        "size": len(article.text.encode()),
    }


def _text(article: Article) -> str:
    """The article without its front matter, under its title."""
    body = article.text[article.body_start :].strip()
    return body if body.startswith("# ") else f"# {article.title}\n\n{body}"
