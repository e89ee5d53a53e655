"""Answers, votes and permalinks as a visitor meets them; without JavaScript."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from parsed_page import HTML, Page, parse, read
from starlette.testclient import TestClient
from stored_answers import QUOTE, state, stored

from api.pages.addresses import safe_link
from api.pages.answers import excerpt
from api.pages.routes import conversation_id

if TYPE_CHECKING:
    pass

REFUND = "When do I get my money back?"


def test_an_answer_shows_its_quote_its_place_and_the_way_there(client: TestClient) -> None:
    page = read(client, stored(client, "answered"))
    (card,) = page.classes["source"]
    assert QUOTE in card
    assert page.classes["trail"] == ["How long refunds take › Times by payment method"]
    link = next(link for link, text in page.links.items() if text == "Open the paragraph")
    assert link == "/articles/en/billing/refunds.html#times-by-payment-method:~:text=The%20time"
    assert "Reviewed 1 September 2026" in card
    assert "Well supported by the source" in page.text
    assert "badge" not in page.classes
    target = read(client, urlsplit(link).path)
    assert urlsplit(link).fragment.partition(":~:")[0] in target.ids


def test_a_live_answer_has_everything_to_go_on_with(client: TestClient) -> None:
    page = read(client, f"/ask?q={REFUND}")
    assert page.status == 200
    assert page.headers["cache-control"] == "no-store"
    assert "noindex" in page.html
    assert page.links.get("/refund/new") == "Request a refund"
    conversation = next(form.values["conversation"] for form in page.forms if "conversation" in form.values)
    assert conversation.startswith("cnv_")
    again = read(client, f"/ask?q=and then?&conversation={conversation}")
    assert conversation in [form.values.get("conversation") for form in again.forms if form.action == "/ask"]
    assert conversation_id("cnv_<script>") is None


def test_a_source_in_the_other_language_or_overdue_says_so(client: TestClient) -> None:
    path = stored(client, "answered", question={"text": "多久？", "lang": "zh", "redactions": 1}, place={"stale": True})
    page = read(client, path + "?lang=zh")
    assert set(page.classes["badge"]) == {"逾期未审阅", "仅英文"}
    assert "只在英文文章中找到了答案。" in page.text
    assert "您问题中的个人信息在保存前已被遮盖。" in page.text


def test_what_is_not_known_is_said_plainly(client: TestClient) -> None:
    page = read(client, stored(client, "no_answer", gap_id="gap_1", confidence={"score": 0.1, "level": "none"}))
    assert "We don't know this yet" in page.text
    assert "It has been recorded" in page.text
    assert "No contact has been set up here." in page.text
    assert QUOTE in page.text
    unclear = stored(client, "no_answer", reason={"code": "unclear_question", "detail": ""}, suggestions=[])
    assert "We did not understand the question" in read(client, unclear).text
    unrecorded = read(client, stored(client, "no_answer"))
    assert "recorded" not in unrecorded.text


def test_options_of_an_unclear_question_are_buttons_that_ask_for_that_place(client: TestClient) -> None:
    options = [{"id": "1", "label": "Refunds › By card", "article_id": "en/billing/refunds", "anchor": "x"}]
    page = read(client, stored(client, "clarify", options=options))
    form = next(form for form in page.forms if "option" in form.values)
    assert form.values == {"q": "Refunds › By card", "option": "1"}
    live = read(client, "/ask?q=refund&lang=en")
    for form in (form for form in live.forms if "option" in form.values):
        assert form.values["conversation"].startswith("cnv_")
        assert form.values["lang"] == "en"


def test_a_person_is_offered_with_the_address_of_the_settings(serve: Any) -> None:
    own = serve(handoff_contact="mailto:help@example.com", handoff_channels=("e-mail", "phone"))
    page = read(own, "/ask?q=talk to a person")
    assert page.links["mailto:help@example.com"] == "contact us directly"
    assert "You reach us by: e-mail, phone." in page.text
    unsafe = serve(handoff_contact="javascript:alert(1)")
    assert "javascript:" not in read(unsafe, "/ask?q=talk to a person").html
    alone = serve(handoff_contact="mailto:help@example.com", host="0.0.0.0")
    assert read(alone, "/ask?q=talk to a person").links["mailto:help@example.com"] == "Talk to a person"


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", " JavaScript:alert(1)", "data:text/html,x", "java\tscript:alert(1)"]
)
def test_links_that_run_something_lead_nowhere(url: str) -> None:
    assert safe_link(url) == "#"


@pytest.mark.parametrize(
    "url", ["/refund/new", "https://x.example/a:b", "mailto:a@b.example", "refund/a:b", "?q=a:b", "#a:b"]
)
def test_links_that_lead_somewhere_stay(url: str) -> None:
    assert safe_link(url) == url


def test_a_vote_is_recorded_explained_changed_and_withdrawn(client: TestClient) -> None:
    votes = state(client).opened.records
    form = next(f for f in read(client, f"/ask?q={REFUND}").forms if f.action.endswith("/vote"))
    answer_id = form.action.split("/")[2]

    def send(**values: Any) -> Page:
        response = client.post(form.action, data={**form.values, **values}, headers=HTML, follow_redirects=False)
        assert response.status_code == 303, response.text
        assert response.headers["location"].endswith("#feedback")
        return read(client, response.headers["location"])

    voted = send(rating="down")
    assert "You said that this did not help." in voted.text
    assert votes.get_vote(answer_id).rating == "down"  # type: ignore[union-attr]
    assert [form for form in voted.forms if "reasons" in form.names]
    noted = send(rating="down", reasons=["outdated", "other"], comment="See a@b.example", detail="1")
    assert "passed on to the owner" in noted.text
    vote = votes.get_vote(answer_id)
    assert vote is not None
    assert set(vote.reasons) == {"outdated", "other"}
    assert vote.comment
    assert "a@b.example" not in vote.comment
    assert "You said that this helped." in send(rating="up", lang="en").text
    assert votes.get_vote(answer_id).rating == "up"  # type: ignore[union-attr]
    assert "您的评价已撤回。" in send(rating="", lang="zh").text
    assert votes.get_vote(answer_id) is None


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"token": "forged", "rating": "up"}, 403),
        ({"rating": "sideways"}, 422),
        ({"rating": "up", "reasons": "outdated"}, 422),
        ({"rating": "down", "comment": "x" * 2001}, 422),
    ],
)
def test_a_vote_that_cannot_be_counted_is_refused_with_a_page(
    client: TestClient, values: dict[str, str], status: int
) -> None:
    form = next(f for f in read(client, f"/ask?q={REFUND}").forms if f.action.endswith("/vote"))
    response = client.post(form.action, data={**form.values, **values}, headers=HTML, follow_redirects=False)
    page = parse(response.status_code, dict(response.headers), response.text)
    assert page.status == status
    assert page.links["/"] == "Back to the home page"
    assert state(client).opened.records.get_vote(form.action.split("/")[2]) is None


def test_a_permalink_keeps_the_answer_and_not_the_token(client: TestClient) -> None:
    page = read(client, stored(client, "answered"))
    assert "This answer was given on 20 November 2026 from index revision r-1." in page.text
    assert "The quoted passages have not changed since." in page.text
    assert "secret-token" not in page.html
    assert not [form for form in page.forms if form.action.endswith("/vote")]
    assert read(client, "/a/ans_unknown").status == 404


@pytest.mark.parametrize(
    ("place", "badge"),
    [
        ({"quote": "Refunds take a hundred years.", "content_hash": "sha256:" + "0" * 64}, "Changed since"),
        ({"article_id": "en/billing/deleted"}, "Article removed since"),
    ],
)
def test_a_permalink_says_when_its_source_says_something_else(
    client: TestClient, place: dict[str, str], badge: str
) -> None:
    page = read(client, stored(client, "answered", place=place))
    assert page.classes["badge"] == [badge]
    assert "has changed since" in page.text
    assert "/ask?q=How+long%3F" in page.links


def test_an_answer_from_internal_articles_has_no_public_permalink(client: TestClient) -> None:
    assert read(client, stored(client, "answered", place={"article_id": "en/billing/internal"})).status == 404


def test_the_beginning_of_a_table_is_its_first_rows_and_not_the_names_of_its_columns() -> None:
    rows = "| Alipay | all orders | none |\n" * 12
    quote = f"Ways to pay:\n\n| Method | Available for | Limit |\n| --- | :-: | --- |\n{rows}"
    assert excerpt(quote).startswith("Ways to pay: Alipay · all orders · none")
