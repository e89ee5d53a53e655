"""One person in several channels, over HTTP: who may say so, what goes on, what an erasure leaves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from api.person_models import ErasureDocument

Serve = Callable[..., TestClient]
ORIGIN = {"Origin": "https://shop.example.com"}


def with_key(client: TestClient, *scopes: str) -> dict[str, str]:
    _, plain = opened(client).records.create_key("bot", "secret", scopes or ("admin",))
    return {"Authorization": f"Bearer {plain}"}


def opened(client: TestClient) -> Any:
    return client.app.state.kb.opened  # type: ignore[attr-defined]


def ask(client: TestClient, headers: dict[str, str], question: str, ref: str | None, **more: Any) -> dict[str, Any]:
    channel = more.pop("channel", "api")
    body = {"question": question, "context": {"channel": channel, "person_ref": ref}, **more}
    response = client.post("/v1/ask", json=body, headers=headers)
    assert response.status_code == 200, response.text
    document: dict[str, Any] = response.json()
    return document


def test_who_changes_channel_and_key_goes_on_in_the_same_conversation(serve: Serve) -> None:
    client = serve()
    first = ask(client, with_key(client, "ask"), "How long does a refund take?", "crm-1", channel="slack")
    second = ask(client, with_key(client, "ask"), "and by bank transfer?", "crm-1", channel="wecom")
    other = ask(client, with_key(client, "ask"), "and by bank transfer?", "crm-2", channel="wecom")
    assert second["conversation_id"] == first["conversation_id"] != other["conversation_id"]
    assert second["citations"][0]["article_id"] == first["citations"][0]["article_id"]
    own = ask(client, with_key(client, "ask"), "How long?", "crm-1", conversation_id="cnv_mine")
    assert own["conversation_id"] == "cnv_mine"
    assert ask(client, with_key(client, "ask"), "Hello", "crm-1")["conversation_id"] == "cnv_mine"


def test_a_conversation_that_a_visitor_began_in_a_page_goes_on_by_its_person(serve: Serve) -> None:
    client = serve()
    page = client.post("/v1/ask", json={"question": "How long does a refund take?"}).json()
    key = with_key(client, "ask")
    ask(client, key, "Thanks", "crm-1", conversation_id=page["conversation_id"])  # the bot learns who it is
    assert ask(client, key, "and by card?", "crm-1")["conversation_id"] == page["conversation_id"]


def test_the_stream_knows_the_person_too(serve: Serve) -> None:
    client = serve()
    key = with_key(client, "ask")
    first = ask(client, key, "How long does a refund take?", "crm-1")
    body = {"question": "and by card?", "context": {"person_ref": "crm-1"}}
    assert first["conversation_id"] in client.post("/v1/ask/stream", json=body, headers=key).text


@pytest.mark.parametrize("kind", ["nobody", "public"])
@pytest.mark.parametrize("path", ["/v1/ask", "/v1/ask/stream"])
def test_only_a_secret_key_says_who_somebody_is(serve: Serve, kind: str, path: str) -> None:
    client = serve()
    headers = {}
    if kind == "public":
        _, plain = opened(client).records.create_key("page", "public", ("ask",), [ORIGIN["Origin"]])
        headers = {"Authorization": f"Bearer {plain}", **ORIGIN}
    body = {"question": "How long does a refund take?", "context": {"person_ref": "crm-1"}}
    refused = client.post(path, json=body, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert "secret key" in refused.json()["detail"]
    assert refused.json()["errors"][0]["pointer"] == "/context/person_ref"
    assert client.post(path, json={**body, "context": {"person_ref": None}}, headers=headers).status_code == 200


def test_nothing_of_the_name_is_stored_or_logged(serve: Serve) -> None:
    client = serve(log_level="info")
    key = with_key(client)
    with capture_logs() as lines:
        ask(client, key, "How long does a refund take?", "ada.lovelace")
        client.post("/v1/persons/erase", json={"person_ref": "ada.lovelace"}, headers=key)
        ask(client, key, "How long does a refund take?", "ada.lovelace")
    opened(client).records.flush()
    data = client.app.state.kb.settings.data  # type: ignore[attr-defined]
    assert "ada.lovelace" not in str(lines)
    assert b"ada.lovelace" not in b"".join(p.read_bytes() for p in data.glob("records.db*"))


def test_everything_of_a_person_is_erased_by_one_call(serve: Serve) -> None:
    client = serve()
    key = with_key(client)
    slack = ask(client, key, "Do you deliver to the moon?", "crm-1", channel="slack")
    client.post("/v1/feedback", json={"answer_id": slack["id"], "token": slack["feedback_token"], "rating": "down"})
    ask(client, key, "Do you deliver to Mars?", "crm-1", channel="wecom")
    kept = ask(client, key, "Do you deliver to the moon?", "crm-2")
    asked = {"conversation_id": slack["conversation_id"], "message": "please"}
    handed = client.post("/v1/handoffs", json=asked, headers=key).json()
    erased = client.post("/v1/persons/erase", json={"person_ref": "crm-1"}, headers=key)
    assert erased.status_code == 200
    found = ErasureDocument.model_validate(erased.json())
    assert (found.questions, found.votes, found.handoffs) == (2, 1, 1)
    assert client.get(f"/v1/answers/{slack['id']}").status_code == 404
    assert client.get(f"/v1/handoffs/{handed['id']}", headers=key).status_code == 404
    assert client.get(f"/v1/answers/{kept['id']}").status_code == 200
    assert ask(client, key, "And now?", "crm-1")["conversation_id"] != slack["conversation_id"]
    again = client.post("/v1/persons/erase", json={"person_ref": "nobody"}, headers=key).json()
    assert (again["questions"], again["handoffs"]) == (0, 0)


def test_the_window_ends_a_conversation(serve: Serve) -> None:
    client = serve(person_window_hours=0)
    key = with_key(client)
    first = ask(client, key, "How long does a refund take?", "crm-1")
    assert ask(client, key, "and by card?", "crm-1")["conversation_id"] != first["conversation_id"]
    erased = client.post("/v1/persons/erase", json={"person_ref": "crm-1"}, headers=key).json()
    assert erased["questions"] == 2


def test_a_person_gets_everything_of_every_channel(serve: Serve) -> None:
    client = serve()
    key = with_key(client)
    ask(client, key, "How long does a refund take?", "crm-1", channel="slack")
    last = ask(client, key, "Do you deliver to the moon?", "crm-1", channel="wecom")
    sent = {"message": "Please call.", "person_ref": "crm-1", "channel": "wecom"}
    handed = client.post("/v1/handoffs", json=sent, headers=key).json()
    packet = client.get(f"/v1/handoffs/{handed['id']}", headers=key).json()
    assert packet["conversation_id"] == last["conversation_id"]
    assert [(turn["channel"], turn["question"]) for turn in packet["turns"]] == [
        ("slack", "How long does a refund take?"),
        ("wecom", "Do you deliver to the moon?"),
    ]


def test_a_request_for_a_person_can_begin_the_conversation_and_is_erased_with_it(serve: Serve) -> None:
    client = serve()
    key = with_key(client)
    sent = {"message": "Please call me about my order.", "person_ref": "crm-1"}
    headers = {**key, "Idempotency-Key": "k-1"}
    handed = client.post("/v1/handoffs", json=sent, headers=headers).json()
    assert client.post("/v1/handoffs", json=sent, headers=headers).json()["id"] == handed["id"]
    packet = client.get(f"/v1/handoffs/{handed['id']}", headers=key).json()
    assert ask(client, key, "How long does a refund take?", "crm-1")["conversation_id"] == packet["conversation_id"]
    assert client.post("/v1/persons/erase", json={"person_ref": "crm-1"}, headers=key).json()["handoffs"] == 1


def test_only_a_secret_key_hands_over_for_somebody(serve: Serve) -> None:
    refused = serve().post("/v1/handoffs", json={"message": "Please call.", "person_ref": "crm-1"})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (403, "/person_ref")
