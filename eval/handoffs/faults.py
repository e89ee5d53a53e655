"""What goes wrong with one request to a receiver: drawn by chance, the same for the same seed and order."""

from __future__ import annotations

import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

Fault = Literal["none", "refuse", "busy", "hang", "hang_done", "reset", "reset_done", "slow"]
# Shares of requests. "_done": what was asked is done, and the sender never hears of it.
SHARES: dict[Fault, float] = {
    "none": 0.62,
    "refuse": 0.08,
    "busy": 0.03,
    "hang": 0.02,
    "hang_done": 0.03,
    "reset": 0.06,
    "reset_done": 0.10,
    "slow": 0.06,
}
SLOW_SECONDS = 0.2


@dataclass
class Faults:
    """Draws a fault for each request; none once ``over`` is set. ``seen``: how often each happened. Thread-safe."""

    seed: int
    share: float = 1.0  # of the faults in SHARES
    seen: Counter[str] = field(default_factory=Counter)
    over: bool = False

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._lock = threading.Lock()

    def draw(self) -> Fault:
        with self._lock:
            names = list(SHARES)
            drawn = self._random.choices(names, [SHARES[name] for name in names])[0]
            spared = self._random.random() >= self.share
            fault: Fault = "none" if self.over or spared else drawn
            self.seen[fault] += 1
        return fault


def with_fault(
    handler: BaseHTTPRequestHandler, faults: Faults, hang_seconds: float, do: Callable[[], tuple[int, bytes]]
) -> None:
    """Answer one request with what ``do`` returns (status, JSON body), or let it go wrong."""
    fault = faults.draw()
    if fault == "slow":
        time.sleep(SLOW_SECONDS)
    if fault == "hang":
        time.sleep(hang_seconds)
    if fault in ("hang", "reset"):
        return cut(handler)
    if fault == "refuse":
        return respond(handler, 500, b"{}")
    if fault == "busy":
        return respond(handler, 429, b"{}", {"Retry-After": "1"})
    status, body = do()
    if fault == "hang_done":
        time.sleep(hang_seconds)
    if fault in ("hang_done", "reset_done"):
        return cut(handler)
    return respond(handler, status, body)


def respond(handler: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
    with suppress(OSError):  # the sender was killed
        handler.send_response(status)
        for name, value in (headers or {}).items():
            handler.send_header(name, value)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)


def cut(handler: BaseHTTPRequestHandler) -> None:
    """End the connection with a reset instead of an answer."""
    handler.close_connection = True
    with suppress(OSError):
        # Linger for no time at all: closing sends RST (POSIX, SO_LINGER).
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        handler.connection.close()


class Listener(ThreadingHTTPServer):
    """A receiver's front that can be taken down and put back on the same port."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """Cut connections are what this is for: nothing is printed."""
