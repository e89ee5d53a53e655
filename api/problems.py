"""One error body for every door: RFC 9457 problem details with an OpenAI-shaped twin inside.

Knows codes, statuses and wording; knows nothing about what any route does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import orjson
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from kb.errors import InvalidInputError, KbError

MEDIA_TYPE = "application/problem+json"
_MAX_FIELD_ERRORS = 20
_MAX_POINTER = 200

# code -> (status, title); the codes of kb.errors first, then those that only HTTP has.
CODES: Mapping[str, tuple[int, str]] = {
    "invalid_input": (422, "The request has an invalid value"),
    "not_found": (404, "Not found"),
    "conflict": (409, "The request contradicts what is stored"),
    "forbidden": (403, "Not allowed"),
    "unauthenticated": (401, "A valid key is needed"),
    "index_missing": (503, "Nothing has been indexed yet"),
    "index_mismatch": (503, "The index does not fit this version"),
    "index_corrupt": (503, "The index is damaged"),
    "encoder_unavailable": (503, "The embedding model cannot be used"),
    "storage_unavailable": (503, "The database cannot be used now"),
    "generator_unavailable": (503, "The model endpoint cannot be used"),
    "mail_unavailable": (503, "The mail server cannot be used"),
    "internal_error": (500, "Unexpected error"),
    "malformed_json": (400, "The body is not valid JSON"),
    "bad_request": (400, "The request cannot be understood"),
    "method_not_allowed": (405, "Method not allowed"),
    "not_acceptable": (406, "No acceptable representation"),
    "request_timeout": (408, "The request took too long to arrive"),
    "payload_too_large": (413, "The body is too large"),
    "unsupported_media_type": (415, "Unsupported media type"),
    "rate_limited": (429, "Too many requests"),
    "overloaded": (503, "The server is busy"),
}
_CODE_OF_STATUS = {
    400: "bad_request",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    408: "request_timeout",
    409: "conflict",
    413: "payload_too_large",
    415: "unsupported_media_type",
    422: "invalid_input",
    429: "rate_limited",
    503: "overloaded",
}
_RETRY_SECONDS = {"storage_unavailable": 5, "overloaded": 1, "encoder_unavailable": 30}
_RETRY_DEFAULT = 30
_OPENAI_TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong field: JSON pointer (RFC 6901), the part of the request it lies in, and what is wrong."""

    pointer: str
    detail: str
    place: str = "body"  # body | query | path | header


@dataclass(frozen=True, slots=True)
class ProblemDetails:
    """A problem before it is rendered; ``code`` is a key of ``CODES`` and decides the status."""

    code: str
    detail: str
    errors: tuple[FieldError, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 0  # 0: the status of the code

    @property
    def http_status(self) -> int:
        return self.status or CODES[self.code][0]


class ProblemError(Exception):
    """Raised inside the HTTP layer to answer with ``problem``."""

    def __init__(self, problem: ProblemDetails) -> None:
        super().__init__(problem.detail)
        self.problem = problem


def problem_document(problem: ProblemDetails, request_id: str) -> dict[str, Any]:
    """Return the JSON body of ``problem``; both shapes carry the same message and code."""
    status = problem.http_status
    detail = printable(problem.detail)
    return {
        "type": f"urn:problem-type:kb:{problem.code}",
        "title": CODES[problem.code][1],
        "status": status,
        "detail": detail,
        "code": problem.code,
        "request_id": request_id,
        "errors": [
            {"pointer": printable(e.pointer)[:_MAX_POINTER], "detail": printable(e.detail), "in": e.place}
            for e in problem.errors[:_MAX_FIELD_ERRORS]
        ],
        "error": {
            "message": detail,
            "type": _OPENAI_TYPES.get(status, "server_error" if status >= 500 else "invalid_request_error"),
            "code": problem.code,
            "param": _param(problem.errors),
        },
    }


def problem_response(problem: ProblemDetails, request_id: str) -> Response:
    headers = {"Cache-Control": "no-store", **problem.headers}
    if problem.http_status == 503:
        headers.setdefault("Retry-After", str(_RETRY_SECONDS.get(problem.code, _RETRY_DEFAULT)))
    if problem.http_status == 401:
        headers.setdefault("WWW-Authenticate", 'Bearer realm="kb"')
    return Response(
        orjson.dumps(problem_document(problem, request_id)),
        status_code=problem.http_status,
        headers=headers,
        media_type=MEDIA_TYPE,
    )


def from_kb_error(error: KbError) -> ProblemDetails:
    """Translate the project's own errors; an unknown code becomes an internal error without its text."""
    if error.code not in CODES or error.code == "internal_error":
        return INTERNAL
    errors: tuple[FieldError, ...] = ()
    if isinstance(error, InvalidInputError) and error.pointer:
        errors = (FieldError(error.pointer, error.detail),)
    return ProblemDetails(error.code, str(error), errors)


def from_validation_error(error: RequestValidationError) -> ProblemDetails:
    """Translate FastAPI's list of field errors. The values that were sent are never repeated."""
    errors = tuple(_field_error(item) for item in error.errors())
    first = errors[0] if errors else FieldError("", "The request is invalid.")
    where = f"{first.place} {first.pointer}".strip()
    return ProblemDetails("invalid_input", f"{where}: {first.detail}", errors)


def from_http_exception(error: HTTPException) -> ProblemDetails:
    """Translate what Starlette's router raises (404, 405 and the like)."""
    status = error.status_code
    code = _CODE_OF_STATUS.get(status, "internal_error" if status >= 500 else "bad_request")
    phrase = HTTPStatus(status).phrase
    wording = {404: "There is nothing at this address.", 405: "This address does not take that method."}
    detail = wording.get(status, "") if error.detail == phrase else str(error.detail)
    return ProblemDetails(code, detail or f"{phrase}.", headers=dict(error.headers or {}), status=status)


INTERNAL = ProblemDetails(
    "internal_error", "The server failed on this request. The log has the cause under this request id."
)


def printable(text: str) -> str:
    """Return ``text`` encodable as UTF-8: a field name may hold lone surrogates."""
    return text.encode("utf-8", "replace").decode("utf-8")


def json_pointer(parts: Iterable[str | int]) -> str:
    """Return an RFC 6901 pointer: ``("a/b", 0)`` gives ``/a~1b/0``."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def _field_error(item: Mapping[str, Any]) -> FieldError:
    place, *parts = item["loc"]
    message = _WORDED.get(item["type"]) or str(item["msg"])
    if item["type"] in ("value_error", "assertion_error"):  # what a validator said, behind what kind of error that is
        message = message.partition(", ")[2] or message
    return FieldError(json_pointer(parts), message, str(place))


# Errors whose own words name classes of ours, or say less than these.
_WORDED = {
    "missing": "This field is required.",
    "extra_forbidden": "This field is not known.",
    **dict.fromkeys(("model_type", "model_attributes_type", "dataclass_type", "dict_type"), "Must be a JSON object."),
}


def _param(errors: Sequence[FieldError]) -> str | None:
    if not errors or not errors[0].pointer:
        return None
    return printable(errors[0].pointer)[1:_MAX_POINTER].replace("/", ".")
