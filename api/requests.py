"""What happens to every request around its route: identity, log line, metrics, last-resort error, body limit.

Pure ASGI: wrapping the body of a response in another task would cost more than the routes themselves.
"""

from __future__ import annotations

import re
import secrets
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import anyio
import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import INTERNAL, ProblemDetails, ProblemError, problem_response

ASK_BODY_LIMIT = 64 * 1024  # bytes; a question has at most 1000 code points, a comment 2000
HANDOFF_BODY_LIMIT = 256 * 1024  # bytes; a transcript has at most 20,000 code points
BODY_LIMIT = 1024 * 1024  # bytes
BODY_SECONDS = 30.0  # for a whole body: a phone in a tunnel sends 64 kB in that time, a slow attack does not get far
BODY_LIMITS: Mapping[str, int] = {
    "/v1/ask": ASK_BODY_LIMIT,
    "/v1/ask/stream": ASK_BODY_LIMIT,
    "/v1/feedback": ASK_BODY_LIMIT,
    "/v1/openings": ASK_BODY_LIMIT,
    "/v1/handoffs": HANDOFF_BODY_LIMIT,
    "/mcp": ASK_BODY_LIMIT,
}
_SCOPE_KEY = "kb.request"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._\-]{1,128}")
_log = structlog.get_logger(__name__)

Observer = Callable[[str, str, int, float], None]  # route, method, status, seconds


@dataclass(slots=True)
class RequestContext:
    """What one request carries besides its ASGI scope; routes fill in ``outcome`` for the log line."""

    id: str
    started: float
    outcome: str | None = None
    headers: dict[str, str] = field(default_factory=dict)  # added to whatever response follows


def context_of(scope: Scope) -> RequestContext:
    context: RequestContext = scope[_SCOPE_KEY]
    return context


def respond(request: Request, problem: ProblemDetails) -> Response:
    """Render ``problem`` for this request."""
    return problem_response(problem, context_of(request.scope).id)


class RequestMiddleware:
    """Gives each request an id, one log line and security headers, and turns unexpected errors into a 500 problem.

    ``refuse`` renders what is refused outside of the routes; it may choose a page for a browser.
    """

    def __init__(
        self, app: ASGIApp, observe: Observer, refuse: Callable[[Request, ProblemDetails], Response] = respond
    ) -> None:
        self.app = app
        self.observe = observe
        self.refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        context = RequestContext(_request_id(Headers(scope=scope)), time.perf_counter())
        scope[_SCOPE_KEY] = context
        status = 0

        async def send_marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(raw=message["headers"])
                headers["X-Request-Id"] = context.id
                headers["X-Content-Type-Options"] = "nosniff"
                for name, value in context.headers.items():
                    headers[name] = value
                message["headers"] = headers.raw
            await send(message)

        try:
            await self.app(scope, receive, send_marked)
        except ProblemError as error:
            await self.refuse(Request(scope), error.problem)(scope, receive, send_marked)
        except Exception as error:
            _log.error("request.failed", request_id=context.id, error=type(error).__name__, at=frames(error))
            if status:  # headers are out: the only honest signal left is a broken connection
                raise
            await self._failed(Request(scope), context.id)(scope, receive, send_marked)
        finally:
            self._finish(scope, context, status)

    def _failed(self, request: Request, request_id: str) -> Response:
        """The problem as it would be refused, as plain as it gets when that fails too."""
        try:
            return self.refuse(request, INTERNAL)
        except Exception:  # noqa: BLE001 (the border: rendering the failure has failed as well)
            return problem_response(INTERNAL, request_id)

    def _finish(self, scope: Scope, context: RequestContext, status: int) -> None:
        seconds = time.perf_counter() - context.started
        route = _route_of(scope)
        self.observe(route, scope["method"], status, seconds)
        fields: dict[str, Any] = {"outcome": context.outcome} if context.outcome else {}
        # The route's template, never the path or query: those may hold what somebody asked.
        _log.info(
            "request",
            request_id=context.id,
            method=scope["method"],
            route=route,
            status=status,
            ms=round(seconds * 1000, 2),
            **fields,
        )


class BodyLimitMiddleware:
    """Refuses bodies above the limit of their path: at once by ``Content-Length``, else while reading; and trickles."""

    def __init__(self, app: ASGIApp, limits: Mapping[str, int] = BODY_LIMITS, seconds: float = BODY_SECONDS) -> None:
        self.app = app
        self.limits = limits
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in {"GET", "HEAD", "OPTIONS"}:
            await self.app(scope, receive, send)
            return
        limit = self.limits.get(scope["path"], BODY_LIMIT)
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdecimal() and int(declared[:20]) > limit:
            raise ProblemError(_too_large(limit))
        received, complete, until = 0, False, anyio.current_time() + self.seconds

        async def receive_counted() -> Message:
            nonlocal received, complete
            if complete:
                return await receive()  # waits until the client leaves, however long that is
            with anyio.move_on_at(until) as waiting:
                message = await receive()
            if waiting.cancelled_caught:
                raise ProblemError(_too_slow(self.seconds))
            if message["type"] == "http.request":
                received += len(message.get("body", b""))
                complete = not message.get("more_body", False)
                if received > limit:
                    raise ProblemError(_too_large(limit))
            return message

        await self.app(scope, receive_counted, send)


def _too_large(limit: int) -> ProblemDetails:
    return ProblemDetails("payload_too_large", f"The body is larger than {limit} bytes.")


def _too_slow(seconds: float) -> ProblemDetails:
    # Closed, or what is still on its way would be read as the next request.
    detail = f"The body did not arrive within {seconds:g} s."
    return ProblemDetails("request_timeout", detail, headers={"Connection": "close"})


def _request_id(headers: Headers) -> str:
    """The caller's id when it is harmless to log and to send back, else a new one."""
    given = headers.get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else f"req_{secrets.token_hex(12)}"


def _route_of(scope: Scope) -> str:
    route = scope.get("route")
    return str(getattr(route, "path", "")) or "unmatched"


def frames(error: BaseException) -> list[str]:
    """Where an error came from, without its message: the message may repeat what a visitor wrote."""
    return [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)[-12:]]
