"""Destinations of requests for a person: what the settings may say, where a route leads, and what ticket systems are sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.testclient import TestClient
from test_handoff_delivery import CONTACT, hand_over, records_of, soon, status, until
from webhook_receiver import SECRET

from api.destinations import Destination, chatwoot, destinations_of, resolve, zendesk
from eval.handoffs.faults import Fault, Faults
from eval.handoffs.receivers import Chat, Desk, Hook, Receiver
from kb.errors import InvalidInputError
from kb.records.events import DESTINATION, Delivery
from kb.settings import Settings

__all__ = ["soon"]  # a fixture of every test here: retries come at once
Serve = Callable[..., TestClient]
PRIVATE: dict[str, Any] = {"webhook_allow_private": True, "webhook_secret": SECRET}
MAIL: dict[str, Any] = {"smtp_url": "smtp://127.0.0.1:9", "mail_from": "help@example.com"}


class Told(Faults):
    """Goes wrong as it is told, then no more."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(0)
        self.left = list(faults)

    def draw(self) -> Fault:
        return self.left.pop(0) if self.left else "none"


@contextmanager
def listening(of: Hook | Desk | Chat, *faults: Fault) -> Iterator[int]:
    receiver = Receiver(of, Told(*faults), hang_seconds=0.0)
    receiver.start()
    try:
        yield receiver.port
    finally:
        receiver.stop()


def packet(**changes: Any) -> dict[str, Any]:
    return {
        "handoff_id": "hnd_1",
        "question": "Where is my order?",
        "message": "It is late.",
        "lang": "en",
        "channel": "chat",
        "category": "shop/orders",
        "topic": "complaint",
        "team": "support",
        "urgency": "high",
        "urgency_reasons": ["pressing_words"],
        "mood": "angry",
        "mood_signs": ["useless"],
        "rewordings": [],
        "turns": [],
        "opened": [],
        "transcript": [],
        "page_url": None,
        "url": "https://help.example.com/owner/handoffs/hnd_1",
        "agent_url": "https://help.example.com/agent/handoffs/hnd_1?link=x",
        "contact": {"name": "Ada", "email": "ada@example.com"},
        **changes,
    }


def delivery(attempts: int = 1, **changes: Any) -> Delivery:
    at = datetime(2026, 11, 22, tzinfo=UTC)
    return Delivery("evt_1", f"{DESTINATION}desk", "handoff.created", at, packet(**changes), attempts)


SAID: dict[str, Any] = {
    "site_name": "Help",
    "site_url": "https://help.example.com",
    "allow_private": True,
    "timeout": 5.0,
}


def to_zendesk(port: int) -> Destination:
    return Destination("desk", "zendesk", f"http://127.0.0.1:{port}", "agent@example.com", "token")


def to_chatwoot(port: int) -> Destination:
    return Destination("chat", "chatwoot", f"http://127.0.0.1:{port}", "", "token", 1, 2)


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ("billing", "billing"),
        ("Billing=mailto:a@example.com", "Billing"),
        ("mail=mailto:a@example.com", "mail"),
        ("a=mailto:nobody", "a"),
        ("a=ftp://example.com", "a"),
        ("a=http://example.com/hook", "a"),
        ("a=https://user:pass@example.com/hook", "password"),
        ("a=https://example.com/hook", "KB_WEBHOOK_SECRET"),
        ("a=zendesk+https://example.zendesk.com", "a"),
        ("a=zendesk+https://me@example.zendesk.com", "a"),
        ("a=chatwoot+https://token@example.com", "a"),
        ("a=chatwoot+https://example.com/accounts/1/inboxes/2", "a"),
        ("a=teams+https://example.com", "a"),
        ("a=https://example.com:99999/hook", "a"),
        ("a=mailto:a@example.com a=mailto:b@example.com", "twice"),
    ],
)
def test_what_cannot_be_a_destination_stops_the_start(given: str, wrong: str) -> None:
    with pytest.raises(InvalidInputError, match=wrong) as caught:
        destinations_of(Settings(handoff_destinations=given, **MAIL))  # type: ignore[arg-type]
    assert "token" not in caught.value.detail


def test_a_mailbox_needs_a_mail_server() -> None:
    with pytest.raises(InvalidInputError, match="KB_SMTP_URL"):
        destinations_of(Settings(handoff_destinations="a=mailto:a@example.com"))  # type: ignore[arg-type]


def test_tokens_and_addresses_are_read_and_kept_apart() -> None:
    given = (
        "billing=mailto:billing@example.com crm=https://crm.example.com/hook?x=1 "
        "desk=zendesk+https://agent%40example.com:T%2Fk@example.zendesk.com:8443/ignored "
        "chat=chatwoot+https://TOK@chat.example.com/accounts/3/inboxes/7/"
    )
    found = destinations_of(Settings(handoff_destinations=given, webhook_secret=SECRET, **MAIL))  # type: ignore[arg-type]
    assert found == (
        Destination("mail", "mail", ""),
        Destination("billing", "mail", "billing@example.com"),
        Destination("crm", "webhook", "https://crm.example.com/hook?x=1"),
        Destination("desk", "zendesk", "https://example.zendesk.com:8443", "agent@example.com", "T/k"),
        Destination("chat", "chatwoot", "https://chat.example.com", "", "TOK", 3, 7),
    )


MAILBOX, NO_ADDRESS = Destination("mail", "mail", "help@example.com"), Destination("mail", "mail", "")
DESK, CRM = Destination("desk", "zendesk", "https://x.example"), Destination("crm", "webhook", "https://y.example")
BILLING = Destination("billing", "mail", "billing@example.com")


@pytest.mark.parametrize(
    ("configured", "channels", "mail", "feed", "chosen"),
    [
        ((MAILBOX, DESK), (), (), False, ("mail", "desk")),
        ((MAILBOX, DESK), ("zendesk",), (), False, ("desk",)),
        ((MAILBOX, DESK, CRM), ("webhook", "mail"), (), False, ("mail", "crm")),
        ((MAILBOX, BILLING), ("mail",), (), False, ("mail",)),
        ((MAILBOX, BILLING), ("billing",), (), False, ("billing",)),
        ((NO_ADDRESS, BILLING), ("mail",), (), False, ("billing",)),
        ((NO_ADDRESS, DESK), (), (), False, ("desk",)),
        ((NO_ADDRESS, DESK), (), ("team@example.com",), False, ("mail", "desk")),
        ((MAILBOX, BILLING, DESK), (), ("team@example.com",), False, ("mail", "desk")),
        ((MAILBOX, DESK), ("chatwoot",), (), False, ("mail", "desk")),  # nobody is left waiting for a misspelt name
        ((MAILBOX, DESK), ("webhook",), (), True, ()),  # receivers of every event have it
        ((MAILBOX, DESK), ("webhook",), (), False, ("mail", "desk")),
    ],
)
def test_a_route_leads_to_names_and_kinds(
    configured: tuple[Destination, ...],
    channels: tuple[str, ...],
    mail: tuple[str, ...],
    feed: bool,
    chosen: tuple[str, ...],
) -> None:
    assert resolve(configured, channels, mail, feed=feed) == chosen


def test_a_ticket_holds_the_whole_story_as_an_internal_note() -> None:
    ticket = zendesk.ticket(packet(), site_name="Help", site_url="https://help.example.com")["ticket"]
    assert ticket["external_id"] == "hnd_1"
    assert ticket["priority"] == "urgent"
    assert ticket["requester"] == {"name": "Ada", "email": "ada@example.com"}
    assert ticket["comment"]["public"] is False
    for said in ("Where is my order?", "It is late.", "https://help.example.com/agent/handoffs/hnd_1?link=x", "hnd_1"):
        assert said in ticket["comment"]["body"]
    assert set(ticket["tags"]) >= {
        "kb",
        "team_support",
        "topic_complaint",
        "category_shop_orders",
        "lang_en",
        "mood_angry",
    }
    nobody = zendesk.ticket(packet(contact=None), site_name="Help", site_url="")["ticket"]
    assert nobody["requester"] == {"name": "Visitor"}


@pytest.mark.parametrize("fault", ["reset_done", "hang_done", "reset", "refuse", "busy"])
def test_a_ticket_is_made_once_whatever_becomes_of_the_answer(fault: Fault) -> None:
    desk = Desk()
    with listening(desk, "none", fault) as port:
        first = zendesk.deliver(delivery(), to_zendesk(port), **SAID)
        desk.keys.clear()  # the key is forgotten after some hours
        assert first is not None
        assert zendesk.deliver(delivery(2), to_zendesk(port), **SAID) is None
        assert zendesk.deliver(delivery(1), to_zendesk(port), **SAID) is None  # sent again by hand
    assert [ticket["external_id"] for ticket in desk.tickets] == ["hnd_1"]


def test_without_knowing_no_ticket_is_made() -> None:
    desk = Desk()
    with listening(desk, "refuse") as port:
        assert zendesk.deliver(delivery(2), to_zendesk(port), **SAID) is not None
    assert desk.tickets == []


# A hand-over is seven requests at most: whichever goes wrong, the next attempt goes on.
@pytest.mark.parametrize("fault", ["reset_done", "reset", "refuse"])
@pytest.mark.parametrize("step", range(7))
def test_a_conversation_is_made_once_whichever_step_goes_wrong(fault: Fault, step: int) -> None:
    chat = Chat()
    with listening(chat, *["none"] * step, fault) as port:  # type: ignore[list-item]
        for attempt in (1, 2, 3):
            refusal = chatwoot.deliver(delivery(attempt), to_chatwoot(port), **SAID)
        assert refusal is None
    assert len(chat.contacts) == len(chat.conversations) == 1
    assert chat.conversations[0]["custom_attributes"]["kb_handoff"] == "hnd_1"
    visitor, note = chat.messages[1]
    assert (visitor["message_type"], "Where is my order?" in visitor["content"]) == ("incoming", True)
    assert (note["private"], "It is late." in note["content"]) == (True, True)


def test_a_visitor_who_is_known_gets_another_conversation_and_no_second_contact() -> None:
    chat = Chat()
    with listening(chat) as port:
        for name in ("hnd_1", "hnd_2"):
            assert chatwoot.deliver(delivery(handoff_id=name), to_chatwoot(port), **SAID) is None
        assert chatwoot.deliver(delivery(handoff_id="hnd_3", contact=None), to_chatwoot(port), **SAID) is None
    assert [contact.get("email") for contact in chat.contacts] == ["ada@example.com", None]
    assert [conversation["contact_id"] for conversation in chat.conversations] == [1, 1, 2]


@pytest.mark.parametrize("deliver", [zendesk.deliver, chatwoot.deliver])
def test_what_was_erased_is_told_nobody(deliver: Any) -> None:
    bare = Delivery("evt_1", "handoff:x", "handoff.created", datetime.now(UTC), {"handoff_id": "hnd_1"}, 1)
    assert deliver(bare, to_zendesk(1), **SAID) is None


@pytest.mark.parametrize("deliver", [zendesk.deliver, chatwoot.deliver])
def test_a_private_address_is_refused_unless_allowed(deliver: Any) -> None:
    refusal = deliver(delivery(), to_chatwoot(9), **{**SAID, "allow_private": False})
    assert "private network" in refusal.error


def test_a_request_reaches_every_destination_once(serve: Serve) -> None:
    desk, chat, hook = Desk(), Chat(), Hook(SECRET)
    with (
        listening(desk, "none", "reset_done", "refuse") as d,
        listening(chat, "none", "reset_done") as c,
        listening(hook, "reset_done", "refuse") as h,
    ):
        client = serve(
            handoff_destinations=(
                f"desk=zendesk+http://a%40example.com:t@127.0.0.1:{d} "
                f"chat=chatwoot+http://t@127.0.0.1:{c}/accounts/1/inboxes/2 crm=http://127.0.0.1:{h}/hook"
            ),
            **PRIVATE,
        )
        taken = hand_over(client, question="Where is my order?", contact=CONTACT)
        event = records_of(client).handoffs.get(taken["id"]).event_id
        until(lambda: {each.state for each in records_of(client).events.reports(event)} == {"delivered"})
        assert status(client, taken) == "delivered"
    assert [ticket["external_id"] for ticket in desk.tickets] == [taken["id"]]
    assert len(chat.conversations) == 1
    assert hook.handled("handoff.created") == {taken["id"]: 1}
    assert {len(bodies) for bodies in hook.bodies.values()} == {1}
    (body,) = next(iter(hook.bodies.values()))
    assert b"mail_to" not in body
    assert b'"channels"' not in body
