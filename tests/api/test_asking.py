"""Asking through HTTP: the object, the stream, what was answered earlier."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from api.responses import AnswerDocument, StoredAnswerDocument
from api.routes.ask import answer_events
from tests.api.conftest import BASE, application

if TYPE_CHECKING:
    from conftest import Site

QUESTIONS = [
    "When do I get my money back?",
    "How do I ask for a refund?",
    "What does error E-203 mean?",
    "换了手机怎么重新绑定两步验证？",
    "信用卡退款要多久？",
    "Do you sell submarines to penguins?",
    "???",
    "😀",
    "talk to a person",
]


def ask(client: TestClient, question: str, **fields: Any) -> dict[str, Any]:
    response = client.post("/v1/ask", json={"question": question, **fields})
    assert response.status_code == 200, response.text
    document: dict[str, Any] = response.json()
    return document


def places(document: dict[str, Any]) -> list[dict[str, Any]]:
    """What is shown, best first."""
    shown: list[dict[str, Any]] = document["citations"] + document["suggestions"]
    return shown


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_answer_is_as_documented(client: TestClient, question: str) -> None:
    AnswerDocument.model_validate(ask(client, question))


def test_quotes_are_the_bytes_of_the_file(client: TestClient, built_site: Site) -> None:
    quoted = 0
    for question in QUESTIONS:
        document = ask(client, question)
        for place in document["citations"] + document["suggestions"]:
            text = (built_site.articles / f"{place['article_id']}.md").read_text(encoding="utf-8")
            span = place["source_span"]
            assert text[span["start"] : span["end"]] == place["quote"]
            quoted += 1
    assert quoted >= 5


def test_a_question_gets_the_article_that_answers_it(client: TestClient) -> None:
    document = ask(client, "How do I ask for a refund?")
    places = document["citations"] + document["suggestions"]
    assert places[0]["article_id"] == "en/billing/refunds"
    assert places[0]["url"].startswith("http://127.0.0.1:8000/articles/en/billing/refunds.html")


def test_an_answer_can_be_read_again_without_its_token(client: TestClient) -> None:
    given = ask(client, "When do I get my money back?")
    response = client.get(f"/v1/answers/{given['id']}")
    assert response.status_code == 200
    StoredAnswerDocument.model_validate(response.json())
    token = given.pop("feedback_token")
    assert response.json() == given | {"conversation_id": None}  # a link is passed on; who has it may not read on
    assert token not in response.text
    assert client.get("/v1/answers/ans_00000000000000000000000000").status_code == 404


def test_nobody_without_a_key_hears_of_articles_for_agents(client: TestClient) -> None:
    question = "How large are goodwill vouchers that agents may grant?"
    document = ask(client, question, filters={"audience": ["agent", "bot"]})
    named = [place["article_id"] for place in document["citations"] + document["suggestions"] + document["related"]]
    assert "en/billing/internal" not in named
    assert "twenty euros" not in orjson.dumps(document).decode()


def events(client: TestClient, question: str) -> list[tuple[str, dict[str, Any]]]:
    response = client.post("/v1/ask/stream", json={"question": question})
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/event-stream")
    found = []
    for block in response.text.strip("\n").split("\n\n"):
        name, data = block.split("\n")
        found.append((name.removeprefix("event: "), orjson.loads(data.removeprefix("data: "))))
    return found


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_stream_says_the_same_as_the_object(client: TestClient, question: str) -> None:
    found = events(client, question)
    names = [name for name, _ in found]
    assert names[:2] == ["answer.created", "answer.sources"]
    assert names[-1] == "answer.completed"
    final = found[-1][1]
    AnswerDocument.model_validate(final)
    text = final["answer"]["text"] if final["answer"] else ""
    assert "".join(data["text"] for name, data in found if name == "answer.delta") == text
    cited = {data["n"]: data["answer_spans"] for name, data in found if name == "answer.citation"}
    assert cited == {c["n"]: c["answer_spans"] for c in final["citations"]}


def test_a_citation_is_announced_when_all_it_supports_is_out() -> None:
    document: dict[str, Any] = {
        "id": "a", "created_at": "", "conversation_id": "c", "question": {}, "lang": "en", "index": {},
        "preface": None,
        "answer": {"text": "One.\nTwo. Three."},
        "citations": [
            {"n": 1, "answer_spans": [{"start": 0, "end": 4}, {"start": 10, "end": 16}]},
            {"n": 2, "answer_spans": [{"start": 5, "end": 9}]},
        ],
        "suggestions": [],
    }  # fmt: skip
    found = [(name, data.get("text", data.get("n"))) for name, data in answer_events(document)]
    assert found[2:-1] == [
        ("answer.delta", "One."),
        ("answer.delta", "\nTwo."),
        ("answer.citation", 2),
        ("answer.delta", " Three."),
        ("answer.citation", 1),
    ]


def test_the_stream_refuses_bad_questions_with_a_status(client: TestClient) -> None:
    response = client.post("/v1/ask/stream", json={"question": ""})
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"


def test_a_conversation_goes_on_under_its_id(client: TestClient) -> None:
    first = ask(client, "How long do refunds take?")
    second = ask(client, "and by bank transfer?", conversation_id=first["conversation_id"])
    assert second["conversation_id"] == first["conversation_id"]
    assert places(second)[0]["article_id"] == places(first)[0]["article_id"] == "en/billing/refunds"
    assert places(ask(client, "and by then?"))[:1] != places(second)[:1]  # alone it is about nothing


@pytest.mark.parametrize(
    ("said", "outcome", "reason", "gap"),
    [
        ("ok thanks", "no_answer", "unclear_question", False),
        ("99", "no_answer", "unclear_question", False),
        ("that didn't help", "handoff", "policy", True),
        ("转人工", "handoff", "asked_for_person", True),
        ("where is my order 123", "no_answer", "needs_account_data", False),
    ],
)
def test_what_asks_nothing_of_the_articles_is_named_for_what_it_is(
    client: TestClient, said: str, outcome: str, reason: str, gap: bool
) -> None:
    first = ask(client, "How long do refunds take?")
    document = ask(client, said, conversation_id=first["conversation_id"])
    AnswerDocument.model_validate(document)
    assert (document["outcome"], document["reason"]["code"]) == (outcome, reason)
    assert (document["gap_id"] is not None) is gap
    assert places(document) == []


def test_a_restarted_server_knows_what_was_asked_before(site: Site) -> None:
    with TestClient(application(site.data), base_url=BASE) as before:
        first = ask(before, "How long do refunds take?")
    with TestClient(application(site.data), base_url=BASE) as after:
        second = ask(after, "and by bank transfer?", conversation_id=first["conversation_id"])
    assert places(second)[0]["article_id"] == places(first)[0]["article_id"]


SAID = [
    *QUESTIONS,
    "thanks",
    "still not working",
    "and by card?",
    "那要多久",
    "它呢",
    "no I mean E-203",
    "退",
    "",
    " ",
    "?",
]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(turns=st.lists(st.one_of(st.sampled_from(SAID), st.text(max_size=40)), min_size=2, max_size=6))
def test_any_run_of_turns_gives_answers_as_documented(client: TestClient, turns: list[str]) -> None:
    conversation = None
    for said in turns:
        response = client.post("/v1/ask", json={"question": said, "conversation_id": conversation})
        assert response.status_code in {200, 422}, response.text
        if response.status_code == 200:
            document = response.json()
            AnswerDocument.model_validate(document)
            assert conversation in {None, document["conversation_id"]}
            conversation = document["conversation_id"]
            assert bool(document["citations"]) is (document["outcome"] == "answered")
            assert (document["reason"] is None) is (document["outcome"] == "answered")
            chosen = [option["id"] for option in document["options"]]
            if chosen:
                body = {"question": said, "conversation_id": conversation, "option_id": chosen[0]}
                answer = client.post("/v1/ask", json=body).json()
                AnswerDocument.model_validate(answer)
                assert answer["outcome"] == "answered"


def test_no_index_yet_is_a_503_that_names_the_command(serve: Any, tmp_path: Any) -> None:
    empty = serve(tmp_path / "nothing")
    for response in (
        empty.post("/v1/ask", json={"question": "x"}),
        empty.get("/v1/search?q=x"),
        empty.get("/v1/articles"),
        empty.get("/readyz"),
    ):
        assert response.status_code == 503
        assert response.json()["code"] == "index_missing"
        assert "kb index" in response.json()["detail"]
        assert "retry-after" in response.headers
    assert empty.get("/livez").status_code == 200
    assert empty.get("/v1/status").json()["index"] is None
    assert empty.get("/metrics").status_code == 200


def test_bad_questions_are_not_written_down(serve: Any) -> None:
    own = serve()
    for body in (
        b'{"question": ""}',
        b'{"question": "a\\u0000"}',
        b'{"question": 1}',
        b"{",
        b'{"question": "x", "y": 1}',
    ):
        assert own.post("/v1/ask", content=body, headers={"content-type": "application/json"}).status_code in (400, 422)
    assert own.get("/v1/reports/kpis").json()["questions"] == 0
    ask(own, "When do I get my money back?")
    assert own.get("/v1/reports/kpis").json()["questions"] == 1
