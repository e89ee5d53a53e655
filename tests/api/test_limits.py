"""Rate limits, the concurrency gate, and who is counted as whom."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anyio
import pytest
from asgi_calls import Sent, call
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from api.known_keys import KnownKeys
from api.limits import LimitsMiddleware, RateLimiter, bearer_token, client_network, is_unlimited
from api.requests import BodyLimitMiddleware, RequestMiddleware
from kb.errors import InvalidInputError, StorageError


def limited(
    app: ASGIApp, *, limit: str | None = None, max_concurrency: int = 64, keys: KnownKeys | None = None
) -> ASGIApp:
    limiter = RateLimiter(limit) if limit else None
    inner = LimitsMiddleware(app, limiter=limiter, known_keys=keys or KnownKeys(), max_concurrency=max_concurrency)
    return RequestMiddleware(inner, observe=lambda *_: None)


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("hello")(scope, receive, send)


def ask(app: ASGIApp, path: str = "/v1/search", **fields: Any) -> Sent:
    return anyio.run(lambda: call(app, "GET", path, **fields))


def test_an_address_over_its_allowance_is_told_when_to_come_again() -> None:
    app = limited(hello, limit="2/minute")
    first, second, third = (ask(app) for _ in range(3))
    assert [first.status, second.status, third.status] == [200, 200, 429]
    assert first.headers["ratelimit-policy"] == '"2-in-60s";q=2;w=60'
    assert first.headers["ratelimit"].startswith('"2-in-60s";r=1;t=')
    assert third.json()["code"] == "rate_limited"
    assert 1 <= int(third.headers["retry-after"]) <= 60
    assert third.headers["ratelimit"].startswith('"2-in-60s";r=0;t=')


def test_other_addresses_and_probes_are_not_concerned() -> None:
    app = limited(hello, limit="1/minute")
    assert [ask(app).status, ask(app).status] == [200, 429]
    assert ask(app, client=("192.0.2.7", 1)).status == 200
    probe = ask(app, "/livez")
    assert probe.status == 200
    assert "ratelimit" not in probe.headers


def known(good: set[str], readings: list[None], now: Callable[[], float]) -> KnownKeys:
    def read() -> frozenset[str]:
        readings.append(None)
        return frozenset(good)

    keys = KnownKeys(now)
    keys.follow(read, str.upper)
    return keys


def test_a_new_secret_key_is_not_counted_by_an_address_that_wrong_ones_used_up() -> None:
    now, good, readings = [0.0], {"KB_SK_OLD"}, list[None]()
    app = limited(hello, limit="1/minute", keys=known(good, readings, lambda: now[0]))

    def sent(token: str) -> int:
        now[0] += 1
        return ask(app, headers={"authorization": f"Bearer {token}"}).status

    assert [sent("kb_sk_bad") for _ in range(3)] == [200, 429, 429]
    good.add("KB_SK_NEW")
    assert [sent(token) for token in ("kb_sk_new", "kb_sk_old", "kb_sk_new", "kb_sk_bad")] == [200, 200, 200, 429]
    good.clear()
    now[0] = 70.0
    assert sent("kb_sk_new") == 429


def test_wrong_secret_keys_share_one_reading_and_other_tokens_need_none() -> None:
    readings = list[None]()
    keys = known(set(), readings, lambda: 5.0)  # all come at the same time

    async def together() -> None:
        async with anyio.create_task_group() as group:
            for n in range(20):
                group.start_soon(keys.knows, f"kb_sk_{n}")

    async def others() -> list[bool]:
        return [await keys.knows(token) for token in ("", "none", "kb_pk_x")]

    assert anyio.run(others) == [False] * 3
    assert not readings
    anyio.run(together)
    assert len(readings) == 1


def test_keys_that_cannot_be_read_are_counted_by_address() -> None:
    def broken() -> frozenset[str]:
        raise StorageError("The database is gone.")

    keys = KnownKeys()
    keys.follow(broken, str)
    assert anyio.run(keys.knows, "kb_sk_x") is False
    assert anyio.run(KnownKeys().knows, "kb_sk_x") is False


def test_several_limits_all_count_and_nonsense_is_named() -> None:
    app = limited(hello, limit="100/second; 1/hour")
    assert [ask(app).status, ask(app).status] == [200, 429]
    with pytest.raises(InvalidInputError, match="KB_RATE_LIMIT"):
        RateLimiter("often")


def test_a_full_server_answers_503_at_once_and_recovers() -> None:
    async def scenario() -> tuple[Sent, Sent, Sent]:
        release = anyio.Event()

        async def slow(scope: Scope, receive: Receive, send: Send) -> None:
            await release.wait()
            await hello(scope, receive, send)

        app = limited(slow, max_concurrency=1)
        results: list[Sent] = []

        async def run() -> None:
            results.append(await call(app, "GET", "/v1/search"))

        async with anyio.create_task_group() as group:
            group.start_soon(run)
            await anyio.wait_all_tasks_blocked()
            refused = await call(app, "GET", "/v1/search")
            release.set()
        return results[0], refused, await call(app, "GET", "/v1/search")

    first, refused, after = anyio.run(scenario)
    assert (first.status, refused.status, after.status) == (200, 503, 200)
    assert refused.json()["code"] == "overloaded"
    assert refused.headers["retry-after"] == "1"


@pytest.mark.parametrize(
    ("client", "network"),
    [
        (("192.0.2.1", 5), "192.0.2.1"),
        (("2001:db8:1:2:3:4:5:6", 5), "2001:db8:1:2::/64"),
        (("::ffff:192.0.2.1", 5), "192.0.2.1"),
        (("testclient", 5), "testclient"),
        (None, "unknown"),
    ],
)
def test_a_caller_is_an_address_or_a_home_network(client: tuple[str, int] | None, network: str) -> None:
    assert client_network({"type": "http", "client": client}) == network


@pytest.mark.parametrize(
    ("header", "token"),
    [("Bearer kb_sk_x", "kb_sk_x"), ("bearer  kb_sk_x ", "kb_sk_x"), ("Basic abc", ""), ("", ""), ("Bearer", "")],
)
def test_only_bearer_tokens_are_read(header: str, token: str) -> None:
    assert bearer_token(Headers({"authorization": header})) == token


@pytest.mark.parametrize(
    ("path", "free"), [("/livez", True), ("/static/site.css", True), ("/v1/ask", False), ("/", False)]
)
def test_which_paths_are_limited(path: str, free: bool) -> None:
    assert is_unlimited(path) is free


def body_app() -> ASGIApp:
    async def read(scope: Scope, receive: Receive, send: Send) -> None:
        size = 0
        while True:
            message = await receive()
            size += len(message.get("body", b""))
            if not message.get("more_body"):
                break
        await PlainTextResponse(str(size))(scope, receive, send)

    return RequestMiddleware(BodyLimitMiddleware(read), observe=lambda *_: None)


@pytest.mark.parametrize(("path", "size", "status"), [
    ("/v1/ask", 65_536, 200), ("/v1/ask", 65_537, 413), ("/v1/feedback", 65_537, 413),
    ("/v1/handoffs", 262_144, 200), ("/v1/handoffs", 262_145, 413), ("/v1/index", 1_048_577, 413),
])  # fmt: skip
@pytest.mark.parametrize("declared", [True, False])
def test_bodies_above_the_limit_are_refused_announced_or_not(path: str, size: int, status: int, declared: bool) -> None:
    sent = anyio.run(lambda: call(body_app(), "POST", path, body=b"x" * size, declare_length=declared))
    assert sent.status == status
    if status == 413:
        assert sent.json()["code"] == "payload_too_large"
    else:
        assert sent.body == str(size).encode()
