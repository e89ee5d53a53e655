"""The policy at the doors: the JSON of an answer, the page of an answer, the status, and the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from parsed_page import read
from starlette.testclient import TestClient
from stored_answers import state, stored

if TYPE_CHECKING:
    from conftest import Serve, Site

POLICY = """
hours: {zone: Asia/Shanghai, open: {}, away: {en: "Back soon."}}
handoff_share_alert: {above: 0.5, days: 7, least: 2}
"""


def ask(client: TestClient, question: str) -> dict[str, Any]:
    sent = client.post("/v1/ask", json={"question": question})
    assert sent.status_code == 200, sent.text
    document: dict[str, Any] = sent.json()
    return document


def served(serve: Serve, site: Site) -> TestClient:
    (site.articles / "policy.yaml").write_text(POLICY, encoding="utf-8")
    return serve(articles=site.articles)


def test_an_answer_says_who_takes_over_and_when(serve: Serve, site: Site) -> None:
    answer = ask(served(serve, site), "我要投訴你們的客服")
    assert (answer["outcome"], answer["reason"]["code"]) == ("handoff", "policy")
    assert answer["preface"].startswith("很抱歉發生了")
    person = answer["handoff"]
    assert (person["team"], person["urgency"], person["open"], person["opens_at"]) == ("support", "normal", False, None)
    assert person["message"] == "現在沒有同事在線。"


def test_the_page_says_sorry_first_and_when_somebody_is_there(serve: Serve, site: Site) -> None:
    page = read(served(serve, site), "/ask?q=This is ridiculous. When do I get my money back?")
    assert page.classes["preface"] == ["We are sorry that this has been so frustrating."]
    assert "Nobody of the team is there right now." in page.text
    assert page.html.index('class="preface"') < page.html.index('class="answer-text')


def test_a_permalink_keeps_the_preface_and_not_the_hours(client: TestClient) -> None:
    person = {"offered": True, "channels": [], "message": "Back on Monday."}
    page = read(client, stored(client, "answered", preface="We are sorry.", handoff=person))
    assert page.classes["preface"] == ["We are sorry."]
    assert "Back on Monday." not in page.text


def test_too_many_hand_overs_are_seen_at_the_desk_and_in_the_status(serve: Serve, site: Site) -> None:
    client = served(serve, site)
    for question in ("talk to a human", "agent", "When do I get my money back?"):
        ask(client, question)
    state(client).opened.records.flush()
    status = client.get("/v1/status").json()["handoffs"]
    assert (status["handed_over"], status["conversations"], status["high"]) == (2, 3, True)
    assert (status["above"], status["days"]) == (0.5, 7)
    assert "2 of 3 conversations of the last 7 days went to a person (67 %)" in read(client, "/owner").text


@pytest.mark.parametrize(
    ("questions", "en", "zh"),
    [
        (1, "100 % Too few to judge 1 of 1 conversations.", "100 % 对话太少，暂不判断 1 次对话中有 1 次。"),
        (2, "50 % Within the limit 1 of 2 conversations.", "50 % 未超过上限 2 次对话中有 1 次。"),
        (3, "67 % Above the limit 2 of 3 conversations.", "67 % 超过上限 3 次对话中有 2 次。"),
    ],
)
def test_the_report_says_how_many_go_to_a_person_and_what_is_watched(
    serve: Serve, site: Site, monkeypatch: pytest.MonkeyPatch, questions: int, en: str, zh: str
) -> None:
    monkeypatch.setattr("api.pages.session._SHARE_WAIT", None)
    monkeypatch.setattr("api.pages.owner_report._WAIT", None)
    client = served(serve, site)
    for question in ("agent", "When do I get my money back?", "talk to a human")[:questions]:
        ask(client, question)
    state(client).opened.records.flush()
    for lang, heading, said, watched in (
        ("en", "Handed to a person, last 7 days", en, "Owners are told above 50 %, from 2 conversations on."),
        ("zh", "最近 7 天转人工", zh, "满 2 次对话后，超过 50% 会提醒负责人。"),
    ):
        tile = read(client, f"/owner/report?lang={lang}").text.partition(heading)[2][:120].replace(" ", "")
        assert tile.startswith(f"{said} {watched}".replace(" ", ""))


def test_a_broken_policy_is_named_at_the_desk(serve: Serve, site: Site) -> None:
    client = served(serve, site)
    (site.articles / "policy.yaml").write_text("topics:\n  a: [b]\n", encoding="utf-8")
    state(client).opened.policy.refresh()
    assert "policy.yaml" in read(client, "/owner/articles?need=broken").text
