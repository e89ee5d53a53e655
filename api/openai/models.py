"""The models that can be asked: one service, with its sources listed at the end of the text or not."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from api.openapi import door_responses, json_response
from api.problems import FieldError, ProblemDetails, ProblemError
from api.replies import json_reply, list_document
from api.security import Caller, Entrance
from api.state import state_of

router = APIRouter(tags=["chat programs"])
LISTED, PLAIN = "kb", "kb-plain"
_MODELS = (LISTED, PLAIN)
Reader = Annotated[Caller, Depends(Entrance(("ask", "search"), public=True, filler=True))]
_EXAMPLE = {"id": "kb", "object": "model", "created": 1795309204, "owned_by": "kb"}


class ModelDocument(BaseModel, extra="forbid", defer_build=True, json_schema_extra={"examples": [_EXAMPLE]}):
    """A way to be answered: `kb` lists its sources at the end of the text, `kb-plain` names them in annotations only."""

    id: Literal["kb", "kb-plain"]
    object: Literal["model"]
    created: int = Field(description="When this server began to answer, in seconds since 1970.")
    owned_by: str


class ModelListDocument(BaseModel, extra="forbid", defer_build=True):
    object: Literal["list"]
    data: list[ModelDocument]
    has_more: bool
    next_cursor: None


def list_sources(model: str, asked: bool | None) -> bool:
    """Whether the text ends with its sources. Raises ``ProblemError`` 404 for a model that does not exist."""
    if model not in _MODELS:
        raise _unknown(model, "body")
    return model == LISTED if asked is None else asked


@router.get(
    "/v1/models",
    summary="Models that can be asked",
    responses={200: json_response(ModelListDocument), **door_responses()},
)
def list_models(request: Request, caller: Reader) -> Response:
    """`kb` and `kb-plain`. They answer alike; only the list of sources at the end of the text differs."""
    return json_reply(list_document([_document(request, name) for name in _MODELS]))


@router.get(
    "/v1/models/{model_id}",
    summary="A model that can be asked",
    responses={200: json_response(ModelDocument), **door_responses(extra=(404,))},
)
def get_model(request: Request, caller: Reader, model_id: str) -> Response:
    """One of `GET /v1/models`."""
    if model_id not in _MODELS:
        raise _unknown(model_id, "path")
    return json_reply(_document(request, model_id))


def _document(request: Request, name: str) -> dict[str, Any]:
    created = int(state_of(request).started_at.timestamp())
    return {"id": name, "object": "model", "created": created, "owned_by": "kb"}


def _unknown(name: str, place: str) -> ProblemError:
    detail = f"There is no model {name[:80]!r}. Use 'kb', or another of GET /v1/models."
    return ProblemError(ProblemDetails("not_found", detail, (FieldError("/model", detail, place),)))
