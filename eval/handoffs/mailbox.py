"""A mail server that takes letters, defers some, and hangs up after it has taken one (RFC 5321, the part that senders need)."""

from __future__ import annotations

import socketserver
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default

from eval.handoffs.faults import Faults


@dataclass
class Mailbox:
    """``letters``: how often each ``Message-ID`` was taken; a reader shows one letter for each."""

    faults: Faults
    hang_seconds: float
    letters: Counter[str] = field(default_factory=Counter)
    port: int = 0
    _server: socketserver.ThreadingTCPServer | None = None

    def start(self) -> None:
        box = self

        class Session(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                box._serve(self)

        class Front(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

            def handle_error(self, request: object, client_address: object) -> None:
                """A sender that was killed is what this is for: nothing is printed."""

        self._server = Front(("127.0.0.1", self.port), Session)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def _serve(self, session: socketserver.StreamRequestHandler) -> None:
        def say(line: str) -> None:
            session.wfile.write(f"{line}\r\n".encode())

        say("220 mail.example.com ESMTP")
        fault = self.faults.draw()
        while line := session.rfile.readline():
            word = line[:4].upper()
            if word == b"MAIL" and fault in ("refuse", "busy"):
                say("451 4.3.0 Try again later")
            elif word == b"MAIL" and fault in ("hang", "reset"):
                time.sleep(self.hang_seconds if fault == "hang" else 0)
                return
            elif word == b"DATA":
                say("354 Go ahead")
                self._take(session)
                if fault in ("hang_done", "reset_done"):
                    time.sleep(self.hang_seconds if fault == "hang_done" else 0)
                    return
                say("250 2.0.0 Taken")
            elif word == b"QUIT":
                say("221 Bye")
                return
            else:
                say("250 OK")

    def _take(self, session: socketserver.StreamRequestHandler) -> None:
        lines: list[bytes] = []
        while (line := session.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b".") else line)
        if line:
            message = message_from_bytes(b"".join(lines), policy=default)
            self.letters[str(message["Message-ID"])] += 1
