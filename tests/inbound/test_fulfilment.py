"""Dialogflow CX and Rasa as they call, in both languages; always an answer in time, and never silence."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from kb.errors import IndexMissingError

HEADERS = {"X-KB-Token": "the-secret-of-inbound-calls"}
SESSION = "projects/p/locations/eu/agents/a/sessions/+4917012345"
QUESTIONS = {"en": "How long does a refund to my credit card take?", "zh": "银行卡退款多久到账？"}
Start = Callable[..., TestClient]


_TURNS = count()


class Agent:
    """A Dialogflow CX agent that keeps session parameters as the platform does."""

    def __init__(self, client: TestClient, session: str = SESSION) -> None:
        self.client = client
        self.session = session
        self.parameters: dict[str, Any] = {}

    def says(self, text: str, tag: str = "", **more: Any) -> dict[str, Any]:
        body = {
            "detectIntentResponseId": f"d-{next(_TURNS)}",
            "intentInfo": {},
            "pageInfo": {},
            "sessionInfo": {"session": self.session, "parameters": self.parameters},
            "fulfillmentInfo": {"tag": tag},
            "languageCode": "en",
            "text": text,
            **more,
        }
        response = self.client.post("/v1/inbound/fulfilment", json=body, headers=HEADERS)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        changed = {**self.parameters, **answer["sessionInfo"]["parameters"]}
        self.parameters = {name: value for name, value in changed.items() if value is not None}
        return answer


class Assistant:
    """A Rasa assistant that calls its action server, with the slots of its domain."""

    def __init__(self, client: TestClient, *slots: str) -> None:
        self.client = client
        self.slots: dict[str, Any] = dict.fromkeys(slots)

    def says(self, text: str, action: str = "action_kb_ask") -> list[dict[str, Any]]:
        tracker = {
            "sender_id": "user-1",
            "slots": self.slots,
            "latest_message": {
                "message_id": f"m-{next(_TURNS)}",
                "text": text,
                "intent": {"name": "nlu_fallback", "confidence": 0.9},
            },
            "events": [],
        }
        body = {"next_action": action, "sender_id": "user-1", "tracker": tracker, "domain": {}, "version": "3.6"}
        response = self.client.post("/v1/inbound/fulfilment", json=body, headers=HEADERS)
        assert response.status_code == 200, response.text
        for event in response.json()["events"]:
            assert event["event"] == "slot"
            self.slots[event["name"]] = event["value"]
        answers: list[dict[str, Any]] = response.json()["responses"]
        return answers


def texts(answer: dict[str, Any]) -> str:
    messages = answer["fulfillmentResponse"]["messages"]
    return "\n".join(text for message in messages for text in message.get("text", {}).get("text", []))


def chips(answer: dict[str, Any]) -> list[str]:
    messages = answer["fulfillmentResponse"]["messages"]
    rich = [m["payload"]["richContent"][0][0] for m in messages if "payload" in m]
    return [option["text"] for part in rich for option in part["options"]]


@pytest.mark.parametrize(("lang", "helped", "thanks"), [("en", "This helped", "Thank you"), ("zh", "有帮助", "谢谢")])
def test_dialogflow_asks_and_votes(start: Start, lang: str, helped: str, thanks: str) -> None:
    agent = Agent(start())
    answer = agent.says(QUESTIONS[lang])
    assert "[1]" in texts(answer)
    assert agent.parameters["outcome"] == "answered"
    assert 0 < agent.parameters["confidence"] <= 1
    assert agent.parameters["answer_id"].startswith("ans_")
    assert helped in chips(answer)
    assert thanks in texts(agent.says(helped))
    stored = agent.client.get(f"/v1/answers/{agent.parameters['answer_id']}").json()
    assert stored["question"]["text"] == QUESTIONS[lang]


@pytest.mark.parametrize(("wish", "says"), [("I want to talk to a human", "passed on"), ("转人工", "已经转交")])
def test_dialogflow_hands_over(start: Start, wish: str, says: str) -> None:
    agent = Agent(start())
    agent.says(QUESTIONS["en"])
    answer = agent.says(wish)
    assert says in texts(answer)
    (live,) = [m["liveAgentHandoff"] for m in answer["fulfillmentResponse"]["messages"] if "liveAgentHandoff" in m]
    packet = agent.client.get(f"/v1/handoffs/{live['metadata']['handoff_id']}").json()
    assert packet["channel"] == "dialogflow"
    assert QUESTIONS["en"] in [turn["question"] for turn in packet["turns"]]


@pytest.mark.parametrize("wish", ["talk to a human", "转人工"])
def test_a_turn_that_a_platform_sends_again_calls_one_person_and_is_one_answer(start: Start, wish: str) -> None:
    client = start()
    dialogflow = {"sessionInfo": {"session": SESSION}, "detectIntentResponseId": "d-again", "text": wish}
    message = {"text": wish, "message_id": "m-again"}
    rasa = {"next_action": "action_kb_ask", "sender_id": "user-7", "tracker": {"latest_message": message}}
    question = {**dialogflow, "text": QUESTIONS["en"]}
    for body in (dialogflow, rasa, question):
        sent = [client.post("/v1/inbound/fulfilment", json=body, headers=HEADERS).json() for _ in range(3)]
        assert sent[1:] == sent[:1] * 2
    records = client.app.state.kb.opened.records  # type: ignore[attr-defined]
    assert sorted(handoff.channel for handoff in records.handoffs.page().handoffs) == ["dialogflow", "rasa"]


@pytest.mark.parametrize("name", ["up", "down"])
def test_a_vote_without_an_answer_before_is_unclear_and_no_question(start: Start, name: str) -> None:
    agent = Agent(start())
    assert "did not understand" in texts(agent.says("x", tag=name))
    assert agent.parameters["outcome"] == "unclear"
    assert "answer_id" not in agent.parameters
    (said,) = Assistant(agent.client).says("x", f"action_kb_{name}")
    assert said["custom"]["kb"]["outcome"] == "unclear"


def test_a_tag_does_what_the_button_does(start: Start) -> None:
    agent = Agent(start())
    agent.says(QUESTIONS["en"])
    assert "What was wrong" in texts(agent.says("bad", tag="down"))
    agent.says(QUESTIONS["en"])
    assert "passed on" in texts(agent.says("", tag="person"))
    assert agent.parameters["outcome"] == "handoff"


def test_a_way_to_a_person_leads_to_one_from_the_first_turn(start: Start) -> None:
    agent = Agent(start())
    agent.says("yes please", tag="person")
    assert agent.parameters["outcome"] == "handoff"


def test_a_follow_up_is_understood_and_a_telephone_hears_no_addresses(start: Start) -> None:
    agent = Agent(start())
    first = agent.says("", transcript=QUESTIONS["en"], payload={"telephony": {"caller_id": "+49"}})
    assert "https://" not in texts(first)
    assert "[1]" in texts(first)
    conversation = agent.parameters["conversation_id"]
    agent.says("and by bank transfer?")
    assert agent.parameters["conversation_id"] == conversation
    assert "4917012345" not in conversation


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_rasa_asks_votes_and_hands_over(start: Start, lang: str) -> None:
    rasa = Assistant(start(), "answer_id", "outcome", "choices")
    (answer,) = rasa.says(QUESTIONS[lang])
    assert "[1]" in answer["text"]
    assert rasa.slots["outcome"] == "answered"
    assert answer["custom"]["kb"]["confidence"] > 0
    up, down, person = answer["buttons"]
    assert "谢谢" in rasa.says(up["payload"])[0]["text"] or lang == "en"
    assert rasa.slots["outcome"] == "voted"
    rasa.says(f'/kb_click{{"value": "{person["payload"]}"}}')
    assert rasa.slots["outcome"] == "handoff"
    assert down["payload"].startswith("d:")


def test_rasa_actions_stand_for_buttons_and_slots_that_are_missing_are_left_alone(start: Start) -> None:
    rasa = Assistant(start(), "choices")
    rasa.says(QUESTIONS["en"])
    assert "Thank you" in rasa.says("👍", "action_kb_up")[0]["text"]
    assert set(rasa.slots) == {"choices"}


@pytest.mark.parametrize("question", ["how do I reset it", "怎么重置"])
def test_an_option_is_chosen_by_its_number_or_its_button(start: Start, ambiguous: Path, question: str) -> None:
    client = start(ambiguous)
    agent = Agent(client)
    answer = agent.says(question)
    assert agent.parameters["outcome"] == "clarify"
    second = chips(answer)[1]
    assert f"2. {second}" in texts(answer)
    assert "[1]" in texts(chosen := agent.says("2"))
    assert second in texts(chosen)
    assert agent.parameters["outcome"] == "answered"
    rasa = Assistant(client, "choices")
    (asked,) = rasa.says(question)
    assert "[1]" in rasa.says(asked["buttons"][0]["payload"])[0]["text"]


def test_a_person_who_changes_the_channel_goes_on_in_the_conversation(start: Start) -> None:
    client = start()
    agent = Agent(client)
    agent.parameters = {"person_ref": "customer-5"}
    agent.says(QUESTIONS["en"])
    rasa = Assistant(client, "person_ref", "conversation_id")
    rasa.slots["person_ref"] = "customer-5"
    rasa.says("and by bank transfer?")
    assert rasa.slots["conversation_id"] == agent.parameters["conversation_id"]


@pytest.mark.parametrize(("lang", "says"), [("en", "takes longer"), ("zh", "时间比平时长")])
def test_what_is_late_is_said_in_time(start: Start, monkeypatch: pytest.MonkeyPatch, lang: str, says: str) -> None:
    from api.inbound import deadline

    released = threading.Event()
    client = start()
    service = client.app.state.kb.opened.service  # type: ignore[attr-defined]
    monkeypatch.setattr(deadline, "SECONDS", 0.3)
    monkeypatch.setattr(type(service), "ask", lambda *_: released.wait(20))
    agent = Agent(client)
    began = time.monotonic()
    answer = agent.says(QUESTIONS[lang])
    took = time.monotonic() - began
    released.set()
    assert took < 5
    assert says in texts(answer)
    assert agent.parameters["outcome"] == "late"
    assert chips(answer) == ["Talk to a person" if lang == "en" else "转人工"]


@pytest.mark.parametrize("error", [IndexMissingError("No index.", "Run kb index."), RuntimeError("odd")])
def test_what_fails_is_said_too(start: Start, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def broken(*_: Any) -> None:
        raise error

    client = start()
    service = client.app.state.kb.opened.service  # type: ignore[attr-defined]
    monkeypatch.setattr(type(service), "ask", broken)
    agent = Agent(client)
    assert "Something went wrong" in texts(agent.says(QUESTIONS["en"]))
    assert agent.parameters["outcome"] == "failed"
    assert "出了问题" in Assistant(client).says("退款多久")[0]["text"]


def test_nothing_said_is_asked_again(start: Start) -> None:
    agent = Agent(start())
    assert "We did not understand" in texts(agent.says(""))
    assert "没有看懂" in texts(agent.says("", languageCode="zh-cn"))
    assert "沒有看懂" in texts(agent.says("", languageCode="zh-TW"))


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"text": "x"}, 422),
        ({"next_action": 5, "tracker": {}}, 422),
        ({"sessionInfo": {}, "text": "a\u0000b \ud800"}, 200),
        ({"sessionInfo": {"parameters": {"choices": [1], "person_ref": 5, "question": []}}, "text": "hi"}, 200),
        ({"next_action": "x", "tracker": {"latest_message": {"text": None}, "slots": {"choices": {"a": 1}}}}, 200),
    ],
)
def test_odd_bodies(start: Start, body: dict[str, Any], status: int) -> None:
    import json

    headers = {**HEADERS, "Content-Type": "application/json"}
    response = start().post("/v1/inbound/fulfilment", content=json.dumps(body), headers=headers)
    assert response.status_code == status


def test_who_proves_nothing_is_refused(start: Start) -> None:
    client = start()
    body = {"sessionInfo": {}, "text": "refund?"}
    away = {"X-Forwarded-For": "203.0.113.9"}
    for headers in ({}, {"X-KB-Token": "wrong"}, {"Authorization": "Bearer wrong"}):
        assert client.post("/v1/inbound/fulfilment", json=body, headers={**away, **headers}).status_code in (401, 403)
    secret = HEADERS["X-KB-Token"]
    assert client.post(
        "/v1/inbound/fulfilment", json=body, headers={**away, "Authorization": f"Bearer {secret}"}
    ).is_success
    assert client.post("/v1/inbound/fulfilment", json=body, headers=away, auth=("kb", secret)).is_success
    assert client.post(f"/v1/inbound/fulfilment?token={secret}", json=body, headers=away).is_success
    assert client.post("/v1/inbound/fulfilment", json=body, headers={"X-KB-Token": "wrong"}).status_code == 401


def test_a_platform_is_not_counted_as_one_visitor(start: Start) -> None:
    client = start(rate_limit_enabled=True, rate_limit="1/minute")
    agent = Agent(client)
    for _ in range(3):
        agent.says("hello")
