"""What all pages of the help centre have in common, the home page, search and errors; without JavaScript."""

from __future__ import annotations

import gzip
import html
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import pytest
from parsed_page import HTML, read
from starlette.testclient import TestClient

from api.pages.rendering import preferred_language

if TYPE_CHECKING:
    pass

REFUND = "When do I get my money back?"
REFUND_ZH = "信用卡退款要多久？"
PAGES = [
    "/",
    "/?lang=zh",
    f"/ask?q={REFUND}",
    f"/ask?q={REFUND_ZH}",
    "/ask?q=talk to a person",
    "/ask?q=😀",
    "/articles/en/billing/refunds.html",
    "/articles/zh/devices/two-step.html",
    "/search?q=refund",
    "/search",
    "/nothing-here",
]


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_whole_closed_to_strangers_and_has_its_landmarks(client: TestClient, path: str) -> None:
    page = read(client, path)
    tags = [tag for tag, _ in page.tags]
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "same-origin"
    assert [tags.count(tag) for tag in ("main", "h1", "header", "footer")][:2] == [1, 1]
    assert page.tags[[t for t, _ in page.tags].index("body") + 1] == ("a", {"class": "skip", "href": "#main"})
    assert len(page.ids) == len(set(page.ids))
    for tag, attributes in page.tags:
        assert not [name for name in attributes if name == "style" or name.startswith("on")], (tag, attributes)
        source = attributes.get("src") or (attributes["href"] if tag == "link" and "rel" in attributes else "")
        outside = urlsplit(source).netloc not in ("", "127.0.0.1:8000")
        assert not outside, f"{tag} loads {source}"
    labelled = {a.get("for") for tag, a in page.tags if tag == "label"}
    for tag, attributes in page.tags:
        if tag in ("input", "textarea") and attributes.get("type") not in ("hidden", "checkbox"):
            assert attributes["id"] in labelled


@pytest.mark.parametrize(
    ("path", "accept", "lang"),
    [
        ("/", "", "en"),
        ("/", "zh-CN,zh;q=0.9,en;q=0.5", "zh-CN"),
        ("/", "de, en;q=0.4, zh;q=0.3", "en"),
        ("/?lang=zh", "en", "zh-CN"),
        ("/?lang=klingon", "zh", "zh-CN"),
        ("/articles/zh/billing/refunds.html", "en", "zh-CN"),
        ("/articles/zh/billing/refunds.html?lang=en", "zh", "en"),
        (f"/ask?q={REFUND_ZH}", "en", "zh-CN"),
        (f"/ask?q={REFUND}", "zh", "en"),
        (f"/ask?q={REFUND}&lang=zh", "en", "zh-CN"),
    ],
)
def test_the_address_decides_the_language_then_the_content_then_the_browser(
    client: TestClient, path: str, accept: str, lang: str
) -> None:
    assert read(client, path, {"Accept-Language": accept}).lang == lang


def test_languages_of_a_browser_are_ranked_by_quality_and_nonsense_is_skipped() -> None:
    assert preferred_language("fr, en;q=0.5, zh-TW;q=0.8") == "zh"
    assert preferred_language("zh;q=0, en;q=0.1") == "en"
    assert preferred_language("zh;q=huge, , ;;;") == "en"


def test_home_lists_the_articles_of_its_language_that_visitors_may_read(client: TestClient) -> None:
    english, chinese = read(client, "/?lang=en"), read(client, "/?lang=zh")
    assert english.links["/articles/en/billing/refunds.html"] == "How long refunds take"
    assert "/articles/zh/billing/refunds.html" not in english.links
    assert "/articles/zh/billing/refunds.html" in chinese.links
    assert "/articles/en/billing/internal.html" not in english.links
    assert english.form("/ask").method == "get"
    assert english.form("/ask").values["lang"] == "en"
    assert any(link.startswith("/ask?q=") for link in english.links)


def test_search_groups_by_article_and_marks_what_matches(client: TestClient) -> None:
    page = read(client, "/search?q=refund")
    assert any(link.startswith("/articles/en/billing/refunds.html?from=srch_") for link in page.links)
    assert "<mark>" in page.html
    assert page.links["/ask?q=refund"] == "Get an answer to “refund”"
    nothing = read(client, "/search?q=???")
    assert "Nothing found for “???”." in nothing.text
    assert read(client, "/search?q=refund&page=-3").status == 200


@pytest.mark.parametrize("path", ["/ask", "/search"])
def test_what_was_typed_is_never_markup(client: TestClient, path: str) -> None:
    typed = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    page = read(client, f"{path}?q={typed}")
    assert page.status == 200
    assert html.escape(typed, quote=True)[:20].replace("&quot;", "&#34;") in page.html
    assert [a.get("src", "") for tag, a in page.tags if tag == "script"] != []
    assert all(a.get("src", "").startswith("/static/") for tag, a in page.tags if tag == "script")


def test_nothing_typed_leads_home_and_asks_nothing(client: TestClient) -> None:
    page = read(client, "/ask?q=%20%20&lang=zh")
    assert (page.status, page.headers["location"]) == (303, "/?lang=zh")


@pytest.mark.parametrize(("q", "words"), [("x" * 1001, "1001 characters"), ("a%00b", "cannot be read")])
def test_a_question_that_cannot_be_asked_comes_back_with_the_reason(client: TestClient, q: str, words: str) -> None:
    for path in ("/ask", "/search"):
        page = read(client, f"{path}?q={q}")
        assert page.status == 422
        assert words in page.text
        assert page.form("/ask").values["q"] == unquote(q).replace("\x00", "")


def test_errors_are_pages_for_browsers_and_problems_for_programs(client: TestClient) -> None:
    page = read(client, "/nope")
    assert page.status == 404
    assert "This page does not exist" in page.text
    assert page.headers["x-request-id"] in page.text
    assert client.get("/nope", headers={"Accept": "application/json"}).json()["code"] == "not_found"
    assert client.get("/articles/x.html", headers={"Accept": "application/json"}).json()["code"] == "not_found"
    assert client.get("/v1/nope", headers=HTML).json()["code"] == "not_found"


def test_without_an_index_the_page_names_the_command(serve: Any, tmp_path: Any) -> None:
    own = serve(tmp_path / "empty")
    for path in ("/", "/ask?q=refund", "/search?q=refund", "/articles/en/a.html"):
        page = read(own, path)
        assert page.status == 503
        assert "kb index ARTICLES --data DIR" in page.text
        assert page.headers["retry-after"]
        assert str(tmp_path) not in page.html
    assert "如果您是管理员" in read(own, "/?lang=zh").text


def test_too_many_requests_are_a_page_too(serve: Any) -> None:
    own = serve(rate_limit_enabled=True, rate_limit="2/hour")
    statuses = [read(own, "/?lang=zh").status for _ in range(3)]
    assert statuses == [200, 200, 429]
    page = read(own, "/?lang=zh")
    assert "请求过于频繁" in page.text
    assert page.headers["retry-after"] in page.text
    assert own.get("/static/site.css").status_code == 200


def test_pages_ask_for_a_key_where_the_operator_wants_one(serve: Any) -> None:
    own = serve(require_key=True)
    for path in (
        "/",
        "/ask?q=refund",
        "/articles/en/billing/refunds.html",
        "/articles/en/billing/refunds.md",
        "/llms.txt",
    ):
        assert own.get(path, headers=HTML).status_code == 401, path
    page = read(own, "/ask?q=refund")
    assert page.form("/owner/sign-in").values["back"] == "/ask?q=refund"


def test_static_files_are_kept_for_a_year_by_their_version(client: TestClient) -> None:
    sheet = next(a["href"] for tag, a in read(client, "/").tags if a.get("rel") == "stylesheet")
    response = client.get(sheet)
    assert "immutable" in response.headers["cache-control"]
    assert "immutable" not in client.get("/static/site.css?v=old").headers["cache-control"]
    assert client.get("/static/routes.py").status_code == 404


@pytest.mark.parametrize("path", ["/", "/c/billing", "/articles/en/billing/refunds.html"])
def test_a_page_weighs_little(client: TestClient, path: str) -> None:
    page = read(client, path)
    loaded = [a["href"] for tag, a in page.tags if a.get("rel") == "stylesheet"]
    loaded += [a["src"] for tag, a in page.tags if tag == "script" and "src" in a]
    sizes = {address: len(gzip.compress(client.get(address).content)) for address in loaded}
    assert max(sizes.values()) < 6_000, sizes
    assert sum(sizes.values()) + len(gzip.compress(page.html.encode())) < 20_000, sizes
