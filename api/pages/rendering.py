"""From a template and its values to a response: page language, links that keep it, and the security headers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import HTMLResponse, Response

from api.pages.addresses import article_path, category_path, safe_link
from api.pages.traces import SOURCE
from api.pages.wording import HTML_LANG, LANGUAGES, date_text, label, short_date, words
from api.replies import site_url
from api.state import state_of
from kb.settings import Settings
from kb.types import Lang

if TYPE_CHECKING:
    from jinja2 import Environment

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data: https:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SECURITY_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
STATIC_FILES: Mapping[str, str] = {
    "site.css": "text/css; charset=utf-8",
    "home.css": "text/css; charset=utf-8",
    "article.css": "text/css; charset=utf-8",
    "answer.css": "text/css; charset=utf-8",
    "theme.js": "text/javascript; charset=utf-8",
    "site.js": "text/javascript; charset=utf-8",
    "article.js": "text/javascript; charset=utf-8",
    "answer.js": "text/javascript; charset=utf-8",
    "owner.css": "text/css; charset=utf-8",
    "owner.js": "text/javascript; charset=utf-8",
    "favicon.svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class PageLanguage:
    """The language of a page's own words; ``chosen``: the address asks for it, so links keep it."""

    lang: Lang
    chosen: bool


def page_language(request: Request, content: Lang | None = None) -> PageLanguage:
    """``?lang=``, else the language of the content shown, else what the browser prefers, else English."""
    asked = request.query_params.get("lang", "")
    for lang in LANGUAGES:
        if asked.lower().partition("-")[0] == lang:
            return PageLanguage(lang, True)
    return PageLanguage(content or preferred_language(request.headers.get("accept-language", "")), False)


def preferred_language(accept_language: str) -> Lang:
    """The first of our languages by quality in an ``Accept-Language`` header (RFC 9110, 12.5.4).

    >>> preferred_language("fr, en;q=0.5, zh-TW;q=0.8")
    'zh'
    """
    ranked: list[tuple[float, Lang]] = []
    for item in accept_language.split(","):
        tag, _, parameters = item.strip().partition(";")
        try:
            quality = float(parameters.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        ranked += [(-quality, lang) for lang in LANGUAGES if tag.lower().partition("-")[0] == lang and quality > 0]
    return min(ranked, key=lambda pair: pair[0])[1] if ranked else "en"


def link_maker(language: PageLanguage) -> Callable[..., str]:
    """Return ``link(path, **parameters)``; empty parameters are left out, a chosen language goes along."""

    def link(path: str, **parameters: object) -> str:
        given = {key: str(value) for key, value in parameters.items() if value not in (None, "")}
        if language.chosen:
            given.setdefault("lang", language.lang)
        return f"{path}?{urlencode(given)}" if given else path

    return link


def render(
    request: Request,
    template: str,
    language: PageLanguage,
    values: Mapping[str, Any],
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Fill ``template`` with ``values`` and the values every page has; answers are never cached by default."""
    lang = language.lang
    settings = state_of(request).settings
    body = (
        _environment()
        .get_template(template)
        .render(
            lang=lang,
            html_lang=HTML_LANG[lang],
            language=language,
            t=words(lang),
            label=lambda group, value, unknown=None: label(lang, group, value, unknown),
            day=lambda value: date_text(value, lang),
            short_day=lambda value, today: short_date(value, lang, today),
            link=link_maker(language),
            site_name=site_name(settings, lang),
            site_url=site_url(request),
            contact=safe_link(settings.handoff_contact) if settings.handoff_contact else "",
            path=request.url.path,
            switches=_language_switches(request),
            **values,
        )
    )
    sent = {"Cache-Control": "no-store", "Vary": "Accept-Language", **SECURITY_HEADERS, **(headers or {})}
    return HTMLResponse(body, status_code=status, headers=sent)


def site_name(settings: Settings, lang: Lang) -> str:
    """The operator's name of the help centre; without one, a name in the language of the page."""
    shipped: str = type(settings).model_fields["site_name"].default
    return words(lang)("site.name") if settings.site_name == shipped else settings.site_name


def fill(template: str, values: Mapping[str, Any]) -> str:
    """``template`` with ``values`` alone, without what every page has: for mail."""
    return _environment().get_template(template).render(values)


def _language_switches(request: Request) -> list[dict[str, str]]:
    """The same page in every language."""
    kept = [(key, value) for key, value in request.query_params.multi_items() if key not in ("lang", "token", SOURCE)]
    return [
        {"lang": lang, "html_lang": HTML_LANG[lang], "url": f"?{urlencode([*kept, ('lang', lang)])}"}
        for lang in LANGUAGES
    ]


@cache
def static_file(name: str) -> tuple[bytes, str]:
    """Bytes and version (a short hash, part of the address) of one of ``STATIC_FILES``."""
    content = files("api.pages").joinpath("static", name).read_bytes()
    return content, hashlib.sha256(content).hexdigest()[:12]


@cache
def _environment() -> Environment:
    # Imported at the first page: importing the application must stay quick.
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("api.pages"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        auto_reload=False,
    )
    environment.globals["static"] = lambda name: f"/static/{name}?v={static_file(name)[1]}"
    environment.globals["article_path"] = article_path
    environment.globals["category_path"] = category_path
    environment.filters["safe_link"] = safe_link
    return environment
