"""`/mcp`: the protocol over streamable HTTP, without sessions, behind the same guards as every call.

Each POST is answered on its own with one JSON object, so that any process can take it and nothing has to be kept. There is no
stream to open with GET and no session to end with DELETE: both are 405, as the protocol has it for such servers. The protocol's
package is imported with the first call, in a thread.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import anyio.to_thread
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.bodies import parse_json
from api.leaving import in_thread, in_thread_until_gone
from api.mcp.guest import Guest
from api.problems import ProblemDetails, ProblemError
from api.replies import site_url
from api.routes.ask import observe
from api.security import Caller, Entrance, is_loopback, is_open, is_own_request
from api.state import state_of
from api.visitors import visitor_of

if TYPE_CHECKING:
    from kb.generator.endpoint import Stop

router = APIRouter(include_in_schema=False)
_JSON, _EVENTS = "application/json", "text/event-stream"
_SCOPES = ("ask", "search", "gaps:read", "gaps:write")
_GUARDED = Entrance(_SCOPES, public=True, produces=(_JSON, _EVENTS))


@router.post("/mcp")
async def mcp(request: Request, caller: Annotated[Caller, Depends(_GUARDED)]) -> Response:
    """Tools and resources for assistants (Model Context Protocol)."""
    _check_origin(request, caller)
    body = await _body(request)
    exchange = await anyio.to_thread.run_sync(_exchange)
    return await exchange(await _guest(request, caller), request, body)


def _check_origin(request: Request, caller: Caller) -> None:
    """Refuse pages of other sites, also under a name that was made to point here (DNS rebinding). Raises ``ProblemError`` 403.

    Assistants are no pages and send no ``Origin``; a browser always does with a POST.
    """
    origin = request.headers.get("origin")
    if origin is None or caller.kind == "public_key":  # such a key is bound to origins, which was checked
        return
    parts, settings = urlsplit(origin), state_of(request).settings
    own = urlsplit(settings.site_url)
    if is_loopback(parts.hostname or "") or (own.netloc and (parts.scheme, parts.netloc) == (own.scheme, own.netloc)):
        return
    detail = "Pages of this origin may not call /mcp: use a public key that is bound to it, made by `kb keys create --origin`."
    raise ProblemError(ProblemDetails("forbidden", detail))


async def _body(request: Request) -> bytes:
    """The body, read here so that its limits answer as everywhere. Raises ``ProblemError`` 400, 415 and those of the limits."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != _JSON:
        raise ProblemError(ProblemDetails("unsupported_media_type", "Send the body as Content-Type: application/json."))
    raw = await request.body()
    # Parsed strictly and written again: what the other doors refuse is refused here.
    return json.dumps(parse_json(raw)).encode()


async def _guest(request: Request, caller: Caller) -> Guest:
    state = state_of(request)
    if caller.kind == "anonymous" and is_own_request(request.headers, request.url.scheme) and await is_open(state):
        caller = Caller("local", "local")
    return Guest(
        opened=state.opened,
        caller=caller,
        base=site_url(request),
        in_thread=partial(_in_thread, request),
        visitor=visitor_of(request),
        observe=partial(observe, request),
    )


async def _in_thread(request: Request, work: Callable[[Stop | None], Any]) -> Any:
    if state_of(request).opened.service.generator is None:
        return await in_thread(request, lambda: work(None))
    return await in_thread_until_gone(request, work)


def _exchange() -> Callable[[Guest, Request, bytes], Awaitable[Response]]:
    from api.mcp.exchange import exchange  # the protocol's package takes as long as everything else about starting

    return exchange
