"""`/v1/ui/chat`: the protocol of the AI SDK, without the AI SDK."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from starlette.testclient import TestClient
from ui_parts import PART

from api.app import create_app
from kb.settings import Settings

if TYPE_CHECKING:
    from tests.conftest import Site

ENGLISH = "How long does a refund to my credit card take?"
CHINESE = "退款到信用卡需要多久到账？"


@pytest.fixture(scope="module")
def client(built_site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    data = tmp_path_factory.mktemp("ui") / "data"
    shutil.copytree(built_site.data, data, symlinks=True)
    app = create_app(Settings(data=data, rate_limit_enabled=False, log_level="error"), host="127.0.0.1")
    with TestClient(app, base_url="http://127.0.0.1:8000") as opened:
        yield opened


def user(text: str) -> dict[str, Any]:
    return {"id": "u", "role": "user", "parts": [{"type": "text", "text": text}]}


def send(client: TestClient, *messages: dict[str, Any], **more: Any) -> Any:
    body = {"id": "chat-1", "trigger": "submit-message", "messageId": None, "messages": list(messages), **more}
    return client.post("/v1/ui/chat", json=body)


def parts(client: TestClient, *messages: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    """The parts of a stream, each held against the package's schema."""
    response = send(client, *messages, **more)
    assert response.status_code == 200, response.text
    assert response.headers["x-vercel-ai-ui-message-stream"] == "v1"
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.text.endswith("\n\n")
    lines = response.text.strip("\n").split("\n\n")
    assert lines[-1] == "data: [DONE]"
    found = [json.loads(line.removeprefix("data: ")) for line in lines[:-1]]
    for part in found:
        PART.validate_python(part)
    return found


def text_of(found: list[dict[str, Any]]) -> str:
    return "".join(part["delta"] for part in found if part["type"] == "text-delta")


def answer_of(found: list[dict[str, Any]]) -> dict[str, Any]:
    answer: dict[str, Any] = next(part["data"] for part in found if part["type"] == "data-kb")
    return answer


def reply_in(found: list[dict[str, Any]]) -> dict[str, Any]:
    """The reply as ``useChat`` sends it back with the next message."""
    shown = {"type": "text", "text": text_of(found), "state": "done"}
    others = [part for part in found if part["type"] in ("source-url", "data-kb")]
    return {"id": found[0]["messageId"], "role": "assistant", "parts": [{"type": "step-start"}, shown, *others]}


@pytest.mark.parametrize("question", [ENGLISH, CHINESE])
def test_a_reply_is_text_sources_and_the_whole_answer(client: TestClient, question: str) -> None:
    found = parts(client, user(question))
    kinds = [part["type"] for part in found]
    assert kinds[:2] == ["start", "text-start"]
    assert kinds[-4:] == ["text-end", "source-url", "data-kb", "finish"]
    answer = answer_of(found)
    assert answer["outcome"] == "answered"
    assert found[-1]["finishReason"] == "stop"
    native = client.post("/v1/ask", json={"question": question}).json()
    for name in ("outcome", "answer", "citations", "confidence"):
        assert answer[name] == native[name]
    source = next(part for part in found if part["type"] == "source-url")
    assert (source["url"], source["title"]) == (native["citations"][0]["url"], native["citations"][0]["title"])
    chat = client.post(
        "/v1/chat/completions", json={"model": "kb-plain", "messages": [{"role": "user", "content": question}]}
    ).json()
    assert text_of(found) == chat["choices"][0]["message"]["content"]


def test_the_list_of_sources_can_be_asked_for(client: TestClient) -> None:
    assert "[1] [How long" not in text_of(parts(client, user(ENGLISH)))
    assert "[1] [How long" in text_of(parts(client, user(ENGLISH), metadata={"sources": "list"}))


def test_the_conversation_goes_on_where_its_last_reply_belongs(client: TestClient) -> None:
    first = parts(client, user(CHINESE))
    second = parts(client, user(CHINESE), reply_in(first), user("银行转账呢？"))
    assert answer_of(second)["conversation_id"] == answer_of(first)["conversation_id"]
    assert "3 个工作日" in text_of(second)


@pytest.mark.parametrize(
    "data", [None, [], "x", {"conversation_id": "../x"}, {"conversation_id": 5}, {"options": "no"}]
)
def test_data_of_another_program_does_no_harm(client: TestClient, data: Any) -> None:
    reply = {"role": "assistant", "parts": [{"type": "data-kb", "data": data}, {"type": "text", "text": "5 [1]"}]}
    found = parts(client, user(CHINESE), reply, user("银行转账呢？"))
    assert "3 个工作日" in text_of(found)  # the messages are the conversation


def test_a_choice_is_sent_by_its_label(client: TestClient) -> None:
    passage = client.app.state.kb.opened.live.current().passages  # type: ignore[attr-defined]
    place = next(p for p in passage if p.article_id == "en/billing/refunds" and "card" in p.plain)
    data = {"conversation_id": "cnv_1", "options": [{"id": place.id, "label": "By credit card"}]}
    reply = {"role": "assistant", "parts": [{"type": "data-kb", "data": data}]}
    found = parts(client, user("refund?"), reply, user("by CREDIT card"))
    assert answer_of(found)["citations"][0]["passage_id"] == place.id


@pytest.mark.parametrize(
    ("messages", "pointer"),
    [
        ([], "/messages"),
        ([{"role": "user", "parts": [{"type": "text", "text": " "}]}], "/messages/0/parts"),
        ([{"role": "user", "parts": []}], "/messages/0/parts"),
        ([user("x" * 1001)], "/messages/0/parts"),
        ([user("Hi"), {"role": "assistant", "parts": [{"type": "text", "text": "Hi"}]}], "/messages/1/parts"),
        (
            [
                {
                    "role": "user",
                    "parts": [
                        {"type": "file", "mediaType": "image/png", "url": "data:x"},
                        {"type": "text", "text": "?a"},
                    ],
                }
            ],
            "/messages/0/parts",
        ),
        ([{"role": "tool", "parts": []}], "/messages/0/role"),
    ],
)
def test_what_cannot_be_answered_is_an_ordinary_problem(client: TestClient, messages: Any, pointer: str) -> None:
    response = send(client, *messages)
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == pointer


def test_pages_of_other_origins_may_ask(client: TestClient) -> None:
    asked = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}
    preflight = client.options("/v1/ui/chat", headers={**asked, "Access-Control-Request-Headers": "content-type"})
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == "*"
    browser = client.options(
        "/v1/chat/completions", headers={**asked, "Access-Control-Request-Headers": "x-stainless-os"}
    )
    assert "x-stainless-os" in browser.headers["access-control-allow-headers"].lower()
