"""Which calls a web page of another origin may make (WHATWG Fetch, CORS protocol).

Public calls allow every origin and never credentials: they give what anybody may read, and a public key is checked
against the ``Origin`` where it is used. Owner calls allow none.
"""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_PUBLIC_PATHS = frozenset(
    {
        "/v1/ask",
        "/v1/ask/stream",
        "/v1/search",
        "/v1/articles",
        "/v1/feedback",
        "/v1/citations/verify",
        "/v1/openings",
        "/v1/handoffs",
    }
)
_PUBLIC_PREFIXES = ("/v1/articles/", "/v1/answers/", "/v1/handoffs/")
_EXPOSED = "ETag, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id"
_PREFLIGHT = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, If-None-Match, X-Request-Id",
    "Access-Control-Max-Age": "7200",
}


def is_public(path: str) -> bool:
    return path in _PUBLIC_PATHS or path.startswith(_PUBLIC_PREFIXES)


class CorsMiddleware:
    """Adds the headers to responses of public calls, errors included, and answers their preflights."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not is_public(scope["path"]):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if scope["method"] == "OPTIONS" and "access-control-request-method" in headers and "origin" in headers:
            await Response(status_code=204, headers=_PREFLIGHT)(scope, receive, send)
            return

        async def send_open(message: Message) -> None:
            if message["type"] == "http.response.start":
                out = MutableHeaders(raw=message["headers"])
                out["Access-Control-Allow-Origin"] = "*"
                out["Access-Control-Expose-Headers"] = _EXPOSED
                message["headers"] = out.raw
            await send(message)

        await self.app(scope, receive, send_open)
