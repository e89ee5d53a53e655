"""A question that is sent twice under one key: one record, the same answer, and nobody else's."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.testclient import TestClient

Serve = Callable[..., TestClient]
BODY = {"question": "How long does a refund take?"}
JSON = {"Content-Type": "application/json"}
KEY = {"Idempotency-Key": "8e03978e-40d5-43e8-bc93-6894a57f9324"}


def count(client: TestClient) -> int:
    found: int = client.get("/v1/reports/kpis").json()["questions"]
    return found


def without_token(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "feedback_token"}


@pytest.mark.parametrize("stored", [False, True])
def test_the_same_key_and_body_give_the_same_answer_and_one_record(serve: Serve, stored: bool) -> None:
    client = serve()
    first = client.post("/v1/ask", json=BODY, headers=KEY)
    if stored:
        client.app.state.kb.opened.records.flush()  # type: ignore[attr-defined]
    again = client.post("/v1/ask", content=b'{ "question":"How long does a refund take?" }', headers=JSON | KEY)
    assert again.status_code == 200
    assert without_token(again.json()) == without_token(first.json())
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert count(client) == 1
    vote = {"answer_id": first.json()["id"], "token": again.json()["feedback_token"], "rating": "up"}
    assert client.post("/v1/feedback", json=vote).status_code == 201


@pytest.mark.parametrize("path", ["/v1/ask", "/v1/ask/stream"])
def test_another_body_under_the_same_key_is_refused(serve: Serve, path: str) -> None:
    client = serve()
    client.post("/v1/ask", json=BODY, headers=KEY)
    refused = client.post(path, json={"question": "How do I cancel?"}, headers=KEY)
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert "Idempotency-Key" in refused.json()["detail"]


def test_the_stream_repeats_what_was_answered(serve: Serve) -> None:
    client = serve()
    first = client.post("/v1/ask/stream", json=BODY, headers=KEY)
    again = client.post("/v1/ask", json=BODY, headers=KEY)
    assert again.json()["id"] in first.text
    assert again.json()["id"] in client.post("/v1/ask/stream", json=BODY, headers=KEY).text
    assert count(client) == 1


def test_a_key_is_the_callers_own(serve: Serve) -> None:
    client = serve()
    records = client.app.state.kb.opened.records  # type: ignore[attr-defined]
    keys = [records.create_key(name, "secret", ["ask"])[1] for name in ("one", "two")]
    callers = [{}, {"User-Agent": "another browser"}, *({"Authorization": f"Bearer {key}"} for key in keys)]
    ids = [client.post("/v1/ask", json=BODY, headers=KEY | caller).json()["id"] for caller in callers]
    assert len(set(ids)) == 4
    assert [client.post("/v1/ask", json=BODY, headers=KEY | caller).json()["id"] for caller in callers] == ids


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "ä"])
def test_a_key_that_nobody_could_repeat_is_refused(client: TestClient, key: str) -> None:
    refused = client.post("/v1/ask", json=BODY, headers={b"Idempotency-Key": key.encode()})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/idempotency-key")


def test_what_was_erased_is_asked_anew(serve: Serve) -> None:
    client = serve()
    first = client.post("/v1/ask", json=BODY, headers=KEY).json()
    client.app.state.kb.opened.records.erase(conversation_id=first["conversation_id"])  # type: ignore[attr-defined]
    assert client.post("/v1/ask", json=BODY, headers=KEY).json()["id"] != first["id"]


def test_who_comes_while_the_first_is_answered_waits_for_its_answer(serve: Serve) -> None:
    client = serve()
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda _: client.post("/v1/ask", json=BODY, headers=KEY).json()["id"], range(6)))
    assert len(set(found)) == 1
    assert count(client) == 1


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/chat/completions", {"model": "kb", "messages": [{"role": "user", "content": BODY["question"]}]}),
        ("/v1/responses", {"model": "kb", "input": BODY["question"]}),
        (
            "/v1/ui/chat",
            {
                "id": "c1",
                "messages": [{"id": "m1", "role": "user", "parts": [{"type": "text", "text": BODY["question"]}]}],
            },
        ),
    ],
)
def test_every_chat_door_answers_a_repeated_request_once(serve: Serve, path: str, body: dict[str, Any]) -> None:
    client = serve()
    sent = [client.post(path, json=body, headers=KEY) for _ in range(2)]
    assert [reply.status_code for reply in sent] == [200, 200]
    found = [set(re.findall(r"ans_[0-9A-Z]+", reply.text)) for reply in sent]
    assert found[0] == found[1]
    assert len(found[0]) == 1
    assert sent[1].headers["idempotent-replayed"] == "true"
    assert client.post(path, json={**body, "metadata": {"channel": "other"}}, headers=KEY).status_code == 409
