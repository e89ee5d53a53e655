"""One request of the protocol over HTTP, answered in one piece."""

from __future__ import annotations

from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message

from api.mcp.guest import Guest
from api.mcp.server import server_for


async def exchange(guest: Guest, request: Request, body: bytes) -> Response:
    """The reply to ``body``, a JSON-RPC message. ``request``: whose headers count, and which tells when the client leaves."""
    sent: list[Message] = []
    unread = [body]

    async def receive() -> Message:
        if unread:
            return {"type": "http.request", "body": unread.pop(), "more_body": False}
        return await request.receive()

    async def send(message: Message) -> None:
        sent.append(message)

    # A manager for each request: without sessions it holds nothing that a second request could use.
    manager = StreamableHTTPSessionManager(server_for(guest), json_response=True, stateless=True)
    async with manager.run():
        await manager.handle_request(request.scope, receive, send)
    response = Response(b"".join(m.get("body", b"") for m in sent[1:]), status_code=sent[0]["status"])
    response.raw_headers = [*sent[0]["headers"], (b"cache-control", b"no-store")]
    return response
