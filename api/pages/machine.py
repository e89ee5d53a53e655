"""What programs fetch from the site: style sheet and script, article images, robots.txt, sitemap.xml, llms.txt."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from xml.sax.saxutils import escape

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from api.pages import articles as shelf
from api.pages.addresses import article_path
from api.pages.failures import PageRoute
from api.pages.rendering import STATIC_FILES, static_file
from api.pages.session import visitor_entrance
from api.pages.wording import LANGUAGES, label, words
from api.replies import site_url
from api.state import state_of
from kb.errors import NotFoundError
from kb.types import Article

# The sitemap protocol allows this many addresses in one file (sitemaps.org).
_SITEMAP_LIMIT = 50_000
_YEAR = 365 * 24 * 3600
# What an article may show. SVG can carry scripts, so every asset is sent with a policy that lets nothing run.
_IMAGES = {".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".svg"}
_IMAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
_NOT_FOR_ROBOTS = ("/ask", "/search", "/out", "/a/", "/answers/", "/owner", "/v1/", "/mcp")
_FRESH = {"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/static/{name}")
def static(name: str, version: Annotated[str, Query(alias="v")] = "") -> Response:
    """A file of the pages; its address has the version, so a browser may keep it for a year."""
    if name not in STATIC_FILES:
        raise NotFoundError("There is no such file.")
    content, current = static_file(name)
    age = f"public, max-age={_YEAR}, immutable" if version == current else "no-cache"
    headers = {"Cache-Control": age, "X-Content-Type-Options": "nosniff"}
    return Response(content, media_type=STATIC_FILES[name], headers=headers)


@router.get("/articles/{path:path}", dependencies=[Depends(visitor_entrance)])
def image(request: Request, path: str) -> Response:
    """An image beside the articles, if an article that a visitor may read shows it."""
    snapshot = state_of(request).opened.live.current()
    root = Path(snapshot.articles_dir).resolve()
    file = (root / path).resolve()
    name = Path(path).name
    if file.suffix.lower() not in _IMAGES or not file.is_relative_to(root) or not file.is_file():
        raise NotFoundError("There is no such file.")
    if not any(name in article.text for article in _articles(request)):
        raise NotFoundError("There is no such file.")
    return FileResponse(file, headers={**_FRESH, "Content-Security-Policy": _IMAGE_POLICY})


@router.get("/robots.txt")
def robots(request: Request) -> Response:
    """Articles may be indexed; asking, searching and voting is for people."""
    closed = "\n".join(f"Disallow: {path}" for path in _NOT_FOR_ROBOTS)
    return PlainTextResponse(f"User-agent: *\n{closed}\n\nSitemap: {site_url(request)}/sitemap.xml\n", headers=_FRESH)


@router.get("/sitemap.xml", dependencies=[Depends(visitor_entrance)])
def sitemap(request: Request) -> Response:
    entries = "".join(_sitemap_entry(site_url(request), article) for article in _articles(request)[:_SITEMAP_LIMIT])
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{entries}</urlset>\n'
    )
    return Response(body, media_type="application/xml", headers=_FRESH)


@router.get("/llms.txt", dependencies=[Depends(visitor_entrance)])
def llms(request: Request) -> Response:
    """The articles for language models, as Markdown (llmstxt.org): a title, a summary, then links by category."""
    base = site_url(request)
    articles = _articles(request)
    lines = [f"# {state_of(request).settings.site_name}", "", f"> {words('en')('home.lead')}"]
    for lang in LANGUAGES:
        for group in shelf.groups(articles, lang):
            name = label(lang, "category", group.category) or words(lang)("lang.name")
            lines += ["", f"## {name} ({words(lang)('lang.name')})", ""]
            lines += [_llms_line(base, article) for article in group.articles]
    return PlainTextResponse("\n".join(lines) + "\n", headers=_FRESH)


def _articles(request: Request) -> list[Article]:
    snapshot = state_of(request).opened.live.current()
    return shelf.visible(snapshot.articles, datetime.now(UTC).date())


def _sitemap_entry(base: str, article: Article) -> str:
    place = escape(f"{base}{article_path(article.id)}")
    reviewed = f"<lastmod>{article.last_reviewed_on}</lastmod>" if article.last_reviewed_on else ""
    return f"<url><loc>{place}</loc>{reviewed}</url>\n"


def _llms_line(base: str, article: Article) -> str:
    title = article.title.replace("[", "(").replace("]", ")")
    summary = f": {article.description}" if article.description else ""
    return f"- [{title}]({base}{article_path(article.id, suffix='.md')}){summary}"
