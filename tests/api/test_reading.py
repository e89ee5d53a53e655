"""Searching, listing and reading articles through HTTP."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from starlette.testclient import TestClient

from api.article_responses import ArticleDocument, ArticleListDocument
from api.responses import SearchDocument

if TYPE_CHECKING:
    from conftest import Site


@pytest.mark.parametrize("mode", ["full", "typeahead"])
@pytest.mark.parametrize(("query", "article"), [("refun", "en/billing/refunds"), ("退款", "zh/billing/refunds")])
def test_a_search_finds_articles_with_links_that_work_anywhere(
    client: TestClient, mode: str, query: str, article: str
) -> None:
    if mode == "full" and query == "refun":
        query = "refund"
    response = client.get("/v1/search", params={"q": query, "mode": mode})
    SearchDocument.model_validate(response.json())
    found = response.json()["data"]
    assert article in [item["article_id"] for item in found]
    assert all(item["url"].startswith("http://127.0.0.1:8000/articles/") for item in found)
    assert "internal" not in response.text


def test_a_search_that_did_not_change_is_a_304(client: TestClient) -> None:
    first = client.get("/v1/search?q=refund")
    etag = first.headers["etag"]
    for sent in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        again = client.get("/v1/search?q=refund", headers={"If-None-Match": sent})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    assert client.get("/v1/search?q=invoice", headers={"If-None-Match": etag}).status_code == 200
    assert client.get("/v1/search?q=refund&lang=zh", headers={"If-None-Match": etag}).status_code == 200


def test_search_pages_follow_each_other_without_overlap(client: TestClient) -> None:
    params = {"q": "order refund router invoice 退款", "limit": "2"}
    seen: list[str] = []
    while True:
        page = client.get("/v1/search", params=params).json()
        seen += [item["article_id"] for item in page["data"]]
        assert page["has_more"] is (page["next_cursor"] is not None)
        if not page["has_more"]:
            break
        params["cursor"] = page["next_cursor"]
    assert len(seen) == len(set(seen)) >= 3


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("", "/q"),
        ("q=", "/q"),
        ("q=%00", "/q"),
        ("q=x&limit=0", "/limit"),
        ("q=x&limit=51", "/limit"),
        ("q=x&limit=many", "/limit"),
        ("q=x&mode=fast", "/mode"),
        ("q=x&lang=fr", "/lang"),
        ("q=x&page=2", "/page"),
        ("q=x&cursor=!!", "/cursor"),
        ("q=x&cursor=eHl6", "/cursor"),
        ("q=x&cursor=LTE", "/cursor"),
        ("q=x&cursor=OTk5OTk5OTk5OTk5OTk5OTk5", "/cursor"),
    ],
)
def test_wrong_search_parameters_are_named(client: TestClient, query: str, pointer: str) -> None:
    response = client.get(f"/v1/search?{query}")
    assert response.status_code == 422
    assert (response.json()["errors"][0]["pointer"], response.json()["errors"][0]["in"]) == (pointer, "query")


def test_the_list_of_articles_can_be_paged_and_narrowed(client: TestClient) -> None:
    whole = client.get("/v1/articles").json()
    ArticleListDocument.model_validate(whole)
    ids = [item["id"] for item in whole["data"]]
    assert ids == sorted(ids)
    assert "en/billing/internal" not in ids
    paged: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = client.get("/v1/articles", params={"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        paged += [item["id"] for item in page["data"]]
        cursor = page["next_cursor"]
    assert paged == ids
    chinese = client.get("/v1/articles?lang=zh&category=security").json()["data"]
    assert [item["id"] for item in chinese] == ["zh/devices/two-step"]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("stale", {"en/billing/invoices"}),
        ("untranslated", {"en/billing/internal", "en/billing/invoices", "en/devices/router", "zh/devices/two-step"}),
    ],
)
def test_owners_see_what_needs_attention(client: TestClient, status: str, expected: set[str]) -> None:
    page = client.get(f"/v1/articles?status={status}").json()
    ArticleListDocument.model_validate(page)
    assert {item["id"] for item in page["data"]} == expected


def test_an_article_that_is_cited_is_no_longer_unused(serve: Any) -> None:
    own = serve()
    unused = {item["id"] for item in own.get("/v1/articles?status=unused").json()["data"]}
    assert "en/billing/refunds" in unused
    own.post("/v1/ask", json={"question": "How do I ask for a refund?"})
    left = {item["id"] for item in own.get("/v1/articles?status=unused").json()["data"]}
    assert "en/billing/refunds" not in left
    usage = own.get("/v1/articles/en/billing/refunds").json()["usage"]
    assert usage["cited"] + usage["suggested"] == 1


def test_a_broken_article_is_listed_with_its_problem(serve: Any, site: Site) -> None:
    (site.articles / "en" / "broken.md").write_text("---\ntitle: [\n---\n\nText.\n", encoding="utf-8")
    own = serve(articles=site.articles)
    job = own.post("/v1/index").json()
    while (job := own.get(f"/v1/index/{job['id']}").json())["status"] == "running":
        time.sleep(0.02)
    assert job["status"] == "succeeded", job
    page = own.get("/v1/articles?status=broken").json()
    ArticleListDocument.model_validate(page)
    [row] = page["data"]
    assert (row["id"], row["title"], row["lang"]) == ("en/broken", "en/broken", None)
    assert row["problems"][0]["path"] == "en/broken.md"
    assert row["problems"][0]["fatal"] is True


def test_one_article_as_facts_file_and_html(client: TestClient, built_site: Site) -> None:
    facts = client.get("/v1/articles/en/billing/refunds")
    ArticleDocument.model_validate(facts.json())
    assert facts.json()["translations"] == ["zh/billing/refunds"]
    assert [h["anchor"] for h in facts.json()["headings"]][:1] == ["times-by-payment-method"]
    source = client.get("/v1/articles/en/billing/refunds.md")
    assert source.headers["content-type"].startswith("text/markdown")
    assert source.content == (built_site.articles / "en/billing/refunds.md").read_bytes()
    html = client.get("/v1/articles/en/devices/router.html")
    assert html.headers["content-type"].startswith("text/html")
    assert "sandbox" in html.headers["content-security-policy"]
    assert 'href="http://127.0.0.1:8000/articles/en/billing/refunds.html#times-by-payment-method"' in html.text
    assert "<html" not in html.text


@pytest.mark.parametrize("name", ["nothing", "en/billing/nothing.md", "../secret.key", "en/billing/refunds.pdf", "%00"])
def test_articles_that_are_not_there(client: TestClient, name: str) -> None:
    response = client.get(f"/v1/articles/{name}")
    assert response.status_code == 404
    assert response.json()["code"] == "not_found"
