"""Work that stops, or is not begun, once nobody waits for it: visitors close pages."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import anyio
import anyio.to_thread
from starlette.requests import Request

from api.problems import ProblemDetails, ProblemError

if TYPE_CHECKING:
    from kb.generator.endpoint import Stop

T = TypeVar("T")
# What nginx writes for it; nobody is left to read it but the log and the metrics.
_GONE = ProblemDetails("bad_request", "The client has gone before it was answered.", status=499)


async def in_thread(request: Request, work: Callable[[], T]) -> T:
    """Do ``work`` in a thread of the pool. Raises ``ProblemError`` 499 when the client left while all threads were busy."""
    limiter = anyio.to_thread.current_default_thread_limiter()
    if limiter.available_tokens >= 1:
        return await anyio.to_thread.run_sync(work)
    async with limiter:  # the turn has come; the next line needs no second one
        if await request.is_disconnected():
            raise ProblemError(_GONE)
        return await anyio.to_thread.run_sync(work, limiter=anyio.CapacityLimiter(1))


async def in_thread_until_gone(request: Request, work: Callable[[Stop], T]) -> T:
    """Do ``work`` in a thread of the pool; its ``Stop`` is set as soon as the client leaves. The body must have been read."""
    from kb.generator.endpoint import Stop  # only who has an endpoint waits for this import

    stop = Stop()
    watch = asyncio.create_task(_watch(request, stop))
    try:
        return await in_thread(request, lambda: work(stop))
    finally:
        watch.cancel()


async def _watch(request: Request, stop: Stop) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
    stop.set()
