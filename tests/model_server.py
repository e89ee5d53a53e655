"""A model endpoint for tests: a real HTTP server on a free port that answers as it is told, well or badly."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

STREAM = "text/event-stream"
Reply = tuple[int, str, Iterable[bytes]]  # status, content type, what is sent piece by piece


class ModelServer(ThreadingHTTPServer):
    """``answers`` makes the reply to a request's body. ``requests`` and ``keys``: what was received, in order."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: Callable[[dict[str, Any]], Reply] = lambda _: says("")
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.broken_off = threading.Event()  # a client went away while it was sent something
        self.released = threading.Event()  # what hangs goes on when this is set

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that leave are part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    server: ModelServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append({"path": self.path, **body})
        self.server.keys.append(self.headers.get("Authorization"))
        status, kind, pieces = self.server.answers(body)
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.end_headers()
        try:
            for piece in pieces:
                self.wfile.write(piece)
                self.wfile.flush()
        except OSError:
            self.server.broken_off.set()

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@contextmanager
def model_server() -> Iterator[ModelServer]:
    server = ModelServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


def event(text: str, reason: str | None = None) -> bytes:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": reason}
    return b"data: " + json.dumps({"object": "chat.completion.chunk", "choices": [choice]}).encode() + b"\n\n"


def says(text: str, size: int = 5, reason: str = "stop") -> Reply:
    """Stream ``text`` in pieces of ``size`` code points, as real servers do."""
    pieces = [event(text[i : i + size]) for i in range(0, len(text), size)]
    return 200, STREAM, [b": welcome\n\n", *pieces, event("", reason), b"data: [DONE]\n\n"]


def says_at_once(text: str, reason: str = "stop") -> Reply:
    """What a server that cannot stream sends."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": reason}
    return 200, "application/json", [json.dumps({"object": "chat.completion", "choices": [choice]}).encode()]


def breaks_off(text: str) -> Reply:
    """Stream ``text`` and close the connection without an end."""
    return 200, STREAM, [event(text[i : i + 5]) for i in range(0, len(text), 5)]


def drips(text: str, seconds: float) -> Reply:
    """One character at a time, each soon enough for a read timeout; over and over again."""

    def pieces() -> Iterator[bytes]:
        for _ in range(1000):
            for character in text:
                time.sleep(seconds)
                yield event(character)

    return 200, STREAM, pieces()


def hangs(server: ModelServer, first: str = "") -> Reply:
    """Send ``first``, then nothing until the server is released; then so much that a client that left is noticed."""

    def pieces() -> Iterator[bytes]:
        yield event(first)
        server.released.wait(30)
        for _ in range(200):
            yield event("x" * 1000)
            time.sleep(0.005)

    return 200, STREAM, pieces()


def sends(content: bytes, status: int = 200, kind: str = STREAM) -> Reply:
    """Exactly these bytes."""
    return status, kind, [content]
