"""What a press of a button means: the call of this service that the bot makes then.

A platform that gives its buttons room carries the whole call, ``{"call": "/v1/feedback", "body": {…}}``. Others carry a few signed
characters, which ``POST /v1/clicks`` turns into the same.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["up", "down", "option", "person"]
Sign = Callable[[str], str]
_KINDS: Mapping[str, Kind] = {"u": "up", "d": "down", "o": "option", "p": "person"}
_LETTERS = {kind: letter for letter, kind in _KINDS.items()}
_SHORT = re.compile(r"([udop])(\d?):(ans_[A-Za-z0-9]{1,40}):([0-9a-f]{16})")


@dataclass(frozen=True, slots=True)
class Click:
    """A button that was pressed. ``option``: which one of the answer's options, from 0; 0 for other kinds."""

    kind: Kind
    answer_id: str
    option: int = 0


def signer(secret: bytes) -> Sign:
    """Signs short values with 64 bits of HMAC-SHA-256: all that fits beside an answer's id into the 64 bytes of Telegram."""
    key = hmac.digest(secret, b"kb.clicks.v1", hashlib.sha256)
    return lambda text: hmac.digest(key, text.encode(), hashlib.sha256).hex()[:16]


def short_value(click: Click, sign: Sign) -> str:
    """At most 52 bytes for the ids that this service makes."""
    name = f"{_LETTERS[click.kind]}{click.option if click.kind == 'option' else ''}:{click.answer_id}"
    return f"{name}:{sign(name)}"


def read_short(value: str, sign: Sign) -> Click | None:
    """The click behind a value that ``short_value`` made with the same secret; None for any other."""
    found = _SHORT.fullmatch(value)
    if found is None or not hmac.compare_digest(sign(value.rpartition(":")[0]), found[4]):
        return None
    return Click(_KINDS[found[1]], found[3], int(found[2] or 0))


def call_of(click: Click, document: Mapping[str, Any], token: str) -> dict[str, Any]:
    """The call that ``click`` asks for. ``token``: the answer's ``feedback_token``. Raises ``IndexError`` for no such option."""
    if click.kind == "option":
        option = document["options"][click.option]
        body = {
            "question": option["label"],
            "option_id": option["id"],
            "conversation_id": document["conversation_id"],
        }
        return {"call": "/v1/ask", "body": body}
    if click.kind == "person":
        return {"call": "/v1/handoffs", "body": {"answer_id": click.answer_id, **({"token": token} if token else {})}}
    return {"call": "/v1/feedback", "body": {"answer_id": click.answer_id, "token": token, "rating": click.kind}}
