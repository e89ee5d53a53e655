"""Messages of messengers at the doors, and a press of their buttons turned back into calls."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, get_args

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.channels import CHANNELS
from api.inbound_responses import ClickDocument
from api.models import RenderChannel
from api.responses import AnswerDocument, RenderedDocument
from kb.settings import Settings

if TYPE_CHECKING:
    from conftest import Site

QUESTION = "How long does a refund to my credit card take?"
BASE = "https://help.example.com"


@pytest.fixture
def client(site: Site) -> Iterator[TestClient]:
    with ExitStack() as stack:
        settings = Settings(data=site.data, rate_limit_enabled=False, log_level="error", site_url=BASE)
        app = create_app(settings, host="127.0.0.1")
        yield stack.enter_context(TestClient(app, base_url="http://127.0.0.1:8000"))


def asked(client: TestClient, **more: Any) -> dict[str, Any]:
    response = client.post("/v1/ask", json={"question": QUESTION, **more})
    assert response.status_code == 200, response.text
    AnswerDocument.model_validate(response.json())
    answer: dict[str, Any] = response.json()
    return answer


def test_the_door_takes_every_channel() -> None:
    assert get_args(RenderChannel) == CHANNELS


def test_an_answer_comes_with_its_messages_when_they_are_asked_for(client: TestClient) -> None:
    assert "rendered" not in asked(client)
    for channel in CHANNELS:
        made = asked(client, render=channel)["rendered"]
        RenderedDocument.model_validate(made)
        assert made["channel"] == channel
        again = client.get(f"/v1/answers/{asked(client)['id']}/rendered/{channel}")
        RenderedDocument.model_validate(again.json())


def test_text_is_made_for_a_number_of_characters(client: TestClient) -> None:
    made = asked(client, render={"channel": "text", "limit": 200, "links": False})["rendered"]
    assert made["cut"]
    assert len(made["messages"][0]["text"]) <= 200
    assert "https://" not in made["messages"][0]["text"]


@pytest.mark.parametrize(
    "render",
    ["fax", "", 5, {"channel": "fax"}, {"limit": 200}, {"channel": "text", "limit": 10}, {"channel": "text", "x": 1}],
)
def test_what_nobody_renders_is_refused(client: TestClient, render: Any) -> None:
    response = client.post("/v1/ask", json={"question": QUESTION, "render": render})
    assert (response.status_code, response.json()["code"]) == (422, "invalid_input")
    assert response.json()["errors"][0]["pointer"].startswith("/render")


def test_the_page_of_the_whole_answer_exists(client: TestClient) -> None:
    made = asked(client, render={"channel": "text", "limit": 200})["rendered"]
    text = made["messages"][0]["text"]
    address = next(word for word in text.split() if "/a/ans_" in word)
    assert client.get(address.removeprefix(BASE)).status_code == 200


def press(client: TestClient, call: dict[str, Any]) -> Any:
    return client.post(call["call"], json=call["body"])


def test_a_bot_makes_the_call_that_a_button_holds(client: TestClient) -> None:
    buttons = {b["kind"]: b for b in asked(client, render="slack")["rendered"]["buttons"]}
    assert press(client, buttons["up"]).status_code == 201
    assert press(client, buttons["down"]).status_code == 200
    taken = press(client, buttons["person"])
    assert taken.status_code == 202
    assert client.get(f"/v1/handoffs/{taken.json()['id']}").json()["turns"][0]["question"] == QUESTION


def test_a_short_value_is_turned_into_the_same_call(client: TestClient) -> None:
    keyboard = asked(client, render="telegram")["rendered"]["messages"][0]["reply_markup"]["inline_keyboard"]
    values = [button["callback_data"] for row in keyboard for button in row if "callback_data" in button]
    kinds = []
    for value in values:
        click = client.post("/v1/clicks", json={"value": value})
        ClickDocument.model_validate(click.json())
        kinds.append(click.json()["kind"])
        assert press(client, click.json()).is_success
    assert kinds == ["up", "down", "person"]


def test_a_value_that_was_not_made_here_is_refused(client: TestClient) -> None:
    answer = asked(client, render="telegram")
    value = answer["rendered"]["buttons"][-1]["value"]
    other = f"u:{answer['id']}:{value.rpartition(':')[2]}"
    for wrong in (other, value[:-1], "x", f"u:{answer['id']}:{'0' * 16}"):
        response = client.post("/v1/clicks", json={"value": wrong})
        assert (response.status_code, response.json()["code"]) == (422, "invalid_input")


def test_who_only_has_the_link_gets_no_button_that_speaks_for_the_visitor(client: TestClient) -> None:
    answer_id = asked(client)["id"]
    for channel in CHANNELS:
        made = client.get(f"/v1/answers/{answer_id}/rendered/{channel}").json()
        assert {button["kind"] for button in made["buttons"]} <= {"link", "option"}
    assert client.get("/v1/answers/ans_none/rendered/slack").status_code == 404
    assert client.get(f"/v1/answers/{answer_id}/rendered/fax").status_code == 422


def test_a_stream_ends_with_the_messages_too(client: TestClient) -> None:
    streamed = client.post("/v1/ask/stream", json={"question": QUESTION, "render": "text"})
    assert '"rendered":{"channel":"text"' in streamed.text
