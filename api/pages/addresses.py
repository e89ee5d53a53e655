"""Addresses of pages, and which addresses may stand in a link."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from kb.errors import InvalidInputError


def article_path(article_id: str, anchor: str = "", suffix: str = ".html") -> str:
    """Address of an article's page below this site."""
    fragment = "#" + quote(anchor) if anchor else ""
    return f"/articles/{quote(article_id)}{suffix}{fragment}"


def category_path(category: str) -> str:
    """Address of a category's page below this site.

    >>> category_path("lost/bags"), category_path("退货")
    ('/c/lost/bags', '/c/%E9%80%80%E8%B4%A7')
    """
    return f"/c/{quote(category)}"


def safe_link(url: str) -> str:
    """``url`` if a browser may follow it (web, mail, telephone, or this site), else ``#``: no ``javascript:`` links."""
    scheme, colon, _ = url.partition(":")
    is_relative = not colon or any(mark in scheme for mark in "/?#")
    return url if is_relative or scheme.strip().lower() in ("http", "https", "mailto", "tel") else "#"


def edit_address(template: str, path: str) -> str:
    """Where the file ``path`` is edited, "" without a ``template``; see ``check_edit_address``.

    >>> edit_address("https://git.example/edit/main/{path}", "en/a b.md")
    'https://git.example/edit/main/en/a%20b.md'
    """
    return template.replace("{path}", quote(path))


def check_edit_address(template: str) -> None:
    """Raise ``InvalidInputError`` when ``template`` is no web address with ``{path}`` in it."""
    try:
        address = urlsplit(template)
    except ValueError:  # a bracket that opens no IPv6 address
        address = urlsplit("")
    if address.scheme not in ("http", "https") or not address.netloc or template.count("{path}") != 1:
        raise InvalidInputError(
            f"KB_EDIT_URL is {template!r}, which is no address of a file.",
            "Write it like https://git.example/help/edit/main/{path}, where {path} stands for en/billing/refunds.md.",
        )
