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
_LABEL = 24  # code points of an admonition's own word, which is rendered as a title
_ITEM = re.compile(r"(?:[-*+]|\d{1,9}[.)])\s+(?:\[[ xX]\]\s+)?")
_INLINE = re.compile(r"(?<=\]\()[^()\s<>]+(?=(?:\s+\"[^\"\n]*\")?\))")  # the target of an inline link or image
_RULE = re.compile(r"^\s*\|?\s*:?-{2,}", re.MULTILINE)  # the line between head and body of a table


def article_url(article: Article, site_url: str, anchor: str = "") -> str:
    """Address of ``article``: its own ``url``, else its page below ``site_url``; with ``#anchor`` when there is one."""
    address = article.url or f"{site_url}/articles/{_readable(article.id)}.html"
    return f"{address}#{_readable(anchor)}" if anchor else address


def highlight_url(url: str, words: str, after: str = "") -> str:
    """``url`` with a text directive that makes the browser mark ``words`` (their first line, cut at a word).

    ``after``: what must stand right behind them for the browser to take that place and no other.
    """
    line = next((line.strip() for line in words.splitlines() if line.strip()), "")
    if not line:
        return url
    suffix = f",-{_directive(after)}" if after.strip() else ""
    return f"{url}{'' if '#' in url else '#'}:~:text={_directive(line)}{suffix}"


def marked_words(source: str, plain: str) -> tuple[str, str]:
    """What of a quote a browser can find in the rendered article: words, and what stands right behind them.

    ``source``: the quote as Markdown; ``plain``: its readable text. A browser matches text inside one block only, and neither
    the marker of a list nor the bars between cells are text there.

    >>> marked_words("| A | 1 day |", "A | 1 day")
    ('A', '1 day')
    >>> marked_words("2. Select **Save**.", "2. Select Save.")
    ('Select Save.', '')
    """
    lines = [line.strip() for line in plain.splitlines() if line.strip()] or [""]
    opening = source.lstrip()
    if opening.startswith("|"):
        rows = (
            lines if len(lines) < 2 or not _RULE.search(source) else lines[1:]
        )  # heads of tables repeat, rows seldom do
        cells = [cell.strip(" |") for cell in rows[0].split(" | ")]
        filled = [cell for cell in cells if cell]
        return (filled or [""])[0], (filled[1:] or [""])[0]
    line = _ITEM.sub("", lines[0]) if _ITEM.match(opening) else lines[0]
    if opening.startswith((">", "!!!", "???", ":::", "[!")):
        label, colon, rest = line.partition(": ")
        line = rest if colon and len(label) <= _LABEL else line
    return line, ""


def _directive(words: str) -> str:
    """``words`` as one term of a text directive, cut at a word. Dashes and commas have a meaning there and are escaped."""
    text = words.strip()
    if len(text) > _FRAGMENT_LENGTH:
        cut = text[:_FRAGMENT_LENGTH]
        text = cut[: cut.rfind(" ")] if " " in cut[20:] else cut
    return quote(text, safe="").replace("-", "%2D")


def link_resolver(article: Article, articles: Mapping[str, Article], site_url: str) -> Callable[[str], str]:
    """A function from the links that stand in ``article`` to the addresses its readers need."""

    def resolve(href: str) -> str:
        try:
            parts = urlsplit(href)
        except ValueError:
            return "#"  # http://[ is no address; the answer that it stands in is given all the same
        if parts.scheme or parts.netloc or not parts.path:
            return href
        path = unquote(parts.path)
        base = "" if path.startswith("/") else posixpath.dirname(article.id)
        target = posixpath.normpath(posixpath.join(base, path.lstrip("/"))).removesuffix(".md").removesuffix(".html")
        found = articles.get(target)
        if found is not None:
            return article_url(found, site_url, unquote(parts.fragment))
        return href if href.startswith("/") else _beside(article.path, href, site_url)

    return resolve


def with_resolved_links(source: str, resolve: Callable[[str], str]) -> str:
    """Markdown ``source``, no code block, with its inline links leading where ``resolve`` says: it is read away from its article.

    >>> with_resolved_links("See [times](other.md).", lambda href: f"/articles/{href}")
    'See [times](/articles/other.md).'
    """
    return _INLINE.sub(lambda match: resolve(match.group()), source) if "](" in source else source


def _beside(path: str, href: str, site_url: str) -> str:
    """Where a link to something else than an indexed article leads: images and files beside the article at ``path``.

    >>> _beside("en/billing/refunds.md", "../images/form.png", "")
    '/articles/en/images/form.png'
    """
    target, hash_mark, fragment = href.partition("#")
    joined = posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(target)))
    if joined.startswith(".."):
        return "#"
    stem, suffix = posixpath.splitext(joined)
    page = f"{quote(stem)}.html" if suffix in (".md", ".markdown") else quote(joined)
    return f"{site_url}/articles/{page}{hash_mark}{fragment}"


def _readable(text: str) -> str:
    return _UNSAFE.sub(lambda match: quote(match.group()), text)
