"""Keys, scopes, audiences, and when owner calls are open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pytest
from starlette.datastructures import Headers
from starlette.testclient import TestClient

from api.security import is_loopback, is_own_request
from kb.records import Records

if TYPE_CHECKING:
    from conftest import Site

OWNER_CALLS = [
    ("GET", "/v1/gaps"),
    ("GET", "/v1/gaps.csv"),
    ("GET", "/v1/gaps.atom"),
    ("GET", "/v1/gaps/gap_1"),
    ("PATCH", "/v1/gaps/gap_1"),
    ("POST", "/v1/signals"),
    ("GET", "/v1/reports/kpis"),
    ("GET", "/v1/reports/kpis.csv"),
    ("POST", "/v1/explain"),
    ("POST", "/v1/index"),
    ("GET", "/v1/index/idx_1"),
    ("GET", "/metrics"),
    ("GET", "/v1/status"),
    ("GET", "/v1/articles?status=stale"),
]


def make_key(site: Site, *scopes: str, origins: Sequence[str] = ()) -> dict[str, str]:
    with Records.open(site.data) as records:
        _, plain = records.create_key("test", "public" if origins else "secret", scopes, origins)
    return {"Authorization": f"Bearer {plain}"}


@pytest.mark.parametrize(("method", "path"), OWNER_CALLS)
def test_owner_calls_are_open_on_loopback_while_there_is_no_key(client: TestClient, method: str, path: str) -> None:
    response = client.request(
        method, path, json={} if method in ("PATCH",) or "explain" in path or "signals" in path else None
    )
    assert response.status_code not in (401, 403)
    assert "owner calls are open" in response.headers["kb-notice"]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", ""])
def test_owner_calls_are_closed_on_other_addresses(serve: Any, host: str) -> None:
    own = serve(host=host)
    for method, path in OWNER_CALLS:
        response = own.request(method, path)
        assert response.status_code == 401, path
        assert response.json()["code"] == "unauthenticated"
        assert 'Bearer realm="kb"' in response.headers["www-authenticate"]
    assert own.get("/v1/search?q=refund").status_code == 200


def test_the_first_key_closes_the_doors_and_revoking_it_does_not_open_them(serve: Any, site: Site) -> None:
    own = serve()
    assert own.get("/v1/gaps").status_code == 200
    key = make_key(site, "gaps:read")
    assert own.get("/v1/gaps").status_code == 401
    assert own.get("/v1/gaps", headers=key).status_code == 200
    with Records.open(site.data) as records:
        records.revoke_key(records.list_keys()[0].id)
    assert own.get("/v1/gaps", headers=key).status_code == 401
    assert own.get("/v1/gaps").status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example:8000"},
        {"Host": "127.0.0.1.evil.example"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:3000"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"X-Forwarded-For": "198.51.100.7"},
        {"Forwarded": "for=198.51.100.7"},
    ],
)
def test_open_owner_calls_are_not_for_other_sites(client: TestClient, headers: dict[str, str]) -> None:
    for method, path in (("GET", "/v1/gaps"), ("POST", "/v1/index")):
        response = client.request(method, path, headers=headers)
        assert response.status_code == 403, path
        assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Host": "localhost:8000"},
        {"Host": "[::1]:8000"},
        {"Origin": "http://127.0.0.1:8000"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_open_owner_calls_are_for_this_machine(client: TestClient, headers: dict[str, str]) -> None:
    assert client.get("/v1/gaps", headers=headers).status_code == 200


def test_a_host_header_that_is_no_address_is_not_own() -> None:
    assert not is_own_request(Headers({"host": "[::1"}), "http")
    assert not is_own_request(Headers({}), "http")


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("[::1]", True), ("localhost", True), ("LOCALHOST", True),
     ("0.0.0.0", False), ("::", False), ("", False), ("localhost.evil.example", False), ("127.0.0.1.nip.io", False)],
)  # fmt: skip
def test_what_counts_as_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_a_secret_key_opens_what_its_scopes_name(serve: Any, site: Site) -> None:
    reader, asker, admin = make_key(site, "gaps:read"), make_key(site, "ask"), make_key(site, "admin")
    own = serve(host="0.0.0.0")
    assert own.get("/v1/gaps", headers=reader).status_code == 200
    assert own.patch("/v1/gaps/g", headers=reader, json={"note": "x"}).status_code == 403
    assert own.post("/v1/index", headers=reader).status_code == 403
    assert own.get("/v1/gaps", headers=asker).status_code == 403
    assert own.post("/v1/ask", headers=asker, json={"question": "refund?"}).status_code == 200
    assert own.post("/v1/ask", headers=reader, json={"question": "refund?"}).status_code == 403
    assert own.patch("/v1/gaps/g", headers=admin, json={"note": "x"}).status_code == 404
    assert own.get("/v1/status", headers=admin).json()["open_on_loopback"] is False


@pytest.mark.parametrize("value", ["Bearer kb_sk_wrong", "Bearer", "Bearer x", "Basic dTpw", "kb_sk_x", ""])
def test_an_unusable_authorization_is_refused_even_where_none_is_needed(client: TestClient, value: str) -> None:
    for path in ("/v1/search?q=refund", "/v1/gaps"):
        response = client.get(path, headers={"Authorization": value})
        assert response.status_code == 401
        assert "access-control-allow-origin" in response.headers or path == "/v1/gaps"


def test_a_public_key_works_from_its_origins_and_for_public_calls_only(serve: Any, site: Site) -> None:
    key = make_key(site, "ask", "search", origins=["https://shop.example.com"])
    own = serve(host="0.0.0.0", require_key=True)
    good = {**key, "Origin": "https://shop.example.com"}
    assert own.post("/v1/ask", headers=good, json={"question": "refund?"}).status_code == 200
    assert own.post("/v1/ask", headers=key, json={"question": "refund?"}).status_code == 403
    evil = {**key, "Origin": "https://shop.example.com.evil.example"}
    assert own.post("/v1/ask", headers=evil, json={"question": "refund?"}).status_code == 403
    assert own.post("/v1/feedback", headers=good, json={}).status_code == 403
    assert own.get("/v1/gaps", headers=good).status_code == 403


def test_the_operator_may_ask_everybody_for_a_key(serve: Any, site: Site) -> None:
    own = serve(require_key=True)
    assert own.post("/v1/ask", json={"question": "refund?"}).status_code == 401
    assert own.get("/v1/articles").status_code == 401
    assert own.get("/livez").status_code == 200
    assert own.post("/v1/ask", headers=make_key(site, "ask"), json={"question": "refund?"}).status_code == 200


def test_only_secret_keys_reach_articles_for_agents(serve: Any, site: Site) -> None:
    secret = make_key(site, "ask", "search")
    public = {**make_key(site, "ask", "search", origins=["https://a.example"]), "Origin": "https://a.example"}
    own = serve()
    body = {"question": "goodwill vouchers for agents", "filters": {"audience": ["agent"]}}
    asked = own.post("/v1/ask", headers=secret, json=body).json()
    assert {p["article_id"] for p in asked["citations"] + asked["suggestions"]} == {"en/billing/internal"}
    for headers in ({}, public):
        assert "internal" not in own.post("/v1/ask", headers=headers, json=body).text
        assert own.get("/v1/articles/en/billing/internal", headers=headers).status_code == 404
        assert own.get("/v1/articles/en/billing/internal.md", headers=headers).status_code == 404
        assert own.get(f"/v1/answers/{asked['id']}", headers=headers).status_code == 404
        assert "internal" not in own.get("/v1/articles", headers=headers).text
    assert own.get("/v1/articles/en/billing/internal", headers=secret).status_code == 200
    read = own.get(f"/v1/answers/{asked['id']}", headers=secret)
    assert (read.status_code, read.json()["conversation_id"]) == (200, asked["conversation_id"])


def test_verifying_a_quote_does_not_reveal_what_may_not_be_read(serve: Any, site: Site) -> None:
    secret = make_key(site, "search")
    own = serve()
    body = {"article_id": "en/billing/internal", "content_hash": "sha256:" + "0" * 64, "quote": "goodwill vouchers"}
    hidden = own.post("/v1/citations/verify", json=body)
    absent = own.post("/v1/citations/verify", json={**body, "article_id": "en/billing/nothing"})
    assert hidden.json() == {**absent.json(), "article_id": "en/billing/internal"}
    assert own.post("/v1/citations/verify", headers=secret, json=body).json()["status"] != "gone"


@pytest.mark.parametrize(("path", "open_to_pages"), [("/v1/ask", True), ("/v1/search?q=x", True), ("/v1/gaps", False)])
def test_pages_of_other_origins_may_make_public_calls_only(client: TestClient, path: str, open_to_pages: bool) -> None:
    headers = {"Origin": "https://shop.example.com", "Access-Control-Request-Method": "POST"}
    response = client.options(path, headers=headers)
    allowed = response.headers.get("access-control-allow-origin")
    assert (allowed == "*") is open_to_pages
    assert "access-control-allow-credentials" not in response.headers
    assert response.status_code == (204 if open_to_pages else 405)
    error = client.post(path.partition("?")[0], headers={"Origin": "https://shop.example.com"}, content=b"x")
    assert (error.headers.get("access-control-allow-origin") == "*") is open_to_pages
