"""What the article pages and the home page show of a snapshot: which articles, in which groups, as which HTML.

Knows articles and Markdown; knows nothing about requests.
"""

from __future__ import annotations

import html as markup
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

from api.pages.addresses import safe_link
from api.pages.wording import LANGUAGES
from kb.answer.filters import refusal
from kb.answer.links import link_resolver
from kb.text.html import same_title
from kb.types import Article, Filters, Heading, Lang

_RELATED = 5
_HEADING = re.compile(r'<h([1-6])\b([^<>]*?\bid="([^"]*)"[^<>]*)>(.*?)</h\1>', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Group:
    """The articles of one category, in the order of their titles."""

    category: str
    articles: tuple[Article, ...]


def visible(articles: Mapping[str, Article], today: date) -> list[Article]:
    """What a visitor may read: public, and valid on ``today``. The same rule as for answers."""
    return [article for article in articles.values() if not refusal(article, Filters(), today)]


def groups(articles: Sequence[Article], lang: Lang) -> tuple[Group, ...]:
    """The articles in ``lang`` by category: that of the front matter, else the folder below the language."""
    found: dict[str, list[Article]] = {}
    for article in articles:
        if article.lang == lang:
            found.setdefault(category_of(article), []).append(article)
    return tuple(
        Group(category, tuple(sorted(members, key=lambda a: (a.title.casefold(), a.id))))
        for category, members in sorted(found.items())
    )


def category_of(article: Article) -> str:
    if article.category:
        return article.category
    folders = article.id.split("/")[:-1]
    return "/".join(folders[1:] if folders and folders[0].partition("-")[0] in LANGUAGES else folders)


def examples(grouped: Sequence[Group], limit: int = 3) -> tuple[str, ...]:
    """A few questions that the articles say they answer: one of each category, so that they show its breadth."""
    firsts = (next((a.questions[0] for a in group.articles if a.questions), None) for group in grouped)
    return tuple(question for question in firsts if question)[:limit]


def translation(article: Article, articles: Sequence[Article]) -> Article | None:
    """The same article in the other language: ``translation_of`` read in both directions."""
    original = article.translation_of or article.id
    for other in articles:
        if other.lang != article.lang and original in (other.id, other.translation_of):
            return other
    return None


def related(article: Article, articles: Sequence[Article]) -> tuple[Article, ...]:
    """Articles of the same language that share its category or tags; the category counts as much as two tags."""
    tags = set(article.tags)

    def closeness(other: Article) -> int:
        return len(tags.intersection(other.tags)) + 2 * (category_of(other) == category_of(article))

    others = [a for a in articles if a.id != article.id and a.lang == article.lang and closeness(a)]
    return tuple(sorted(others, key=lambda a: (-closeness(a), a.id))[:_RELATED])


def contents(article: Article) -> tuple[Heading, ...]:
    """The headings of the table of contents: the two uppermost levels below the title."""
    headings = [h for h in article.headings if h.anchor and h is not title_heading(article)]
    top = min((h.level for h in headings), default=1)
    return tuple(h for h in headings if h.level <= top + 1)


def title_heading(article: Article) -> Heading | None:
    """The heading of the file that repeats the title, if there is one: the page shows the title itself."""
    first = article.headings[0] if article.headings else None
    return first if first is not None and first.level == 1 and same_title(first.text, article.title) else None


def body_html(article: Article, articles: Mapping[str, Article], link_label: Callable[[str], str] | None = None) -> str:
    """The article's text below its title as sanitised HTML; heading ids are the anchors of its passages.

    ``link_label``: from a heading's words to what a link to it is called; None leaves such links out.
    """
    html = _html(article.text[article.body_start :], article, articles, title=article.title)
    return html if link_label is None else with_heading_links(html, link_label)


def with_heading_links(html: str, link_label: Callable[[str], str]) -> str:
    """Sanitised ``html`` with a link to itself behind every heading that has an id.

    The link stands beside the heading and holds no text: neither the heading's name nor what people copy has a sign in it.
    """

    def linked(match: re.Match[str]) -> str:
        level, attributes, anchor, inner = match.groups()
        words = markup.unescape(re.sub(r"<[^<>]*>", "", inner)).strip()
        label = markup.escape(link_label(words))
        link = f'<a class="anchor" href="#{quote(markup.unescape(anchor))}" aria-label="{label}"></a>'
        return f'<div class="heading"><h{level}{attributes}>{inner}</h{level}>{link}</div>'

    return _HEADING.sub(linked, html)


def quote_html(quote: str, article: Article | None, articles: Mapping[str, Article]) -> str:
    """A quoted piece of ``article`` as it looks there, without anchors. None: the article is gone by now."""
    return _html(quote, article, articles)


def _html(source: str, article: Article | None, articles: Mapping[str, Article], *, title: str | None = None) -> str:
    # Imported at the first article: importing the application must stay quick.
    from kb.text.markdown import to_html

    anchors = title is not None
    if article is None:
        return scrollable(
            to_html(source, resolve_link=lambda href: href if _has_scheme(href) else "#", anchors=anchors)
        )
    resolve = link_resolver(article, articles, "")
    return scrollable(to_html(source, resolve_link=lambda href: safe_link(resolve(href)), anchors=anchors, title=title))


def scrollable(html: str) -> str:
    """Sanitised ``html`` whose wide parts scroll by themselves, with the keyboard too, instead of the page.

    >>> scrollable("<table><tr><td>1</td></tr></table>")
    '<div class="scroll" tabindex="0"><table><tr><td>1</td></tr></table></div>'
    """
    wrapped = html.replace("<table", '<div class="scroll" tabindex="0"><table').replace("</table>", "</table></div>")
    return wrapped.replace("<pre>", '<pre tabindex="0">')


def _has_scheme(link: str) -> bool:
    head = link.partition(":")
    return bool(head[1]) and not any(mark in head[0] for mark in "/?#")
