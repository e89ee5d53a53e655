"""Requests for a person as Chatwoot conversations (developers.chatwoot.com, Application API, an inbox of type API).

Three steps: the contact, the conversation with the visitor's words, the packet as a private note. Each looks first whether it was
done, by the e-mail address or the request's id, so that every attempt goes on where the one before ended.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import orjson

from api.delivering import TIMEOUT, Refusal
from api.destinations.naming import Destination
from api.destinations.story import is_erased, text_of, visitor_words
from api.guarded_http import ExchangeError, HttpReply, exchange
from api.webhooks import refusal_of
from kb.records.events import Delivery

_MARK = "kb_handoff"  # custom attribute that holds the request's id


class _RefusedError(Exception):
    """A step was not carried out; the attempt ends."""

    def __init__(self, refusal: Refusal, status: int = 0) -> None:
        super().__init__(refusal.error)
        self.refusal = refusal
        self.status = status


class _Account:
    """Calls to one account, all before one deadline. Raises ``_RefusedError`` and ``ExchangeError``."""

    def __init__(self, to: Destination, *, allow_private: bool, deadline: float) -> None:
        self._to = to
        self._allow_private = allow_private
        self._deadline = deadline

    def get(self, path: str, **asked: str) -> Any:
        return self._call("GET", f"{path}?{urlencode(asked)}" if asked else path, None)

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        return self._call("POST", path, orjson.dumps(body))

    def _call(self, method: str, path: str, content: bytes | None) -> Any:
        reply: HttpReply = exchange(
            method,
            f"{self._to.url}/api/v1/accounts/{self._to.account}{path}",
            headers={"api_access_token": self._to.token, "Content-Type": "application/json"},
            content=content,
            allow_private=self._allow_private,
            deadline=self._deadline,
        )
        refusal = refusal_of(reply)
        if refusal is not None:
            raise _RefusedError(refusal, reply.status)
        try:
            return orjson.loads(reply.body) if reply.body else {}
        except orjson.JSONDecodeError:
            raise _RefusedError(Refusal("the answer is no JSON")) from None


def deliver(
    delivery: Delivery, to: Destination, *, site_name: str, site_url: str, allow_private: bool, timeout: float = TIMEOUT
) -> Refusal | None:
    """Make one attempt; None when Chatwoot has the conversation with its note."""
    packet = delivery.payload
    if is_erased(packet):
        return None
    account = _Account(to, allow_private=allow_private, deadline=time.monotonic() + timeout)
    try:
        contact_id = _contact(account, packet, to.inbox)
        conversation_id = _conversation(account, packet, to.inbox, contact_id)
        _note(account, packet, conversation_id, text_of(packet, site_name=site_name, site_url=site_url)[1])
        if packet["urgency"] == "high":
            account.post(f"/conversations/{conversation_id}/toggle_priority", {"priority": "urgent"})
    except _RefusedError as error:
        return error.refusal
    except ExchangeError as error:
        return Refusal(str(error))
    except (KeyError, TypeError, IndexError, AttributeError):
        return Refusal("the answer has another shape than Chatwoot's")
    return None


def _contact(account: _Account, packet: Mapping[str, Any], inbox: int) -> int:
    """The id of the visitor's contact: the one with this address, else one made for this request."""
    given = packet["contact"] or {}
    request_id = str(packet["handoff_id"])
    known = given.get("email") or given.get("phone") or request_id
    found = _known_contact(account, known)
    if found is not None:
        return found
    body = {"inbox_id": inbox, "name": given.get("name") or "Visitor", "identifier": request_id}
    if given.get("email"):
        body["email"] = given["email"]
    if given.get("phone"):
        body["phone_number"] = given["phone"]
    made = account.post("/contacts", body)
    return int(made["payload"]["contact"]["id"])


def _known_contact(account: _Account, known: str) -> int | None:
    """Exactly this address or identifier: the search finds parts of words too."""
    for each in account.get("/contacts/search", q=known)["payload"]:
        if known.lower() in {str(each.get(name) or "").lower() for name in ("email", "phone_number", "identifier")}:
            return int(each["id"])
    return None


def _conversation(account: _Account, packet: Mapping[str, Any], inbox: int, contact_id: int) -> int:
    request_id = str(packet["handoff_id"])
    for each in account.get(f"/contacts/{contact_id}/conversations")["payload"]:
        if (each.get("custom_attributes") or {}).get(_MARK) == request_id:
            return int(each["id"])
    made = account.post(
        "/conversations",
        {
            "inbox_id": inbox,
            "contact_id": contact_id,
            "source_id": request_id,
            "status": "open",
            "custom_attributes": {
                _MARK: request_id,
                "team": packet.get("team") or "",
                "topic": packet.get("topic") or "",
                "category": packet["category"] or "",
                "language": packet["lang"],
                "link": packet.get("agent_url") or packet["url"],
            },
            # With the conversation in one transaction: there is never one without what it is about.
            "message": {"content": visitor_words(packet), "message_type": "incoming"},
        },
    )
    return int(made["id"])


def _note(account: _Account, packet: Mapping[str, Any], conversation_id: int, text: str) -> None:
    path, request_id = f"/conversations/{conversation_id}/messages", str(packet["handoff_id"])
    for each in account.get(path)["payload"]:
        if each.get("private") and request_id in str(each.get("content") or ""):
            return
    account.post(path, {"content": text, "message_type": "outgoing", "private": True})
