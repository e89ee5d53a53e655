"""The page of one owner: what waits, what is new, what was settled; whose it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from parsed_page import read
from starlette.testclient import TestClient
from test_pages_owner import gap, make_key, records_of, sign_in

from api.pages.owner_week import _names
from api.pages.session import Owner
from kb.records.rows import GapChange

if TYPE_CHECKING:
    from conftest import Site


@pytest.fixture(autouse=True)
def always_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.pages.owner_week._KEEP_FROM", float("inf"))
    monkeypatch.setattr("api.pages.owner_week._WAIT", None)


@pytest.fixture
def desk(serve: Any) -> TestClient:
    own: TestClient = serve()
    gap(own, "gap_billing", "Can I pay <b>by</b> invoice?", owner="billing")
    gap(own, "gap_shop", "你们送货到挪威吗？", lang="zh", owner="shop")
    records_of(own).change_gap("gap_billing", GapChange(due_on="2020-01-01"), who="ada")
    return own


def test_everybodys_week_has_what_is_new_open_and_overdue(desk: TestClient) -> None:
    page = read(desk, "/owner/week")
    assert page.status == 200
    assert "For everybody:" in page.text
    assert {name for name in page.ids if name.startswith("week-")} >= {"week-new", "week-open", "week-overdue"}
    assert "Can I pay &lt;b&gt;by&lt;/b&gt; invoice?" in page.html
    assert "<b>by" not in page.html
    assert "due on 1 Jan 2020" in page.text
    assert any(link.startswith("/owner/gaps/gap_shop") for link in page.links)


def test_one_owners_week_is_about_that_owner(desk: TestClient) -> None:
    page = read(desk, "/owner/week?owner=shop&lang=zh")
    assert "shop：" in page.text
    assert "你们送货到挪威吗？" in page.text
    assert "gap_billing" not in page.html
    assert "没有待办" in read(desk, "/owner/week?owner=nobody-known&lang=zh").text


def test_four_weeks_can_be_chosen_and_nonsense_is_a_week(desk: TestClient) -> None:
    assert '<option value="28" selected>' in read(desk, "/owner/week?days=28").html
    assert '<option value="7" selected>' in read(desk, "/owner/week?days=x&owner=%00<script>").html


def test_who_signs_in_sees_their_own_first(desk: TestClient, site: Site) -> None:
    sign_in(desk, make_key(site, "gaps:read"))
    page = read(desk, "/owner/week")
    assert "For Ada:" in page.text
    assert "Nothing waits" in page.text
    assert "gap_billing" in read(desk, "/owner/week?owner=billing").html


def test_whose_week_it_is() -> None:
    admin, writer = Owner("ada", True, False, "", "admin"), Owner("bo", True, False, "", "owner", ("billing", "shop"))
    assert _names("", admin) is None
    assert _names(":mine", admin) == ("ada",)
    assert _names("", writer) == ("billing", "shop", "bo")
    assert _names(":all", writer) is None
    assert _names("docs", writer) == ("docs",)


def test_without_an_index_gaps_are_shown_all_the_same(serve: Any, tmp_path: Any) -> None:
    own = serve(tmp_path / "empty")
    gap(own, "gap_a")
    assert "Do you ship to Norway?" in read(own, "/owner/week").text


def test_while_it_is_counted_the_page_opens_again_by_itself(desk: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.pages.owner_week._digest", lambda *_: None)
    page = read(desk, "/owner/week")
    assert page.status == 200
    assert ("meta", {"http-equiv": "refresh", "content": "2"}) in page.tags
