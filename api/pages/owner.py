"""The pages of content owners about the whole help centre: the report and the confidence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.documents import kpis_document
from api.pages.confidence import confidence_view
from api.pages.failures import PageRoute
from api.pages.owner_answers import router as answers_router
from api.pages.owner_articles import router as articles_router
from api.pages.rendering import page_language, render
from api.pages.report import report_view
from api.pages.session import Owner, owner_of
from api.pages.wording import words
from api.state import state_of
from kb.errors import KbError
from kb.types import Article

REPORT_DAYS = 28

router = APIRouter(route_class=PageRoute, include_in_schema=False)
router.include_router(articles_router)
router.include_router(answers_router)
Reader = Annotated[Owner, Depends(owner_of)]


@router.get("/owner/report")
def report(request: Request, owner: Reader) -> Response:
    """The figures of the last 28 days."""
    opened = state_of(request).opened
    now = datetime.now(UTC)
    articles = _articles(request)
    figures = kpis_document(opened.records.kpis(now - timedelta(days=REPORT_DAYS), now), articles)
    values: dict[str, Any] = {"owner": owner, "days": REPORT_DAYS, "report": report_view(figures, articles)}
    return render(request, "owner_report.html", page_language(request), values)


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
