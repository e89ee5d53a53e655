"""The page and the lists of articles that need attention."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from fastapi import FastAPI
from parsed_page import Page, read
from starlette.testclient import TestClient

from api.article_responses import ArticleListDocument
from api.attention import Need
from api.prepared import Prepared
from kb.records.article_use import ArticleUse
from kb.records.publications import Contents

if TYPE_CHECKING:
    from conftest import Site

    from api.state import AppState

OLD = "title: {title}\nowner: {owner}\ncategory: returns\nlast_reviewed_on: 2020-01-01\nreview_in: 6 months\n"
TEXT = "A refund to a store account takes {days} working days after the parcel arrived at the warehouse."


def write(folder: Path, name: str, front: str, text: str) -> None:
    path = folder / f"{name}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"---\n{front}---\n\n{text}\n", encoding="utf-8")


@pytest.fixture
def desk(serve: Any, site: Site, index_into: Any) -> TestClient:
    """A help centre with one article for every list."""
    for file in [*site.articles.rglob("*.md"), *site.data.glob("records.db*")]:
        file.unlink()
    shutil.rmtree(site.data / "index")  # else every article is new beside the revision before, and none is unused
    write(site.articles, "en/wallet", OLD.format(title="Store <b>account</b>", owner="billing"), TEXT.format(days=5))
    write(
        site.articles, "en/wallet-old", OLD.format(title="Store account, old page", owner="shop"), TEXT.format(days=9)
    )
    write(site.articles, "en/steps", "title: Steps\nowner: shop\n", LONG)
    write(site.articles, "en/steps-again", "title: Steps again\n", LONG)
    write(site.articles, "en/links", "title: Links\nowner: shop\n", "See [this](gone.md) and [that](steps.md#nowhere).")
    write(site.articles, "zh/steps", "title: 步骤\nlang: zh\nlast_reviewed_on: 2020-01-01\n", "退回包裹需要 14 天。")
    write(site.articles, "en/source", "title: Source\nlast_reviewed_on: 2021-01-01\n", "Keep the receipt for 30 days.")
    write(
        site.articles,
        "zh/source",
        "title: 译文\nlang: zh\ntranslation_of: en/source\nlast_reviewed_on: 2020-05-01\n",
        "收据请保留 10 天。",
    )
    (site.articles / "en" / "broken.md").write_text("---\ntitle: [\n---\n", encoding="utf-8")
    index_into(site.articles, site.data)
    own: TestClient = serve()
    pretend(
        own, {"en/wallet": ArticleUse(cited=40, opened=2, foreign=3, up=4, down=6), "en/steps": ArticleUse(cited=1)}
    )
    own.get("/v1/articles?status=conflict")  # waits for the comparison
    return own


LONG = (
    "Open the settings of your account and choose Privacy. Press the button that says Export everything, enter your"
    " password once more, and wait for the message with the link. The archive holds orders, invoices, reviews, messages"
    " and addresses."
)


def state_of(client: TestClient) -> AppState:
    return cast("AppState", cast("FastAPI", client.app).state.kb)


def pretend(client: TestClient, uses: dict[str, ArticleUse]) -> None:
    """Let the articles have been used like this, whoever counts."""
    state = state_of(client)
    prepared: Prepared = state.prepared
    prepared.get(("uses", 28), lambda: uses, fresh=0.0)
    state.opened.records.article_uses.of_days = lambda days: uses  # type: ignore[method-assign]


def section(page: Page, need: str) -> str:
    html: str = page.html.partition(f'id="list-{need}"')[2].partition("</section>")[0]
    return html


def test_every_list_has_its_article_with_the_reason(desk: TestClient) -> None:
    page = read(desk, "/owner/articles")
    assert page.status == 200
    assert "5 working days" in section(page, "conflict")
    assert "9 working days" in section(page, "conflict")
    assert "6 of 10 votes on answers from it are “no” (60 %)" in section(page, "downvoted")
    assert "95 % interval 31–83 %" in section(page, "downvoted")
    assert "Read 42× in 28 days" in section(page, "stale")
    assert "en/wallet-old" not in section(page, "stale")  # overdue too, but nobody reads it
    assert "1 more is overdue and was not read" in section(page, "stale")
    broken = section(page, "broken")
    assert "The link gone.md leads to no article" in broken
    assert "has no heading #nowhere" in broken
    assert "en/broken.md" in broken
    assert "not served" in broken
    behind = section(page, "behind")
    assert "<b>30 days</b>" in behind
    assert "<b>10 days</b>" in behind
    assert "1 January 2021" in behind
    assert "Questions in Chinese that it answered in English: 3." in section(page, "untranslated")
    assert "100 % of the shorter article" in section(page, "duplicate")
    assert "en/links.md" in section(page, "unused")
    assert "en/wallet.md" not in section(page, "unused")


def test_titles_of_articles_are_text(desk: TestClient) -> None:
    page = read(desk, "/owner/articles")
    assert "Store &lt;b&gt;account&lt;/b&gt;" in page.html
    assert "<b>account" not in page.html


def test_the_page_speaks_chinese(desk: TestClient) -> None:
    page = read(desk, "/owner/articles?lang=zh")
    assert page.lang == "zh-CN"
    assert "互相矛盾" in page.text
    assert "5 个工作日" in section(page, "conflict")
    assert "逾期仍被阅读" in page.text


def test_owner_and_category_narrow_every_list(desk: TestClient) -> None:
    mine = read(desk, "/owner/articles?owner=billing")
    assert "en/wallet.md" in section(mine, "stale")
    assert "en/wallet-old" in section(mine, "conflict")  # a pair belongs to both its owners
    assert 'id="list-duplicate"' not in mine.html
    assert "en/links.md" not in mine.html
    nobody = read(desk, "/owner/articles?owner=:nobody")
    assert "en/broken.md" in section(nobody, "broken")
    assert "en/wallet.md" not in nobody.html
    returns = read(desk, "/owner/articles?category=returns&owner=shop")
    assert 'id="list-conflict"' in returns.html
    assert "en/links.md" not in returns.html


def test_one_list_alone_keeps_the_filters_in_its_links(desk: TestClient) -> None:
    page = read(desk, "/owner/articles?need=broken&owner=shop&lang=en")
    assert 'id="list-broken"' in page.html
    assert 'id="list-stale"' not in page.html
    assert "/owner/articles?need=stale&owner=shop&lang=en" in page.links
    assert "Nothing here." in read(desk, "/owner/articles?need=conflict&owner=nobody-known").text


@pytest.mark.parametrize(
    "query", ["need=nonsense", "page=-1", "page=99999", "page=x", "owner=%00%F0", "category=" + "x" * 999]
)
def test_what_cannot_be_read_counts_as_not_asked(desk: TestClient, query: str) -> None:
    assert read(desk, f"/owner/articles?{query}").status == 200


def test_while_articles_are_compared_the_page_says_so(desk: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.article_desk._review_of", lambda *_: None)
    page = read(desk, "/owner/articles")
    assert "The articles are being compared." in section(page, "conflict")
    assert ("meta", {"http-equiv": "refresh", "content": "2"}) in page.tags
    assert "Read 42× in 28 days" in section(page, "stale")


def test_without_an_index_it_says_how_to_make_one(serve: Any, tmp_path: Path) -> None:
    page = read(serve(tmp_path / "empty"), "/owner/articles")
    assert page.status == 200
    assert "kb index ARTICLES --data DIR" in page.text


def test_a_help_centre_in_order_is_told_so(serve: Any, site: Site, index_into: Any) -> None:
    for file in [*site.articles.rglob("*.md")]:
        file.unlink()
    today = datetime.now(UTC).date().isoformat()
    write(site.articles, "en/one", f"title: One\nlast_reviewed_on: {today}\n", "All is said.")
    index_into(site.articles, site.data)
    own = serve()
    pretend(own, {"en/one": ArticleUse(cited=1)})
    own.get("/v1/articles?status=conflict")
    assert "Nothing needs attention" in read(own, "/owner/articles").text


def test_the_lists_come_as_json_too(desk: TestClient) -> None:
    def rows(status: str) -> dict[str, Any]:
        document = desk.get(f"/v1/articles?status={status}").json()
        ArticleListDocument.model_validate(document)
        return {row["id"]: row for row in document["data"]}

    assert {need.value: sorted(rows(need)) for need in Need} == {
        "conflict": ["en/wallet", "en/wallet-old"],
        "downvoted": ["en/wallet"],
        "stale": ["en/wallet", "en/wallet-old"],
        "broken": ["en/broken", "en/links"],
        "behind": ["zh/source"],
        "untranslated": ["en/links", "en/steps-again", "en/wallet", "en/wallet-old"],
        "duplicate": ["en/steps", "en/steps-again"],
        "unused": ["en/links", "en/source", "en/steps-again", "en/wallet-old", "zh/source", "zh/steps"],
    }
    assert rows("downvoted")["en/wallet"]["usage"]["down"] == 6
    [pair] = rows("conflict")["en/wallet-old"]["pairs"]
    assert (pair["article_id"], pair["places"][0]["says"], pair["places"][0]["other_says"]) == (
        "en/wallet",
        ["9 workday"],
        ["5 workday"],
    )
    assert rows("behind")["zh/source"]["source"] == {
        "article_id": "en/source",
        "ahead_since": "2021-01-01",
        "numbers": ["30 day"],
        "numbers_here": ["10 day"],
    }


def test_what_people_did_is_counted_from_the_records(desk: TestClient) -> None:
    records = state_of(desk).opened.records
    vars(records.article_uses).pop("of_days")  # what is pretended
    records.visits.log_opening("en/links", source_id=None, stale=False, visitor="v")
    assert records.article_uses.of_days(28) == {"en/links": ArticleUse(opened=1)}


def test_new_articles_are_not_called_unused_and_edits_are_remembered(desk: TestClient) -> None:
    records = state_of(desk).opened.records
    day = timedelta(days=1)
    now = datetime.now(UTC)
    for number, hashes in enumerate(({"a": "1"}, {"a": "1", "b": "1"}, {"a": "2", "b": "1"})):
        at = round((now - (30 - number * 10) * day).timestamp() * 1000)
        records.publications.record(Contents(f"r-test-{number}", hashes, 1), at, lambda ids: [])
    assert records.article_uses.added_since(28) >= {"b"}
    changed = records.article_uses.changed_at()
    assert changed["b"] < changed["a"]
