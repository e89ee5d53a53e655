"""Search as you type through HTTP: the contract of its results, its ETag, and what nothing can be found for."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.responses import SearchDocument


def typed(client: TestClient, text: str, **params: Any) -> dict[str, Any]:
    response = client.get("/v1/search", params={"q": text, "mode": "typeahead", **params})
    assert response.status_code == 200, response.text
    SearchDocument.model_validate(response.json())
    document: dict[str, Any] = response.json()
    return document


def test_a_result_shows_where_it_matches_and_leads_there(client: TestClient) -> None:
    [found] = [r for r in typed(client, "reset the pass")["data"] if r["article_id"] == "en/devices/router"]
    assert found["title_html"] == "Set up the AX-1800 router"
    assert found["headings"] == [
        {
            "text": "Reset the password",
            "anchor": "reset-the-password",
            "url": "http://127.0.0.1:8000/articles/en/devices/router.html#reset-the-password",
            "html": "<mark>Reset</mark> the <mark>password</mark>",
        }
    ]
    asked = typed(client, "money ba")["data"][0]
    assert asked["matched_question_html"] == "When do I get my <mark>money</mark> <mark>back</mark>?"


@pytest.mark.parametrize("mode", ["typeahead", "full"])
def test_what_is_marked_is_the_escaped_text(client: TestClient, mode: str) -> None:
    found = client.get("/v1/search", params={"q": "reset <b>router</b> E-203", "mode": mode}).json()["data"]
    assert found
    for result in found:
        marked = [(result["title_html"], result["title"]), *((h["html"], h["text"]) for h in result["headings"])]
        assert all(html.unescape(re.sub("</?mark>", "", shown)) == text for shown, text in marked)
        assert re.fullmatch(r"(?:[^<>]|<mark>[^<>]+</mark>)*", result["snippet_html"])


def test_headings_of_a_full_search_have_what_was_searched_for_in_any_form(client: TestClient) -> None:
    [refunds] = [
        r for r in client.get("/v1/search?q=excluding seals").json()["data"] if r["article_id"] == "en/billing/refunds"
    ]
    assert [(h["text"], h["html"]) for h in refunds["headings"]] == [
        ("What is excluded", "What is <mark>excluded</mark>")
    ]
    assert "<mark>seal</mark>" in refunds["snippet_html"]
    assert refunds["matched_question"] is None


def test_the_same_keystroke_is_a_304_until_something_changes(client: TestClient) -> None:
    first = client.get("/v1/search?q=ref&mode=typeahead")
    sent = {"If-None-Match": first.headers["etag"]}
    assert client.get("/v1/search?q=ref&mode=typeahead", headers=sent).status_code == 304
    assert client.get("/v1/search?q=ref", headers=sent).status_code == 200
    assert client.get("/v1/search?q=refu&mode=typeahead", headers=sent).status_code == 200


@pytest.mark.parametrize("text", ["?!…", "🙂", "a" * 1000, "(.*)", "<script>", "استرداد", "不" * 1000])
def test_what_nothing_can_be_found_for_is_an_empty_list(client: TestClient, text: str) -> None:
    found = typed(client, text)
    assert (found["id"], found["has_more"], found["next_cursor"]) == (None, False, None)
    assert found["data"] == [] or text == "不" * 1000


@pytest.mark.parametrize(("text", "status"), [("", 422), ("  ", 422), ("a" * 1001, 422), ("a\x00", 422)])
def test_what_is_no_text_is_refused(client: TestClient, text: str, status: int) -> None:
    assert client.get("/v1/search", params={"q": text, "mode": "typeahead"}).status_code == status
