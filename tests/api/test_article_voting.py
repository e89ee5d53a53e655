"""Whether an article helped: the form below it, what is kept of it, and what its owner sees."""

from __future__ import annotations

from typing import Any

import pytest
from parsed_page import HTML, read, submit
from starlette.testclient import TestClient
from stored_answers import state

from kb.records.article_votes import Opinion

PAGE = "/articles/en/billing/refunds.html"
FORM = "/articles/en/billing/refunds/vote"


def opinions(client: TestClient) -> list[Opinion]:
    return state(client).opened.records.article_votes.opinions(28, {})


def send(client: TestClient, **values: Any) -> Any:
    headers = {**HTML, "Sec-Fetch-Site": "same-origin"}
    return client.post(FORM, data=values, headers=headers, follow_redirects=False)


def test_a_reader_votes_says_why_changes_and_withdraws_without_scripts(serve: Any) -> None:
    own = serve()
    sent = submit(own, f"{PAGE}?lang=en", FORM, {"rating": "down"})
    assert (sent.status_code, sent.headers["location"]) == (303, f"{PAGE}?vote=down&lang=en#helpful")
    page = read(own, f"{PAGE}?vote=down&lang=en")
    assert "Sorry that it did not help." in page.text
    form = page.form(FORM)
    assert {"rating", "detail", "reasons", "comment", "lang"} <= form.names
    said = {"reasons": ["outdated"], "comment": "Call me on +49 30 901820 about the cheque."}
    sent = own.post(FORM, data={**form.values, **said}, headers=HTML, follow_redirects=False)
    assert "vote=noted" in sent.headers["location"]
    assert "your remarks go to the owner" in read(own, f"{PAGE}?vote=noted&lang=en").text
    (opinion,) = opinions(own)
    assert (opinion.article_id, opinion.up, opinion.down, opinion.reasons) == (
        "en/billing/refunds",
        0,
        1,
        (("outdated", 1),),
    )
    assert opinion.remarks[0].comment == "Call me on [phone] about the cheque."
    send(own, rating="up")
    assert [(o.up, o.down, o.remarks) for o in opinions(own)] == [(1, 0, ())]
    assert "vote=withdrawn" in send(own, rating="").headers["location"]
    assert opinions(own) == []


def test_every_reader_has_one_vote_a_day(serve: Any) -> None:
    own = serve()
    for agent in ("a", "b", "a", "a"):
        own.post(FORM, data={"rating": "up"}, headers={**HTML, "User-Agent": agent})
    assert [(o.up, o.down) for o in opinions(own)] == [(2, 0)]


@pytest.mark.parametrize(
    "values",
    [
        {"rating": "sideways"},
        {"rating": "up", "reasons": ["outdated"]},
        {"rating": "down", "reasons": ["not_relevant"]},
        {"rating": "down", "comment": "x" * 2001},
    ],
)
def test_a_vote_that_cannot_be_read_is_refused_and_loses_nothing(serve: Any, values: dict[str, Any]) -> None:
    own = serve()
    send(own, rating="up")
    response = send(own, **values)
    assert response.status_code == 422
    assert "text/html" in response.headers["content-type"]
    assert [(o.up, o.down) for o in opinions(own)] == [(1, 0)]


def test_other_sites_robots_and_unknown_articles_cast_no_vote(serve: Any) -> None:
    own = serve()
    foreign = {**HTML, "Sec-Fetch-Site": "cross-site"}
    assert own.post(FORM, data={"rating": "down"}, headers=foreign).status_code == 403
    robot = {**HTML, "User-Agent": "Examplebot/2.0 bot"}
    assert own.post(FORM, data={"rating": "down"}, headers=robot, follow_redirects=False).status_code == 303
    for article_id in ("en/nothing", "en/billing/internal"):
        assert own.post(f"/articles/{article_id}/vote", data={"rating": "up"}, headers=HTML).status_code == 404
    assert opinions(own) == []


def test_owners_see_what_readers_said(serve: Any) -> None:
    own = serve()
    before = read(own, "/owner/articles?lang=en")
    assert before.status == 200
    assert "What readers say" not in before.text
    for agent in ("a", "b"):
        own.post(FORM, data={"rating": "up"}, headers={**HTML, "User-Agent": agent})
    remark = "<b>Cheques</b> are missing."
    own.post(FORM, data={"rating": "down", "reasons": "incomplete", "comment": remark, "detail": "1"}, headers=HTML)
    page = read(own, "/owner/articles?lang=en")
    assert "What readers say" in page.text
    assert "Helped 2 of 3 (67 %)" in page.text
    assert "Something is missing · 1" in page.text
    assert remark in page.text
    assert "&lt;b&gt;Cheques" in page.html
    assert "What readers say" not in read(own, "/owner/articles?lang=en&owner=somebody-else").text
    assert "Helped 2 of 3" in read(own, "/owner/articles?lang=en&category=billing").text
    assert "读者怎么说" in read(own, "/owner/articles?lang=zh").text
