"""The articles as lists for programs: sitemap.xml for search engines, llms.txt and llms-full.txt for language models."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from xml.sax.saxutils import escape, quoteattr

from fastapi import APIRouter, Depends, Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from api.pages import articles as shelf
from api.pages.addresses import article_path, category_path
from api.pages.failures import PageRoute
from api.pages.session import visitor_entrance
from api.pages.shelf import Shelf, shelf_of
from api.pages.topics import last_change
from api.pages.wording import HTML_LANG, LANGUAGES, label, words
from api.replies import site_url
from kb.types import Article, Lang

# The sitemap protocol allows this many addresses in one file (sitemaps.org).
_SITEMAP_LIMIT = 50_000
FRESH = {"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}

router = APIRouter(route_class=PageRoute, include_in_schema=False, dependencies=[Depends(visitor_entrance)])


@router.get("/sitemap.xml")
def sitemap(request: Request) -> Response:
    """Home, topics and articles with the day of their last change and the same page in the other language (hreflang)."""
    found, base = shelf_of(request), site_url(request)
    entries = [*_home(base), *_topics(found, base), *_articles(found, base)][:_SITEMAP_LIMIT]
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">\n'
        f"{''.join(entries)}</urlset>\n"
    )
    return Response(body, media_type="application/xml", headers=FRESH)


@router.get("/llms.txt")
def llms(request: Request) -> Response:
    """The articles for language models, as Markdown (llmstxt.org): a title, a summary, then links by category."""
    found, base = shelf_of(request), site_url(request)
    summaries = found.summaries()
    name = found.state.settings.site_name
    lines = [
        f"# {name}",
        "",
        f"> {words('en')('home.lead')}",
        "",
        f"- [All articles in one file]({base}/llms-full.txt)",
    ]
    for lang in LANGUAGES:
        for group in shelf.groups(found.articles, lang):
            topic = label(lang, "category", group.category) or words(lang)("home.general")
            lines += ["", f"## {topic} ({words(lang)('lang.name')})", ""]
            lines += [_llms_line(base, article, summaries.get(article.id, "")) for article in group.articles]
    return PlainTextResponse("\n".join(lines) + "\n", headers=FRESH)


@router.get("/llms-full.txt")
def llms_full(request: Request) -> Response:
    """All articles in one file, each below its title, address and review date; sent as it is put together."""
    found, base = shelf_of(request), site_url(request)
    lines = _full_text(found, base)
    return StreamingResponse(lines, media_type="text/plain; charset=utf-8", headers=FRESH)


def _home(base: str) -> list[str]:
    paths: dict[Lang, str] = {lang: f"{base}/?lang={lang}" for lang in LANGUAGES}
    return [_entry(place, None, paths, f"{base}/") for place in (f"{base}/", *paths.values())]


def _topics(found: Shelf, base: str) -> Iterator[str]:
    grouped = {lang: {g.category for g in shelf.groups(found.articles, lang)} for lang in LANGUAGES}
    for category in sorted(set().union(*grouped.values())):
        address = f"{base}{category_path(category)}"
        paths = {lang: f"{address}?lang={lang}" for lang in LANGUAGES if category in grouped[lang]}
        if len(paths) == 1:
            yield _entry(address, None, {}, address)
            continue
        for place in (address, *paths.values()):
            yield _entry(place, None, paths, address)


def _articles(found: Shelf, base: str) -> Iterator[str]:
    changed = found.changed()
    others = translations(found.articles)
    for article in found.articles:
        if article.url:  # it stands elsewhere; a sitemap speaks for its own site only
            continue
        paths = {each.lang: f"{base}{article_path(each.id)}" for each in (article, *others.get(article.id, ()))}
        place = paths[article.lang]
        yield _entry(place, last_change(article, changed), paths, paths.get("en", place))


def translations(articles: list[Article]) -> dict[str, tuple[Article, ...]]:
    """The other language's version of every article that has one on this site; in one pass over all articles."""
    members: dict[str, list[Article]] = {}
    for article in articles:
        members.setdefault(article.translation_of or article.id, []).append(article)
    found: dict[str, tuple[Article, ...]] = {}
    for group in members.values():
        for article in group:
            other = next((o for o in group if o.lang != article.lang and not o.url), None)
            if other is not None:
                found[article.id] = (other,)
    return found


def _entry(place: str, changed: date | None, paths: dict[Lang, str], default: str) -> str:
    versions = [(HTML_LANG[lang], path) for lang, path in paths.items()]
    if len(versions) < 2:
        versions = []
    else:
        versions.append(("x-default", default))
    links = "".join(f'<xhtml:link rel="alternate" hreflang="{tag}" href={quoteattr(path)}/>' for tag, path in versions)
    day = f"<lastmod>{changed}</lastmod>" if changed else ""
    return f"<url><loc>{escape(place)}</loc>{day}{links}</url>\n"


def _llms_line(base: str, article: Article, summary: str) -> str:
    title = article.title.replace("[", "(").replace("]", ")")
    said = f": {' '.join(summary.split())}" if summary else ""
    return f"- [{title}]({base}{article_path(article.id, suffix='.md')}){said}"


def _full_text(found: Shelf, base: str) -> Iterator[str]:
    yield f"# {found.state.settings.site_name}\n\n> {words('en')('home.lead')}\n"
    for article in sorted(found.articles, key=lambda a: (a.lang, shelf.category_of(a), a.id)):
        address = article.url or f"{base}{article_path(article.id)}"
        reviewed = f"\nReviewed: {article.last_reviewed_on}" if article.last_reviewed_on else ""
        text = article.text[article.body_start :].strip()
        heading = "" if shelf.title_heading(article) else f"# {article.title}\n\n"
        yield f"\n---\n\nSource: {address}\nLanguage: {HTML_LANG[article.lang]}{reviewed}\n\n{heading}{text}\n"
