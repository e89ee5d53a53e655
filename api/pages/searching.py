"""The page of search results: articles with their matching headings, and what was read into the words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from fastapi import Query as Parameter
from starlette.responses import Response

from api.pages.failures import PageRoute
from api.pages.rendering import PageLanguage, page_language, render
from api.pages.routes import CHANNEL, question_lang, question_text
from api.pages.session import visitor_entrance
from api.pages.traces import SOURCE, traced_results
from api.state import state_of
from api.visitors import is_robot, visitor_of
from kb.types import SearchPage, Substitution
from kb.visits import is_source

_SIZE = 10
_LAST_PAGE = 50
Source = Annotated[str, Parameter(alias=SOURCE)]
Within = Annotated[str, Parameter(alias="in")]
Scope = Literal["all", "en", "zh"]

router = APIRouter(route_class=PageRoute, include_in_schema=False, dependencies=[Depends(visitor_entrance)])


@dataclass(frozen=True, slots=True)
class Shown:
    """Which results a page shows: articles number ``first`` to ``last``; ``more``: there are others behind them."""

    first: int
    last: int
    more: bool


@router.get("/search")
def search(request: Request, q: str = "", page: str = "1", within: Within = "", source: Source = "") -> Response:
    """Search the articles. ``within``: all, en or zh. ``source``: the search that this is another view of, not one of its own."""
    language = page_language(request)
    number = min(int(page), _LAST_PAGE) if page.isdecimal() and int(page) > 0 else 1
    scope = _scope(within)
    values: dict[str, Any] = {"q": "", "results": (), "shown": None, "scope": scope}
    if q.strip():
        values = _found(request, language, question_text(q, language), scope, number, source)
    return render(request, "search.html", language, {**values, "page": number})


def _found(
    request: Request, language: PageLanguage, text: str, scope: Scope | None, number: int, source: str
) -> dict[str, Any]:
    opened = state_of(request).opened
    lang = question_lang(text, language) if scope is None else "auto" if scope == "all" else scope
    found = opened.service.search(text, lang=lang, limit=_SIZE, offset=(number - 1) * _SIZE)
    search_id = source if is_source(source) else ""
    if not search_id and number == 1 and not is_robot(request):
        said = None if lang == "auto" else lang
        search_id = opened.visits.searched(text, found, lang=said, channel=CHANNEL, visitor=visitor_of(request))
    return {
        "q": text,
        "results": traced_results(found.results, opened.live.current().articles, search_id),
        "search_id": search_id,
        "shown": _shown(found, number),
        "read_as": corrected(text, found.substitutions),
        "also": tuple(s for s in found.substitutions if s.kind == "synonym"),
        "scope": "all" if lang == "auto" else lang,
    }


def _scope(within: str) -> Scope | None:
    """What the address asks for, None when it leaves that to the words."""
    return "en" if within == "en" else "zh" if within == "zh" else "all" if within == "all" else None


def _shown(found: SearchPage, number: int) -> Shown | None:
    first = (number - 1) * _SIZE + 1
    return Shown(first, first + len(found.results) - 1, found.has_more) if found.results else None


def corrected(text: str, substitutions: Sequence[Substitution]) -> str:
    """``text`` with its typing errors replaced, "" when there were none.

    >>> corrected("Refnud by Visa", [Substitution("refnud", "refund", "spelling")])
    'refund by Visa'
    """
    read = text
    for wrong in (s for s in substitutions if s.kind == "spelling"):
        at = read.casefold().find(wrong.said.casefold())
        if at >= 0:
            read = read[:at] + wrong.meant + read[at + len(wrong.said) :]
    return read if read != text else ""
