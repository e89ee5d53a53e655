"""Where a citation leads: the article's page, the heading's anchor, and the exact words (Text Fragments, WICG)."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping
from urllib.parse import quote, unquote, urlsplit

from kb.types import Article

# Characters that would end or change a URL; letters of any script stay readable.
_UNSAFE = re.compile(r"[\x00-\x20\"<>\\^`{|}%#?\x7f]")
_FRAGMENT_LENGTH = 60


def article_url(article: Article, site_url: str, anchor: str = "") -> str:
    """Address of ``article``: its own ``url``, else its page below ``site_url``; with ``#anchor`` when there is one."""
    address = article.url or f"{site_url}/articles/{_readable(article.id)}.html"
    return f"{address}#{_readable(anchor)}" if anchor else address


def highlight_url(url: str, words: str) -> str:
    """``url`` with a text directive that makes the browser mark ``words`` (their first line, cut at a word)."""
    line = next((line.strip() for line in words.splitlines() if line.strip()), "")
    if len(line) > _FRAGMENT_LENGTH:
        cut = line[:_FRAGMENT_LENGTH]
        line = cut[: cut.rfind(" ")] if " " in cut[20:] else cut
    if not line:
        return url
    # Commas, dashes and ampersands have a meaning in text directives and must be escaped.
    text = quote(line, safe="").replace("-", "%2D")
    return f"{url}{'' if '#' in url else '#'}:~:text={text}"


def link_resolver(article: Article, articles: Mapping[str, Article], site_url: str) -> Callable[[str], str]:
    """A function from the links that stand in ``article`` to the addresses its readers need."""

    def resolve(href: str) -> str:
        parts = urlsplit(href)
        if parts.scheme or parts.netloc or not parts.path:
            return href
        path = unquote(parts.path)
        base = "" if path.startswith("/") else posixpath.dirname(article.id)
        target = posixpath.normpath(posixpath.join(base, path.lstrip("/"))).removesuffix(".md").removesuffix(".html")
        found = articles.get(target)
        return article_url(found, site_url, unquote(parts.fragment)) if found else href

    return resolve


def _readable(text: str) -> str:
    return _UNSAFE.sub(lambda match: quote(match.group()), text)
