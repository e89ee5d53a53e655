"""Ids of responses: made of the id of an answer, and of a seal that nobody has who was only shown a link to that answer."""

from __future__ import annotations

import hashlib
import hmac

from starlette.requests import Request

from api.problems import FieldError, ProblemDetails, ProblemError
from api.security import Caller
from api.state import state_of
from kb.ids import new_id

_PREFIX, _ANSWER = "resp_", "ans_"
_SEAL = 32  # hexadecimal digits


def response_id(request: Request, answer_id: str | None) -> str:
    """The id under which an answer is a response; for None, what is not kept or not to be found, one that leads nowhere."""
    if answer_id is None:
        return new_id("resp")
    name = answer_id.removeprefix(_ANSWER)
    return f"{_PREFIX}{name}{_seal(request, name)}"


def conversation_of(request: Request, caller: Caller, given: str) -> str:
    """The conversation of a response that was given out before. Raises ``ProblemError`` 404."""
    answer_id = answer_of(request, caller, given)
    stored = None if answer_id is None else state_of(request).opened.records.get_answer(answer_id)
    if stored is None:
        detail = (
            "There is no response with this id. It may have been erased; leave previous_response_id out to begin anew."
        )
        raise ProblemError(ProblemDetails("not_found", detail, (FieldError("/previous_response_id", detail),)))
    return str(stored["conversation_id"])


def answer_of(request: Request, caller: Caller, given: str) -> str | None:
    """The id of the answer that a response was; None for what was never given out.

    Who has a secret key may name the answer itself.
    """
    name = given.removeprefix(_PREFIX)[:-_SEAL]
    if hmac.compare_digest(_bytes(given), _bytes(f"{_PREFIX}{name}{_seal(request, name)}")):
        return f"{_ANSWER}{name}"
    return given if given.startswith(_ANSWER) and caller.kind in ("secret_key", "local") else None


def _seal(request: Request, name: str) -> str:
    secret = state_of(request).opened.visitor_secret
    return hmac.new(secret, _bytes(f"response:{name}"), hashlib.sha256).hexdigest()[:_SEAL]


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")  # an address may hold anything
