"""The pages that articles are read on: home, the page of a category, the article, its file."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import unquote

from fastapi import APIRouter, Depends, Request
from fastapi import Query as Parameter
from starlette.responses import RedirectResponse, Response

from api.pages import articles as shelf
from api.pages import linked_data, topics
from api.pages.addresses import article_path, category_path, edit_address, safe_link
from api.pages.failures import PageRoute, error_page
from api.pages.freshness import entity_tag, not_modified
from api.pages.pictures import with_sizes
from api.pages.rendering import PageLanguage, link_maker, page_language, render, site_name
from api.pages.session import visitor_entrance
from api.pages.shelf import Shelf, shelf_of
from api.pages.summary import reading_minutes
from api.pages.topics import icon_of
from api.pages.traces import SOURCE
from api.pages.wording import HTML_LANG, LANGUAGES, label, words
from api.problems import from_kb_error
from api.replies import site_url
from api.state import state_of
from api.visitors import is_robot, visitor_of
from kb.answer.filters import is_stale
from kb.errors import KbError, NotFoundError
from kb.records.article_votes import ARTICLE_REASONS
from kb.records.rows import MAX_COMMENT
from kb.types import Article, Lang
from kb.visits import is_source

CHANNEL = "help_page"
_NEAREST = 4
_PRIVATE = {"Cache-Control": "private, no-cache"}
Source = Annotated[str, Parameter(alias=SOURCE)]

router = APIRouter(route_class=PageRoute, include_in_schema=False, dependencies=[Depends(visitor_entrance)])


@router.get("/")
def home(request: Request) -> Response:
    language, found = page_language(request), shelf_of(request)
    lang, readers = language.lang, found.readers()
    listed = topics.topics(found.articles, lang, readers)
    base, name = site_url(request), site_name(state_of(request).settings, lang)
    values = {
        "topics": listed,
        "examples": shelf.examples(shelf.groups(found.articles, lang)),
        "popular": topics.popular(found.articles, lang, readers),
        "updated": topics.updated(found.articles, lang, found.changed()),
        "canonical": f"{base}{link_maker(language)('/')}",
        "alternates": _alternates(base, {each: f"/?lang={each}" for each in LANGUAGES}, "/"),
        "linked_data": linked_data.script_text(linked_data.web_site(name, base, lang)),
    }
    return render(request, "home.html", language, values, headers=_PRIVATE)


@router.get("/c/{category:path}")
def category(request: Request, category: str) -> Response:
    """The articles of one category, in the page's language, else in the one they are written in."""
    found = shelf_of(request)
    by_lang = {lang: _members(found, lang, category) for lang in LANGUAGES}
    by_lang = {lang: members for lang, members in by_lang.items() if members}
    if not by_lang:
        raise NotFoundError("There is no such topic.")
    language = page_language(request)
    if language.lang not in by_lang and not language.chosen:
        language = PageLanguage(next(iter(by_lang)), False)
    lang = language.lang if language.lang in by_lang else next(iter(by_lang))
    tag = entity_tag(request, found, language)
    cached = not_modified(request, tag)
    if cached is not None:
        return cached
    base, path = site_url(request), category_path(category)
    name = label(language.lang, "category", category) or words(language.lang)("home.general")
    members = by_lang[lang]
    values = {
        "category": category,
        "icon_name": icon_of(category),
        "name": name,
        "members": members,
        "members_lang": HTML_LANG[lang],
        "foreign": lang != language.lang,
        "summaries": found.summaries(),
        "others": [t for t in topics.topics(found.articles, language.lang, {}) if t.category != category],
        "canonical": f"{base}{link_maker(language)(path)}",
        "alternates": _alternates(base, {each: f"{path}?lang={each}" for each in by_lang}, path),
        "linked_data": linked_data.script_text(
            linked_data.breadcrumbs(_crumbs(base, language.lang, category)),
            linked_data.item_list([(a.title, f"{base}{article_path(a.id)}") for a in members], name),
        ),
    }
    return render(request, "category.html", language, values, headers={**_PRIVATE, "ETag": tag})


@router.get("/articles/{article_id:path}.html")
def article(request: Request, article_id: str, source: Source = "", vote: str = "") -> Response:
    """An article. ``vote``: what this visitor has just said of it (up, down, noted, withdrawn)."""
    found = shelf_of(request)
    try:
        shown = found.article(article_id)
    except NotFoundError as error:
        return _not_there(request, article_id, error)
    _note_opening(request, shown, source)
    language = page_language(request, shown.lang)
    tag = entity_tag(request, found, language)
    cached = not_modified(request, tag)
    if cached is not None:
        return cached
    values = _article_values(request, found, shown, language)
    values |= {"vote": vote if vote in ("up", "down", "noted", "withdrawn") else "", "reasons": ARTICLE_REASONS}
    return render(request, "article.html", language, values, headers={**_PRIVATE, "ETag": tag})


@router.get("/out")
def out(request: Request, article: str = "", source: Source = "") -> Response:
    """The way to an article that stands on another site: the one its front matter names, and no other address."""
    shown = shelf_of(request).article(article)
    _note_opening(request, shown, source)
    headers = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}
    return RedirectResponse(safe_link(shown.url or article_path(shown.id)), status_code=303, headers=headers)


@router.get("/articles/{article_id:path}.md")
def article_source(request: Request, article_id: str) -> Response:
    """The article's file as it was indexed, for people and programs that prefer Markdown."""
    shown = shelf_of(request).article(article_id)
    tag = f'"{shown.content_hash.removeprefix("sha256:")[:24]}"'
    headers = {**_PRIVATE, "ETag": tag, "X-Content-Type-Options": "nosniff", "X-Robots-Tag": "noindex"}
    cached = not_modified(request, tag)
    if cached is not None:
        return cached
    canonical = shown.url or f"{site_url(request)}{article_path(shown.id)}"
    if canonical.isascii():
        headers["Link"] = f'<{canonical}>; rel="canonical"'
    return Response(shown.text, media_type="text/markdown; charset=utf-8", headers=headers)


def _article_values(request: Request, found: Shelf, shown: Article, language: PageLanguage) -> dict[str, Any]:
    t, base = words(language.lang), site_url(request)
    other = shelf.translation(shown, found.articles)
    title_heading = shelf.title_heading(shown)
    before, after = topics.neighbours(shown, found.articles)
    summary = found.summaries().get(shown.id, "")
    canonical = shown.url or f"{base}{article_path(shown.id)}"
    modified = topics.last_change(shown, found.changed())
    body = shelf.body_html(shown, found.snapshot.articles, lambda heading: t("article.link_to", heading=heading))
    node = linked_data.article_node(
        shown,
        address=canonical,
        summary=summary,
        modified=modified.isoformat() if modified else "",
        site_name=site_name(found.state.settings, shown.lang),
    )
    category = shelf.category_of(shown)
    crumbs = [*_crumbs(base, language.lang, category), (shown.title, canonical)]
    both = {each.lang: article_path(each.id) for each in (shown, other) if each is not None}
    return {
        "article": shown,
        "category": category,
        "title_anchor": title_heading.anchor if title_heading else "",
        "contents": shelf.contents(shown),
        "body": with_sizes(body, found.snapshot.articles_dir),
        "overdue": is_stale(shown, found.today),
        "minutes": reading_minutes(shown),
        "other": other,
        "related": shelf.related(shown, found.articles),
        "before": before,
        "after": after,
        "summary": summary,
        "modified": modified,
        "edit": edit_address(found.state.settings.edit_url, shown.path),
        "max_comment": MAX_COMMENT,
        "canonical": canonical,
        "alternates": _alternates(base, both, both.get("en", article_path(shown.id)))
        if other and not shown.url
        else [],
        "linked_data": linked_data.script_text(linked_data.breadcrumbs(crumbs), node),
    }


def _members(found: Shelf, lang: Lang, category: str) -> tuple[Article, ...]:
    return next((g.articles for g in shelf.groups(found.articles, lang) if g.category == category), ())


def _alternates(base: str, paths: dict[Lang, str], default: str) -> list[dict[str, str]]:
    """The same page in every language it has, and the one for everybody else (``x-default``)."""
    found = [{"lang": HTML_LANG[lang], "url": f"{base}{path}"} for lang, path in paths.items()]
    return [*found, {"lang": "x-default", "url": f"{base}{default}"}]


def _crumbs(base: str, lang: Lang, category: str) -> list[linked_data.Crumb]:
    t = words(lang)
    crumbs = [(t("site.home"), f"{base}/")]
    if category:
        crumbs.append((label(lang, "category", category), f"{base}{category_path(category)}"))
    return crumbs


def _not_there(request: Request, article_id: str, error: NotFoundError) -> Response:
    """404 with the articles that are nearest to the words of the address."""
    asked = " ".join(unquote(article_id).replace("/", " ").replace("-", " ").replace("_", " ").split())[:200]
    nearest: list[dict[str, str]] = []
    try:
        page = state_of(request).opened.service.search(asked, limit=_NEAREST) if asked else None
        nearest = (
            [{"title": r.title, "url": safe_link(r.url), "lang": HTML_LANG[r.lang]} for r in page.results]
            if page
            else []
        )
    except KbError:  # what cannot be searched now is still not there
        pass
    if "json" in request.headers.get("accept", "") and "text/html" not in request.headers.get("accept", ""):
        raise error
    return error_page(request, from_kb_error(error), nearest=nearest)


def _note_opening(request: Request, shown: Article, source: str) -> None:
    if not is_robot(request):
        source_id = source if is_source(source) else None
        state_of(request).opened.visits.opened(shown, source_id, channel=CHANNEL, visitor=visitor_of(request))
