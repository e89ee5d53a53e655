"""Receivers of requests for a person that behave like the real ones, count what they get, and fail by chance.

The webhook verifies signatures and deduplicates by ``webhook-id``, as documented. The ticket systems know what their documentation
promises and nothing more: Zendesk an ``Idempotency-Key`` and ``external_id``, Chatwoot neither.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
from standardwebhooks import Webhook, WebhookVerificationError

from eval.handoffs.faults import Faults, Listener, with_fault

Done = tuple[int, bytes]


@dataclass
class Hook:
    """A webhook. ``bodies``: by ``webhook-id``, every different body that came under it; ``attempts``: how often each id came."""

    secret: str
    attempts: Counter[str] = field(default_factory=Counter)
    bodies: dict[str, set[bytes]] = field(default_factory=dict)
    forged: int = 0

    def take(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Done:
        try:
            Webhook(self.secret).verify(body, headers)
        except WebhookVerificationError:
            self.forged += 1
            return 401, b"{}"
        name = headers["webhook-id"]
        self.attempts[name] += 1
        self.bodies.setdefault(name, set()).add(body)
        return 200, b"{}"

    def handled(self, kind: str) -> Counter[str]:
        """How often each request was handled: once for each id under which it came."""
        events = (orjson.loads(next(iter(bodies))) for bodies in list(self.bodies.values()))
        told = (event["data"] for event in events if event["type"] == kind)
        return Counter(data.get("reply_id") or data["handoff_id"] for data in told)


@dataclass
class Desk:
    """Zendesk's tickets. ``keys``: what was made under an ``Idempotency-Key``."""

    tickets: list[dict[str, Any]] = field(default_factory=list)
    keys: dict[str, dict[str, Any]] = field(default_factory=dict)
    looked_up: int = 0

    def take(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Done:
        if not headers.get("authorization", "").startswith("Basic "):
            return 401, b"{}"
        if method == "GET":
            self.looked_up += 1
            wanted = parse_qs(urlsplit(path).query)["external_id"][0]
            found = [ticket for ticket in self.tickets if ticket["external_id"] == wanted]
            return 200, orjson.dumps({"tickets": found, "count": len(found)})
        key = headers["idempotency-key"]
        if key not in self.keys:
            self.keys[key] = {"id": len(self.tickets) + 1, **orjson.loads(body)["ticket"]}
            self.tickets.append(self.keys[key])
        return 201, orjson.dumps({"ticket": self.keys[key]})


@dataclass
class Chat:
    """Chatwoot's contacts, conversations and messages of one account."""

    contacts: list[dict[str, Any]] = field(default_factory=list)
    conversations: list[dict[str, Any]] = field(default_factory=list)
    messages: dict[int, list[dict[str, Any]]] = field(default_factory=dict)

    def take(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Done:
        if not headers.get("api_access_token"):
            return 401, b"{}"
        parts = urlsplit(path)
        rest = re.sub(r"^/api/v1/accounts/\d+", "", parts.path)
        sent = orjson.loads(body) if body else {}
        if method == "GET":
            return self._read(rest, parse_qs(parts.query))
        if rest == "/contacts":
            return self._add_contact(sent)
        if rest == "/conversations":
            return self._add_conversation(sent)
        number = int(rest.split("/")[2])
        if rest.endswith("/messages"):
            self.messages[number].append(sent)
        return 200, orjson.dumps({"id": number})

    def _read(self, rest: str, asked: dict[str, list[str]]) -> Done:
        if rest == "/contacts/search":
            word = asked["q"][0].lower()
            found = [c for c in self.contacts if any(word in str(v).lower() for v in c.values())]
        elif rest.startswith("/contacts/"):
            found = [c for c in self.conversations if c["contact_id"] == int(rest.split("/")[2])][-20:]
        else:
            found = self.messages[int(rest.split("/")[2])][-20:]
        return 200, orjson.dumps({"payload": found})

    def _add_contact(self, sent: dict[str, Any]) -> Done:
        for name in ("email", "phone_number", "identifier"):
            if sent.get(name) and any(contact.get(name) == sent[name] for contact in self.contacts):
                return 422, orjson.dumps({"message": f"{name} has already been taken"})
        contact = {"id": len(self.contacts) + 1, **sent}
        self.contacts.append(contact)
        return 200, orjson.dumps({"payload": {"contact": contact}})

    def _add_conversation(self, sent: dict[str, Any]) -> Done:
        number = len(self.conversations) + 1
        self.conversations.append({**sent, "id": number})
        self.messages[number] = [sent["message"]]
        return 200, orjson.dumps({"id": number})


class Receiver:
    """One of the above behind a port of this machine. ``stop`` and ``start`` are a restart: what it has stays."""

    def __init__(self, of: Hook | Desk | Chat, faults: Faults, hang_seconds: float) -> None:
        self.of = of
        self.port = 0
        self.cut_short = 0
        self._faults = faults
        self._hang_seconds = hang_seconds
        self._lock = threading.Lock()
        self._listener: Listener | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._listener = Listener(("127.0.0.1", self.port), _handler(self._answer))
        self.port = self._listener.server_port
        self._thread = threading.Thread(target=self._listener.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        if self._listener is not None and self._thread is not None:
            self._listener.shutdown()
            self._listener.server_close()
            self._thread.join()
            self._listener = None

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers.get("Content-Length") or 0)
        body = handler.rfile.read(length)
        if len(body) < length:  # the sender was killed while it was sending: this is no request
            self.cut_short += 1
            return
        headers = {name.lower(): value for name, value in handler.headers.items()}

        def do() -> Done:
            with self._lock:
                return self.of.take(handler.command, handler.path, headers, body)

        with_fault(handler, self._faults, self._hang_seconds, do)


def _handler(answer: Callable[[BaseHTTPRequestHandler], None]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            answer(self)

        def do_GET(self) -> None:
            answer(self)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing is printed for each request."""

    return Handler
