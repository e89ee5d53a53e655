"""The door of an agent: a secret key, a session, or the signed link to one request."""

from __future__ import annotations

from fastapi import Request

from api.security import Caller, Entrance
from api.state import state_of

LINK = "link"  # in the query
_OWNER = Entrance(("handoffs",))


async def agent_of(request: Request) -> Caller:
    """A dependency of routes with ``handoff_id``: who may read and answer that request.

    Raises ``NotAllowedError`` for a link of another request or an old one, ``ProblemError`` as owners' calls do.
    """
    token = request.query_params.get(LINK)
    if token is None:
        return await _OWNER(request)
    state_of(request).opened.agent_links.check(token, request.path_params["handoff_id"])
    return Caller("anonymous")
