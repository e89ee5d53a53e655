"""The owner pages: who may open them, forms of other sites, the board, one gap, the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest
from fastapi import FastAPI
from parsed_page import HTML, csrf_of, read, submit
from starlette.testclient import TestClient

from api.pages.report import heat_steps
from api.pages.session import COOKIE
from kb.gaps.vocabulary import GapStatus
from kb.records import Records, Signal, SignalKind

if TYPE_CHECKING:
    from conftest import Site

    from api.state import AppState

OWNER_PAGES = ["/owner", "/owner/report", "/owner/gaps/gap_1"]
BASE = "http://127.0.0.1:8000"


def records_of(client: TestClient) -> Records:
    return cast("AppState", cast("FastAPI", client.app).state.kb).opened.records


def gap(client: TestClient, gap_id: str, question: str = "Do you ship to Norway?", **values: Any) -> str:
    """Store one gap with one signal and return the path of its page."""
    signal = Signal(SignalKind.NO_ANSWER, gap_id, question, values.pop("lang", "en"), **values)
    records_of(client).add_signal(signal, channel="help_page", visitor="somebody")
    return f"/owner/gaps/{gap_id}"


def make_key(site: Site, *scopes: str, origins: tuple[str, ...] = ()) -> str:
    with Records.open(site.data) as records:
        return records.create_key("Ada", "public" if origins else "secret", scopes, origins)[1]


def sign_in(client: TestClient, key: str, **values: str) -> Any:
    return client.post("/owner/sign-in", data={"key": key, **values}, headers=HTML, follow_redirects=False)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", ""])
@pytest.mark.parametrize("path", OWNER_PAGES)
def test_on_other_addresses_the_pages_ask_for_a_key_and_say_how_to_make_one(serve: Any, host: str, path: str) -> None:
    page = read(serve(host=host), path)
    assert page.status == 401
    assert page.form("/owner/sign-in").values["back"] == path
    assert "kb users add NAME --role admin --data DIR" in page.text


def test_on_loopback_without_keys_they_are_open_with_a_notice(serve: Any) -> None:
    own = serve()
    page = read(own, "/owner")
    assert page.status == 200
    assert "no key and no user exists yet" in page.classes["notice"][0]
    assert read(own, "/owner", {"Host": "evil.example"}).status == 403
    assert read(own, "/owner", {"X-Forwarded-For": "203.0.113.9"}).status == 403
    assert own.get("/gaps", follow_redirects=False).headers["location"] == "/owner"


def test_a_key_opens_the_pages_by_a_cookie_that_scripts_and_other_sites_do_not_get(serve: Any, site: Site) -> None:
    own = serve(host="0.0.0.0")
    key = make_key(site, "gaps:read", "gaps:write")
    answer = sign_in(own, key, back="/owner/report?lang=zh")
    assert (answer.status_code, answer.headers["location"]) == (303, "/owner/report?lang=zh")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert key not in cookie
    page = read(own, "/owner")
    assert page.status == 200
    assert "no user exists yet" not in page.text
    with Records.open(site.data) as records:
        records.revoke_key(records.list_keys()[0].id)
    assert read(own, "/owner").status == 401


def test_signing_out_forgets_the_key(serve: Any, site: Site) -> None:
    own = serve()
    sign_in(own, make_key(site, "gaps:read"))
    assert read(own, "/owner").form("/owner/sign-out").method == "post"
    assert submit(own, "/owner", "/owner/sign-out").status_code == 303
    assert read(own, "/owner").status == 401


def test_over_https_the_cookie_stays_on_https(serve: Any, site: Site) -> None:
    own = serve(site_url="https://help.example.com")
    assert "Secure" in sign_in(own, make_key(site, "gaps:read")).headers["set-cookie"]


@pytest.mark.parametrize("kind", ["wrong", "public", "empty", "no scope"])
def test_other_keys_do_not_open_them(serve: Any, site: Site, kind: str) -> None:
    own = serve()
    make_key(site, "gaps:read")
    keys = {
        "wrong": "kb_sk_wrong",
        "public": make_key(site, "ask", origins=(BASE,)),
        "empty": "",
        "no scope": make_key(site, "ask"),
    }
    answer = sign_in(own, keys[kind])
    if kind == "no scope":  # a good key, for something else
        assert answer.status_code == 303
        assert read(own, "/owner").status == 403
    else:
        assert answer.status_code == 401
        assert "This key is not valid for the owner pages." in answer.text
        assert read(own, "/owner").status == 401


@pytest.mark.parametrize("value", ["", "key_1", "ImtleV8xIg.aaaa.bbbb"])
def test_a_made_up_cookie_is_nobody(serve: Any, site: Site, value: str) -> None:
    own = serve()
    make_key(site, "gaps:read")
    assert read(own, "/owner", {"Cookie": f"{COOKIE}={value}"}).status == 401


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example", "/\\evil.example", "owner"])
def test_signing_in_never_leads_to_another_site(serve: Any, site: Site, back: str) -> None:
    own = serve()
    assert sign_in(own, make_key(site, "gaps:read"), back=back).headers["location"] == "/owner"


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_forms_of_other_sites_change_nothing(serve: Any, site: Site, headers: dict[str, str]) -> None:
    own = serve()
    path = gap(own, "gap_a")
    sign_in(own, make_key(site, "gaps:write"))
    token = csrf_of(own)
    for form, data in ((path, {"status": "dismissed"}), ("/owner/sign-out", {}), ("/owner/sign-in", {"key": "x"})):
        data["csrf"] = token
        assert own.post(form, data=data, headers={**HTML, **headers}, follow_redirects=False).status_code == 403
    assert records_of(own).get_gap("gap_a").summary.status is GapStatus.OPEN
    assert read(own, "/owner").status == 200


def test_the_board_shows_active_gaps_and_filters_them(serve: Any) -> None:
    own = serve()
    gap(own, "gap_a", owner="shipping")
    gap(own, "gap_b", "你们寄到挪威吗？", lang="zh")
    gap(own, "gap_c", "How old is the captain?")
    records_of(own).update_gap("gap_c", who="x", status=GapStatus.DISMISSED)
    board = read(own, "/owner")
    assert {"/owner/gaps/gap_a", "/owner/gaps/gap_b"} <= set(board.links)
    assert "/owner/gaps/gap_c" not in board.links
    for query, found in [
        ("status=dismissed", {"gap_c"}),
        ("status=all", {"gap_a", "gap_b", "gap_c"}),
        ("gap_lang=zh", {"gap_b"}),
        ("owner=shipping", {"gap_a"}),
        ("cause=conflict", set()),
        ("status=nonsense&cause=nonsense&gap_lang=xx", {"gap_a", "gap_b"}),
    ]:
        links = read(own, f"/owner?{query}").links
        assert {link.rpartition("/")[2] for link in links if link.startswith("/owner/gaps/")} == found, query
    assert "No gap matches these filters" in read(own, "/owner?cause=conflict").text
    assert "待处理" in read(own, "/owner?lang=zh").text


def test_a_gap_is_worked_on_with_a_form(serve: Any) -> None:
    own = serve()
    path = gap(own, "gap_a", article_id="en/billing/refunds")
    page = read(own, path)
    assert "Do you ship to Norway?" in page.text
    assert page.links["/articles/en/billing/refunds.html"] == "How long refunds take"
    data = {"status": "assigned", "assignee": " shipping-docs ", "note": "Draft on <b>Friday</b>."}
    answer = submit(own, path, path, data)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{path}?saved=1#saved")
    changed = read(own, answer.headers["location"])
    assert "Saved." in changed.text
    assert "Status: Open → Assigned" in changed.text
    assert "Owner: shipping-docs" in changed.text
    assert changed.text.count("Draft on <b>Friday</b>.") == 1
    summary = records_of(own).get_gap("gap_a").summary
    assert (summary.status, summary.owner) == (GapStatus.ASSIGNED, "shipping-docs")
    submit(own, path, path, {"status": "assigned", "assignee": "shipping-docs", "note": "Only a note."})
    assert "Only a note." in read(own, path).text
    submit(own, path, path, {"status": "assigned", "assignee": "", "note": ""})
    assert records_of(own).get_gap("gap_a").summary.owner is None


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"status": "verified"}, 409),
        ({"status": "sideways"}, 422),
        ({}, 422),
        ({"status": "open", "note": "x" * 2001}, 422),
    ],
)
def test_changes_that_make_no_sense_are_refused_with_a_page(serve: Any, data: dict[str, str], status: int) -> None:
    own = serve()
    path = gap(own, "gap_a")
    before = records_of(own).get_gap("gap_a")
    data = {**data, "csrf": csrf_of(own, path)}
    answer = own.post(path, data=data, headers=HTML, follow_redirects=False)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert records_of(own).get_gap("gap_a") == before
    assert read(own, "/owner/gaps/gap_unknown").status == 404


def test_a_key_that_may_only_read_changes_nothing(serve: Any, site: Site) -> None:
    own = serve()
    path = gap(own, "gap_a")
    sign_in(own, make_key(site, "gaps:read"))
    assert path not in {form.action for form in read(own, path).forms}
    data = {"status": "dismissed", "csrf": csrf_of(own)}
    assert own.post(path, data=data, headers=HTML, follow_redirects=False).status_code == 403
    assert records_of(own).get_gap("gap_a").summary.status is GapStatus.OPEN


def test_shades_of_the_heat_map_follow_the_counts() -> None:
    assert heat_steps([[0, 0]]) == (((0, 0), (0, 0)),)
    assert heat_steps([[1, 100], [50, 51]]) == (((1, 1), (100, 4)), ((50, 2), (51, 3)))


def test_the_owner_pages_work_without_an_index(serve: Any, tmp_path: Any) -> None:
    own = serve(tmp_path / "empty")
    assert read(own, "/owner").status == 200
    assert read(own, "/owner/report").status == 200
