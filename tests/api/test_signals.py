"""Every kind of signal through the door where it happens: HTTP, pages, and what is sent from outside."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from starlette.testclient import TestClient
from stored_answers import state

from api.owner_responses import SignalDocument, SignalListDocument
from api.responses import OpeningDocument, SearchDocument
from kb.gaps.vocabulary import SignalKind

Serve = Callable[..., TestClient]
SUGGESTED = "Can I get a copy of my bill?"  # en/billing/invoices comes near, which is overdue for review
UNKNOWN = "Do you sell submarines to penguins?"


@pytest.fixture(autouse=True)
def swept_by_the_test_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kb.harvest._PAUSE", 3600.0)


def ask(client: TestClient, question: str, **more: Any) -> dict[str, Any]:
    document: dict[str, Any] = client.post("/v1/ask", json={"question": question, **more}).json()
    return document


def kinds(client: TestClient) -> dict[str, int]:
    """All signals by kind."""
    found: dict[str, int] = {}
    for gap in client.get("/v1/gaps").json()["data"]:
        for kind, count in gap["kinds"].items():
            found[kind] = found.get(kind, 0) + count
    return found


def harvest(client: TestClient, minutes: float = 11) -> int:
    """Judge what is there as if it were ``minutes`` later."""
    opened = state(client).opened
    opened.records._clock = lambda: datetime.now(UTC) + timedelta(minutes=minutes)
    try:
        return opened.harvester.sweep()
    finally:
        opened.records._clock = lambda: datetime.now(UTC)


def test_no_answer_and_asking_for_a_person(serve: Serve) -> None:
    own = serve()
    first = ask(own, UNKNOWN)
    ask(own, "Let me talk to a person", conversation_id=first["conversation_id"])
    assert kinds(own) == {"no_answer": 1, "asked_for_person": 1}
    (gap,) = own.get("/v1/gaps").json()["data"]
    assert (gap["people"], gap["person_requests"]) == (1, 1)


def test_a_down_vote_with_its_reason(serve: Serve) -> None:
    own = serve()
    answer = ask(own, "How do I download an invoice?")
    vote = {"answer_id": answer["id"], "token": answer["feedback_token"], "rating": "down", "reasons": ["outdated"]}
    assert own.post("/v1/feedback", json=vote).status_code == 201
    assert kinds(own) == {"thumbs_down": 1}
    assert own.get("/v1/gaps").json()["data"][0]["cause"] == "outdated"


def test_an_answer_from_the_other_language(serve: Serve) -> None:
    own = serve()
    assert ask(own, "发票怎么改")["outcome"] == "answered"
    assert kinds(own) == {"cross_language": 1}


def test_a_suggestion_that_nobody_takes(serve: Serve) -> None:
    own = serve()
    answer = ask(own, SUGGESTED)
    assert answer["outcome"] == "suggested"
    assert harvest(own, minutes=9) == 0
    assert harvest(own) == 1
    assert harvest(own) == 0
    (gap,) = own.get("/v1/gaps").json()["data"]
    assert gap["kinds"] == {"suggested_not_taken": 1}
    assert gap["label"] == SUGGESTED
    assert own.get(f"/v1/gaps/{gap['id']}").json()["articles"] == [{"article_id": "en/billing/invoices", "count": 1}]


@pytest.mark.parametrize("way", ["opened", "voted up", "answered next", "voted down"])
def test_a_suggestion_that_led_somewhere(serve: Serve, way: str) -> None:
    own = serve()
    answer = ask(own, SUGGESTED)
    if way == "opened":
        body = {"article_id": "en/billing/invoices", "source_id": answer["id"]}
        sent = own.post("/v1/openings", json=body)
        assert sent.status_code == 202
        OpeningDocument.model_validate(sent.json())
    elif way == "answered next":
        ask(own, "How long does the warehouse check?")
    else:
        rating = way.removeprefix("voted ")
        own.post("/v1/feedback", json={"answer_id": answer["id"], "token": answer["feedback_token"], "rating": rating})
    harvest(own)
    assert "suggested_not_taken" not in kinds(own)


def test_a_link_on_the_answer_page_tells_that_the_suggestion_was_taken(serve: Serve) -> None:
    own = serve()
    page = own.get("/ask", params={"q": SUGGESTED}).text
    links = re.findall(r'class="open" href="([^"]+)"', page)
    assert links
    assert all("from=ans_" in link for link in links)
    parts = urlsplit(links[0].replace("&amp;", "&"))
    article = own.get(f"{parts.path}?{parts.query}")
    assert article.status_code == 200
    canonical = re.findall(r'<link rel="canonical" href="([^"]+)"', article.text)
    assert canonical
    assert "from=" not in canonical[0]
    harvest(own)
    # The article is overdue for review, so that opening it is a sign of its own.
    assert kinds(own) == {"stale_citation": 1}


def test_an_overdue_source_that_is_opened_counts_once_and_for_its_owner(serve: Serve) -> None:
    own = serve()
    answer = ask(own, "How do I download an invoice?")
    for _ in range(3):
        own.get("/articles/en/billing/invoices.html", params={"from": answer["id"]})
    own.get("/articles/en/billing/refunds.html", params={"from": answer["id"]})
    assert kinds(own) == {"stale_citation": 1}
    (gap,) = own.get("/v1/gaps").json()["data"]
    assert gap["cause"] == "outdated"


@pytest.mark.parametrize(
    "headers",
    [{"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"}, {"Sec-Purpose": "prefetch;prerender"}],
)
def test_robots_and_prefetching_open_nothing(serve: Serve, headers: dict[str, str]) -> None:
    own = serve()
    answer = ask(own, "How do I download an invoice?")
    own.get("/articles/en/billing/invoices.html", params={"from": answer["id"]}, headers=headers)
    own.get("/search", params={"q": "xylophone"}, headers=headers)
    harvest(own)
    assert kinds(own) == {}


def test_asking_again_in_other_words(serve: Serve) -> None:
    own = serve()
    ask(own, UNKNOWN)
    ask(own, UNKNOWN.upper())  # the same words
    ask(own, "Can penguins buy submarines from you?")
    assert harvest(own, minutes=0) == 1
    found = kinds(own)
    assert (found["rephrased"], found["no_answer"]) == (1, 3)
    assert {gap["people"] for gap in own.get("/v1/gaps").json()["data"]} == {1}


def test_asking_again_after_an_up_vote_or_as_somebody_else_is_another_errand(serve: Serve) -> None:
    own = serve()
    first = ask(own, SUGGESTED)
    own.post("/v1/feedback", json={"answer_id": first["id"], "token": first["feedback_token"], "rating": "up"})
    ask(own, "Could I have a copy of my bill please?")
    own.post("/v1/ask", json={"question": "May I get copies of a bill?"}, headers={"User-Agent": "another browser"})
    harvest(own, minutes=0)
    assert kinds(own).get("rephrased", 0) == 0


def test_a_search_without_a_result_or_a_click(serve: Serve) -> None:
    own = serve()
    nothing = own.get("/v1/search", params={"q": "xylophone"}).json()
    SearchDocument.model_validate(nothing)
    assert nothing["data"] == []
    found = own.get("/v1/search", params={"q": "invoice"}).json()
    assert found["data"]
    assert found["id"].startswith("srch_")
    assert own.get("/search", params={"q": "router"}).status_code == 200
    # What a program does with the results that it gets is not known, unless it tells.
    assert harvest(own) == 2
    assert kinds(own) == {"search_without_click": 2}
    own.post("/v1/openings", json={"article_id": "en/billing/refunds", "source_id": "srch_other"})
    own.get("/v1/search", params={"q": "invoice"}, headers={"User-Agent": "another browser"})
    assert harvest(own) == 1


def test_a_search_whose_result_is_opened_led_somewhere(serve: Serve) -> None:
    own = serve()
    page = own.get("/search", params={"q": "refund"}).text
    link = re.findall(r'<h2><a href="(/articles/[^"]+from=srch_[^"]+)"', page)[0]
    own.get(link.replace("&amp;", "&"))
    harvest(own)
    assert kinds(own) == {}


def test_a_search_after_which_the_question_is_answered_led_somewhere(serve: Serve) -> None:
    own = serve()
    own.get("/search", params={"q": "invoice"})
    ask(own, "How do I download an invoice?")
    harvest(own)
    assert kinds(own) == {}


def test_typing_and_further_pages_are_no_searches(serve: Serve) -> None:
    own = serve()
    assert own.get("/v1/search", params={"q": "invo", "mode": "typeahead"}).json()["id"] is None
    first = own.get("/v1/search", params={"q": "refund invoice router", "limit": 1}).json()
    assert (
        own.get("/v1/search", params={"q": "refund", "limit": 1, "cursor": first["next_cursor"]}).json()["id"] is None
    )
    cached = own.get("/v1/search", params={"q": "invoice"}, headers={"If-None-Match": "*"})
    assert cached.status_code == 304
    own.get("/search", params={"q": "refund", "page": "2"})
    own.get("/search", params={"q": "refund", "from": first["id"]})
    records = state(own).opened.records
    records.flush()
    with records._db.reading() as connection:
        assert connection.execute("SELECT id FROM searches").fetchall() == [(first["id"],)]


def test_an_owner_flags_an_article_and_an_answer(serve: Serve) -> None:
    own = serve()
    answer = ask(own, "How long does the warehouse check?")
    article = {"kind": "owner_flag", "external_id": "f-1", "article_id": "en/billing/refunds"}
    said = {"kind": "owner_flag", "external_id": "f-2", "answer_id": answer["id"]}
    for body in (article, said):
        assert own.post("/v1/signals", json=body).status_code == 201
    gaps = own.get("/v1/gaps").json()["data"]
    assert {gap["label"] for gap in gaps} == {"How long refunds take", "How long does the warehouse check?"}
    assert {(gap["owner"], gap["people"], gap["kinds"]["owner_flag"]) for gap in gaps} == {("billing-docs", 0, 1)}


def test_signals_of_every_kind_are_taken_from_outside(serve: Serve) -> None:
    own = serve()
    batch = [
        {"kind": kind.value, "question": f"Where is the {kind.value} of the moon?", "external_id": f"x-{n}"}
        for n, kind in enumerate(SignalKind)
    ]
    sent = own.post("/v1/signals", json={"signals": batch})
    assert sent.status_code == 201
    SignalListDocument.model_validate(sent.json())
    assert kinds(own) == {kind.value: 1 for kind in SignalKind}
    again = own.post("/v1/signals", json={"signals": batch})
    assert again.status_code == 200
    assert [signal["created"] for signal in again.json()["data"]] == [False] * len(batch)


def test_a_signal_says_when_and_to_whom_it_happened(serve: Serve) -> None:
    own = serve()
    body = {"question": "Do you ship to Norway?", "category": "billing"}
    when = (datetime.now(UTC) - timedelta(days=40)).strftime("%Y-%m-%dT%H:%M:%SZ")
    old = own.post("/v1/signals", json={**body, "external_id": "a", "at": when, "visitor": "ada"}).json()
    SignalDocument.model_validate(old)
    for n, visitor in enumerate(["ada", "ada", "bob"]):
        own.post("/v1/signals", json={**body, "external_id": f"b{n}", "visitor": visitor})
    (gap,) = own.get("/v1/gaps").json()["data"]
    assert (gap["id"], gap["people"], gap["signals"]) == (old["gap_id"], 2, 4)
    assert gap["owner"] == "billing-docs"
    assert gap["created_at"] == when


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"kind": "praise"}, "/kind"),
        ({"at": "yesterday"}, "/at"),
        ({"at": "2026-11-22"}, "/at"),
        ({"visitor": ""}, "/visitor"),
        ({"colour": "red"}, "/colour"),
        ({"reasons": ["solved"]}, "/reasons/0"),
        ({"question": None}, ""),
    ],
)
def test_a_wrong_signal_is_refused_with_all_that_come_with_it(
    serve: Serve, change: dict[str, Any], pointer: str
) -> None:
    own = serve()
    good = {"question": "Do you ship to Norway?", "external_id": "a"}
    wrong = {**good, "external_id": "b", **change}
    alone = own.post("/v1/signals", json=wrong)
    assert (alone.status_code, alone.json()["errors"][0]["pointer"]) == (422, pointer)
    batch = own.post("/v1/signals", json={"signals": [good, wrong]})
    assert (batch.status_code, batch.json()["errors"][0]["pointer"]) == (422, f"/signals/1{pointer}")
    assert own.post("/v1/signals", json={"signals": []}).status_code == 422
    assert own.post("/v1/signals", json={"signals": [good], **good}).status_code == 422
    assert kinds(own) == {}


def test_a_signal_about_nothing_known_is_a_404_and_counts_none(serve: Serve) -> None:
    own = serve()
    good = {"question": "Do you ship to Norway?", "external_id": "a"}
    unknown = {"kind": "owner_flag", "external_id": "b", "answer_id": "ans_gone"}
    assert own.post("/v1/signals", json={"signals": [good, unknown]}).status_code == 404
    assert own.post("/v1/openings", json={"article_id": "en/nothing"}).status_code == 404
    assert own.post("/v1/openings", json={"article_id": "en/billing/internal"}).status_code == 404
    assert kinds(own) == {}


def test_what_is_written_down_is_masked(serve: Serve) -> None:
    own = serve()
    address = "ada.lovelace@example.com"
    own.post("/v1/signals", json={"question": f"Why is {address} blocked from penguins?", "external_id": "a"})
    own.get("/v1/search", params={"q": f"penguin {address}"})
    own.get("/search", params={"q": f"penguin submarine {address}"})
    ask(own, f"Do penguins mail {address}?")
    harvest(own)
    assert address not in str(own.get("/v1/gaps").json())
    data = state(own).settings.data
    written = b"".join(path.read_bytes() for path in data.rglob("*") if path.is_file() and "models" not in path.parts)
    assert address.encode() not in written


def test_a_flood_of_one_visitor_is_one_person(serve: Serve) -> None:
    own = serve()
    for _ in range(20):
        ask(own, UNKNOWN)
    own.post("/v1/ask", json={"question": UNKNOWN}, headers={"User-Agent": "another browser"})
    (gap,) = own.get("/v1/gaps").json()["data"]
    assert (gap["people"], gap["signals"]) == (2, 21)


def test_the_people_behind_a_bot_are_told_apart_by_its_key_only(serve: Serve) -> None:
    own = serve()
    for name in ("ada", "bob", "ada"):
        ask(own, UNKNOWN, context={"channel": "wecom", "visitor": name})
    (gap,) = own.get("/v1/gaps").json()["data"]
    assert gap["people"] == 1  # nobody has shown a key
    _, key = state(own).opened.records.create_key("bot", "secret", ["ask", "gaps:read"])
    bearer = {"Authorization": f"Bearer {key}"}
    for name in ("ada", "bob", "ada"):
        body = {"question": UNKNOWN, "context": {"channel": "wecom", "visitor": name}}
        own.post("/v1/ask", json=body, headers=bearer)
    (gap,) = own.get("/v1/gaps", headers=bearer).json()["data"]
    assert gap["people"] == 3


def test_erasing_a_visitor_takes_searches_openings_and_what_came_of_them(serve: Serve) -> None:
    own = serve()
    answer = ask(own, SUGGESTED)
    own.get("/articles/en/billing/invoices.html", params={"from": answer["id"]})
    own.get("/v1/search", params={"q": "xylophone"})
    harvest(own)
    assert kinds(own) == {"search_without_click": 1, "stale_citation": 1}
    records = state(own).opened.records
    with records._db.reading() as connection:
        (visitor,) = {row[0] for row in connection.execute("SELECT DISTINCT visitor FROM searches")}
    removed = records.erase(visitor=visitor)
    assert (removed.questions, removed.searches, removed.openings, removed.signals) == (1, 1, 1, 2)
    assert own.get("/v1/gaps").json()["data"] == []


@pytest.mark.parametrize(
    "prompt",
    [
        "### Task:\nGenerate a concise, 3-5 word title with an emoji summarizing the chat history.",
        "为以下对话生成1-3个标签，用JSON格式返回。",
    ],
)
def test_what_a_chat_program_asks_for_itself_is_not_written_down(serve: Serve, prompt: str) -> None:
    own = serve()
    answer = ask(own, prompt)
    assert (answer["outcome"], answer["reason"]["code"]) == ("no_answer", "unclear_question")
    assert answer["gap_id"] is None
    assert own.get(f"/v1/answers/{answer['id']}").status_code == 404
    assert own.get("/v1/reports/kpis").json()["questions"] == 0


def test_an_article_that_stands_elsewhere_is_left_by_a_door_that_counts(
    serve: Serve, site: Any, index_into: Any
) -> None:
    article = site.articles / "en" / "billing" / "invoices.md"
    text = article.read_text(encoding="utf-8")
    article.write_text(text.replace("---\n", "---\nurl: https://elsewhere.example/invoices\n", 1), encoding="utf-8")
    index_into(site.articles, site.data)
    own = serve()
    page = own.get("/ask", params={"q": SUGGESTED}).text
    link = re.findall(r'class="open" href="([^"]+)"', page)[0].replace("&amp;", "&")
    assert link.startswith("/out?article=en%2Fbilling%2Finvoices&from=ans_")
    assert "#:~:text=" in link
    sent_on = own.get(link.partition("#")[0], follow_redirects=False)
    assert (sent_on.status_code, sent_on.headers["location"]) == (303, "https://elsewhere.example/invoices")
    assert own.get("/out", params={"article": "https://evil.example"}, follow_redirects=False).status_code == 404
    harvest(own)
    assert "suggested_not_taken" not in kinds(own)
