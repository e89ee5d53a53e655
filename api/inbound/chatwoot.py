"""Chatwoot's agent bot: which of its events ask for an answer, and an answer as calls of its API.

"Agent bots" and "Supported webhook events" (developers.chatwoot.com, chatwoot.com/hc): ``message_created`` for what a visitor
writes, ``message_updated`` with ``submitted_values`` for what a visitor chose. A conversation is the bot's while it is ``pending``.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson

from api.channels.fitting import Fitted, fit
from api.channels.inert import closed_url, without_markup
from api.channels.message import Button, utf16
from api.guarded_http import exchange
from api.inbound.conversing import Turned, is_value
from kb.errors import InvalidInputError
from kb.sealing import ContactSeal
from kb.settings import Settings
from kb.text.redact import redact

PLATFORM = "chatwoot"
_TEXT = 4000  # UTF-16 units: Chatwoot takes more, the messengers behind its inboxes do not
_TITLE = 200

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ChatwootOptions:
    """``url``: without a slash at its end."""

    url: str
    token: str
    allow_private: bool


@dataclass(frozen=True, slots=True)
class Incoming:
    """What a visitor wrote or chose. ``id``: the same for a repeated delivery. ``conversation``: ``account/number``. ``person``: a
    name for the contact; the installation's own identifier where it has one, so that other channels know the same person."""

    id: str
    conversation: str
    person: str
    text: str


@dataclass(frozen=True, slots=True)
class Echo:
    """Words of this bot, as Chatwoot tells everybody about them."""

    conversation: str
    words: str


def chatwoot_options(settings: Settings) -> ChatwootOptions | None:
    """None without an address. Raises ``InvalidInputError`` for one that cannot be called."""
    if not settings.chatwoot_url:
        return None
    try:
        parts = urlsplit(settings.chatwoot_url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and not parts.username
    except ValueError:
        usable = False
    if not usable:
        raise InvalidInputError("KB_CHATWOOT_URL is no address.", "Write it like https://chat.example.com.")
    if settings.chatwoot_token is None:
        raise InvalidInputError(
            "KB_CHATWOOT_URL is set and KB_CHATWOOT_TOKEN is not.", "Copy the access token of the bot from Chatwoot."
        )
    if parts.scheme == "http" and not settings.webhook_allow_private:
        raise InvalidInputError(
            "KB_CHATWOOT_URL is not encrypted.",
            "Use https, or set KB_WEBHOOK_ALLOW_PRIVATE=true for an installation in your own network.",
        )
    return ChatwootOptions(
        settings.chatwoot_url.rstrip("/"), settings.chatwoot_token.get_secret_value(), settings.webhook_allow_private
    )


def read_event(event: Mapping[str, Any]) -> Incoming | Echo | None:
    """What of an event concerns the bot; None for all else: notes of agents, what people wrote who took over, changes of status."""
    kind, message_id = event.get("event"), event.get("id")
    conversation, account = _object(event, "conversation"), _object(event, "account")
    number, account_id = conversation.get("id"), account.get("id")
    if not (_is_id(message_id) and _is_id(number) and _is_id(account_id)):
        return None
    place = f"{account_id}/{number}"
    content = event.get("content")
    text = _clean(content) if isinstance(content, str) else ""
    chosen = _chosen(event) if kind == "message_updated" else ""
    if kind == "message_created" and event.get("message_type") in ("outgoing", 1):  # our notes to agents, too
        return Echo(place, words_hash(text)) if _object(event, "sender").get("type") == "agent_bot" else None
    if event.get("private") or kind not in ("message_created", "message_updated"):
        return None
    if conversation.get("status", "pending") != "pending":
        return None
    person = _person(event, account_id)
    if kind == "message_updated":
        return Incoming(f"{PLATFORM}:{message_id}:{words_hash(chosen)}", place, person, chosen) if chosen else None
    if event.get("message_type") not in ("incoming", 0):
        return None
    return Incoming(f"{PLATFORM}:{message_id}", place, person, text)


def kept(incoming: Incoming, base: str, seal: ContactSeal) -> Json:
    """What is written down of a message until it is answered: its words masked, and sealed who said them, because an installation
    may use e-mail addresses as names."""
    text = incoming.text if is_value(incoming.text) else redact(incoming.text).text
    return {"text": text, "person": seal.seal({"name": incoming.person}).decode("ascii"), "base": base}


def person_in(asked: Mapping[str, Any], conversation: str, seal: ContactSeal) -> str:
    """Who said what is ``kept``. When no key opens it any more, whoever writes in that conversation: it is answered even so."""
    opened = seal.open(str(asked.get("person", "")).encode("utf-8", "replace"))
    return str(opened["name"]) if opened else f"{PLATFORM}:{conversation}"


def steps_of(turned: Turned, place: str, note: str) -> list[Json]:
    """The calls that say ``turned`` in the conversation ``place``. ``note``: for the agents who take over, "" for none."""
    account, _, number = place.partition("/")
    path = f"/api/v1/accounts/{account}/conversations/{number}"
    bodies = [{"content": text} for text in _texts(turned)]
    said = turned.message.said if turned.message else None
    options = [b for b in turned.buttons if b.kind in ("option", "person")]
    if said is not None and any(button.kind == "option" for button in turned.buttons):
        bodies[-1] |= _select(options)
    elif said is not None and any(button.kind in ("up", "down") for button in turned.buttons):
        bodies.append({"content": said.says["helped"], **_select([b for b in turned.buttons if b.kind != "link"])})
    elif said is not None and options:
        bodies.append({"content": said.says["person"], **_select(options)})
    links = [button for button in turned.buttons if button.kind == "link"]
    if links:
        bodies.insert(1, {"content": links[0].label, **_cards(links)})
    steps = [{"path": f"{path}/messages", "body": {"message_type": "outgoing", "private": False, **b}} for b in bodies]
    if note:
        steps.append(
            {"path": f"{path}/messages", "body": {"content": note, "message_type": "outgoing", "private": True}}
        )
    if note or handed_over(turned):
        steps.append({"path": f"{path}/toggle_status", "body": {"status": "open"}})
    return steps


def handed_over(turned: Turned) -> bool:
    """Whether people in Chatwoot take over: they are the people, also where nobody reads requests at our own desk."""
    outcome = turned.document["outcome"] if turned.document and turned.message else ""
    return turned.handoff is not None or outcome == "handoff" or turned.without == "nobody"


def call(options: ChatwootOptions, step: Mapping[str, Any], deadline: float) -> tuple[int, str]:
    """Make one call; its status and ``Retry-After``. Raises ``ExchangeError``."""
    reply = exchange(
        "POST",
        f"{options.url}{step['path']}",
        headers={"Content-Type": "application/json", "api_access_token": options.token},
        content=orjson.dumps(step["body"]),
        allow_private=options.allow_private,
        deadline=time.monotonic() + deadline,
    )
    return reply.status, reply.headers.get("retry-after", "")


def words_hash(text: str) -> str:
    """By which our own words are known when Chatwoot repeats them: it may trim them."""
    return hashlib.sha256(" ".join(text.split()).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _texts(turned: Turned) -> list[str]:
    texts = [fit(turned.message, _laid_out, lambda text: 0 < utf16(text) <= _TEXT)[0]] if turned.message else []
    return texts + ([turned.words] if turned.words or not texts else [])


def _laid_out(fitted: Fitted) -> str:
    """Without Markdown: Chatwoot shows it in its own windows and sends it as it stands to other messengers."""
    sources = [
        f"[{s.n}] {without_markup(s.title)} {closed_url(s.url)}{f' ({s.note})' if s.note else ''}"
        for s in fitted.sources
    ]
    texts = (without_markup(fitted.preface), without_markup(fitted.body), fitted.cut, "\n".join(sources), fitted.person)
    return "\n\n".join(text for text in texts if text)


def _select(buttons: Sequence[Button]) -> Json:
    items = [{"title": button.label[:_TITLE], "value": button.short} for button in buttons]
    return {"content_type": "input_select", "content_attributes": {"items": items}}


def _cards(links: Sequence[Button]) -> Json:
    items = [
        {
            "title": button.label[:_TITLE],
            "description": "",
            "actions": [{"type": "link", "text": button.label[:_TITLE], "uri": button.url}],
        }
        for button in links
    ]
    return {"content_type": "cards", "content_attributes": {"items": items}}


def _chosen(event: Mapping[str, Any]) -> str:
    values = _object(event, "content_attributes").get("submitted_values")
    first = values[0] if isinstance(values, list) and values else None
    value = first.get("value") if isinstance(first, dict) else None
    return _clean(value) if isinstance(value, str) else ""


def _person(event: Mapping[str, Any], account_id: object) -> str:
    # In an update the sender is the bot; the contact stands in the conversation.
    contact = _object(_object(_object(event, "conversation"), "meta"), "sender") or _object(event, "sender")
    identifier = contact.get("identifier")
    if isinstance(identifier, str) and identifier.strip():
        return _clean(identifier)[:200]
    return f"{PLATFORM}:{account_id}:{contact.get('id')}"


def _is_id(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _object(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def _clean(text: str) -> str:
    whole = text.encode("utf-8", "ignore").decode()
    return "".join(c for c in whole if c in "\t\n\r" or (ord(c) >= 0x20 and not 0x7F <= ord(c) < 0xA0)).strip()
