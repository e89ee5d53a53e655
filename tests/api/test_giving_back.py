"""Votes, checks of citations, gaps, signals, reports and explanations through HTTP."""

from __future__ import annotations

import csv
import io
import time
from typing import TYPE_CHECKING, Any

import pytest
from starlette.testclient import TestClient

from api.documents import leaves
from api.owner_responses import (
    ExplanationDocument,
    GapDocument,
    GapListDocument,
    SignalDocument,
    StatusDocument,
)
from api.report_responses import KpisDocument
from api.responses import FeedbackDocument, VerificationDocument
from api.tables import csv_reply

if TYPE_CHECKING:
    from conftest import Site


def ask(client: TestClient, question: str) -> dict[str, Any]:
    document: dict[str, Any] = client.post("/v1/ask", json={"question": question}).json()
    return document


def test_the_last_vote_stands_and_can_be_withdrawn(client: TestClient) -> None:
    given = ask(client, "When do I get my money back?")
    ballot = {"answer_id": given["id"], "token": given["feedback_token"], "rating": "up"}
    first = client.post("/v1/feedback", json=ballot)
    FeedbackDocument.model_validate(first.json())
    assert (first.status_code, first.json()["rating"]) == (201, "up")
    changed = client.post("/v1/feedback", json={**ballot, "rating": "down", "reasons": ["outdated"], "comment": "Old."})
    assert (changed.status_code, changed.json()["rating"]) == (200, "down")
    withdrawn = client.post("/v1/feedback", json={**ballot, "rating": None})
    assert (withdrawn.status_code, withdrawn.json()["rating"]) == (200, None)


def test_votes_need_the_token_of_their_answer(client: TestClient) -> None:
    one, two = ask(client, "When do I get my money back?"), ask(client, "What does error E-203 mean?")
    ballot = {"answer_id": one["id"], "token": two["feedback_token"], "rating": "up"}
    assert client.post("/v1/feedback", json=ballot).status_code == 403
    assert client.post("/v1/feedback", json={**ballot, "token": "x"}).status_code == 403
    wrong = client.post("/v1/feedback", json={**ballot, "token": one["feedback_token"], "reasons": ["outdated"]})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/reasons/0")


def test_a_citation_is_unchanged_until_its_article_changes(client: TestClient) -> None:
    given = ask(client, "How do I ask for a refund?")
    place = (given["citations"] + given["suggestions"])[0]
    claim = {key: place[key] for key in ("article_id", "content_hash", "quote")}
    response = client.post("/v1/citations/verify", json=claim)
    VerificationDocument.model_validate(response.json())
    assert response.json()["status"] == "unchanged"
    moved = client.post("/v1/citations/verify", json={**claim, "content_hash": "sha256:" + "0" * 64}).json()
    assert moved["status"] == "moved"
    assert client.post("/v1/citations/verify", json={**claim, "article_id": "en/gone"}).json()["status"] == "gone"


def test_a_gap_opens_is_shown_changed_and_exported(serve: Any) -> None:
    own = serve()
    asked = ask(own, "Do you sell submarines to penguins?")
    assert asked["outcome"] == "no_answer"
    listed = own.get("/v1/gaps").json()
    GapListDocument.model_validate(listed)
    [row] = listed["data"]
    assert row["id"] == asked["gap_id"]
    assert (row["status"], row["people"], row["kinds"]) == ("open", 1, {"no_answer": 1})
    gap = own.get(f"/v1/gaps/{row['id']}").json()
    GapDocument.model_validate(gap)
    assert [question["text"] for question in gap["questions"]] == ["Do you sell submarines to penguins?"]
    patched = own.patch(f"/v1/gaps/{row['id']}", json={"owner": "sea-docs", "note": "Ask Tux."})
    GapDocument.model_validate(patched.json())
    assert (patched.json()["owner"], patched.json()["status"]) == ("sea-docs", "assigned")
    assert {"local"} <= {event["who"] for event in patched.json()["history"]}
    assert own.patch(f"/v1/gaps/{row['id']}", json={"owner": None}).json()["owner"] is None
    assert own.patch(f"/v1/gaps/{row['id']}", json={"status": "reopened"}).status_code == 409
    assert own.patch("/v1/gaps/gap_none", json={"note": "x"}).status_code == 404
    assert own.get("/v1/gaps?status=dismissed").json()["data"] == []
    table = list(csv.DictReader(io.StringIO(own.get("/v1/gaps.csv").content.decode("utf-8-sig"))))
    assert [line["id"] for line in table] == [row["id"]]


def test_a_signal_counts_once_for_its_external_id(serve: Any) -> None:
    own = serve()
    body = {"question": "Do you ship to Norway?", "external_id": "wecom-1", "channel": "wecom"}
    first, second = own.post("/v1/signals", json=body), own.post("/v1/signals", json=body)
    SignalDocument.model_validate(first.json())
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json() == {**first.json(), "created": False}
    other = own.post("/v1/signals", json={**body, "external_id": "wecom-2"}).json()
    assert other["gap_id"] == first.json()["gap_id"]
    assert own.get(f"/v1/gaps/{other['gap_id']}").json()["signals"] == 2


@pytest.mark.parametrize("cursor", ["eHl6", "W10", "WzFlOTk5LDEsImEiXQ", "Wzk5OTk5OTk5OTk5OTk5OTk5OTksMCwiYSJd"])
def test_a_made_up_gap_cursor_is_a_422(client: TestClient, cursor: str) -> None:
    response = client.get(f"/v1/gaps?cursor={cursor}")
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == "/cursor"


def test_figures_add_up_and_the_table_says_the_same(serve: Any) -> None:
    own = serve()
    for question in ("When do I get my money back?", "Do you sell submarines to penguins?", "???"):
        ask(own, question)
    figures = own.get("/v1/reports/kpis").json()
    KpisDocument.model_validate(figures)
    assert figures["questions"] == 3
    assert sum(share["count"] for share in figures["outcomes"].values()) == 3
    assert sum(sum(hours) for hours in figures["heat_map"]) == 3
    assert "zh/devices/two-step" in figures["never_used_articles"]
    assert sum(point["questions"] for point in figures["series"]) == 3
    assert len(figures["series"]) in (28, 29)
    assert (figures["gaps_opened"], figures["helpful"]["interval"], figures["purged_until"]) == (1, None, None)
    day = figures["period"]["end"][:10]
    table = own.get("/v1/reports/kpis.csv", params={"from": "2026-01-01"})
    values = dict(csv.reader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert values["questions"] == "3"
    assert values["outcomes.answered.count"] == str(figures["outcomes"]["answered"]["count"])
    assert own.get("/v1/reports/kpis", params={"from": "2020-01-01", "to": "2020-02-01"}).json()["questions"] == 0
    assert own.get("/v1/reports/kpis", params={"from": day, "to": day}).status_code == 422
    assert own.get("/v1/reports/kpis?from=soon").json()["errors"][0]["pointer"] == "/from"


def test_an_explanation_says_why_not(client: TestClient) -> None:
    response = client.post("/v1/explain", json={"question": "refund by card", "article_id": "en/devices/router"})
    ExplanationDocument.model_validate(response.json())
    assert "refund" in " ".join(response.json()["terms"])
    assert response.json()["article_id"] == "en/devices/router"
    assert client.post("/v1/explain", json={"question": "refund", "article_id": "nothing"}).status_code == 404


def test_an_edit_is_searchable_after_a_job_and_its_report_says_what_was_done(serve: Any, site: Site) -> None:
    own = serve(articles=site.articles)
    article = site.articles / "en" / "devices" / "router.md"
    article.write_text(
        article.read_text(encoding="utf-8") + "\n## Quokka mode\n\nQuokka mode dims the lamp.\n", encoding="utf-8"
    )
    started = own.post("/v1/index")
    assert started.status_code == 202
    place = started.headers["location"]
    while (job := own.get(place).json())["status"] == "running":
        time.sleep(0.02)
    assert job["status"] == "succeeded", job
    assert (job["report"]["changed"], job["report"]["reread"]) == (True, 1)
    assert "Quokka" in own.get("/v1/search?q=quokka").text
    assert own.get("/v1/index/idx_none").status_code == 404


def test_status_is_for_people(client: TestClient) -> None:
    document = client.get("/v1/status").json()
    StatusDocument.model_validate(document)
    assert document["index"]["articles"] == 6
    assert document["open_on_loopback"] is True


def test_metrics_count_requests_and_answers_without_words_of_a_question(client: TestClient) -> None:
    ask(client, "When do I get my wombat back?")
    text = client.get("/metrics").text
    assert 'kb_http_requests_total{method="POST",route="/v1/ask",status="200"}' in text
    assert "kb_answers_total{" in text
    assert "kb_index_articles 6.0" in text
    assert "wombat" not in text


def test_leaves_are_named_by_their_path() -> None:
    assert dict(leaves({"a": {"b": [1, {"c": None}]}, "d": "x"})) == {"a.b.0": 1, "a.b.1.c": None, "d": "x"}


def test_a_table_runs_nothing_in_a_spreadsheet() -> None:
    body = csv_reply("x.csv", ("a", "b"), [("=1+1", -5), ("@x", None), ('ok, "q"', "退款")]).body
    assert body.decode() == '\ufeffa,b\r\n\'=1+1,-5\r\n\'@x,\r\n"ok, ""q""",退款\r\n'
