"""The help centre as a search engine of the browser: OpenSearch 1.1 description, and suggestions in the address bar."""

from __future__ import annotations

from xml.sax.saxutils import escape

import orjson
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.models import MAX_QUESTION
from api.pages.catalogue import FRESH
from api.pages.failures import PageRoute
from api.pages.rendering import page_language, site_name, static_file
from api.pages.session import visitor_entrance
from api.pages.wording import HTML_LANG, readable, words
from api.replies import site_url
from api.state import state_of

_SUGGESTIONS = 8
_SHORT_NAME = 16  # code points, what the specification allows

router = APIRouter(route_class=PageRoute, include_in_schema=False, dependencies=[Depends(visitor_entrance)])


@router.get("/opensearch.xml")
def description(request: Request) -> Response:
    """An OpenSearch description document: where to ask, and where suggestions come from."""
    lang, base = page_language(request).lang, escape(site_url(request))
    name = readable(site_name(state_of(request).settings, lang))
    icon = f"{base}/static/favicon.svg?v={static_file('favicon.svg')[1]}"
    body = f"""<?xml version="1.0" encoding="UTF-8"?>
<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/">
<ShortName>{escape(name[:_SHORT_NAME])}</ShortName>
<LongName>{escape(name[:48])}</LongName>
<Description>{escape(words(lang)("home.lead"))}</Description>
<Language>{HTML_LANG[lang]}</Language>
<InputEncoding>UTF-8</InputEncoding>
<OutputEncoding>UTF-8</OutputEncoding>
<Image width="32" height="32" type="image/svg+xml">{icon}</Image>
<Url type="text/html" method="get" template="{base}/ask?q={{searchTerms}}&amp;lang={lang}"/>
<Url type="application/x-suggestions+json" method="get" template="{base}/suggest?q={{searchTerms}}&amp;lang={lang}"/>
<Url type="application/opensearchdescription+xml" rel="self" template="{base}/opensearch.xml?lang={lang}"/>
</OpenSearchDescription>
"""
    return Response(body, media_type="application/opensearchdescription+xml", headers=FRESH)


@router.get("/suggest")
def suggest(request: Request, q: str = "") -> Response:
    """``[typed, titles, descriptions, addresses]`` of the articles that fit (OpenSearch Suggestions 1.1). Nothing is recorded."""
    typed = readable(q)[:MAX_QUESTION]
    base = site_url(request)
    found = (
        state_of(request).opened.service.search(typed, mode="typeahead", limit=_SUGGESTIONS) if typed.strip() else None
    )
    results = found.results if found is not None else ()
    places = [base + r.url if r.url.startswith("/") else r.url for r in results]
    headings = [r.headings[0].text if r.headings else "" for r in results]
    body = orjson.dumps([typed, [r.title for r in results], headings, places])
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "X-Robots-Tag": "noindex"}
    return Response(body, media_type="application/x-suggestions+json", headers=headers)
