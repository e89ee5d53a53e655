"""The OpenAPI document: what routes declare, plus what holds for all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from api import deprecations
from api.openapi_examples import add_examples
from api.problems import CODES, MEDIA_TYPE
from api.responses import ProblemDocument

_REF = "#/components/schemas/{model}"
JSON = "application/json"
# Models that routes have named so far, with the side they are seen from. Their schemas are made when the document is asked
# for, not while routes are declared: that would take longer than everything else about starting.
_named: dict[str, tuple[type[BaseModel], Literal["validation", "serialization"]]] = {}
_DESCRIPTION = """\
Answers from Markdown help articles, each with the place it comes from.

Every error is `application/problem+json` (RFC 9457) with a `code`, JSON pointers to wrong fields and the request id.
Spans count Unicode code points. Unknown fields in a request are refused; ignore unknown fields in a response.
"""
TAGS = [
    {"name": "answers", "description": "Ask, and look at what was answered."},
    {"name": "chat programs", "description": "The same answers in the shapes of OpenAI's API and of the AI SDK."},
    {"name": "articles", "description": "Search, list and read the articles."},
    {"name": "feedback", "description": "Votes and checks by readers."},
    {"name": "owners", "description": "Gaps, reports, explanations and indexing. These need a key."},
    {"name": "operation", "description": "Is it alive, is it ready, how does it do."},
]
_MEANINGS = {
    400: "The body is not valid JSON, or the request cannot be understood.",
    401: "A key is needed, or the key is not known.",
    403: "The key may not do this.",
    404: "There is no such thing.",
    406: "The representation asked for with Accept is not available.",
    409: "The request contradicts what is stored.",
    413: "The body is too large.",
    415: "The body is not sent as application/json.",
    422: "A field has an invalid value; `errors` says which.",
    429: "Too many requests; `Retry-After` says when to come again.",
    500: "An unexpected error; the log has it under the request id.",
    503: "Not able to answer now: no usable index, no storage, or too much load.",
}
_EVERYWHERE = (401, 403, 406, 429, 500, 503)
_WITH_BODY = (400, 413, 415, 422)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the ``responses`` argument of a route for these error statuses."""
    return {
        status: {
            "description": _MEANINGS[status],
            "content": {MEDIA_TYPE: {"schema": {"$ref": _REF.format(model="ProblemDocument")}}},
            **({"headers": {"Retry-After": _RETRY_AFTER}} if status in (429, 503) else {}),
        }
        for status in statuses
    }


def door_responses(*, body: bool = False, extra: tuple[int, ...] = ()) -> dict[int | str, dict[str, Any]]:
    """The errors of a call: those of every call, those of a call with a body, and ``extra`` ones."""
    return problems(*sorted({*_EVERYWHERE, *(_WITH_BODY if body else ()), *extra}))


def json_body(*models: type[BaseModel]) -> dict[str, Any]:
    """Return the ``openapi_extra`` argument of a route that reads its body as one of ``models``."""
    return {"requestBody": {"required": True, "content": {JSON: {"schema": _one_of(models, "validation")}}}}


def json_response(
    model: type[BaseModel] | tuple[type[BaseModel], ...],
    description: str = "Done.",
    *,
    content: Mapping[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Return the entry in ``responses`` of a route that sends a ``model``, or one of several, as JSON.

    ``content``: other media types that it sends; ``more``: headers, links.
    """
    models = model if isinstance(model, tuple) else (model,)
    described = {JSON: {"schema": _one_of(models, "serialization")}, **(content or {})}
    return {"description": description, "content": described, **more}


def event_stream(example: str, *models: type[BaseModel], last: str = "") -> dict[str, Any]:
    """Return the ``content`` of a response in server-sent events whose ``data`` is one of ``models``, as JSON, and ``last`` at the
    end.

    ``itemSchema`` is that of OpenAPI 3.2; FastAPI describes event streams so in 3.1 documents too.
    """
    data = {"type": "string", "contentMediaType": JSON, "contentSchema": _one_of(models, "serialization")}
    item: dict[str, Any] = {"type": "object", "properties": {"data": data}, "required": ["data"]}
    if last:
        item = {"oneOf": [{**item, "properties": {"data": {"const": last}}}, item]}
    return {"text/event-stream": {"itemSchema": item, "example": example}}


def _one_of(models: Sequence[type[BaseModel]], side: Literal["validation", "serialization"]) -> dict[str, Any]:
    references = [_reference(model, side) for model in models]
    return references[0] if len(references) == 1 else {"oneOf": references}


def _reference(model: type[BaseModel], side: Literal["validation", "serialization"]) -> dict[str, str]:
    _named[model.__name__] = (model, side)
    return {"$ref": _REF.format(model=model.__name__)}


def install(app: FastAPI) -> None:
    """Make ``app.openapi`` return the finished document, made once."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _complete(
                get_openapi(
                    title=app.title, version=app.version, description=_DESCRIPTION, tags=TAGS, routes=app.routes
                )
            )
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _complete(document: dict[str, Any]) -> dict[str, Any]:
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for generated in ("HTTPValidationError", "ValidationError"):
        schemas.pop(generated, None)
    _, own = models_json_schema(list(_named.values()), ref_template=_REF)
    schemas.update(own["$defs"])
    problem = ProblemDocument.model_json_schema(ref_template=_REF)
    schemas.update(problem.pop("$defs"))
    problem["properties"]["code"]["enum"] = sorted(CODES)
    schemas["ProblemDocument"] = problem
    document["components"]["securitySchemes"] = {
        "key": {
            "type": "http",
            "scheme": "bearer",
            "description": "`kb_sk_…` (secret, scopes) or `kb_pk_…` (public, bound to origins).",
        }
    }
    for path in document["paths"].values():
        for operation in path.values():
            _document_headers(operation)
    deprecations.mark(document, deprecations.DEPRECATED)
    add_examples(document)
    return document


def _document_headers(operation: dict[str, Any]) -> None:
    # An empty requirement beside the key: public calls never need one, owner calls do not on a fresh loopback server.
    operation.setdefault("security", [{}, {"key": []}])
    # FastAPI adds a 422 of its own shape wherever there are parameters; ours are declared.
    if JSON in operation["responses"].get("422", {}).get("content", {}):
        del operation["responses"]["422"]
    for response in operation["responses"].values():
        response.setdefault("headers", {})["X-Request-Id"] = _REQUEST_ID


_RETRY_AFTER = {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 0}}
_REQUEST_ID = {"description": "The id sent with the request, or a new one.", "schema": {"type": "string"}}
