"""`Idempotency-Key`: a request that was sent twice is done once (draft-ietf-httpapi-idempotency-key-header)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import orjson
from pydantic import BaseModel
from starlette.requests import Request

from api.problems import FieldError, ProblemDetails, ProblemError
from api.requests import context_of
from api.security import Caller
from kb.repeats import Document, request_of

if TYPE_CHECKING:
    from kb.service import AnswerService

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


def repeatable(request: Request, caller: Caller, body: BaseModel, visitor: str) -> tuple[str, str] | None:
    """What a question's answer is found by when it is sent again; None without a key. Raises ``ProblemError`` 422."""
    key = idempotency_key(request)
    return None if key is None else request_of(key_scope(caller, visitor), key, request_hash(body))


def answered_once(
    request: Request, service: AnswerService, known: tuple[str, str] | None, ask: Callable[[], Document]
) -> Document:
    """What ``ask`` gives, or what was given to the same request before, which ``Idempotent-Replayed: true`` says.

    Raises what ``ask`` raises, and ``ConflictError`` for a key that was used for another question.
    """
    with service.repeats.alone(known):
        document = service.repeats.find(known)
        if document is None:
            return ask()
    context_of(request.scope).headers["Idempotent-Replayed"] = "true"
    return document


def request_hash(body: BaseModel) -> str:
    """What tells two requests under one key apart: the fields that were sent, in any order and spacing."""
    sent = body.model_dump(mode="json")
    return hashlib.sha256(orjson.dumps(sent, option=orjson.OPT_SORT_KEYS)).hexdigest()
