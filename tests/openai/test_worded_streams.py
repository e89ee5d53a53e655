"""Answers worded by a model, through the doors of chat programs: as they are written, and freed when nobody reads any more."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.model_server import ModelServer, drips, model_server, says, sends
from tests.openai.conftest import CHINESE, ENGLISH, Desk

GOOD = {
    ENGLISH: "A refund to a credit card takes 5 to 7 working days [1].",
    CHINESE: "信用卡退款需要 5 至 7 个工作日[1]。",
}


@pytest.fixture
def model() -> Iterator[ModelServer]:
    with model_server() as server:
        yield server


@pytest.fixture
def desk(serve: Callable[..., Desk], model: ModelServer) -> Desk:
    return serve(generator_url=model.url, generator_model="m", generator_timeout=20)


def streamed(desk: Desk, question: str) -> tuple[str, Any]:
    with desk.client() as client:
        chunks: Any = list(
            client.chat.completions.create(model="kb", messages=[{"role": "user", "content": question}], stream=True)
        )
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks), chunks[-1].kb


@pytest.mark.parametrize("question", [ENGLISH, CHINESE])
def test_what_a_model_words_is_streamed_with_its_sources(desk: Desk, model: ModelServer, question: str) -> None:
    model.answers = lambda _: says(GOOD[question])
    said, answer = streamed(desk, question)
    assert answer["generator"]["result"] == "written"
    assert said.startswith(answer["answer"]["markdown"])
    with desk.client() as client:
        whole: Any = client.chat.completions.create(model="kb", messages=[{"role": "user", "content": question}])
        response = client.responses.create(model="kb", input=question)
        with client.responses.stream(model="kb", input=question) as events:
            worded = events.get_final_response()
    assert whole.choices[0].message.content == response.output_text == worded.output_text == said
    assert whole.choices[0].message.annotations


@pytest.mark.parametrize("reply", [says(""), sends(b"", 500), says("Everything is refunded at once [9].")])
def test_the_quotes_are_streamed_when_the_model_is_of_no_use(desk: Desk, model: ModelServer, reply: Any) -> None:
    model.answers = lambda _: reply
    said, answer = streamed(desk, ENGLISH)
    assert answer["outcome"] == "answered"
    assert "| Credit card | 5 to 7 working days |" in said
    assert said.startswith(answer["answer"]["markdown"])


def test_pages_of_the_ai_sdk_get_it_as_it_is_worded(desk: Desk, model: ModelServer) -> None:
    model.answers = lambda _: says(GOOD[ENGLISH])
    body = {"id": "c", "messages": [{"role": "user", "parts": [{"type": "text", "text": ENGLISH}]}]}
    lines = httpx.post(f"{desk.url}/v1/ui/chat", json=body, timeout=30).text.strip().split("\n\n")
    parts = [json.loads(line.removeprefix("data: ")) for line in lines[:-1]]
    assert "".join(part.get("delta", "") for part in parts).startswith(
        "A refund to a credit card takes 5 to 7 working days"
    )
    assert next(part["data"]["generator"]["result"] for part in parts if part["type"] == "data-kb") == "written"


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/responses", "/v1/ui/chat"])
@pytest.mark.parametrize("stream", [True, False])
def test_who_leaves_frees_the_model(desk: Desk, model: ModelServer, path: str, stream: bool) -> None:
    if path == "/v1/ui/chat" and not stream:
        pytest.skip("that door streams only")
    model.answers = lambda _: drips("wombat ", 0.02)
    question = {"role": "user", "content": ENGLISH, "parts": [{"type": "text", "text": ENGLISH}]}
    body = {"model": "kb", "messages": [question], "input": ENGLISH, "stream": stream}
    with pytest.raises(httpx.ReadTimeout):
        read_for_three_seconds(f"{desk.url}{path}", body)
    assert model.broken_off.wait(15), "the call to the model was not ended"


def read_for_three_seconds(url: str, body: dict[str, Any]) -> None:
    """Leaves when nothing has come for so long; a busy machine needs some of it until the model is asked."""
    with httpx.Client(timeout=3.0) as client, client.stream("POST", url, json=body) as response:
        for _ in response.iter_lines():
            pass
