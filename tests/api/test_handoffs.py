"""Asking for a person: what is taken, what is kept, who may see it."""

from __future__ import annotations

import html
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from starlette.testclient import TestClient

from api.handoff_responses import HandoffDocument, HandoffListDocument, HandoffSeenDocument, HandoffTakenDocument
from api.pages.handoff_mail import handoff_mail

if TYPE_CHECKING:
    from conftest import Site

Serve = Callable[..., TestClient]
CONTACT = {"name": "Ada", "email": "ada@example.com", "consent": True}


def ask(client: TestClient, question: str, **more: Any) -> dict[str, Any]:
    answer: dict[str, Any] = client.post("/v1/ask", json={"question": question, **more}).json()
    return answer


def hand_over(client: TestClient, headers: dict[str, str] | None = None, **body: Any) -> dict[str, Any]:
    sent = client.post("/v1/handoffs", json=body, headers=headers or {})
    assert sent.status_code == 202, sent.text
    document: dict[str, Any] = sent.json()
    HandoffTakenDocument.model_validate(document)
    return document


def packet(client: TestClient, handoff_id: str) -> dict[str, Any]:
    document: dict[str, Any] = client.get(f"/v1/handoffs/{handoff_id}").json()
    HandoffDocument.model_validate(document)
    return document


def test_a_packet_has_the_whole_conversation_from_our_own_record(serve: Serve) -> None:
    client = serve()
    first = ask(client, "How long does a refund take?")
    second = ask(client, "Do you deliver to the moon?", conversation_id=first["conversation_id"])
    client.post("/v1/feedback", json={"answer_id": first["id"], "token": first["feedback_token"], "rating": "down"})
    shown = first["citations"][0]["article_id"]
    client.post("/v1/openings", json={"article_id": shown, "source_id": first["id"]})
    taken = hand_over(
        client,
        answer_id=second["id"],
        token=second["feedback_token"],
        message="I wrote to bob@example.com already.",
        contact=CONTACT,
        transcript=[{"role": "visitor", "text": "invented by the browser"}],
        channel="widget",
        page_url="https://shop.example.com/cart?user=ada",
    )
    found = packet(client, taken["id"])
    assert [turn["question"] for turn in found["turns"]] == [
        "How long does a refund take?",
        "Do you deliver to the moon?",
    ]
    assert [turn["outcome"] for turn in found["turns"]] == [first["outcome"], second["outcome"]]
    assert found["turns"][0]["shown"][0]["quote"] == first["citations"][0]["quote"]
    assert found["turns"][0]["rating"] == "down"
    assert found["turns"][1]["reason"] == second["reason"]
    assert [opened["article_id"] for opened in found["opened"]] == [shown]
    assert found["question"] == "Do you deliver to the moon?"
    assert found["rewordings"] == ["How long does a refund take?"]
    assert found["message"] == "I wrote to [email] already."
    assert found["transcript"] == []
    assert found["contact"] == {"name": "Ada", "email": "ada@example.com"}
    assert found["page_url"] == "https://shop.example.com/cart"
    assert (found["lang"], found["channel"], found["urgency"]) == ("en", "widget", "normal")
    assert found["gap_id"].startswith("gap_")


def test_contacts_and_masked_words_are_nowhere_in_the_data_folder_in_clear(serve: Serve, site: Site) -> None:
    client = serve()
    hand_over(client, question="call +44 20 7946 0958 please", contact={**CONTACT, "phone": "+1 202-456-1111"})
    files = [path.read_bytes() for path in Path(site.data).rglob("*") if path.is_file() and "models" not in path.parts]
    for secret in (b"ada@example.com", b"7946", b"+12024561111", b"456-1111"):
        assert not any(secret in content for content in files)


def test_the_visitor_sees_the_status_and_nothing_else(serve: Serve) -> None:
    client = serve()
    taken = hand_over(client, question="Where is my order?", contact=CONTACT)
    seen = client.get(f"/v1/handoffs/{taken['id']}", params={"token": taken["token"]})
    HandoffSeenDocument.model_validate(seen.json())
    assert seen.json()["status"] == "queued"
    other = hand_over(client, question="Where is my other order?")
    wrong = client.get(f"/v1/handoffs/{taken['id']}", params={"token": other["token"]})
    assert (wrong.status_code, wrong.json()["code"]) == (403, "forbidden")
    client.post(f"/v1/handoffs/{taken['id']}/ack")
    seen = client.get(f"/v1/handoffs/{taken['id']}", params={"token": taken["token"]})
    assert seen.json()["status"] == "acknowledged"


def test_a_repeated_request_is_one_hand_over(serve: Serve) -> None:
    client = serve()
    headers = {"Idempotency-Key": "0b4b2b3e-1c1d-4f7e-9d3a-2f6f0c9a7e55"}
    body = {"question": "Where is my order?", "conversation_id": "cnv_1"}
    first, again = (hand_over(client, headers, **body) for _ in range(2))
    assert first == again
    changed = client.post("/v1/handoffs", json={**body, "message": "hello"}, headers=headers)
    assert (changed.status_code, changed.json()["code"]) == (409, "conflict")
    listed = client.get("/v1/handoffs").json()
    HandoffListDocument.model_validate(listed)
    assert [row["id"] for row in listed["data"]] == [first["id"]]
    assert listed["waiting"] == 1


def test_a_button_that_is_pressed_twice_is_one_hand_over(serve: Serve) -> None:
    client = serve()
    answer = ask(client, "How long does a refund take?", context={"channel": "chat"})
    button = {"answer_id": answer["id"], "token": answer["feedback_token"]}
    first, again = (hand_over(client, **button) for _ in range(2))
    assert first["id"] == again["id"]
    assert packet(client, first["id"])["channel"] == "chat"
    assert hand_over(client, **button, message="My number is 17.")["id"] != first["id"]


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd"])
def test_the_page_of_a_request_is_one_that_may_be_opened(serve: Serve, url: str) -> None:
    client = serve()
    taken = hand_over(client, message="Hello there", page_url=url)
    assert packet(client, taken["id"])["page_url"] is None


def test_a_request_is_told_once_and_each_fact_on_one_line(serve: Serve) -> None:
    client = serve()
    taken = hand_over(client, message="Hello  there", contact={**CONTACT, "name": "Zara\r\nE-mail: b@evil.example"})
    found = packet(client, taken["id"])
    assert found["contact"]["name"] == "Zara E-mail: b@evil.example"
    assert found["channel"] == "api"
    letter = handoff_mail(found, site_name="Help", site_url="").text
    assert letter.count("Hello") == 1


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "caf\u00e9", '"', "a\tb"])
def test_a_key_that_nobody_could_repeat_exactly_is_refused(client: TestClient, key: str) -> None:
    sent = client.post("/v1/handoffs", json={"message": "hello"}, headers=[(b"Idempotency-Key", key.encode("latin-1"))])
    assert (sent.status_code, sent.json()["errors"][0]["in"]) == (422, "header")


def test_a_key_may_stand_in_quotes(serve: Serve) -> None:
    client = serve()
    first, again = (hand_over(client, {"Idempotency-Key": key}, message="hello") for key in ("k-1", '"k-1"'))
    assert first["id"] == again["id"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/message"),
        ({"question": "  "}, "/question"),
        ({"question": "x" * 1001}, "/question"),
        ({"message": "x" * 4001}, "/message"),
        ({"message": "hello", "contact": {"email": "ada@example.com"}}, "/contact/consent"),
        ({"message": "hello", "contact": {"email": "ada@example.com", "consent": False}}, "/contact/consent"),
        ({"message": "hello", "contact": {"email": "ada@", "consent": True}}, "/contact/email"),
        ({"message": "hello", "contact": {"phone": "12", "consent": True}}, "/contact/phone"),
        ({"message": "hello", "contact": {"name": "Ada", "consent": True}}, "/contact"),
        ({"message": "hello", "transcript": [{"role": "god", "text": "x"}]}, "/transcript/0/role"),
        ({"message": "hello", "transcript": [{"role": "visitor", "text": "x"}] * 51}, "/transcript"),
        ({"message": "hello", "transcript": [{"role": "visitor", "text": "x" * 4000}] * 6}, ""),
        ({"message": "hello", "mail": "x"}, "/mail"),
        ({"message": "a\u0000b"}, "/message"),
        ({"message": "hello", "token": "abc"}, ""),
        ({"message": "hello", "lang": "fr"}, "/lang"),
        ({"message": "hello", "page_url": "x" * 2049}, "/page_url"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_place(client: TestClient, body: dict[str, Any], pointer: str) -> None:
    sent = client.post("/v1/handoffs", json=body)
    assert sent.status_code == 422
    assert sent.json()["errors"][0]["pointer"] == pointer


def test_it_is_a_signal_once(serve: Serve, site: Site) -> None:
    client = serve()
    answer = ask(client, "Can elephants play the trombone?")
    assert answer["gap_id"]
    for _ in range(2):
        hand_over(client, answer_id=answer["id"], token=answer["feedback_token"])
    with sqlite3.connect(Path(site.data) / "records.db") as connection:
        found = connection.execute("SELECT gap_id FROM signals WHERE kind = 'asked_for_person'").fetchall()
    connection.close()
    assert found == [(answer["gap_id"],)]


@pytest.mark.parametrize("proven", [False, True])
@pytest.mark.parametrize("question", [None, "What about elephants and trombones?"])
def test_a_wish_that_a_chat_program_has_told_is_no_second_signal(
    serve: Serve, site: Site, proven: bool, question: str | None
) -> None:
    client = serve()
    said = (("user", "Can elephants play the trombone?"), ("assistant", "I do not know."), ("user", "agent"))
    messages = [{"role": role, "content": text} for role, text in said]
    answer = client.post("/v1/chat/completions", json={"model": "kb", "messages": messages}).json()["kb"]
    assert answer["outcome"] == "handoff"
    hand_over(
        client,
        answer_id=answer["id"],
        question=question or "Can elephants play the trombone?",
        **({"token": answer["feedback_token"]} if proven else {}),
    )
    with sqlite3.connect(Path(site.data) / "records.db") as connection:
        found = connection.execute("SELECT question FROM signals WHERE kind = 'asked_for_person'").fetchall()
    connection.close()
    assert found == [("Can elephants play the trombone?",)]


def offer(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = ask(client, "How long does a refund take?")["handoff"]
    return found


def test_an_answer_says_which_way_to_a_person_there_is(serve: Serve) -> None:
    local = serve(handoff_contact="mailto:help@example.com", handoff_channels=("email",))
    assert offer(local) == {
        "offered": False,
        "channels": ["email"],
        "message": "",
        "contact_url": "mailto:help@example.com",
        "accepts": True,
        "team": None,
        "urgency": "normal",
        "open": None,
        "opens_at": None,
    }
    nobody = offer(serve(host="0.0.0.0", handoff_contact="javascript:alert(1)"))
    assert (nobody["accepts"], nobody["contact_url"]) == (False, None)


def test_somebody_who_may_read_the_desk_is_somebody(serve: Serve) -> None:
    client = serve(host="0.0.0.0")
    opened = client.app.state.kb.opened  # type: ignore[attr-defined]
    assert offer(client)["accepts"] is False
    opened.records.create_key("page", "public", ["ask"], ["https://shop.example.com"])
    opened.reception._known = None
    assert offer(client)["accepts"] is False
    opened.records.create_key("bot", "secret", ["handoffs"])
    opened.reception._known = None
    assert offer(client)["accepts"] is True


def test_a_contact_page_of_this_site_gets_a_whole_address(serve: Serve) -> None:
    client = serve(handoff_contact="/contact", site_url="https://help.example.com")
    assert offer(client)["contact_url"] == "https://help.example.com/contact"


def test_the_packet_says_whose_it_is_and_how_the_visitor_feels(serve: Serve) -> None:
    client = serve()
    first = ask(client, "This is ridiculous, you are useless! How long does a refund take?")
    taken = hand_over(
        client, answer_id=first["id"], token=first["feedback_token"], message="My account was hacked, I am furious!"
    )
    found = packet(client, taken["id"])
    assert found["mood"] == "angry"
    assert found["mood_signs"]
    assert found["urgency"] == "high"
    assert found["urgency_reasons"]
    assert (found["topic"], found["team"] is None) == ("security", False)
    calm = packet(client, hand_over(client, question="Where is my order?")["id"])
    assert (calm["mood"], calm["mood_signs"], calm["topic"]) == ("calm", [], None)


@pytest.mark.parametrize(
    ("earlier", "message", "signs"),
    [
        ("", "This is useless, I have waited for weeks!", {"This is useless", "waited for weeks"}),
        ("I have waited 10 days! How long does a refund take?", "A person, please", {"waited 10 days"}),
        ("Where is it???!!!", "", {"Where is it???!!!"}),
        ("", "这根本没用，我已经等了好几个星期！", {"根本没用", "等了好几个星期"}),
        ("我等了三週還沒退款！退款要多久？", "请转人工", {"等了三週還"}),
        ("", "太誇張了，拖了兩個禮拜還沒下文", {"太誇張", "拖了兩個禮拜還"}),
    ],
)
def test_the_mood_of_every_turn_reaches_who_takes_over(
    serve: Serve, earlier: str, message: str, signs: set[str]
) -> None:
    client = serve()
    first = ask(client, earlier or "How long does a refund take?")
    then = ask(client, "How do I pay?", conversation_id=first["conversation_id"])
    taken = hand_over(client, answer_id=then["id"], token=then["feedback_token"], message=message)
    found = packet(client, taken["id"])
    assert (found["mood"], set(found["mood_signs"]) >= signs) == ("frustrated", True), found["mood_signs"]
    page = client.get(found["agent_url"].removeprefix("http://testserver"), headers={"accept": "text/html"}).text
    assert all(html.escape(sign) in page for sign in signs)


def test_a_policy_sends_a_request_to_its_team(serve: Serve, site: Site) -> None:
    Path(site.articles, "policy.yaml").write_text(
        "teams:\n  shipping: {channels: [crm]}\ntopics:\n  parcels:\n    do: handoff\n    team: shipping\n"
        "    phrases: {en: [parcel lost]}\n",
        encoding="utf-8",
    )
    client = serve(
        articles=site.articles,
        handoff_destinations="crm=https://crm.example.com/hook other=https://other.example.com/hook",
        webhook_secret="whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    )
    taken = hand_over(client, question="My parcel lost its way: parcel lost!")
    events = client.app.state.kb.opened.records.events.newest()  # type: ignore[attr-defined]
    (event,) = [each for each in events if each.kind == "handoff.created"]
    assert (event.payload["team"], event.payload["topic"]) == ("shipping", "parcels")
    assert event.payload["channels"] == ["crm"]
    assert packet(client, taken["id"])["team"] == "shipping"
