"""Who is asking, as a key that tells people apart for a day and names nobody."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from starlette.requests import Request

from api.limits import client_network
from api.problems import FieldError, ProblemDetails, ProblemError
from api.security import Caller
from api.state import state_of
from kb.records.visitors import visitor_key

# What crawlers and previews of links call themselves; a tool in somebody's hands is that person.
_ROBOT = re.compile(
    r"bot\b|crawl|spider|slurp|mediapartners|facebookexternalhit|embedly|preview|lighthouse|monitor|uptime",
    re.IGNORECASE,
)


def visitor_of(request: Request) -> str:
    """The person behind the request's address and browser, today."""
    return visitor_key(
        state_of(request).opened.visitor_secret,
        client_network(request.scope),
        request.headers.get("user-agent", ""),
        datetime.now(UTC).date(),
    )


def person_of(request: Request, caller: Caller, named: str | None, day: date | None = None) -> str:
    """The person whom a caller with a secret key names, else the one behind the request.

    Without a key the name is not heeded: who could choose it could be as many people as they like.
    """
    if named is None or caller.kind not in ("secret_key", "local"):
        return visitor_of(request)
    return named_person(request, named, day)


def named_person(request: Request, named: str, day: date | None = None) -> str:
    """The person whom a trusted caller calls ``named``, on ``day`` (today)."""
    # No address looks like this, so that nobody behind one can be taken for a named person.
    return visitor_key(state_of(request).opened.visitor_secret, "named", named, day or datetime.now(UTC).date())


def person_ref_of(caller: Caller, ref: str | None, pointer: str = "/context/person_ref") -> str | None:
    """``ref``, when ``caller`` may say who somebody is. Raises ``ProblemError`` 403: who could say so could read on in anybody's
    conversation."""
    if ref is None or caller.kind in ("secret_key", "local"):
        return ref
    detail = (
        "person_ref says whose conversation goes on, so it is taken with a secret key only (Authorization: Bearer kb_sk_…, made by"
        " `kb keys create`). Send it from your server, or leave it out and send conversation_id."
    )
    raise ProblemError(ProblemDetails("forbidden", detail, (FieldError(pointer, "Needs a secret key."),)))


def is_robot(request: Request) -> bool:
    """Whether a page is fetched by a crawler, ahead of anybody wanting to see it, or without its content."""
    if request.method == "HEAD":
        return True
    headers = request.headers
    ahead = "prefetch" in f"{headers.get('sec-purpose', '')} {headers.get('purpose', '')} {headers.get('x-moz', '')}"
    return ahead or bool(_ROBOT.search(headers.get("user-agent", "")))
