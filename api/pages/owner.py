"""The pages of content owners: the board of gaps, one gap, the report and the confidence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from api.pages.confidence import confidence_view
from api.pages.failures import PageRoute
from api.pages.owner_answers import router as answers_router
from api.pages.owner_articles import router as articles_router
from api.pages.owner_report import router as report_router
from api.pages.rendering import link_maker, page_language, render
from api.pages.session import Owner, owner_of, require_own_form
from api.pages.wording import words
from api.state import state_of
from kb.errors import InvalidInputError, KbError, NotAllowedError
from kb.gaps.vocabulary import GapStatus
from kb.records.gaps import TRANSITIONS
from kb.records.rows import MAX_COMMENT
from kb.types import Article

REPORT_DAYS = 28
_MAX_OWNER = 200

router = APIRouter(route_class=PageRoute, include_in_schema=False)
router.include_router(articles_router)
router.include_router(answers_router)
router.include_router(report_router)
Reader = Annotated[Owner, Depends(owner_of)]


@router.get("/owner/gaps/{gap_id}")
def gap(request: Request, owner: Reader, gap_id: str, saved: str = "") -> Response:
    found = state_of(request).opened.records.get_gap(gap_id)
    articles = _articles(request)
    values = {
        "owner": owner,
        "gap": found.summary,
        "questions": found.questions,
        "nearest": [(articles.get(article_id), article_id, count) for article_id, count in found.articles],
        "history": tuple(reversed(found.history)),
        "statuses": (found.summary.status, *TRANSITIONS[found.summary.status]),
        "saved": bool(saved),
        "max_note": MAX_COMMENT,
        "now": datetime.now(UTC),
    }
    return render(request, "owner_gap.html", page_language(request), values)


@router.post("/owner/gaps/{gap_id}", dependencies=[Depends(require_own_form)])
def change_gap(
    request: Request,
    owner: Reader,
    gap_id: str,
    status: Annotated[str, Form()],
    assignee: Annotated[str, Form(max_length=_MAX_OWNER)] = "",
    note: Annotated[str, Form(max_length=MAX_COMMENT)] = "",
) -> Response:
    """Change status and owner, with a note for the history; then show the gap again by a redirect."""
    language = page_language(request)
    if not owner.may_write:
        raise NotAllowedError(words(language.lang)("owner.read_only"))
    if status not in tuple(GapStatus):
        raise InvalidInputError(words(language.lang)("owner.unknown_status"))
    records = state_of(request).opened.records
    before = records.get_gap(gap_id).summary
    records.update_gap(
        gap_id,
        who=owner.name,
        status=GapStatus(status) if status != before.status else None,
        owner=assignee.strip() if assignee.strip() != (before.owner or "") else None,
        note=note.strip(),
    )
    target = link_maker(language)(f"/owner/gaps/{before.id}", saved=1)
    return RedirectResponse(f"{target}#saved", status_code=303)


@router.get("/owner/confidence")
def confidence(request: Request, owner: Reader) -> Response:
    """What the confidence of this help centre is worth, and from where on answers are stated."""
    opened = state_of(request).opened
    language = page_language(request)
    stored = opened.calibration.stored()
    try:
        fits = opened.calibration.current(opened.live.current().identity.model_fingerprint) is not None
    except KbError:  # without an index nothing is answered, and what was calibrated can be looked at all the same
        fits = stored is not None
    budget = opened.settings.wrong_answer_budget
    view = confidence_view(stored, fits=fits, budget=budget, t=words(language.lang))
    return render(request, "owner_confidence.html", language, {"owner": owner, "view": view})


def _articles(request: Request) -> dict[str, Article]:
    """The served articles; none while there is no index, which these pages do not need."""
    try:
        return dict(state_of(request).opened.live.current().articles)
    except KbError:
        return {}
