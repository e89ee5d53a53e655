"""Articles as pages, as files, with their images, and as lists for programs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from parsed_page import HTML, read
from starlette.testclient import TestClient
from stored_answers import state


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
