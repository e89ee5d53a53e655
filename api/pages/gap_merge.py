"""Choosing the gap that another one is merged into: those that are alike first, and a search for any other."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from api.pages.board_filter import MAX_TEXT
from api.pages.failures import PageRoute
from api.pages.gap_forms import FormError, may_write
from api.pages.rendering import link_maker, page_language, render
from api.pages.session import Owner, owner_of, require_own_form
from api.pages.wording import readable, words
from api.state import state_of
from kb.errors import ConflictError, NotFoundError
from kb.records.board import BoardQuery

_OFFERED = 10

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Reader = Annotated[Owner, Depends(owner_of)]


@router.get("/owner/gaps/{gap_id}/merge")
def choose_target(request: Request, owner: Reader, gap_id: str, q: str = "") -> Response:
    may_write(owner, words(page_language(request).lang))
    return _page(request, owner, gap_id, readable(q)[:MAX_TEXT].strip())


@router.post("/owner/gaps/{gap_id}/merge", dependencies=[Depends(require_own_form)])
def merge(
    request: Request,
    owner: Reader,
    gap_id: str,
    into: Annotated[str, Form()] = "",
    q: Annotated[str, Form()] = "",
) -> Response:
    """Let the chosen gap stand for this one from now on, and show it."""
    language = page_language(request)
    t = words(language.lang)
    may_write(owner, t)
    try:
        if not into.strip():
            raise FormError(t("gap.into_missing"))
        kept = state_of(request).opened.records.merge_gaps(gap_id, into.strip(), who=owner.name)
    except (FormError, ConflictError, NotFoundError) as error:
        gone = isinstance(error, NotFoundError)
        why = t("gap.into_unknown") if gone else str(error) if isinstance(error, FormError) else t("gap.merge_itself")
        return _page(request, owner, gap_id, readable(q)[:MAX_TEXT].strip(), why, 422)
    return RedirectResponse(link_maker(language)(f"/owner/gaps/{kept.summary.id}", done="merge") + "#done", 303)


def _page(request: Request, owner: Owner, gap_id: str, q: str, why: str = "", status: int = 200) -> Response:
    records = state_of(request).opened.records
    gap = records.get_gap(gap_id).summary
    found = BoardQuery(text=q)
    offered = records.board.page(found, limit=_OFFERED + 1).gaps if q else records.board.alike(gap.id, _OFFERED)
    values = {
        "owner": owner,
        "gap": gap,
        "offered": [other for other in offered if other.id != gap.id][:_OFFERED],
        "q": q,
        "why": why,
    }
    return render(request, "owner_gap_merge.html", page_language(request), values, status=status)
