"""What pages say about themselves to programs: JSON-LD in the vocabulary of schema.org.

A block of ``application/ld+json`` is data: browsers never run it, and a strict content security policy lets it stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from api.pages.wording import HTML_LANG
from kb.types import Article, Lang

Crumb = tuple[str, str]  # name, absolute address
_CONTEXT = "https://schema.org"


def script_text(*nodes: dict[str, Any]) -> str:
    """``nodes`` as JSON that may stand inside a ``script`` element: no ``<``, ``>`` or ``&`` can end it or open another.

    >>> script_text({"name": "</script>"})
    '{"@context":"https://schema.org","name":"\\\\u003c/script\\\\u003e"}'
    """
    body: dict[str, Any] = {"@context": _CONTEXT}
    body |= nodes[0] if len(nodes) == 1 else {"@graph": list(nodes)}
    text = orjson.dumps(body).decode()
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def breadcrumbs(crumbs: Sequence[Crumb]) -> dict[str, Any]:
    """The way to a page, from home."""
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": position, "name": name, "item": address}
            for position, (name, address) in enumerate(crumbs, start=1)
        ],
    }


def web_site(name: str, base: str, lang: Lang) -> dict[str, Any]:
    """The help centre and its search."""
    return {
        "@type": "WebSite",
        "name": name,
        "url": f"{base}/",
        "inLanguage": HTML_LANG[lang],
        "potentialAction": {
            "@type": "SearchAction",
            "target": {"@type": "EntryPoint", "urlTemplate": f"{base}/search?q={{search_term_string}}"},
            "query-input": "required name=search_term_string",
        },
    }


def article_node(article: Article, *, address: str, summary: str, modified: str, site_name: str) -> dict[str, Any]:
    """An article as what it is, without what nobody knows. ``modified``: ISO 8601 day or "".

    Not a ``FAQPage``: the questions in its front matter are wordings that lead to it, not headings with an answer each.
    """
    node: dict[str, Any] = {
        "@type": "TechArticle",
        "headline": article.title[:110],
        "inLanguage": HTML_LANG[article.lang],
        "mainEntityOfPage": address,
        "url": address,
        "isPartOf": {"@type": "WebSite", "name": site_name},
        "publisher": {"@type": "Organization", "name": site_name},
        "isAccessibleForFree": True,
    }
    if summary:
        node["description"] = summary
    if modified:
        node["dateModified"] = modified
    if article.tags:
        node["keywords"] = ", ".join(article.tags)
    return node


def item_list(articles: Sequence[tuple[str, str]], name: str) -> dict[str, Any]:
    """The page of a category: ``articles`` as names and absolute addresses."""
    return {
        "@type": "CollectionPage",
        "name": name,
        "mainEntity": {
            "@type": "ItemList",
            "itemListElement": [
                {"@type": "ListItem", "position": position, "name": title, "url": address}
                for position, (title, address) in enumerate(articles, start=1)
            ],
        },
    }
