"""The owner pages: who may open them, forms of other sites, the board, one gap, the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from gap_samples import gap, records_of
from parsed_page import HTML, csrf_of, read, submit
from starlette.testclient import TestClient

from api.pages.report import heat_steps
from api.pages.session import COOKIE
from kb.gaps.vocabulary import GapStatus
from kb.records import Records

if TYPE_CHECKING:
    from conftest import Site


OWNER_PAGES = ["/owner", "/owner/report", "/owner/gaps/gap_1"]
BASE = "http://127.0.0.1:8000"


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
    for form, data in ((f"{path}/dismiss", {"reason": "x"}), ("/owner/sign-out", {}), ("/owner/sign-in", {"key": "x"})):
        data["csrf"] = token
        assert own.post(form, data=data, headers={**HTML, **headers}, follow_redirects=False).status_code == 403
    assert records_of(own).get_gap("gap_a").summary.status is GapStatus.OPEN
    assert read(own, "/owner").status == 200


def test_a_key_that_may_only_read_sees_everything_and_changes_nothing(serve: Any, site: Site) -> None:
    own = serve()
    path = gap(own, "gap_a")
    sign_in(own, make_key(site, "gaps:read"))
    for page in (read(own, path), read(own, "/owner")):
        assert "Do you ship to Norway?" in page.text
        assert {form.action for form in page.forms if form.method == "post"} == {"/owner/sign-out"}
        assert not [a for tag, a in page.tags if tag == "input" and a.get("type") == "checkbox"]
    token = csrf_of(own)
    bulk = {"gap": "gap_a", "action": "dismiss", "reason": "x"}
    for form, data in (
        (f"{path}/dismiss", {"reason": "x"}),
        (f"{path}/merge", {"into": "gap_b"}),
        (f"{path}/replay", {"draft": "# Norway"}),
        ("/owner/gaps", bulk),
    ):
        sent = {**data, "csrf": token}
        assert own.post(form, data=sent, headers=HTML, follow_redirects=False).status_code == 403, form
    assert read(own, f"{path}/merge").status == 403
    assert records_of(own).get_gap("gap_a").summary.status is GapStatus.OPEN


def test_shades_of_the_heat_map_follow_the_counts() -> None:
    assert heat_steps([[0, 0]]) == (((0, 0), (0, 0)),)
    assert heat_steps([[1, 100], [50, 51]]) == (((1, 1), (100, 4)), ((50, 2), (51, 3)))


def test_the_owner_pages_work_without_an_index(serve: Any, tmp_path: Any) -> None:
    own = serve(tmp_path / "empty")
    assert read(own, "/owner").status == 200
    assert read(own, "/owner/report").status == 200
