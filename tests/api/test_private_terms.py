"""What people type into a search box: two characters, codes, other widths and scripts, typing errors, private words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from starlette.testclient import TestClient

if TYPE_CHECKING:
    from conftest import Site


def ask(client: TestClient, question: str) -> dict[str, Any]:
    response = client.post("/v1/ask", json={"question": question})
    assert response.status_code == 200, response.text
    document: dict[str, Any] = response.json()
    return document


def articles_of(document: dict[str, Any]) -> list[str]:
    """Articles that a reply leads to, in its order: cited, offered as options, or suggested."""
    return [place["article_id"] for place in document["citations"] + document["options"] + document["suggestions"]]


@pytest.mark.parametrize(
    ("question", "article"),
    [
        ("退款", "zh/billing/refunds"),
        ("退貨", "zh/billing/refunds"),
        ("验证", "zh/devices/two-step"),
        ("兩步", "zh/devices/two-step"),
        ("发票", "en/billing/invoices"),  # only English articles know about it
        ("  退款　　多久  ？！", "zh/billing/refunds"),
        ("退款，，，多久到账。。。", "zh/billing/refunds"),
        ("how  long   does　a refund take ？", "en/billing/refunds"),
        ("ｒｅｆｕｎｄ", "en/billing/refunds"),
        ("Ｅ－２０３", "en/devices/router"),
        ("e203", "en/devices/router"),
        ("錯誤代碼Ｅ－２０３怎麼辦", "en/devices/router"),
        ("how do I reset my pasword", "en/devices/router"),
        ("怎么重置rotuer", "en/devices/router"),
        ("how do I get an invioce", "en/billing/invoices"),
    ],
)
def test_the_article_is_found_however_it_is_asked_for(client: TestClient, question: str, article: str) -> None:
    document = ask(client, question)
    assert document["outcome"] in {"answered", "suggested", "clarify"}
    assert articles_of(document)[0] == article


@pytest.mark.parametrize("question", ["退", "货", "怎么退"])
def test_one_character_is_asked_back_about_and_never_answered(client: TestClient, question: str) -> None:
    document = ask(client, question)
    assert document["outcome"] in {"suggested", "clarify"}
    assert set(articles_of(document)) == {"zh/billing/refunds"}


@pytest.mark.parametrize(
    "question", ["猫", "APP闪退", "wifi连不上", "ｉＰｈｏｎｅ１５", "E-204", "E-20", "iPhone 15 连不上"]
)
def test_what_no_article_is_about_is_not_answered(client: TestClient, question: str) -> None:
    document = ask(client, question)
    assert document["outcome"] in {"no_answer", "suggested"}
    assert not document["citations"]


def test_synonyms_beside_the_articles_and_in_front_matter_count_in_both_scripts(serve: Any, site: Site) -> None:
    write_synonyms(site.articles, "- [blorf, refund, 退款]\n- {from: [小蓝盒], to: AX-1800}\n")
    served = serve(articles=site.articles)
    why = served.post("/v1/explain", json={"question": "小藍盒的E-203"})
    assert why.json()["synonyms"] == {"小藍盒": ["AX-1800"]}
    assert articles_of(ask(served, "When does my blorf start?"))[0] == "en/billing/refunds"
    assert articles_of(ask(served, "blorf多久到账"))[0] == "zh/billing/refunds"
    assert articles_of(ask(served, "小藍盒的E-203"))[0] == "en/devices/router"
    assert articles_of(ask(served, "返款"))[0] == "zh/billing/refunds"  # its front matter says so
    assert articles_of(ask(served, "我要退錢"))[0] == "zh/billing/refunds"


def search(client: TestClient, text: str, mode: str = "full") -> dict[str, Any]:
    response = client.get("/v1/search", params={"q": text, "mode": mode})
    assert response.status_code == 200, response.text
    document: dict[str, Any] = response.json()
    return document


@pytest.mark.parametrize("mode", ["full", "typeahead"])
def test_a_search_reads_typing_errors_as_the_words_meant_and_says_so(client: TestClient, mode: str) -> None:
    found = search(client, "invioce refund", mode)
    assert found["substitutions"] == [{"said": "invioce", "meant": "invoice", "kind": "spelling"}]
    assert found["data"][0]["article_id"].startswith("en/billing/")
    assert "<mark>" in found["data"][0]["snippet_html"]
    assert not search(client, "invoice", mode)["substitutions"]


def test_a_word_that_is_being_typed_is_no_error(client: TestClient) -> None:
    typed = search(client, "route", "typeahead")
    assert not typed["substitutions"]
    assert typed["data"][0]["article_id"] == "en/devices/router"
    assert search(client, "refunt", "typeahead")["substitutions"][0]["meant"] == "refund"


def test_a_search_finds_what_stands_for_an_expression_and_its_etag_follows_the_synonyms(serve: Any, site: Site) -> None:
    served = serve(articles=site.articles)
    before = served.get("/v1/search?q=blorf")
    write_synonyms(site.articles, "- [blorf, refund, 退款]\n")
    served = serve(articles=site.articles)
    after = served.get("/v1/search?q=blorf", headers={"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200
    assert after.json()["data"][0]["article_id"] == "en/billing/refunds"
    assert after.json()["substitutions"] == [{"said": "blorf", "meant": "refund", "kind": "synonym"}]


def write_synonyms(folder: Path, source: str) -> None:
    (folder / "synonyms.yaml").write_text(source, encoding="utf-8")
