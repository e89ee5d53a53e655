"""What programs fetch: sitemap, llms.txt, the OpenSearch description, suggestions, robots.txt; and images with their size."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from parsed_page import read
from starlette.testclient import TestClient

BASE = "http://127.0.0.1:8000"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
XHTML = "{http://www.w3.org/1999/xhtml}"
SEARCH = "{http://a9.com/-/spec/opensearch/1.1/}"


def test_the_sitemap_names_every_page_with_its_other_language(client: TestClient) -> None:
    root = ElementTree.fromstring(client.get("/sitemap.xml").content)
    entries = {
        entry.findtext(f"{SITEMAP}loc"): {link.get("hreflang"): link.get("href") for link in entry.iter(f"{XHTML}link")}
        for entry in root.iter(f"{SITEMAP}url")
    }
    english, chinese = f"{BASE}/articles/en/billing/refunds.html", f"{BASE}/articles/zh/billing/refunds.html"
    assert entries[english] == entries[chinese] == {"en": english, "zh-CN": chinese, "x-default": english}
    assert entries[f"{BASE}/articles/en/devices/router.html"] == {}
    assert set(entries[f"{BASE}/c/billing"]) == {"en", "zh-CN", "x-default"}
    assert f"{BASE}/" in entries
    assert not any("internal" in str(place) for place in entries)
    assert all(client.get(str(place)[len(BASE) :]).status_code == 200 for place in entries)


def test_articles_of_other_sites_are_left_to_their_sitemaps(serve: Any, site: Any, index_into: Any) -> None:
    text = "---\ntitle: Elsewhere\nurl: https://docs.example/x\n---\n\nText & more.\n"
    (site.articles / "en" / "elsewhere.md").write_text(text, encoding="utf-8")
    index_into(site.articles, site.data)
    own = serve()
    assert "elsewhere" not in own.get("/sitemap.xml").text
    assert "Source: https://docs.example/x" in own.get("/llms-full.txt").text


def test_language_models_get_a_guide_and_everything_in_one_file(client: TestClient) -> None:
    guide = client.get("/llms.txt").text
    assert guide.startswith("# Help centre\n\n> ")
    assert f"[All articles in one file]({BASE}/llms-full.txt)" in guide
    line = next(line for line in guide.splitlines() if "en/billing/refunds.md" in line)
    assert line.partition("): ")[2]
    whole = client.get("/llms-full.txt")
    assert whole.headers["content-type"] == "text/plain; charset=utf-8"
    assert f"Source: {BASE}/articles/zh/billing/refunds.html\nLanguage: zh-CN\nReviewed: 2026-10-01" in whole.text
    assert "twenty euros" not in whole.text  # of an article that is not public


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_browser_can_add_the_help_centre_as_a_search_engine(client: TestClient, lang: str) -> None:
    response = client.get(f"/opensearch.xml?lang={lang}")
    assert response.headers["content-type"] == "application/opensearchdescription+xml"
    root = ElementTree.fromstring(response.content)
    assert root.findtext(f"{SEARCH}ShortName") == ("Help centre" if lang == "en" else "帮助中心")
    templates = {url.get("type"): url.get("template") for url in root.iter(f"{SEARCH}Url")}
    assert templates["text/html"] == f"{BASE}/ask?q={{searchTerms}}&lang={lang}"
    assert templates["application/x-suggestions+json"] == f"{BASE}/suggest?q={{searchTerms}}&lang={lang}"
    link = next(a for tag, a in read(client, f"/?lang={lang}").tags if a.get("rel") == "search")
    assert link["href"] == f"/opensearch.xml?lang={lang}"


def test_a_name_with_signs_stays_xml(serve: Any) -> None:
    own = serve(site_name='<Bags> & "more" of everything')
    root = ElementTree.fromstring(own.get("/opensearch.xml").content)
    assert root.findtext(f"{SEARCH}ShortName") == '<Bags> & "more" '
    assert "<Bags>" not in read(own, "/").html


def test_suggestions_are_four_lists(client: TestClient) -> None:
    response = client.get("/suggest?q=refu")
    assert response.headers["content-type"] == "application/x-suggestions+json"
    typed, titles, headings, places = response.json()
    assert typed == "refu"
    assert "How long refunds take" in titles
    assert len(titles) == len(headings) == len(places)
    assert f"{BASE}/articles/en/billing/refunds.html" in places
    for nothing in ("", "%20", "%00", "q" * 3000):
        assert client.get(f"/suggest?q={nothing}").json()[1] == []


def test_robots_stay_away_from_what_asks(client: TestClient) -> None:
    robots = client.get("/robots.txt").text.splitlines()
    assert {"Disallow: /suggest", "Disallow: /ask", "Disallow: /search"} <= set(robots)


def test_the_icon_is_found_where_old_programs_look(client: TestClient) -> None:
    response = client.get("/favicon.ico", follow_redirects=False)
    assert response.status_code == 308
    assert client.get(response.headers["location"]).headers["content-type"] == "image/svg+xml"


def png(width: int, height: int) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * (1 + 3 * width) * height)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )


def test_images_keep_their_place_before_they_come(serve: Any, site: Any, index_into: Any) -> None:
    folder: Path = site.articles / "en"
    (folder / "lamp one.png").write_bytes(png(64, 48))
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    text = (
        "---\ntitle: Pictures\n---\n\n![Lamp](<lamp one.png>) ![Gone](gone.png) ![Broken](broken.png)\n"
        '\n<img src="lamp one.png" width="10" alt="x">\n\n![Away](https://pictures.example/x.png)\n'
    )
    (folder / "pictures.md").write_text(text, encoding="utf-8")
    index_into(site.articles, site.data)
    images = [a for tag, a in read(serve(), "/articles/en/pictures.html").tags if tag == "img"]
    sizes = [(a["alt"], a.get("width"), a.get("height")) for a in images]
    assert sizes == [
        ("Lamp", "64", "48"),
        ("Gone", None, None),
        ("Broken", None, None),
        ("x", "10", None),
        ("Away", None, None),
    ]
