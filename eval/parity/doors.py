"""The doors, each as a function that plays a dialogue there and gives back what every turn got.

A conversation is told to each door in its own way: by an id (native, stream, MCP, command line), by the response before
(Responses), by all messages so far (chat completions, UI stream, MCP ``earlier``).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# Sends a JSON body to a path and gives the whole reply, streams read to their end. Raises StorageError for a refusal.
Post = Callable[[str, Mapping[str, Any]], bytes]
Dialogue = Sequence[str]


@dataclass(frozen=True, slots=True)
class Heard:
    """What a door gave for one turn. ``document``: the whole answer. ``text``: what a chat program shows, None at a door that
    leaves the wording to its page. ``shown``: what a stream sent piece by piece, None where there was none.
    """

    document: dict[str, Any]
    text: str | None = None
    shown: str | None = None


Door = Callable[[Post, Dialogue], list[Heard]]


def native(post: Post, dialogue: Dialogue) -> list[Heard]:
    """``POST /v1/ask``."""
    return _by_id(dialogue, lambda body: Heard(_read(post("/v1/ask", body))))


def stream(post: Post, dialogue: Dialogue) -> list[Heard]:
    """``POST /v1/ask/stream``: the pieces of the text, and the object of the last event."""

    def ask(body: Mapping[str, Any]) -> Heard:
        events = list(_events(post("/v1/ask/stream", body)))
        pieces = "".join(data["text"] for name, data in events if name == "answer.delta")
        return Heard(next(data for name, data in events if name == "answer.completed"), shown=pieces)

    return _by_id(dialogue, ask)


def chat(post: Post, dialogue: Dialogue) -> list[Heard]:
    """``POST /v1/chat/completions``, all messages each time."""

    def ask(messages: list[dict[str, Any]]) -> Heard:
        body = _read(post("/v1/chat/completions", {**_CHAT, "messages": messages}))
        return Heard(body["kb"], body["choices"][0]["message"]["content"])

    return _by_messages(dialogue, ask)


def chat_stream(post: Post, dialogue: Dialogue) -> list[Heard]:
    """The same with ``stream``."""

    def ask(messages: list[dict[str, Any]]) -> Heard:
        chunks = [
            data for _, data in _events(post("/v1/chat/completions", {**_CHAT, "messages": messages, "stream": True}))
        ]
        text = "".join(choice["delta"].get("content") or "" for chunk in chunks for choice in chunk["choices"])
        return Heard(next(chunk["kb"] for chunk in chunks if chunk.get("kb")), text, text)

    return _by_messages(dialogue, ask)


def responses(post: Post, dialogue: Dialogue) -> list[Heard]:
    """``POST /v1/responses``, each naming the one before."""

    def ask(body: dict[str, Any]) -> tuple[str, Heard]:
        reply = _read(post("/v1/responses", {**_CHAT, **body}))
        return reply["id"], Heard(reply["kb"], reply["output"][0]["content"][0]["text"])

    return _by_response(dialogue, ask)


def responses_stream(post: Post, dialogue: Dialogue) -> list[Heard]:
    """The same with ``stream``."""

    def ask(body: dict[str, Any]) -> tuple[str, Heard]:
        events = [data for _, data in _events(post("/v1/responses", {**_CHAT, **body, "stream": True}))]
        shown = "".join(event["delta"] for event in events if event["type"] == "response.output_text.delta")
        reply = next(event["response"] for event in events if event["type"] == "response.completed")
        return reply["id"], Heard(reply["kb"], reply["output"][0]["content"][0]["text"], shown)

    return _by_response(dialogue, ask)


def ui(post: Post, dialogue: Dialogue) -> list[Heard]:
    """``POST /v1/ui/chat``, all messages each time; a reply comes back with its data, as `useChat` keeps it."""
    messages: list[dict[str, Any]] = []
    heard = []
    for question in dialogue:
        messages.append({"role": "user", "parts": [{"type": "text", "text": question}]})
        parts = [
            data for _, data in _events(post("/v1/ui/chat", {"metadata": _CHAT["metadata"], "messages": messages}))
        ]
        text = "".join(part["delta"] for part in parts if part["type"] == "text-delta")
        data = next(part for part in parts if part["type"] == "data-kb")
        heard.append(Heard(data["data"], text, text))
        messages.append({"role": "assistant", "parts": [{"type": "text", "text": text}, data]})
    return heard


def mcp(post: Post, dialogue: Dialogue) -> list[Heard]:
    """The tool ``ask`` at ``/mcp``, with the id of the conversation."""
    return _by_id(dialogue, lambda body: _tool(post, body))


def mcp_earlier(post: Post, dialogue: Dialogue) -> list[Heard]:
    """The tool ``ask`` at ``/mcp``, with what was asked before."""
    heard = []
    for position, question in enumerate(dialogue):
        heard.append(_tool(post, {"question": question, "earlier": list(dialogue[:position])[-6:]}))
    return heard


DOORS: Mapping[str, Door] = {
    "native": native,
    "stream": stream,
    "chat": chat,
    "chat stream": chat_stream,
    "responses": responses,
    "responses stream": responses_stream,
    "ui": ui,
    "mcp": mcp,
    "mcp earlier": mcp_earlier,
}
_CHAT: Mapping[str, Any] = {"model": "kb", "metadata": {"sources": "list"}}


def _by_id(dialogue: Dialogue, ask: Callable[[dict[str, Any]], Heard]) -> list[Heard]:
    heard: list[Heard] = []
    for question in dialogue:
        known = {"conversation_id": heard[-1].document["conversation_id"]} if heard else {}
        heard.append(ask({"question": question, **known}))
    return heard


def _by_messages(dialogue: Dialogue, ask: Callable[[list[dict[str, Any]]], Heard]) -> list[Heard]:
    messages: list[dict[str, Any]] = []
    heard = []
    for question in dialogue:
        messages.append({"role": "user", "content": question})
        heard.append(ask(messages))
        messages.append({"role": "assistant", "content": heard[-1].text})
    return heard


def _by_response(dialogue: Dialogue, ask: Callable[[dict[str, Any]], tuple[str, Heard]]) -> list[Heard]:
    previous: dict[str, Any] = {}
    heard = []
    for question in dialogue:
        name, found = ask({"input": question, **previous})
        heard.append(found)
        previous = {"previous_response_id": name}
    return heard


def _tool(post: Post, arguments: Mapping[str, Any]) -> Heard:
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "ask", "arguments": arguments}}
    result = _read(post("/mcp", call))["result"]
    return Heard(result["structuredContent"], result["content"][0]["text"])


def _read(raw: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(raw)
    return found


def _events(raw: bytes) -> Iterator[tuple[str, dict[str, Any]]]:
    """The events of a finished stream: name ("" without one) and data, without the closing ``[DONE]``."""
    for block in raw.decode().replace("\r\n", "\n").split("\n\n"):
        fields = dict(line.partition(": ")[::2] for line in block.splitlines() if ": " in line)
        if "data" in fields and fields["data"] != "[DONE]":
            yield fields.get("event", ""), json.loads(fields["data"])
