"""The agent bot against a Chatwoot that behaves like one, in both languages."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from chatwoot_double import Chatwoot
from starlette.testclient import TestClient

from api.inbound.chatwoot import chatwoot_options, read_event
from kb.errors import InvalidInputError
from kb.settings import Settings

if TYPE_CHECKING:
    from conftest import Site


def answered(chatwoot: Chatwoot, times: int = 1) -> None:
    """Wait until so many answers were given whole: each ends with the question whether it helped."""
    chatwoot.wait(lambda: [m.get("content_type") for m in chatwoot.shown()].count("input_select") >= times)


def words(chatwoot: Chatwoot, conversation: int = 1) -> str:
    return "\n".join(message["content"] for message in chatwoot.shown(conversation))


@pytest.mark.parametrize(
    ("question", "helped", "thanks"),
    [
        ("How long does a refund to my credit card take?", "This helped", "Thank you."),
        ("银行卡退款多久到账？", "有帮助", "谢谢"),
    ],
)
def test_a_question_is_answered_and_voted_on(chatwoot: Chatwoot, question: str, helped: str, thanks: str) -> None:
    chatwoot.says(question)
    answered(chatwoot)
    assert "[1]" in chatwoot.shown()[0]["content"]
    assert "https://help.example.com/" in chatwoot.shown()[0]["content"]
    chatwoot.chooses(helped)
    chatwoot.wait(lambda: thanks in words(chatwoot))
    assert set(chatwoot.bot_statuses) == {200}
    assert chatwoot.status[1] == "pending"


@pytest.mark.parametrize(("wish", "says"), [("talk to a human", "passed on"), ("转人工", "已经转交")])
def test_a_wish_for_a_person_opens_the_conversation_with_a_note(chatwoot: Chatwoot, wish: str, says: str) -> None:
    chatwoot.says("How long does a refund to my credit card take?")
    answered(chatwoot)
    chatwoot.says(wish)
    chatwoot.wait(lambda: chatwoot.status[1] == "open")
    assert says in words(chatwoot)
    (note,) = chatwoot.notes()
    assert "How long does a refund to my credit card take?" in note["content"]
    assert "hnd_" in note["content"]
    said = len(chatwoot.shown())
    chatwoot.says("Are you still there?")  # now people talk
    chatwoot.says("I am here", message_type="outgoing")
    time.sleep(0.3)
    assert len(chatwoot.shown()) == said + 1


def test_the_button_calls_a_person_once(chatwoot: Chatwoot) -> None:
    chatwoot.says("How long does a refund to my credit card take?")
    answered(chatwoot)
    event = chatwoot.chooses("Talk to a person")
    chatwoot.deliver(event)
    chatwoot.wait(lambda: chatwoot.status[1] == "open")
    assert len(chatwoot.notes()) == 1
    client: TestClient = chatwoot.client  # type: ignore[attr-defined]
    listed = client.get("/v1/handoffs").json()["data"]
    assert [(one["channel"], one["question"]) for one in listed] == [
        ("chatwoot", "How long does a refund to my credit card take?")
    ]


@pytest.mark.parametrize("question", ["how do I reset it", "怎么重置"])
def test_an_option_that_is_chosen_is_answered(unsure: Chatwoot, question: str) -> None:
    unsure.says(question)
    unsure.wait(lambda: bool(unsure.shown()))
    (asked,) = unsure.shown()
    assert asked["content_type"] == "input_select"
    titles = [item["title"] for item in asked["content_attributes"]["items"]]
    unsure.chooses(titles[1])
    unsure.wait(lambda: any("[1]" in message["content"] for message in unsure.shown()))
    assert titles[1] in next(m["content"] for m in unsure.shown() if "[1]" in m["content"])


def test_words_of_a_button_are_enough_where_there_are_no_buttons(chatwoot: Chatwoot) -> None:
    chatwoot.says("How long does a refund to my credit card take?")
    answered(chatwoot)
    chatwoot.says("This did not help")
    chatwoot.wait(lambda: "Thank you. What was wrong" in words(chatwoot))


def test_a_repeated_delivery_is_answered_once(chatwoot: Chatwoot) -> None:
    event = chatwoot.says("How long does a refund to my credit card take?")
    chatwoot.deliver(event)
    answered(chatwoot)
    chatwoot.deliver(event)
    time.sleep(0.4)
    assert [m["content_type"] for m in chatwoot.shown()] == ["text", "cards", "input_select"]
    assert set(chatwoot.bot_statuses) == {200}


def test_what_is_not_said_by_a_visitor_is_ignored(chatwoot: Chatwoot) -> None:
    chatwoot.says("a note of an agent: refund?", private=True)
    chatwoot.says("an agent's answer about a refund", message_type="outgoing")
    chatwoot.deliver({"event": "conversation_resolved", "id": 1, "status": "resolved"})
    chatwoot.deliver({"event": "webwidget_triggered", "source_id": "x"})
    time.sleep(0.4)
    assert set(chatwoot.bot_statuses) == {200}
    assert [m for m in chatwoot.shown() if m.get("content_type")] == []


@pytest.mark.parametrize("faults", [[500], [503, 500], ["drop"], [429]])
def test_a_chatwoot_that_fails_gets_the_answer_later_and_once(chatwoot: Chatwoot, faults: list[Any]) -> None:
    chatwoot.faults.extend(faults)
    chatwoot.says("How long does a refund to my credit card take?")
    answered(chatwoot)
    time.sleep(0.3)
    assert [m["content_type"] for m in chatwoot.shown()] == ["text", "cards", "input_select"]


def test_an_answer_that_was_taken_and_never_confirmed_is_not_said_twice(
    chatwoot: Chatwoot, monkeypatch: pytest.MonkeyPatch
) -> None:
    from api.inbound import chatwoot_worker

    monkeypatch.setattr(chatwoot_worker, "CALL_SECONDS", 0.3)
    monkeypatch.setattr(chatwoot_worker, "_UNCERTAIN", 1.0)
    chatwoot.faults.append("hang")
    chatwoot.says("How long does a refund to my credit card take?")
    answered(chatwoot)
    time.sleep(0.3)
    assert [message["content_type"] for message in chatwoot.shown()] == ["text", "cards", "input_select"]


def test_messages_wait_for_a_server_that_restarts(
    chatwoot: Chatwoot,
) -> None:
    """What was taken by a process that ends before it answers is answered by the next one."""
    from datetime import timedelta

    from kb.records import Records

    client: TestClient = chatwoot.client  # type: ignore[attr-defined]
    settings = client.app.state.kb.settings  # type: ignore[attr-defined]
    message = chatwoot._add(1, {"content": "x", "message_type": "incoming", "private": False})
    with Records.open(settings.data) as records:
        asked = {"text": "How long does a refund to my credit card take?", "base": "https://h.example"}
        assert records.inbound.take(f"chatwoot:{message['id']}", "3/1", asked)
        records.inbound.claim(timedelta(seconds=0.2))  # and dies
    answered(chatwoot)


@pytest.mark.parametrize("key_is_lost", [False, True])
def test_who_wrote_is_nowhere_in_clear_while_the_message_waits(
    connect: Callable[[], AbstractContextManager[Chatwoot]],
    site: Site,
    monkeypatch: pytest.MonkeyPatch,
    key_is_lost: bool,
) -> None:
    from api.composition import CONTACT_KEY
    from api.inbound.chatwoot_worker import ChatwootWorker

    with monkeypatch.context() as idle:
        idle.setattr(ChatwootWorker, "start", lambda worker: None)
        with connect() as double:
            double.identifier = "ada@example.com"
            event = double.says("My address is bob@example.com. How long does a refund to my credit card take?")
            assert double.bot_statuses == [200]
    files = {file: file.read_bytes() for file in site.data.iterdir() if file.is_file()}
    assert not [file for file, content in files.items() if b"ada@example" in content or b"bob@example" in content]
    if key_is_lost:
        (site.data / CONTACT_KEY).unlink()
    with connect() as double:
        double.messages += [{**event, "conversation": 1, "private": False, "message_type": "incoming"}]
        answered(double)
        people = double.client.app.state.kb.opened.people  # type: ignore[attr-defined]
        assert (people.conversation("ada@example.com") is None) == key_is_lost


def test_several_messages_are_answered_in_order(chatwoot: Chatwoot) -> None:
    for _ in range(3):
        chatwoot.says("How long does a refund to my credit card take?")
    answered(chatwoot, 3)
    assert [m["content_type"] for m in chatwoot.shown()] == ["text", "cards", "input_select"] * 3


def test_a_message_without_words_gets_some(chatwoot: Chatwoot) -> None:
    chatwoot.says(None)
    chatwoot.wait(lambda: bool(chatwoot.shown()))
    assert words(chatwoot).startswith("We did not understand the question.")


def test_who_has_no_proof_is_refused(chatwoot: Chatwoot) -> None:
    client: TestClient = chatwoot.client  # type: ignore[attr-defined]
    event = {"event": "message_created", "id": 5}
    away = {"X-Forwarded-For": "203.0.113.9"}
    assert client.post("/v1/inbound/chatwoot", json=event, headers=away).status_code in (401, 403)
    stale = {"X-Chatwoot-Timestamp": "1", "X-Chatwoot-Signature": "sha256=00", **away}
    assert client.post("/v1/inbound/chatwoot", json=event, headers=stale).status_code in (401, 403)
    known = client.post("/v1/inbound/chatwoot?token=the-secret-of-inbound-calls", json=event, headers=away)
    assert known.json() == {"object": "inbound", "status": "ignored"}


def test_a_broken_index_is_said_and_a_person_takes_over(chatwoot: Chatwoot, monkeypatch: pytest.MonkeyPatch) -> None:
    from api.inbound import chatwoot_worker
    from kb.errors import IndexMissingError

    def broken(*_: Any) -> None:
        raise IndexMissingError("There is no index.", "Run kb index.")

    monkeypatch.setattr(chatwoot_worker, "converse", broken)
    monkeypatch.setattr(chatwoot_worker, "_RETRIES", (0.05,) * 3)
    chatwoot.says("How long does a refund take?")
    chatwoot.wait(lambda: chatwoot.status[1] == "open")
    assert "Something went wrong here" in words(chatwoot)


@pytest.mark.parametrize(
    "event", [{}, {"event": 5}, {"event": "message_created", "id": True}, {"event": "x", "id": "1"}]
)
def test_an_odd_event_is_nobodys_business(event: dict[str, Any]) -> None:
    assert read_event(event) is None
    assert read_event(orjson.loads(orjson.dumps(event)) | {"conversation": [], "account": "x"}) is None


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"chatwoot_url": "chat.example.com"}, "is no address"),
        ({"chatwoot_url": "https://chat.example.com"}, "KB_CHATWOOT_TOKEN"),
        ({"chatwoot_url": "http://chat.example.com", "chatwoot_token": "x"}, "not encrypted"),
    ],
)
def test_settings_that_cannot_work_are_refused(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidInputError, match=says):
        chatwoot_options(Settings(**settings))
    assert chatwoot_options(Settings()) is None


def test_without_a_chatwoot_the_door_is_closed(start: Callable[..., TestClient]) -> None:
    refused = start().post("/v1/inbound/chatwoot?token=the-secret-of-inbound-calls", json={"event": "x"})
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
