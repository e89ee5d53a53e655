"""Addresses of pages, and which addresses may stand in a link."""

from __future__ import annotations

from urllib.parse import quote


def article_path(article_id: str, anchor: str = "", suffix: str = ".html") -> str:
    """Address of an article's page below this site."""
    fragment = "#" + quote(anchor) if anchor else ""
    return f"/articles/{quote(article_id)}{suffix}{fragment}"


def safe_link(url: str) -> str:
    """``url`` if a browser may follow it (web, mail, telephone, or this site), else ``#``: no ``javascript:`` links."""
    scheme, colon, _ = url.partition(":")
    is_relative = not colon or any(mark in scheme for mark in "/?#")
    return url if is_relative or scheme.strip().lower() in ("http", "https", "mailto", "tel") else "#"
