"""Requests for a person as Zendesk tickets (developer.zendesk.com, Ticketing API, tickets).

A ticket carries the request's id as ``external_id``, and every attempt asks for that ticket first: one before may have been carried
out without our knowing. All attempts have the same ``Idempotency-Key``, which Zendesk honours for some hours, for the case that two
overlap.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import orjson

from api.delivering import TIMEOUT, Refusal
from api.destinations.naming import Destination
from api.destinations.story import is_erased, tags_of, text_of
from api.guarded_http import ExchangeError, exchange
from api.webhooks import refusal_of
from kb.records.events import Delivery


def ticket(packet: Mapping[str, Any], *, site_name: str, site_url: str) -> dict[str, Any]:
    """The body of ``POST /api/v2/tickets.json``. The packet is an internal note: a public one would be mailed to the visitor."""
    subject, text = text_of(packet, site_name=site_name, site_url=site_url)
    contact = packet["contact"] or {}
    requester = {"name": contact.get("name") or contact.get("email") or contact.get("phone") or "Visitor"}
    if contact.get("email"):
        requester["email"] = contact["email"]
    return {
        "ticket": {
            "external_id": packet["handoff_id"],
            "subject": subject,
            "comment": {"body": text, "public": False},
            "priority": "urgent" if packet["urgency"] == "high" else "normal",
            "tags": tags_of(packet),
            "requester": requester,
        }
    }


def deliver(
    delivery: Delivery, to: Destination, *, site_name: str, site_url: str, allow_private: bool, timeout: float = TIMEOUT
) -> Refusal | None:
    """Make one attempt; None when Zendesk has the ticket."""
    packet = delivery.payload
    if is_erased(packet):
        return None
    deadline = time.monotonic() + timeout
    signed_in = base64.b64encode(f"{to.user}/token:{to.token}".encode()).decode()
    headers = {"Authorization": f"Basic {signed_in}", "Accept": "application/json"}
    request_id = str(packet["handoff_id"])
    try:
        asked = exchange(
            "GET",
            f"{to.url}/api/v2/tickets.json?{urlencode({'external_id': request_id})}",
            headers=headers,
            allow_private=allow_private,
            deadline=deadline,
        )
        refusal = refusal_of(asked)
        if refusal is not None:  # without knowing, nothing is made a second time
            return refusal
        if _has(asked.body, request_id):
            return None
        reply = exchange(
            "POST",
            f"{to.url}/api/v2/tickets.json",
            headers={**headers, "Content-Type": "application/json", "Idempotency-Key": delivery.event_id},
            content=orjson.dumps(ticket(packet, site_name=site_name, site_url=site_url)),
            allow_private=allow_private,
            deadline=deadline,
        )
    except ExchangeError as error:
        return Refusal(str(error))
    except orjson.JSONDecodeError:
        return Refusal("the answer is no JSON")
    return refusal_of(reply)


def _has(body: bytes, request_id: str) -> bool:
    found = orjson.loads(body)
    tickets = found.get("tickets", []) if isinstance(found, dict) else []
    return any(each.get("external_id") == request_id for each in tickets if isinstance(each, dict))
