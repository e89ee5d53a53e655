"""The figures of a period."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.documents import kpis_document, leaves
from api.openapi import door_responses, json_response
from api.params import ReportParams
from api.problems import FieldError, ProblemDetails, ProblemError
from api.replies import json_reply
from api.report_responses import KpisDocument
from api.security import Caller, Entrance
from api.state import state_of
from api.tables import MEDIA_TYPE, csv_reply
from kb.errors import KbError

router = APIRouter(tags=["owners"])
Reader = Annotated[Caller, Depends(Entrance(("gaps:read",)))]
Exporter = Annotated[Caller, Depends(Entrance(("gaps:read",), produces=(MEDIA_TYPE,)))]
Params = Annotated[ReportParams, Query()]
DEFAULT_DAYS = 28
_DAY = timedelta(days=1)


@router.get(
    "/v1/reports/kpis",
    summary="The figures of a period",
    responses={200: json_response(KpisDocument), **door_responses(extra=(422,))},
)
def kpis(request: Request, caller: Reader, params: Params) -> Response:
    """Shares with their counts; what logs cannot settle as a pessimistic and optimistic pair. Times in UTC."""
    return json_reply(_kpis(request, params))


@router.get(
    "/v1/reports/kpis.csv",
    summary="The figures of a period as a table",
    responses={200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}}}}, **door_responses(extra=(422,))},
)
def export_kpis(request: Request, caller: Exporter, params: Params) -> Response:
    """The same figures, one per line under a dotted name."""
    rows = [pair for pair in leaves(_kpis(request, params)) if pair[0] != "object"]
    return csv_reply("kpis.csv", ("figure", "value"), rows)


def _kpis(request: Request, params: ReportParams) -> dict[str, Any]:
    end = params.to or datetime.now(UTC)
    start = params.from_ or end - DEFAULT_DAYS * _DAY
    if start >= end:
        how = "is empty: from and to are the same moment" if start == end else "ends before it begins"
        detail = (
            f"The period {how}. It goes from the beginning of from up to to, which is not included; let to be later."
        )
        raise ProblemError(ProblemDetails("invalid_input", detail, (FieldError("/from", detail, "query"),)))
    opened = state_of(request).opened
    figures = opened.records.kpis(
        start, end, lang=params.lang, channel=params.channel, category=params.category, utc_offset=params.utc_offset
    )
    try:
        articles = opened.live.current().articles
    except KbError:  # what people asked can be reported without an index
        articles = {}
    return kpis_document(figures, articles)
