"""A Chatwoot of this machine: keeps conversations, tells its bot of events as the real one does, fails, hangs and restarts."""

from __future__ import annotations

import hashlib
import hmac
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson

SECRET = "the-bots-secret-in-chatwoot"
TOKEN = "bot-token"
PATIENCE = 60.0  # seconds until a test gives up waiting
_MESSAGES = re.compile(r"/api/v1/accounts/(\d+)/conversations/(\d+)/messages")
_STATUS = re.compile(r"/api/v1/accounts/(\d+)/conversations/(\d+)/toggle_status")
# What a bot's token may do; all else is 401 (AccessTokenAuthHelper).
_CONTENT_TYPES = {"text", "input_select", "cards", "form", "article", "input_email", "input_text", "input_textarea"}
_ITEM_KEYS = {"input_select": {"title", "value"}, "cards": {"title", "description", "media_url", "actions"}}

Post = Callable[[bytes, dict[str, str]], int]


@dataclass
class Chatwoot:
    """``faults``: what to do with the next calls: a status, "hang" (carried out, never answered), "drop" (nothing happens)."""

    post: Post
    faults: list[int | str] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    status: dict[int, str] = field(default_factory=dict)
    bot_statuses: list[int] = field(default_factory=list)
    echoes: bool = True
    identifier: str | None = None
    released: threading.Event = field(default_factory=threading.Event)
    _ids: int = 100
    _echoes: list[threading.Thread] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    # What visitors do

    def says(self, content: str | None, *, conversation: int = 1, **more: Any) -> dict[str, Any]:
        """A visitor writes; the event is delivered once."""
        message = self._add(conversation, {"content": content, "message_type": "incoming", "private": False, **more})
        event = self._event("message_created", message, {"id": 7, "type": "contact", "name": "Ada"})
        self.deliver(event)
        return event

    def chooses(self, title: str, *, conversation: int = 1) -> dict[str, Any]:
        """A visitor presses a button of the newest message that has one with these words."""
        for message in reversed(self.shown(conversation)):
            for item in message.get("content_attributes", {}).get("items", []):
                if item["title"] == title:
                    message["content_attributes"]["submitted_values"] = [item]
                    event = self._event("message_updated", message, {"id": 1, "type": "agent_bot"})
                    self.deliver(event)
                    return event
        raise AssertionError(f"Nobody offers {title!r}: {self.shown(conversation)}")

    def deliver(self, event: dict[str, Any]) -> None:
        body = orjson.dumps(event)
        at = str(int(time.time()))
        signature = hmac.new(SECRET.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "X-Chatwoot-Timestamp": at,
            "X-Chatwoot-Signature": f"sha256={signature}",
        }
        self.bot_statuses.append(self.post(body, headers))

    # What is seen

    def shown(self, conversation: int = 1) -> list[dict[str, Any]]:
        """What the visitor sees of the bot."""
        with self._lock:
            return [
                m
                for m in self.messages
                if m["conversation"] == conversation and m["message_type"] == "outgoing" and not m["private"]
            ]

    def notes(self, conversation: int = 1) -> list[dict[str, Any]]:
        with self._lock:
            return [m for m in self.messages if m["conversation"] == conversation and m["private"]]

    def wait(self, until: Callable[[], bool]) -> None:
        ends = time.monotonic() + PATIENCE
        while not until():
            assert time.monotonic() < ends, (self.messages, self.status, self.bot_statuses)
            time.sleep(0.02)

    # What its API does

    def handle(self, handler: BaseHTTPRequestHandler) -> None:
        body = orjson.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        with self._lock:
            fault = self.faults.pop(0) if self.faults else None
        if fault == "drop":
            return
        status, answer = (fault, {}) if isinstance(fault, int) else self._act(handler, body)
        if fault == "hang":
            self.released.wait(PATIENCE)
            return
        content = orjson.dumps(answer)
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    def _act(self, handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if handler.headers.get("api_access_token") != TOKEN:
            return 401, {"error": "Invalid Access Token"}
        found = _MESSAGES.fullmatch(handler.path)
        if found:
            kind = body.get("content_type", "text")
            items = body.get("content_attributes", {}).get("items", [])
            allowed = _ITEM_KEYS.get(kind, set())
            if not body.get("content") or kind not in _CONTENT_TYPES or any(set(i) - allowed for i in items):
                return 422, {"message": "Content attributes is invalid"}
            message = self._add(int(found[2]), {"content_type": "text", "private": False, **body})
            if self.echoes:
                event = self._event("message_created", message, {"id": 1, "type": "agent_bot"})
                echo = threading.Thread(target=self.deliver, args=(event,), daemon=True)
                echo.start()
                self._echoes.append(echo)
            return 200, {"id": message["id"]}
        found = _STATUS.fullmatch(handler.path)
        if found and body.get("status") in ("open", "resolved", "pending", "snoozed"):
            with self._lock:
                self.status[int(found[2])] = body["status"]
            return 200, {"payload": {"success": True, "current_status": body["status"]}}
        return 401, {"error": "Access to this endpoint is not authorized for bots"}

    def _add(self, conversation: int, message: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            self._ids += 1
            added = {**message, "id": self._ids, "conversation": conversation}
            self.messages.append(added)
            self.status.setdefault(conversation, "pending")
            return added

    def _event(self, kind: str, message: dict[str, Any], sender: dict[str, Any]) -> dict[str, Any]:
        contact = sender if sender.get("type") == "contact" else {"id": 7, "type": "contact"}
        contact = {**contact, "identifier": self.identifier}
        conversation = {
            "id": message["conversation"],
            "status": self.status[message["conversation"]],
            "inbox_id": 1,
            "meta": {"sender": contact},
        }
        fields = ("id", "content", "message_type", "content_type", "content_attributes", "private")
        return {
            "event": kind,
            **{name: message[name] for name in fields if name in message},
            "sender": sender,
            "account": {"id": 3, "name": "Shop"},
            "inbox": {"id": 1, "name": "Site"},
            "conversation": conversation,
        }

    @contextmanager
    def listening(self, port: int = 0) -> Iterator[str]:
        double = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                with suppress(ConnectionError):
                    double.handle(self)

            def log_message(self, format: str, *args: Any) -> None:
                """Quiet."""

        server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        server.daemon_threads = False  # closing waits for those at work, so that no echo comes after it
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            self.released.set()
            server.shutdown()
            server.server_close()
            thread.join()
            for echo in self._echoes:
                echo.join(PATIENCE)
