"""What browsers and robots fetch beside the pages: style sheets and scripts, the icon, article images, robots.txt."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response

from api.pages import articles as shelf
from api.pages.catalogue import FRESH
from api.pages.failures import PageRoute
from api.pages.rendering import STATIC_FILES, static_file
from api.pages.session import visitor_entrance
from api.replies import site_url
from api.state import state_of
from kb.errors import NotFoundError
from kb.types import Article

_YEAR = 365 * 24 * 3600
# What an article may show. SVG can carry scripts, so every asset is sent with a policy that lets nothing run.
_IMAGES = {".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".svg"}
_IMAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
_NOT_FOR_ROBOTS = ("/ask", "/search", "/out", "/suggest", "/a/", "/answers/", "/owner", "/v1/", "/mcp")

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
    return FileResponse(file, headers={**FRESH, "Content-Security-Policy": _IMAGE_POLICY})


@router.get("/favicon.ico")
def icon() -> Response:
    """For what asks here without reading the page."""
    return RedirectResponse(f"/static/favicon.svg?v={static_file('favicon.svg')[1]}", status_code=308, headers=FRESH)


@router.get("/robots.txt")
def robots(request: Request) -> Response:
    """Articles may be indexed; asking, searching and voting is for people."""
    closed = "\n".join(f"Disallow: {path}" for path in _NOT_FOR_ROBOTS)
    return PlainTextResponse(f"User-agent: *\n{closed}\n\nSitemap: {site_url(request)}/sitemap.xml\n", headers=FRESH)


def _articles(request: Request) -> list[Article]:
    snapshot = state_of(request).opened.live.current()
    return shelf.visible(snapshot.articles, datetime.now(UTC).date())
