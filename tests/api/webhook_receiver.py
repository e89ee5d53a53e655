"""A receiver of webhooks on this machine that verifies signatures, and fails, hangs, trickles and restarts."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson
from standardwebhooks import Webhook, WebhookVerificationError

SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
PATIENCE = 20.0  # seconds until a test gives up waiting


@dataclass
class Receiver:
    """An endpoint on this machine. ``answers``: statuses to give, one a request, then 204; -1 hangs, -2 trickles."""

    answers: list[int] = field(default_factory=list)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    answers_to: dict[str, list[int]] = field(default_factory=dict)  # by type of event, before ``answers``
    refused: int = 0
    released: threading.Event = field(default_factory=threading.Event)
    secret: str = SECRET
    headers: dict[str, str] = field(default_factory=dict)

    def handle(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        self.got.append((headers, body))
        answers = self.answers_to.get(orjson.loads(body)["type"]) or self.answers
        status = answers.pop(0) if answers else 204
        if status == -1:
            self.released.wait(PATIENCE)
            return
        if status == -2:
            while not self.released.wait(0.05):
                handler.wfile.write(b"x")
            return
        if status == 204:
            try:
                self.events.append(Webhook(self.secret).verify(body, headers))
            except WebhookVerificationError:
                self.refused += 1
                status = 401
        handler.send_response(status)
        for name, value in self.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    @contextmanager
    def listening(self, port: int = 0) -> Iterator[str]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                with suppress(OSError):  # the sender has hung up
                    receiver.handle(self)

            def log_message(self, format: str, *args: object) -> None: ...

        server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/hook"
        finally:
            self.released.set()
            server.shutdown()
            server.server_close()
            thread.join()
