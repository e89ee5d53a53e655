"""The help centre as a visitor meets it: home, articles, answers, votes, search; without JavaScript."""

from __future__ import annotations

import html
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from fastapi import FastAPI
from parsed_page import HTML, Page, parse, read
from starlette.testclient import TestClient

from api.pages.addresses import safe_link
from api.pages.rendering import preferred_language
from api.pages.routes import conversation_id

if TYPE_CHECKING:
    from api.state import AppState

REFUND = "When do I get my money back?"
REFUND_ZH = "信用卡退款要多久？"
QUOTE = "The time until the money is on your account depends on how you paid:"
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


def state(client: TestClient) -> AppState:
    return cast("AppState", cast("FastAPI", client.app).state.kb)


def stored(client: TestClient, outcome: str, **changes: Any) -> str:
    """Log an answer of ``outcome`` and return the path of its permalink."""
    place = {
        "n": 1,
        "article_id": "en/billing/refunds",
        "passage_id": "en/billing/refunds#times-by-payment-method.0",
        "title": "How long refunds take",
        "heading_path": ["How long refunds take", "Times by payment method"],
        "url": "/articles/en/billing/refunds.html#times-by-payment-method",
        "highlight_url": "/articles/en/billing/refunds.html#times-by-payment-method:~:text=The%20time",
        "quote": QUOTE,
        "source_span": {"start": 0, "end": len(QUOTE)},
        "content_hash": state(client).opened.live.current().articles["en/billing/refunds"].content_hash,
        "lang": "en",
        "owner": None,
        "last_reviewed_on": "2026-09-01",
        "stale": False,
    } | changes.pop("place", {})
    document = {
        "object": "answer",
        "id": f"ans_{outcome}{len(changes)}{hash(str(changes)) & 0xFFFFFF}",
        "created_at": "2026-11-20T10:00:00Z",
        "conversation_id": "cnv_1",
        "question": {"text": "How long?", "lang": "en", "redactions": 0},
        "outcome": outcome,
        "reason": None,
        "lang": "en",
        "answer": None,
        "citations": [place] if outcome == "answered" else [],
        "confidence": {"score": 0.9, "level": "high"},
        "options": [],
        "suggestions": [] if outcome == "answered" else [place],
        "actions": [],
        "related": [],
        "handoff": {"offered": False, "channels": [], "message": ""},
        "feedback_token": "secret-token",
        "gap_id": None,
        "index": {"revision": "r-1", "built_at": "2026-11-19T10:00:00Z"},
        "timings_ms": {"embed": 1.0, "retrieve": 1.0, "answer": 1.0, "total": 3.0},
    } | changes
    if outcome == "answered":
        document["answer"] = {"markdown": QUOTE, "html": f"<p>{QUOTE}</p>", "text": QUOTE}
    state(client).opened.records.log_answer(document, channel="help_page")
    return f"/a/{document['id']}"


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
    follow_up = page.forms[-1]
    assert follow_up.action == "/ask"
    assert follow_up.values["conversation"].startswith("cnv_")
    again = read(client, f"/ask?q=and then?&conversation={follow_up.values['conversation']}")
    assert again.forms[-1].values["conversation"] == follow_up.values["conversation"]
    assert conversation_id("cnv_<script>") is None


def test_a_source_in_the_other_language_or_overdue_says_so(client: TestClient) -> None:
    path = stored(client, "answered", question={"text": "多久？", "lang": "zh", "redactions": 1}, place={"stale": True})
    page = read(client, path + "?lang=zh")
    assert set(page.classes["badge"]) == {"逾期未审阅", "仅有英文"}
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


def test_options_of_an_unclear_question_ask_again_in_the_conversation(client: TestClient) -> None:
    options = [{"id": "1", "label": "Refunds › By card", "article_id": "en/billing/refunds", "anchor": "x"}]
    page = read(client, stored(client, "clarify", options=options))
    link = next(link for link, text in page.links.items() if text == "Refunds › By card")
    assert parse_qs(urlsplit(link).query) == {"q": ["Refunds › By card"], "conversation": ["cnv_1"]}


def test_a_person_is_offered_with_the_address_of_the_settings(serve: Any) -> None:
    own = serve(handoff_contact="mailto:help@example.com", handoff_channels=("e-mail", "phone"))
    page = read(own, "/ask?q=talk to a person")
    assert page.links["mailto:help@example.com"] == "Talk to a person"
    assert "You reach us by: e-mail, phone." in page.text
    unsafe = serve(handoff_contact="javascript:alert(1)")
    assert "javascript:" not in read(unsafe, "/ask?q=talk to a person").html


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
    assert "reasons" in voted.forms[-3].names
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


def test_an_article_has_its_anchors_its_way_back_and_its_translation(client: TestClient) -> None:
    page = read(client, "/articles/en/billing/refunds.html")
    passages = state(client).opened.live.current().passages
    anchors = {p.anchor for p in passages if p.article_id == "en/billing/refunds" and p.anchor}
    assert anchors
    assert anchors <= set(page.ids)
    assert {unquote(link[1:]) for link in page.links if link.startswith("#")} >= anchors
    assert page.title == "How long refunds take · Help centre"
    assert "Last reviewed on 1 October 2026" in page.text
    assert page.links["/articles/zh/billing/refunds.html"]
    back = read(client, "/articles/zh/billing/refunds.html")
    assert back.links["/articles/en/billing/refunds.html"]
    assert {unquote(link[1:]) for link in back.links if link.startswith("#") and link != "#main"} <= set(back.ids)
    assert page.links["/refund/new"] == "Request a refund"


def test_an_article_shows_its_title_once_and_follows_links_to_pages(client: TestClient) -> None:
    page = read(client, "/articles/en/devices/router.html")
    assert [tag for tag, _ in page.tags].count("h1") == 1
    assert "/articles/en/billing/refunds.html#times-by-payment-method" in page.links
    assert "admonition" in page.classes


def test_an_overdue_article_warns_its_readers(client: TestClient) -> None:
    assert "overdue for review since" in read(client, "/articles/en/billing/invoices.html").text
    assert "overdue" not in read(client, "/articles/en/devices/router.html").text


@pytest.mark.parametrize("suffix", ["html", "md"])
def test_internal_and_unknown_articles_are_not_there(client: TestClient, suffix: str) -> None:
    for article_id in ("en/billing/internal", "en/nothing", "../../etc/passwd", ""):
        response = client.get(f"/articles/{article_id}.{suffix}", headers=HTML)
        assert response.status_code == 404
        assert "twenty euros" not in response.text


def test_articles_out_of_their_time_are_hidden(serve: Any, site: Any, index_into: Any) -> None:
    today = datetime.now(UTC).date()
    for name, line in [
        ("future", f"valid_from: {today + timedelta(days=2)}"),
        ("past", f"valid_until: {today - timedelta(days=2)}"),
        ("now", f"valid_until: {today + timedelta(days=2)}"),
    ]:
        text = f"---\ntitle: Sale {name}\nlang: en\n{line}\n---\n\nThe sale is on.\n"
        (site.articles / "en" / f"{name}.md").write_text(text, encoding="utf-8")
    index_into(site.articles, site.data)
    own = serve()
    assert [read(own, f"/articles/en/{name}.html").status for name in ("future", "past", "now")] == [404, 404, 200]
    listed = own.get("/sitemap.xml").text
    assert "/en/now.html" in listed
    assert "/en/future.html" not in listed


def test_the_source_of_an_article_is_its_file(client: TestClient, built_site: Any) -> None:
    response = client.get("/articles/zh/billing/refunds.md")
    assert response.headers["content-type"] == "text/markdown; charset=utf-8"
    assert response.content == (built_site.articles / "zh/billing/refunds.md").read_bytes()


def test_images_are_served_only_where_a_public_article_shows_them(serve: Any, site: Any, index_into: Any) -> None:
    for name in ("shown.png", "secret.png"):
        (site.articles / "en" / name).write_bytes(b"\x89PNG\r\n\x1a\n")
    article = site.articles / "en/devices/router.md"
    article.write_text(article.read_text(encoding="utf-8") + "\n![Lamp](../shown.png)\n", encoding="utf-8")
    internal = site.articles / "en/billing/internal.md"
    internal.write_text(internal.read_text(encoding="utf-8") + "\n![x](../secret.png)\n", encoding="utf-8")
    index_into(site.articles, site.data)
    own = serve()
    assert 'src="/articles/en/shown.png"' in read(own, "/articles/en/devices/router.html").html
    shown = own.get("/articles/en/shown.png")
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/png")
    assert "sandbox" in shown.headers["content-security-policy"]
    for path in (
        "en/secret.png",
        "en/billing/internal.md.png",
        "en/devices/router",
        "%2e%2e/secret.key",
        "/etc/passwd",
    ):
        assert own.get(f"/articles/{path}").status_code == 404


def test_search_groups_by_article_and_marks_what_matches(client: TestClient) -> None:
    page = read(client, "/search?q=refund")
    assert "/articles/en/billing/refunds.html" in page.links
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


def test_programs_find_the_public_articles(client: TestClient) -> None:
    robots = client.get("/robots.txt").text
    assert "Disallow: /ask\n" in robots
    assert "Sitemap: http://127.0.0.1:8000/sitemap.xml" in robots
    sitemap = client.get("/sitemap.xml")
    assert sitemap.headers["content-type"] == "application/xml"
    assert (
        "<loc>http://127.0.0.1:8000/articles/en/billing/refunds.html</loc><lastmod>2026-10-01</lastmod>" in sitemap.text
    )
    guide = client.get("/llms.txt").text
    assert "[退款需要多久到账](http://127.0.0.1:8000/articles/zh/billing/refunds.md)" in guide
    assert "internal" not in sitemap.text + guide


def test_static_files_are_kept_for_a_year_by_their_version(client: TestClient) -> None:
    sheet = next(a["href"] for tag, a in read(client, "/").tags if a.get("rel") == "stylesheet")
    response = client.get(sheet)
    assert "immutable" in response.headers["cache-control"]
    assert "immutable" not in client.get("/static/site.css?v=old").headers["cache-control"]
    assert client.get("/static/routes.py").status_code == 404
    assert len(response.content) < 20_480
