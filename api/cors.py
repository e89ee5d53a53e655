"""Which calls a web page of another origin may make (WHATWG Fetch, CORS protocol).

Public calls allow every origin and never credentials: they give what anybody may read, and a public key is checked
against the ``Origin`` where it is used. Owner calls allow none.
"""

from __future__ import annotations

import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Method and path. A visitor sends a request for a person and sees its status; the list and taking over are the owners'.
_PUBLIC = re.compile(
    r"[A-Z]+ /v1/(?:ask|ask/stream|feedback|openings|citations/verify|search|articles|articles/.+|answers/.+)"
    r"|(?:GET|POST) /v1/(?:models|models/[^/]+|chat/completions|responses|responses/[^/]+|ui/chat)"
    r"|POST /mcp|POST /v1/handoffs|GET /v1/(?:person|handoffs/[^/]+)"
)
_EXPOSED = (
    "Deprecation, ETag, Idempotent-Replayed, Link, RateLimit, RateLimit-Policy, Retry-After, Sunset, X-Request-Id"
)
_PREFLIGHT = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST",
    # A wildcard would not cover Authorization.
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, If-None-Match, X-Request-Id,"
    " Mcp-Protocol-Version, Mcp-Method, Mcp-Name, Mcp-Session-Id,"
    # What the `openai` client sends from a browser, besides.
    " OpenAI-Organization, OpenAI-Project, User-Agent, X-Stainless-Arch, X-Stainless-Lang, X-Stainless-OS,"
    " X-Stainless-Package-Version, X-Stainless-Retry-Count, X-Stainless-Runtime, X-Stainless-Runtime-Version,"
    " X-Stainless-Timeout",
    "Access-Control-Max-Age": "7200",
}


def is_public(method: str, path: str) -> bool:
    """Whether pages of other origins may make this call."""
    return _PUBLIC.fullmatch(f"{method} {path}") is not None


class CorsMiddleware:
    """Adds the headers to responses of public calls, errors included, and answers their preflights."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        asked = headers.get("access-control-request-method", "")
        preflight = scope["method"] == "OPTIONS" and asked and "origin" in headers
        if not is_public(asked if preflight else scope["method"], scope["path"]):
            await self.app(scope, receive, send)
            return
        if preflight:
            await Response(status_code=204, headers=_PREFLIGHT)(scope, receive, send)
            return

        async def send_open(message: Message) -> None:
            if message["type"] == "http.response.start":
                out = MutableHeaders(raw=message["headers"])
                out["Access-Control-Allow-Origin"] = "*"
                out["Access-Control-Expose-Headers"] = _EXPOSED
                if "authorization" in headers:  # what a public key may do depends on the page that sent it
                    out.add_vary_header("Origin")
                message["headers"] = out.raw
            await send(message)

        await self.app(scope, receive, send_open)
