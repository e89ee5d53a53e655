"""What goes wrong raises the exception of the real client that says so."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import openai
import pytest
from openai import OpenAI

from kb.errors import StorageError
from tests.openai.conftest import ENGLISH, Desk

QUESTION: Any = [{"role": "user", "content": ENGLISH}]
IMAGE = [{"type": "text", "text": ENGLISH}, {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}]


def chat(client: OpenAI, messages: Any = QUESTION, **more: Any) -> Any:
    return client.chat.completions.create(model=more.pop("model", "kb"), messages=messages, **more)


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize(
    ("messages", "more", "param", "words"),
    [
        (QUESTION, {"n": 2}, "n", "n must be 1"),
        (QUESTION, {"response_format": {"type": "json_object"}}, "response_format", "text"),
        (
            QUESTION,
            {"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": {}}}},
            "response_format",
            "`kb`",
        ),
        (QUESTION, {"modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "wav"}}, "modalities", ""),
        (QUESTION, {"logprobs": True}, "logprobs", "no logprobs"),
        (QUESTION, {"tool_choice": "required"}, "tool_choice", "No tool"),
        (QUESTION, {"metadata": {"lang": "fr"}}, "metadata.lang", ""),
        (QUESTION, {"metadata": {"ours": "x" * 513}}, "metadata.ours", ""),
        ([], {}, "messages", ""),
        ([{"role": "system", "content": "Hello"}], {}, "messages", "no message of a user"),
        ([*QUESTION, {"role": "assistant", "content": "Yes"}], {}, "messages.1.content", "role user"),
        ([{"role": "user", "content": "   "}], {}, "messages.0.content", "blank"),
        ([{"role": "user", "content": "x" * 1001}], {}, "messages.0.content", "1000"),
        ([{"role": "user", "content": "\u0007?"}], {}, "messages.0.content", "control"),
        ([{"role": "user", "content": IMAGE}], {}, "messages.0.content", "image"),
        (
            [*QUESTION, {"role": "tool", "tool_call_id": "1", "content": "42"}],
            {},
            "messages.1.content",
            "role user",
        ),
        ([{"role": "wizard", "content": "Hi"}], {}, "messages.0.role", ""),
        ([{"role": "user", "content": 5}], {}, "messages.0.content", "string"),
        ([{"role": "user", "content": [{"text": "Hi"}]}], {}, "messages.0.content.0.type", "required"),
    ],
)
def test_what_cannot_be_done_is_refused_with_its_field(
    client: OpenAI, messages: Any, more: dict[str, Any], param: str, words: str, streamed: bool
) -> None:
    with pytest.raises(openai.UnprocessableEntityError) as raised:
        chat(client, messages, stream=streamed, **more)
    error = raised.value
    assert error.code == "invalid_input"
    assert error.param == param
    assert words in error.message
    assert error.request_id is not None
    assert error.type == "invalid_request_error"


def test_a_body_that_is_no_json_is_a_bad_request(desk: Desk) -> None:
    with desk.client() as client, pytest.raises(openai.BadRequestError) as raised:
        client.post(
            "/chat/completions", cast_to=object, content=b"{", options={"headers": {"Content-Type": "application/json"}}
        )
    assert raised.value.code == "malformed_json"


def test_a_model_that_does_not_exist(client: OpenAI) -> None:
    for call in (lambda: chat(client, model="gpt-5"), lambda: client.models.retrieve("gpt-5")):
        with pytest.raises(openai.NotFoundError) as raised:
            call()
        assert raised.value.param == "model"
        assert "'kb'" in raised.value.message


def test_keys_are_asked_for_checked_and_limited(serve: Callable[..., Desk]) -> None:
    desk = serve(require_key=True, rate_limit_enabled=True, rate_limit="1000/minute")
    records = desk.opened.records
    for key in ("unused", "kb_sk_wrong"):
        with desk.client(key) as client, pytest.raises(openai.AuthenticationError) as raised:
            chat(client)
        assert raised.value.code == "unauthenticated"
    may = records.create_key("asker", "secret", ["ask"], rate_limit="2/minute")[1]
    may_not = records.create_key("searcher", "secret", ["search"])[1]
    with desk.client(may_not) as client:
        assert [model.id for model in client.models.list()] == ["kb", "kb-plain"]
        with pytest.raises(openai.PermissionDeniedError) as denied:
            chat(client)
    assert "scope ask" in denied.value.message
    with desk.client(may) as client:
        for _ in range(2):
            assert chat(client).kb["outcome"] == "answered"
        with pytest.raises(openai.RateLimitError) as limited:
            chat(client)
    assert int(limited.value.response.headers["retry-after"]) > 0


def test_a_mistaken_key_does_not_stay_unseen_where_there_are_keys(serve: Callable[..., Desk]) -> None:
    desk = serve()
    with desk.client("sk-anything") as client:
        assert chat(client).kb["outcome"] == "answered"
    desk.opened.records.create_key("first", "secret", ["ask"])
    with desk.client("sk-anything") as client, pytest.raises(openai.AuthenticationError):
        chat(client)
    with desk.client("unused") as client:
        assert chat(client).kb["outcome"] == "answered"


def test_what_only_agents_may_read_needs_a_key(serve: Callable[..., Desk]) -> None:
    desk = serve()
    question = [{"role": "user", "content": "How large are the goodwill vouchers that agents may grant?"}]
    key = desk.opened.records.create_key("agents", "secret", ["ask"])[1]
    asked = {"messages": question, "metadata": {"audience": "agent, public"}}
    with desk.client() as client:
        assert "en/billing/internal" not in str(chat(client, **asked).kb)
    with desk.client(key) as client:
        assert chat(client, **asked).kb["citations"][0]["article_id"] == "en/billing/internal"


def test_without_an_index_it_is_unavailable(serve: Callable[..., Desk], tmp_path: Any) -> None:
    desk = serve(tmp_path / "empty")
    for more in ({}, {"stream": True}):
        with desk.client() as client, pytest.raises(openai.InternalServerError) as raised:
            chat(client, **more)
        assert raised.value.status_code == 503
        assert raised.value.code == "index_missing"


def test_a_failure_is_a_500_and_is_tried_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    ask = desk.opened.service.ask

    def failing(*given: Any) -> Any:
        calls.append(1)
        if len(calls) == 1:
            raise ValueError("wombat")
        return ask(*given)

    monkeypatch.setattr(desk.opened.service, "ask", failing)
    with desk.client() as client, pytest.raises(openai.InternalServerError) as raised:
        chat(client)
    assert raised.value.status_code == 500
    assert "wombat" not in raised.value.message
    calls.clear()
    with desk.client(max_retries=1) as client:
        assert chat(client).kb["outcome"] == "answered"
    assert len(calls) == 2


def test_a_database_that_is_locked_is_a_503(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_: Any) -> Any:
        raise StorageError("The database is locked.", "Try again.")

    monkeypatch.setattr(desk.opened.service, "ask", locked)
    with desk.client() as client, pytest.raises(openai.InternalServerError) as raised:
        chat(client)
    assert raised.value.code == "storage_unavailable"
    assert raised.value.response.headers["retry-after"]


def test_a_client_that_waits_no_longer(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    release, ask = threading.Event(), desk.opened.service.ask

    def slow(*given: Any) -> Any:
        release.wait(20)
        return ask(*given)

    monkeypatch.setattr(desk.opened.service, "ask", slow)
    try:
        with desk.client(timeout=0.2) as client, pytest.raises(openai.APITimeoutError):
            chat(client)
    finally:
        release.set()
