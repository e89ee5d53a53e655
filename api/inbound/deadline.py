"""An answer before the platform gives up waiting, whatever happens: less than it was hoped for rather than none."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import anyio
import anyio.to_thread

if TYPE_CHECKING:
    from kb.generator.endpoint import Stop

SECONDS = 4.0  # Dialogflow CX and Chatwoot wait for 5 s; the rest is for the network
EXTRACTIVE_AFTER = 2.5  # from here on the wording by a model is not waited for any more

T = TypeVar("T")


async def within(work: Callable[[Stop | None], T], started: float, *, worded: bool) -> T | None:
    """The result of ``work`` in a thread; None when it is not there ``SECONDS`` after ``started`` (of ``time.perf_counter``).

    ``worded``: a model may word the answer; it is stopped early enough for the quotes to be served. Work that is late goes on and
    is written down.
    """
    spent = time.perf_counter() - started
    stop = None
    if worded:
        from kb.generator.endpoint import Stop  # only who has an endpoint waits for this import

        stop = Stop()
        asyncio.get_running_loop().call_later(max(0.0, EXTRACTIVE_AFTER - spent), stop.set)
    with anyio.move_on_after(max(0.1, SECONDS - spent)):
        return await anyio.to_thread.run_sync(work, stop, abandon_on_cancel=True)
    return None
