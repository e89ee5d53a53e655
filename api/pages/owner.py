"""The pages of content owners about the whole help centre, and that of its confidence."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.pages.confidence import confidence_view
from api.pages.failures import PageRoute
from api.pages.owner_answers import router as answers_router
from api.pages.owner_articles import router as articles_router
from api.pages.owner_deliveries import router as deliveries_router
from api.pages.owner_report import router as report_router
from api.pages.owner_week import router as week_router
from api.pages.rendering import page_language, render
from api.pages.session import Owner, owner_of
from api.pages.wording import words
from api.state import state_of
from kb.errors import KbError

router = APIRouter(route_class=PageRoute, include_in_schema=False)
router.include_router(articles_router)
router.include_router(answers_router)
router.include_router(deliveries_router)
router.include_router(report_router)
router.include_router(week_router)
Reader = Annotated[Owner, Depends(owner_of)]


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
