"""Public keys, their limits, what pages elsewhere may call, and visitors who trickle, stall or leave."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable
from typing import Any, cast

import anyio
import anyio.to_thread
import pytest
from asgi_calls import call
from itsdangerous import timed
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send
from uvicorn.config import Config
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from api import limits
from api.cli.serving import trusted_proxies
from api.known_keys import KnownKeys
from api.leaving import in_thread, in_thread_until_gone
from api.limits import LimitsMiddleware, client_network
from api.problems import ProblemError
from api.requests import BodyLimitMiddleware, RequestMiddleware
from kb.errors import InvalidInputError, NotAllowedError
from kb.tokens import TokenSigner

Serve = Callable[..., TestClient]
PAGE = "https://shop.example.com"


def public_key(
    client: TestClient, *origins: str, limit: str | None = None, scopes: Any = ("ask", "search", "feedback", "handoffs")
) -> dict[str, str]:
    """The headers of a page with a public key."""
    records = client.app.state.kb.opened.records  # type: ignore[attr-defined]
    _, plain = records.create_key("page", "public", scopes, origins or (PAGE,), limit)
    return {"Authorization": f"Bearer {plain}", "Origin": PAGE}


@pytest.mark.parametrize(
    ("bound", "origin", "status"),
    [
        ("https://Shop.example.com:443/", PAGE, 200),
        ("https://*.example.com", PAGE, 200),
        ("https://*.example.com", "https://example.com", 403),
        (PAGE, "https://shop.example.com.evil.org", 403),
        (PAGE, "http://shop.example.com", 403),
        (PAGE, "https://shop.example.com:8443", 403),
        (PAGE, "null", 403),
        (PAGE, "", 403),
    ],
)
def test_a_public_key_works_on_its_own_pages_only(serve: Serve, bound: str, origin: str, status: int) -> None:
    client = serve()
    headers = {**public_key(client, bound), "Origin": origin}
    assert client.post("/v1/ask", json={"question": "refund"}, headers=headers).status_code == status


def test_a_page_of_the_server_itself_sends_no_origin_with_a_get(serve: Serve) -> None:
    client = serve()
    headers = public_key(client, "http://127.0.0.1:8000")
    del headers["Origin"]
    assert client.get("/v1/search?q=refund", headers=headers).status_code == 403
    assert client.get("/v1/search?q=refund", headers={**headers, "Sec-Fetch-Site": "same-origin"}).status_code == 200
    assert client.get("/v1/search?q=refund", headers={**headers, "Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_a_public_key_hands_over_but_sees_no_packet(serve: Serve) -> None:
    client = serve(host="0.0.0.0")
    headers = public_key(client)
    sent = client.post("/v1/handoffs", json={"question": "Where is my order?"}, headers=headers)
    taken = sent.json()
    assert sent.status_code == 202
    assert (
        client.get(f"/v1/handoffs/{taken['id']}", params={"token": taken["token"]}, headers=headers).status_code == 200
    )
    assert client.get(f"/v1/handoffs/{taken['id']}", headers=headers).status_code == 403
    assert client.get("/v1/handoffs", headers=headers).status_code == 403
    assert client.post(f"/v1/handoffs/{taken['id']}/ack", headers=headers).status_code == 403
    asking = public_key(client, scopes=("ask",))
    assert client.post("/v1/handoffs", json={"question": "x"}, headers=asking).status_code == 403


def test_address_and_key_are_counted_and_both_reported(serve: Serve) -> None:
    client = serve(rate_limit_enabled=True, rate_limit="100/minute")
    headers = public_key(client, limit="2/minute")
    sent = [client.get("/v1/search?q=refund", headers=headers) for _ in range(3)]
    assert [each.status_code for each in sent] == [200, 200, 429]
    assert sent[0].headers["ratelimit-policy"] == '"100-in-60s";q=100;w=60, "key-2-in-60s";q=2;w=60'
    assert sent[0].headers["ratelimit"].partition(", ")[2].startswith('"key-2-in-60s";r=1;t=')
    assert sent[2].json()["detail"].startswith("Too many requests from this key.")
    assert int(sent[2].headers["retry-after"]) >= 1
    assert "RateLimit-Policy" in sent[2].headers["access-control-expose-headers"]
    assert client.get("/v1/search?q=refund").status_code == 200


def test_a_key_made_just_now_works_from_an_address_that_is_used_up(serve: Serve) -> None:
    client = serve(rate_limit_enabled=True, rate_limit="3/minute")
    wrong = {"Authorization": "Bearer kb_sk_wrong"}
    sent = [client.get("/v1/search?q=refund", headers=wrong).status_code for _ in range(5)]
    assert sent == [401, 401, 401, 429, 429]
    records = client.app.state.kb.opened.records  # type: ignore[attr-defined]
    key_id, plain = records.create_key("bot", "secret", ["search"])
    fresh = {"Authorization": f"Bearer {plain}"}
    assert [client.get("/v1/search?q=refund", headers=fresh).status_code for _ in range(4)] == [200] * 4
    assert client.get("/v1/search?q=refund", headers=wrong).status_code == 429
    records.revoke_key(key_id)
    assert client.get("/v1/search?q=refund", headers=fresh).status_code == 401


def test_all_keys_have_a_limit_unless_the_operator_wants_none(serve: Serve) -> None:
    client = serve(rate_limit_enabled=True, key_rate_limit="1/minute")
    headers = public_key(client)
    assert [client.get("/v1/search?q=x", headers=headers).status_code for _ in range(2)] == [200, 429]
    with pytest.raises(InvalidInputError, match="KB_KEY_RATE_LIMIT"):
        serve(rate_limit_enabled=True, key_rate_limit="often")


@pytest.mark.parametrize(
    ("setting", "path", "label"),
    [
        ("feedback_rate_limit", "/v1/feedback", "votes"),
        ("handoff_rate_limit", "/v1/handoffs", "handoffs"),
    ],
)
def test_votes_and_requests_for_a_person_have_tighter_limits(serve: Serve, setting: str, path: str, label: str) -> None:
    client = serve(rate_limit_enabled=True, **{setting: "1/minute"})
    first, second = (client.post(path, json={"message": "help"}) for _ in range(2))
    assert f'"{label}-1-in-60s";q=1;w=60' in first.headers["ratelimit-policy"]
    assert first.status_code != 429
    assert second.status_code == 429
    assert client.get("/v1/search?q=x").status_code == 200


@pytest.mark.parametrize("path", ["/v1/handoffs", "/person"])
def test_a_refused_request_for_a_person_keeps_no_good_one_out(serve: Serve, path: str) -> None:
    client = serve(rate_limit_enabled=True, handoff_rate_limit="1/minute", rate_limit="8/minute")
    refused = [client.post(path, json={"mesage": "help"}).status_code for _ in range(4)]
    assert all(400 <= status < 500 and status != 429 for status in refused)
    assert client.post("/v1/handoffs", content=b"x" * 300_000).status_code == 413
    sent = [client.post("/v1/handoffs", json={"message": "help"}).status_code for _ in range(2)]
    assert sent == [202, 429]
    assert [client.get("/v1/search?q=x").status_code for _ in range(2)] == [200, 429]  # all of them count there


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/v1/handoffs", True),
        ("GET", "/v1/handoffs", False),
        ("GET", "/v1/handoffs/hnd_1", True),
        ("GET", "/v1/person", True),
        ("POST", "/v1/handoffs/hnd_1/ack", False),
        ("POST", "/v1/feedback", True),
        ("POST", "/v1/openings", True),
        ("POST", "/v1/signals", False),
        ("GET", "/v1/gaps", False),
    ],
)
def test_what_pages_of_other_origins_may_call(client: TestClient, method: str, path: str, allowed: bool) -> None:
    asked = {
        "Origin": PAGE,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
    }
    preflight = client.options(path, headers=asked)
    assert (preflight.headers.get("access-control-allow-origin") == "*") is allowed
    if allowed:
        names = preflight.headers["access-control-allow-headers"].lower().replace(" ", "").split(",")
        assert {"authorization", "content-type", "idempotency-key"} <= set(names)
    sent = client.request(method, path, headers={"Origin": PAGE})
    assert (sent.headers.get("access-control-allow-origin") == "*") is allowed


def test_what_depends_on_the_page_says_so_to_caches(serve: Serve) -> None:
    client = serve()
    assert "Origin" in client.get("/v1/search?q=refund", headers=public_key(client)).headers["vary"]


async def read_body(scope: Scope, receive: Receive, send: Send) -> None:
    while (await receive()).get("more_body"):
        pass
    await PlainTextResponse("read")(scope, receive, send)


def served(app: Any, *, seconds: float = 30.0, max_concurrency: int = 64) -> Any:
    inner = LimitsMiddleware(
        BodyLimitMiddleware(app, seconds=seconds), limiter=None, known_keys=KnownKeys(), max_concurrency=max_concurrency
    )
    return RequestMiddleware(inner, observe=lambda *_: None)


def scope_of(*headers: tuple[bytes, bytes]) -> Scope:
    return {
        "type": "http",
        "method": "POST",
        "path": "/v1/ask",
        "headers": list(headers),
        "query_string": b"",
        "client": ("192.0.2.1", 1),
    }


async def never() -> Message:
    await anyio.sleep_forever()
    raise AssertionError


def test_a_body_that_trickles_in_is_given_up() -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    anyio.run(served(read_body, seconds=0.01), scope_of((b"transfer-encoding", b"chunked")), never, send)
    assert sent[0]["status"] == 408
    assert (b"connection", b"close") in sent[0]["headers"]
    assert b"request_timeout" in sent[1]["body"]


def test_bodies_on_their_way_keep_nobody_out() -> None:
    async def scenario() -> int:
        app = served(read_body, max_concurrency=1)

        async def ignore(message: Message) -> None: ...

        async with anyio.create_task_group() as group:
            for _ in range(5):
                group.start_soon(app, scope_of((b"content-length", b"9")), never, ignore)
            await anyio.wait_all_tasks_blocked()
            answer = await call(app, "POST", "/v1/ask", body=b"{}")
            group.cancel_scope.cancel()
        return answer.status

    assert anyio.run(scenario) == 200


def test_who_does_not_read_the_response_frees_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SEND_SECONDS", 0.01)

    async def stalled(message: Message) -> None:
        await anyio.sleep_forever()

    async def scenario() -> int:
        app = served(read_body, max_concurrency=1)

        async def whole() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        with pytest.raises(OSError, match="does not read"):
            await app(scope_of(), whole, stalled)
        return (await call(app, "POST", "/v1/ask", body=b"{}")).status

    assert anyio.run(scenario) == 200


@pytest.mark.parametrize(
    ("trusted", "forwarded", "counted"),
    [
        ("127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.0/8", "203.0.113.9", "127.0.0.1"),
        ("127.0.0.1, 10.0.0.0/8", "198.51.100.1, 203.0.113.9, 10.1.2.3", "203.0.113.9"),
        ("", "203.0.113.9", "127.0.0.1"),
    ],
)
def test_a_visitor_behind_a_trusted_proxy_is_counted_by_the_address_it_names(
    trusted: str, forwarded: str, counted: str
) -> None:
    seen: list[str] = []

    async def note(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(client_network(scope))

    config = Config(note, forwarded_allow_ips=trusted_proxies(trusted), lifespan="off", log_config=None)
    config.load()
    assert isinstance(config.loaded_app, ProxyHeadersMiddleware)
    scope = {**scope_of((b"x-forwarded-for", forwarded.encode())), "client": ("127.0.0.1", 1), "scheme": "http"}
    anyio.run(cast("Callable[..., Awaitable[None]]", config.loaded_app), scope, never, never)
    assert seen == [counted]


@pytest.mark.parametrize("written", ["*", "proxy.example.com", "10.0.0.0/99", "10.0.0.1/8"])
def test_proxies_that_are_no_addresses_are_refused(written: str) -> None:
    with pytest.raises(InvalidInputError, match="KB_TRUSTED_PROXIES"):
        trusted_proxies(written)


def gone_request() -> Request:
    async def disconnected() -> Message:
        return {"type": "http.disconnect"}

    return Request(scope_of(), disconnected)


def test_nothing_is_computed_for_a_client_that_left_while_all_threads_were_busy() -> None:
    done: list[str] = []

    async def scenario() -> None:
        limiter = anyio.to_thread.current_default_thread_limiter()
        limiter.total_tokens = 1
        release = threading.Event()
        async with anyio.create_task_group() as group:
            group.start_soon(anyio.to_thread.run_sync, release.wait)
            await anyio.wait_all_tasks_blocked()

            async def leaves() -> None:
                with pytest.raises(ProblemError) as caught:
                    await in_thread(gone_request(), lambda: done.append("wasted"))
                assert caught.value.problem.http_status == 499

            async def waits() -> None:
                await in_thread(Request(scope_of(), never), lambda: done.append("answered"))

            group.start_soon(leaves)
            group.start_soon(waits)
            await anyio.wait_all_tasks_blocked()
            release.set()

    anyio.run(scenario)
    assert done == ["answered"]


def test_work_for_a_client_that_leaves_is_told_to_stop() -> None:
    stopped = threading.Event()

    def work(stop: Any) -> str:
        while not stop.is_set:
            pass
        stopped.set()
        return "ended"

    async def scenario() -> str:
        return await in_thread_until_gone(gone_request(), work)

    assert anyio.run(scenario) == "ended"
    assert stopped.is_set()


def test_a_token_ends_some_day_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    signer = TokenSigner(b"x" * 32)
    token = signer.sign("ans_1")
    signer.check(token, "ans_1")
    now = timed.time.time()
    monkeypatch.setattr(timed.time, "time", lambda: now + 31 * 24 * 3600)
    with pytest.raises(NotAllowedError, match="30 days old"):
        signer.check(token, "ans_1")
    with pytest.raises(NotAllowedError, match="does not belong"):
        TokenSigner(b"x" * 32, "handoff").check(token, "ans_1")
