"""The page of search results: what was read into the words, how many there are, in which language, and how to go on."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from parsed_page import read
from starlette.testclient import TestClient

from api.pages.searching import corrected
from kb.types import Substitution


def test_a_corrected_word_is_shown_beside_what_was_typed(client: TestClient) -> None:
    page = read(client, "/search?q=Refnud&lang=en")
    assert page.classes["read-as"] == ["Showing results for refund (you typed “Refnud”)"]
    assert "read-as" not in read(client, "/search?q=refund&lang=en").classes
    chinese = read(client, "/search?q=refnud&lang=zh&in=all")
    assert "您输入的是“refnud”" in chinese.text


def test_only_typing_errors_change_the_words() -> None:
    wrong = Substitution("refnud", "refund", "spelling")
    assert corrected("My REFNUD", (wrong, Substitution("my", "our", "synonym"))) == "My refund"
    assert corrected("refund", ()) == ""


def test_the_count_says_only_what_is_known(client: TestClient) -> None:
    (count,) = read(client, "/search?q=refund&lang=en&in=en").classes["count"]
    results = read(client, "/search?q=refund&lang=en&in=en").classes["snippet"]
    assert count == ("1 article" if len(results) == 1 else f"{len(results)} articles")
    assert read(client, "/search?q=xyzzyq&lang=en").classes["count"] == ["No articles"]


@pytest.mark.parametrize(("within", "languages"), [("en", {"en"}), ("zh", {"zh-CN"})])
def test_articles_of_one_language_can_be_chosen(client: TestClient, within: str, languages: set[str]) -> None:
    page = read(client, f"/search?q=E-203&lang=en&in={within}")
    items = [attributes for tag, attributes in page.tags if tag == "li" and "lang" in attributes]
    assert {item["lang"] for item in items} <= languages
    chosen = [
        a["href"] for tag, a in page.tags if tag == "a" and "aria-current" in a and a["href"].startswith("/search")
    ]
    assert [parse_qs(urlsplit(href).query)["in"] for href in chosen] == [[within]]


def test_a_short_code_on_a_chinese_page_says_that_it_was_searched_in_chinese(client: TestClient) -> None:
    page = read(client, "/search?q=2FA&lang=zh")
    chosen = [
        a["href"] for tag, a in page.tags if tag == "a" and "aria-current" in a and a["href"].startswith("/search")
    ]
    assert ["in=zh" in href for href in chosen] == [True]


def test_another_view_of_a_search_is_no_search_of_its_own(client: TestClient) -> None:
    page = read(client, "/search?q=refund&lang=en")
    others = [link for link in page.links if "in=" in link]
    assert len(others) == 3
    assert all(parse_qs(urlsplit(link).query)["from"][0].startswith("srch_") for link in others)


def test_where_nothing_is_found_there_are_ways_to_go_on(client: TestClient) -> None:
    page = read(client, "/search?q=xyzzyq&lang=en&in=zh")
    said = set(page.links.values())
    assert {"Get an answer to “xyzzyq”", "Search in all languages", "Browse all topics", "Talk to a person"} <= said
    assert "/person?lang=en" in read(client, "/search?lang=en").links
