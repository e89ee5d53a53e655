"""What people asked and did not get: the owner's board."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.bodies import JsonBody, NoBody
from api.documents import GAP_COLUMNS, gap_document, gap_rows, gap_summary_document
from api.gap_models import GapPatch
from api.openapi import door_responses, json_body, json_response
from api.owner_responses import GapDocument, GapListDocument
from api.params import GapListParams
from api.replies import bad_cursor, json_reply, list_document
from api.security import Caller, Entrance
from api.state import state_of
from api.tables import MEDIA_TYPE, csv_reply
from kb.errors import InvalidInputError
from kb.gaps.vocabulary import GapStatus
from kb.records.rows import GapChange, GapPage

router = APIRouter(tags=["owners"])
Reader = Annotated[Caller, Depends(Entrance(("gaps:read", "gaps:write")))]
Exporter = Annotated[Caller, Depends(Entrance(("gaps:read", "gaps:write"), produces=(MEDIA_TYPE,)))]
Writer = Annotated[Caller, Depends(Entrance(("gaps:write",)))]
Params = Annotated[GapListParams, Query()]
_EXPORT_PAGE = 1000


@router.get(
    "/v1/gaps", summary="List gaps", responses={200: json_response(GapListDocument), **door_responses(extra=(422,))}
)
def list_gaps(request: Request, caller: Reader, params: Params) -> Response:
    """Needs that were not met, those of most people first."""
    page = _page(request, params, params.limit, params.cursor)
    return json_reply(list_document([gap_summary_document(gap) for gap in page.gaps], page.next_cursor))


@router.get(
    "/v1/gaps.csv",
    summary="List gaps as a table",
    responses={200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}}}}, **door_responses(extra=(422,))},
)
def export_gaps(request: Request, caller: Exporter, params: Params) -> Response:
    """All gaps that match, in one file; `limit` and `cursor` are ignored."""
    rows = []
    cursor: str | None = None
    while True:
        page = _page(request, params, _EXPORT_PAGE, cursor)
        rows += gap_rows(page.gaps)
        cursor = page.next_cursor
        if cursor is None:
            return csv_reply("gaps.csv", GAP_COLUMNS, rows)


@router.get(
    "/v1/gaps/{gap_id}",
    summary="One gap",
    responses={200: json_response(GapDocument), **door_responses(extra=(404,))},
)
def get_gap(request: Request, caller: Reader, gap_id: str) -> Response:
    """Its wordings, the nearest articles and its history; the gap that stands for it now when it was merged."""
    return json_reply(gap_document(state_of(request).opened.records.get_gap(gap_id)))


@router.patch(
    "/v1/gaps/{gap_id}",
    summary="Change a gap",
    responses={200: json_response(GapDocument), **door_responses(body=True, extra=(404, 409))},
    openapi_extra=json_body(GapPatch),
)
def patch_gap(
    request: Request, caller: Writer, gap_id: str, body: Annotated[GapPatch, Depends(JsonBody(GapPatch))]
) -> Response:
    """Status, people, date and label; a change of status that makes no sense is a 409 that says which ones do."""
    if body.status == "dismissed" and not (body.dismissed_reason or body.note):
        raise InvalidInputError(
            "A gap is dismissed with a reason.", "Say why nothing is to be written.", "/dismissed_reason"
        )
    opened = state_of(request).opened
    change = GapChange(
        status=None if body.status is None else GapStatus(body.status),
        owner=body.cleared("owner"),
        assignee=body.cleared("assignee"),
        due_on=body.cleared("due_on"),
        dismissed_reason=body.cleared("dismissed_reason") or (body.note if body.status == "dismissed" else None),
        label=body.label,
        note=body.note,
    )
    changed = opened.records.change_gap(gap_id, change, who=caller.name)
    opened.keeper.wake()  # that it is resolved is a claim, which is checked now
    return json_reply(gap_document(changed))


@router.post(
    "/v1/gaps/{gap_id}/verify",
    summary="Ask a gap's questions again",
    dependencies=[Depends(NoBody())],
    responses={200: json_response(GapDocument), **door_responses(body=True, extra=(404,))},
)
def verify_gap(request: Request, caller: Writer, gap_id: str) -> Response:
    """Asks them of the published articles now and lets the answers decide the status; `checks` has each with its quote."""
    opened = state_of(request).opened
    opened.keeper.verify(gap_id)
    return json_reply(gap_document(opened.records.get_gap(gap_id)))


def _page(request: Request, params: GapListParams, limit: int, cursor: str | None) -> GapPage:
    try:
        return state_of(request).opened.records.list_gaps(
            status=params.status,
            cause=params.cause,
            owner=params.owner,
            lang=params.lang,
            limit=limit,
            cursor=cursor,
        )
    except InvalidInputError as error:
        if error.pointer == "/cursor":
            raise bad_cursor() from None
        raise
