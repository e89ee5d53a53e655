"""Signing in by name and password: sessions, their cookie and token, too many attempts, roles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from parsed_page import HTML, csrf_of, read, submit
from starlette.testclient import TestClient

from api.sessions import COOKIE
from api.sign_in_limits import SignInLimiter
from kb.gaps.vocabulary import GapStatus
from kb.records import Records, Signal, SignalKind

if TYPE_CHECKING:
    from conftest import Site

GOOD = "three plain words"
OWN = {**HTML, "Sec-Fetch-Site": "same-origin"}


def add_user(site: Site, name: str = "Ada", **values: Any) -> None:
    with Records.open(site.data) as records:
        records.users.add(name, GOOD, **values)


def add_gap(site: Site) -> str:
    with Records.open(site.data) as records:
        records.add_signal(Signal(SignalKind.NO_ANSWER, "gap_a", "Do you ship to Norway?", "en"), channel="help_page")
    return "/owner/gaps/gap_a"


def sign_in(client: TestClient, name: str = "Ada", password: str = GOOD, **values: str) -> Any:
    data = {"name": name, "password": password, **values}
    return client.post("/owner/sign-in", data=data, headers=OWN, follow_redirects=False)


def test_the_first_user_closes_the_doors_and_the_password_opens_the_pages(serve: Any, site: Site) -> None:
    own = serve()
    assert read(own, "/owner").status == 200
    assert own.get("/v1/gaps").status_code == 200
    add_user(site)
    page = read(own, "/owner/report")
    assert page.status == 401
    assert page.form("/owner/sign-in").names >= {"name", "password"}
    assert own.get("/v1/gaps").status_code == 401
    answer = submit(own, "/owner/report", "/owner/sign-in", {"name": "ada", "password": GOOD})
    assert (answer.status_code, answer.headers["location"]) == (303, "/owner/report")
    assert read(own, "/owner/report").status == 200
    with Records.open(site.data) as records:
        records.users.disable("Ada")
    assert read(own, "/owner").status == 401
    assert own.get("/v1/gaps").status_code == 401


@pytest.mark.parametrize(("site_url", "secure"), [("https://help.example.com", True), ("", False)])
def test_scripts_and_other_sites_do_not_get_the_cookie(serve: Any, site: Site, site_url: str, secure: bool) -> None:
    add_user(site)
    cookie = sign_in(serve(site_url=site_url)).headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=kb_us_")
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Max-Age=43200" in cookie
    assert ("Secure" in cookie) is secure


def test_a_wrong_password_is_told_without_saying_which_names_exist(serve: Any, site: Site) -> None:
    add_user(site)
    own = serve()
    pages = [sign_in(own, name, "wrong wrong wrong") for name in ("Ada", "Bob")]
    assert [page.status_code for page in pages] == [401, 401]
    assert pages[0].text.replace("Ada", "Bob") == pages[1].text
    assert "do not belong together" in pages[0].text
    assert COOKIE not in pages[0].headers.get("set-cookie", "")


def test_signing_out_ends_the_session_on_the_server_too(serve: Any, site: Site) -> None:
    add_user(site)
    own = serve()
    sign_in(own)
    kept = own.cookies[COOKIE]
    assert submit(own, "/owner", "/owner/sign-out").status_code == 303
    own.cookies.set(COOKIE, kept)
    assert read(own, "/owner").status == 401


def test_signing_in_again_ends_the_session_before(serve: Any, site: Site) -> None:
    add_user(site)
    own = serve()
    sign_in(own)
    before = own.cookies[COOKIE]
    sign_in(own)
    assert own.cookies[COOKIE] != before
    own.cookies.clear()
    assert read(own, "/owner", {"Cookie": f"{COOKIE}={before}"}).status == 401


def test_after_five_wrong_passwords_a_name_has_to_wait_at_this_address(serve: Any, site: Site) -> None:
    add_user(site)
    add_user(site, "Bob")
    own = serve()
    assert [sign_in(own, password="wrong wrong wrong").status_code for _ in range(5)] == [401] * 5
    refused = sign_in(own)
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert sign_in(own, "ADA").status_code == 429
    assert sign_in(own, "Bob").status_code == 303


def test_whoever_signs_in_is_not_counted_and_an_address_that_tries_many_names_is() -> None:
    limiter = SignInLimiter("2/minute", "6/hour")
    for _ in range(4):
        assert limiter.attempt("Ada", "192.0.2.1") == 0
        limiter.forget("Ada", "192.0.2.1")
    assert [limiter.attempt(name, "192.0.2.1") > 0 for name in "bcd"] == [False, False, True]
    assert limiter.attempt("Ada", "192.0.2.2") == 0


@pytest.mark.parametrize("token", ["", "0" * 64, "é", None])
def test_a_form_without_the_token_of_its_session_changes_nothing(serve: Any, site: Site, token: str | None) -> None:
    path = add_gap(site)
    add_user(site)
    own = serve()
    sign_in(own)
    data = {"reason": "A joke."} | ({} if token is None else {"csrf": token})
    for form in (f"{path}/dismiss", "/owner/sign-out"):
        answer = own.post(form, data=data, headers=OWN, follow_redirects=False)
        assert answer.status_code == 403
        assert "earlier session" in answer.text
    with Records.open(site.data) as records:
        assert records.get_gap("gap_a").summary.status is GapStatus.OPEN
    assert read(own, "/owner").status == 200


def test_the_token_of_one_session_is_not_that_of_another(serve: Any, site: Site) -> None:
    add_user(site)
    own = serve()
    sign_in(own)
    old = csrf_of(own)
    sign_in(own)
    assert csrf_of(own) != old
    assert own.post("/owner/sign-out", data={"csrf": old}, headers=OWN).status_code == 403
    assert own.post("/owner/sign-out", headers={**OWN, "X-CSRF-Token": csrf_of(own)}).status_code == 401  # signed out


def test_before_the_first_user_forms_need_the_token_too(serve: Any, site: Site) -> None:
    path = add_gap(site)
    own = serve()
    assert (
        own.post(f"{path}/dismiss", data={"reason": "A joke."}, headers=OWN, follow_redirects=False).status_code == 403
    )
    assert submit(own, path, f"{path}/dismiss", {"reason": "A joke."}).status_code == 303


def test_the_history_names_the_user(serve: Any, site: Site) -> None:
    path = add_gap(site)
    add_user(site)
    own = serve()
    sign_in(own)
    submit(own, path, f"{path}/status", {"to": "drafted", "note": "half done"})
    with Records.open(site.data) as records:
        assert records.get_gap("gap_a").history[-1].who == "Ada"


def test_an_owner_calls_what_owners_may_and_an_administrator_everything(serve: Any, site: Site) -> None:
    add_gap(site)
    add_user(site)
    add_user(site, "Root", role="admin")
    own = serve(host="0.0.0.0")
    sign_in(own)
    assert own.get("/v1/gaps").status_code == 200
    note = {"note": "seen"}
    assert own.patch("/v1/gaps/gap_a", json=note).status_code == 403  # no token
    own_page = {"X-CSRF-Token": csrf_of(own)}
    assert own.patch("/v1/gaps/gap_a", json=note, headers=own_page).json()["history"][-1]["who"] == "Ada"
    elsewhere = {**own_page, "Origin": "https://evil.example"}
    assert own.patch("/v1/gaps/gap_a", json=note, headers=elsewhere).status_code == 403
    assert own.get("/v1/index/idx_1").status_code == 403
    sign_in(own, "Root")
    assert own.get("/v1/index/idx_1").status_code == 404


def test_where_visitors_need_a_key_a_user_needs_none(serve: Any, site: Site) -> None:
    add_user(site)
    own = serve(require_key=True)
    assert read(own, "/").status == 401
    sign_in(own)
    assert read(own, "/").status == 200
    assert own.get("/v1/search?q=refund").status_code == 200


@pytest.mark.parametrize(
    ("back", "location"),
    [
        ("/owner?status=open", "/owner?status=open&lang=zh"),
        ("/owner?lang=en", "/owner?lang=en"),
        ("//evil.example", "/owner?lang=zh"),
    ],
)
def test_the_pages_come_in_the_language_of_the_user(serve: Any, site: Site, back: str, location: str) -> None:
    add_user(site, lang="zh")
    assert sign_in(serve(), back=back).headers["location"] == location


def test_a_key_and_a_user_may_both_sign_in(serve: Any, site: Site) -> None:
    add_user(site)
    with Records.open(site.data) as records:
        _, key = records.create_key("robot", "secret", ["gaps:read"])
    own = serve()
    assert len([form for form in read(own, "/owner").forms if form.action == "/owner/sign-in"]) == 2
    assert sign_in(own, "", "", key=key).status_code == 303
    assert read(own, "/owner").status == 200
