"""Home, topics and articles: what leads to what, what search engines are told, and what a browser may keep."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from parsed_page import HTML, Page, read
from starlette.testclient import TestClient
from stored_answers import state

from api.pages.articles import with_heading_links
from api.pages.linked_data import script_text
from api.pages.summary import reading_minutes, shortened
from api.pages.topics import icon_of, neighbours, popular, topics, updated
from kb.errors import InvalidInputError
from kb.types import Article

REFUNDS = "/articles/en/billing/refunds.html"


def linked(page: Page) -> list[dict[str, Any]]:
    """The nodes of a page's JSON-LD."""
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page.html)
    assert found is not None
    document = json.loads(found[1])
    assert document["@context"] == "https://schema.org"
    return document.get("@graph", [document])


def alternates(page: Page) -> dict[str, str]:
    """hreflang -> address."""
    return {a["hreflang"]: a["href"] for tag, a in page.tags if tag == "link" and "hreflang" in a}


def meta(page: Page, name: str) -> str:
    return next(a["content"] for tag, a in page.tags if tag == "meta" and name in (a.get("name"), a.get("property")))


def article(article_id: str, **fields: Any) -> Article:
    lang = "zh" if article_id.startswith("zh/") else "en"
    text = fields.pop("text", "Text.")
    title = fields.pop("title", article_id)
    return Article(article_id, f"{article_id}.md", title, lang, text, 0, "sha256:0", **fields)


def test_home_leads_to_topics_with_their_counts(client: TestClient) -> None:
    page = read(client, "/?lang=en")
    assert page.links["/c/billing?lang=en"] == "Billing"
    assert "2 articles" in page.text
    assert "Recently updated" in page.text
    assert "Most read" not in page.text  # nobody has read anything yet
    assert linked(page)[0]["potentialAction"]["target"]["urlTemplate"].endswith("/search?q={search_term_string}")
    assert alternates(page) == {
        "en": "http://127.0.0.1:8000/?lang=en",
        "zh-CN": "http://127.0.0.1:8000/?lang=zh",
        "x-default": "http://127.0.0.1:8000/",
    }


def test_what_people_read_is_shown_once_enough_of_them_did(serve: Any, site: Any, index_into: Any) -> None:
    for name in ("one", "two", "three"):
        (site.articles / "en" / f"{name}.md").write_text(f"---\ntitle: Page {name}\n---\n\nText.\n", encoding="utf-8")
    index_into(site.articles, site.data)
    own = serve()
    for name, people in (("one", 2), ("two", 4), ("three", 3), ("devices/router", 1)):
        for person in range(people):
            own.get(f"/articles/en/{name}.html", headers={**HTML, "User-Agent": f"browser {person}"})
    listed = re.search(r'<ol class="ranked">(.*?)</ol>', read(own, "/?lang=en").html, re.DOTALL)
    assert listed is not None
    assert re.findall(r">(Page \w+)<", listed[1]) == ["Page two", "Page three", "Page one"]


def test_a_topic_lists_its_articles_with_how_they_begin(client: TestClient) -> None:
    page = read(client, "/c/billing?lang=en")
    assert page.status == 200
    assert page.links[REFUNDS] == "How long refunds take"
    assert page.title == "Billing · Help centre"
    assert "/articles/en/billing/internal.html" not in page.links
    assert [n["@type"] for n in linked(page)] == ["BreadcrumbList", "CollectionPage"]
    assert alternates(page)["zh-CN"] == "http://127.0.0.1:8000/c/billing?lang=zh"
    assert read(client, "/c/billing?lang=zh").links["/articles/zh/billing/refunds.html"]


def test_a_topic_of_one_language_says_so_in_the_other(serve: Any, site: Any, index_into: Any) -> None:
    text = "---\ntitle: Bags\ncategory: 行李/lost bags\n---\n\nWe keep lost bags for 30 days.\n"
    (site.articles / "en" / "bags.md").write_text(text, encoding="utf-8")
    index_into(site.articles, site.data)
    own = serve()
    path = next(link for link in read(own, "/?lang=en").links if link.startswith("/c/%E8%A1%8C"))
    page = read(own, path.replace("lang=en", "lang=zh"))
    assert (page.status, page.lang) == (200, "zh-CN")
    assert "这些文章暂时还没有中文版" in page.text
    assert page.links["/articles/en/bags.html"] == "Bags"
    assert read(own, path.partition("?")[0], {"Accept-Language": "zh"}).lang == "en"
    assert list(alternates(page)) == ["en", "x-default"]


@pytest.mark.parametrize("path", ["/c/penguins", "/c/", "/c/../../etc", "/c/%E9%80%80", "/c/billing/"])
def test_there_is_no_page_for_what_is_no_topic(client: TestClient, path: str) -> None:
    assert read(client, path).status == 404


def test_an_article_leads_to_its_topic_and_its_neighbours(client: TestClient) -> None:
    page = read(client, REFUNDS)
    assert page.links["/c/billing?lang=en"] == "Billing"
    assert page.links["/articles/en/billing/invoices.html"]
    assert "min read" in page.text
    node = linked(page)[1]
    assert (node["headline"], node["inLanguage"], node["dateModified"]) == ("How long refunds take", "en", "2026-10-01")
    assert alternates(page)["x-default"].endswith(REFUNDS)
    assert meta(page, "og:title") == "How long refunds take"
    assert meta(page, "description") == meta(page, "og:description") != ""


def test_headings_have_links_without_text_of_their_own(client: TestClient) -> None:
    page = read(client, REFUNDS)
    anchors = [a for tag, a in page.tags if a.get("class") == "anchor"]
    assert len(anchors) >= 2
    for a in anchors:
        assert a["aria-label"].startswith("Link to “")
        assert page.links[a["href"]] == ""
    html = with_heading_links('<h2 id="a&amp;b">Say <em>"no"</em> &lt;b&gt;</h2><h2>bare</h2>', lambda h: f"to {h}")
    assert 'href="#a%26b" aria-label="to Say &quot;no&quot; &lt;b&gt;"' in html
    assert html.endswith("<h2>bare</h2>")


def test_an_unknown_article_offers_the_nearest(client: TestClient) -> None:
    page = read(client, "/articles/en/help/refund-times-old.html")
    assert page.status == 404
    assert page.links[REFUNDS] == "How long refunds take"
    assert "Perhaps you were looking for" in page.text
    assert "internal" not in page.html


def test_a_browser_keeps_an_article_until_the_index_changes(serve: Any, site: Any, index_into: Any) -> None:
    own = serve()
    first = own.get(REFUNDS, headers=HTML)
    again = own.get(REFUNDS, headers={**HTML, "If-None-Match": f'"x", {first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    kept = {**HTML, "If-None-Match": first.headers["etag"]}
    for path, headers in (
        (f"{REFUNDS}?vote=up", kept),
        (f"{REFUNDS}?lang=zh", kept),
        ("/articles/en/devices/router.html", kept),
    ):
        assert own.get(path, headers=headers).status_code == 200
    source = own.get("/articles/en/billing/refunds.md")
    unchanged = {"If-None-Match": source.headers["etag"]}
    assert own.get("/articles/en/billing/refunds.md", headers=unchanged).status_code == 304
    file = site.articles / "en/billing/refunds.md"
    file.write_text(file.read_text(encoding="utf-8") + "\nOne more line.\n", encoding="utf-8")
    index_into(site.articles, site.data)
    state(own).opened.live.refresh()
    changed = own.get(REFUNDS, headers=kept)
    assert changed.status_code == 200
    assert "One more line." in changed.text


def test_a_page_that_was_kept_counts_as_read_all_the_same(serve: Any) -> None:
    own = serve()
    tag = own.get(REFUNDS, headers={**HTML, "User-Agent": "a"}).headers["etag"]
    assert own.get(REFUNDS, headers={**HTML, "User-Agent": "b", "If-None-Match": tag}).status_code == 304
    assert state(own).opened.records.visits.readers()["en/billing/refunds"] == 2


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/c/billing",
        REFUNDS,
        "/articles/en/billing/refunds.md",
        "/search?q=refund",
        "/ask?q=refund",
        "/sitemap.xml",
    ],
)
def test_head_is_get_without_a_body(client: TestClient, path: str) -> None:
    response = client.head(path, headers=HTML)
    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["content-type"] == client.get(path, headers=HTML).headers["content-type"]


def test_head_asks_and_reads_nothing(serve: Any) -> None:
    own = serve()
    for path in ("/ask?q=refund", "/search?q=refund", REFUNDS):
        own.head(path, headers=HTML)
    records = state(own).opened.records
    assert records.visits.readers() == {}
    with records._db.reading() as connection:
        counts = [connection.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in ("questions", "searches")]
    assert counts == [0, 0]


def test_the_way_to_edit_is_the_operators(serve: Any) -> None:
    page = read(serve(edit_url="https://git.example/edit/main/{path}"), REFUNDS)
    assert page.links["https://git.example/edit/main/en/billing/refunds.md"] == "Edit this article"
    assert not any("edit" in link for link in read(serve(), REFUNDS).links)


@pytest.mark.parametrize(
    "template", ["git.example/{path}", "https://git.example/", "javascript:{path}", "https://[x/{path}"]
)
def test_an_address_that_edits_nothing_is_refused_at_the_start(serve: Any, template: str) -> None:
    with pytest.raises(InvalidInputError, match="KB_EDIT_URL"):
        serve(edit_url=template)


def test_an_unexpected_error_is_a_page_with_the_number_of_the_request(serve: Any, monkeypatch: Any) -> None:
    own = serve()
    monkeypatch.setattr("api.pages.centre.shelf_of", lambda request: 1 / 0)
    page = read(own, "/")
    assert page.status == 500
    assert "Something went wrong" in page.text
    assert page.headers["x-request-id"] in page.text
    assert "division" not in page.html
    assert own.get("/", headers={"Accept": "application/json"}).json()["code"] == "internal_error"
    # The page of the error cannot be drawn either: the plain problem is left.
    monkeypatch.setattr("api.pages.failures.render", lambda *a, **k: 1 / 0)
    assert own.get("/", headers=HTML).json()["code"] == "internal_error"


def test_json_in_a_page_cannot_end_its_element() -> None:
    said = "</script><script>alert(1)//\u2028&"
    text = script_text({"name": said})
    assert json.loads(text)["name"] == said
    assert not set("<>&\u2028") & set(text)


def test_topics_put_what_is_read_first_and_know_their_picture() -> None:
    articles = [article(f"en/returns/{name}") for name in "abcd"] + [article("zh/returns/a")]
    found = topics(articles, "en", {"en/returns/d": 5, "en/returns/b": 7})
    assert [(t.category, t.count, t.icon) for t in found] == [("returns", 4, "returns")]
    assert [a.id[-1] for a in found[0].first] == ["b", "d", "a"]
    assert icon_of("退货政策") == "returns"
    before, after = neighbours(articles[0], articles)
    assert before is None
    assert after is articles[1]


def test_popular_needs_several_articles_that_several_people_read() -> None:
    articles = [article(f"en/{name}") for name in "abcd"]
    assert popular(articles, "en", {"en/a": 9, "en/b": 9, "en/c": 1}) == ()
    assert [a.id for a in popular(articles, "en", {"en/a": 2, "en/b": 9, "en/c": 3})] == ["en/b", "en/c", "en/a"]
    assert popular(articles, "zh", {"en/a": 2, "en/b": 9, "en/c": 3}) == ()


def test_updated_is_the_later_of_review_and_edit_and_spread_over_topics() -> None:
    day = date(2026, 5, 1)
    articles = [article(f"en/x/{name}", last_reviewed_on=day) for name in "abc"] + [
        article("en/y/old"),
        article("en/z"),
    ]
    found = updated(articles, "en", {"en/y/old": date(2026, 1, 2), "en/x/b": date(2026, 6, 1)})
    assert [(u.article.id, u.on.month) for u in found] == [("en/x/b", 6), ("en/x/a", 5), ("en/y/old", 1)]


@pytest.mark.parametrize(
    ("plain", "said"),
    [
        ("", ""),
        ("Short.", "Short."),
        ("To get one:\n1. Open it.\n2. Save.", "To get one: Open it."),
        ("It depends:\nA | B\n1 | 2\nAsk us.", "It depends: Ask us."),
        ("A | B\n1 | 2", "A | B"),
        ("Only this:", "Only this"),
        ("办理方法：\n- 打开页面。", "办理方法：打开页面。"),
        ("x" * 400, "x" * 150 + "…"),
        ("One two. " + "word " * 60, "One two. " + "word " * 27 + "word…"),
        (
            "A first sentence that is long enough to stand alone here. " + "word " * 60,
            "A first sentence that is long enough to stand alone here.",
        ),
    ],
)
def test_a_summary_ends_at_a_sentence_or_a_word(plain: str, said: str) -> None:
    assert shortened(plain) == said


def test_reading_takes_at_least_a_minute() -> None:
    assert reading_minutes(article("en/a")) == 1
    assert reading_minutes(article("en/a", text="word " * 500)) == 3
    assert reading_minutes(article("zh/a", text="退货" * 500)) == 3


def test_the_dark_theme_is_the_same_by_system_and_by_choice() -> None:
    sheet = (Path(__file__).parents[2] / "api/pages/static/site.css").read_text(encoding="utf-8")
    blocks = re.findall(r':root(?::not\(\[data-theme="light"\]\)|\[data-theme="dark"\]) \{(.*?)\}', sheet, re.DOTALL)
    by_system, by_choice = ([line.strip() for line in block.strip().splitlines()] for block in blocks)
    assert by_system == by_choice != []
