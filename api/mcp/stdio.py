"""`kb mcp`: the protocol over stdin and stdout, for the assistant of whoever has the data folder."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread
import structlog
from mcp.server.stdio import stdio_server

from api.mcp.guest import Guest
from api.mcp.server import server_for
from api.security import Caller
from kb.errors import KbError

if TYPE_CHECKING:
    from api.composition import OpenService
    from kb.generator.endpoint import Stop
    from kb.types import Audience

_log = structlog.get_logger(__name__)


def serve(opened: OpenService, audiences: tuple[Audience, ...]) -> None:
    """Serve one client until it closes stdin. ``audiences``: whose articles it may read."""
    guest = Guest(
        opened=opened,
        caller=Caller("local", "local", audiences),
        base=opened.settings.site_url.rstrip("/"),
        in_thread=_in_thread,
        audiences=audiences,
    )
    opened.live.follow()
    opened.synonyms.follow()
    opened.policy.follow()
    # Beside the first messages: a client waits for the handshake, and the model is needed with the first question only.
    threading.Thread(target=_warm_up, args=(opened,), name="warm-up", daemon=True).start()
    anyio.run(_serve, guest)


async def _serve(guest: Guest) -> None:
    server = server_for(guest)
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())


async def _in_thread(work: Callable[[Stop | None], Any]) -> Any:
    return await anyio.to_thread.run_sync(work, None)


def _warm_up(opened: OpenService) -> None:
    try:
        opened.service.warm_up()
    except KbError as error:
        _log.warning("service.not_ready", detail=error.detail, hint=error.hint)
