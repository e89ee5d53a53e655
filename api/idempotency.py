"""`Idempotency-Key`: a request that was sent twice is done once (draft-ietf-httpapi-idempotency-key-header)."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import orjson
from pydantic import BaseModel
from starlette.requests import Request

from api.problems import FieldError, ProblemDetails, ProblemError
from api.security import Caller

# The draft wants a quoted string; most clients send it bare.
_KEY = re.compile(r'"?([\x21\x23-\x7e]{1,255})"?')


def key_parameter(description: str) -> dict[str, Any]:
    """The header as a route's OpenAPI document describes it."""
    schema = {"type": "string", "pattern": r'^"?[!#-~]{1,255}"?$'}
    return {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "schema": schema,
        "description": description,
        "example": "8e03978e-40d5-43e8-bc93-6894a57f9324",
    }


def idempotency_key(request: Request) -> str | None:
    """The caller's key for this request. Raises ``ProblemError`` for one that nobody could repeat exactly."""
    given = request.headers.get("idempotency-key")
    if given is None:
        return None
    found = _KEY.fullmatch(given)
    if found is None:
        detail = "Idempotency-Key must be 1 to 255 visible ASCII characters, such as a UUID."
        raise ProblemError(ProblemDetails("invalid_input", detail, (FieldError("/idempotency-key", detail, "header"),)))
    return found[1]


def key_scope(caller: Caller, among: str) -> str:
    """Whose keys these are. A key is its caller's own; of visitors nobody is known by name, so theirs hold ``among`` some."""
    return f"{caller.kind}:{caller.name if caller.kind in ('secret_key', 'local') else among}"


def request_hash(body: BaseModel) -> str:
    """What tells two requests under one key apart: the fields that were sent, in any order and spacing."""
    sent = body.model_dump(mode="json")
    return hashlib.sha256(orjson.dumps(sent, option=orjson.OPT_SORT_KEYS)).hexdigest()
