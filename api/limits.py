"""How much one address and all callers together may ask for: rate limits and the concurrency gate.

Headers follow draft-ietf-httpapi-ratelimit-headers-10 (structured fields ``RateLimit`` and ``RateLimit-Policy``).
"""

from __future__ import annotations

import hashlib
import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.problems import ProblemDetails, ProblemError
from api.requests import context_of
from kb.errors import InvalidInputError

if TYPE_CHECKING:
    from limits import RateLimitItem

# Probes must answer when everything else is refused; a page must not use up a visitor's allowance with its style sheet.
UNLIMITED_PATHS = frozenset({"/livez", "/readyz", "/metrics", "/openapi.json", "/favicon.ico", "/robots.txt"})
UNLIMITED_PREFIXES = ("/static/", "/widget/")
_KNOWN_KEYS = 1024
_KNOWN_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left after one request; ``retry_after`` is 0 when it was allowed, else whole seconds to wait."""

    retry_after: int
    policy: str
    state: str


class RateLimiter:
    """Counts requests per address in fixed windows (limits package), in the memory of this process."""

    def __init__(self, notation: str) -> None:
        """Take limits as the package of that name writes them: ``120/minute``. Raises ``InvalidInputError``."""
        # Here, not above: importing the application should not cost what only a running one needs.
        from limits import parse_many
        from limits.storage import MemoryStorage
        from limits.strategies import FixedWindowRateLimiter

        try:
            self._items: tuple[RateLimitItem, ...] = tuple(parse_many(notation))
        except ValueError:
            raise InvalidInputError(
                f"KB_RATE_LIMIT is {notation!r}, which is no rate limit.", "Write it like 120/minute."
            ) from None
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._policy = ", ".join(f"{_name(i)};q={i.amount};w={i.get_expiry()}" for i in self._items)

    def hit(self, address: str) -> Allowance:
        """Count one request of ``address`` against every window."""
        retry_after = 0
        states = []
        for item in self._items:
            allowed = self._limiter.hit(item, address)
            reset_at, remaining = self._limiter.get_window_stats(item, address)
            seconds = max(1, math.ceil(reset_at - time.time()))
            states.append(f"{_name(item)};r={max(0, remaining)};t={seconds}")
            if not allowed:
                retry_after = max(retry_after, seconds)
        return Allowance(retry_after, self._policy, ", ".join(states))


class SignInLimiter:
    """Counts attempts to sign in, by name and address and by address alone, in the memory of this process.

    A moving window, because a fixed one lets twice as many through around its edge.
    """

    def __init__(self, by_name: str = "5/minute; 20/hour", by_address: str = "100/hour") -> None:
        from limits import parse_many
        from limits.storage import MemoryStorage
        from limits.strategies import MovingWindowRateLimiter

        self._by_name, self._by_address = tuple(parse_many(by_name)), tuple(parse_many(by_address))
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def attempt(self, name: str, address: str) -> int:
        """Count one attempt. Return whole seconds to wait, 0 when it is allowed."""
        wait = 0
        counted = [(i, _person(name, address)) for i in self._by_name] + [(i, (address,)) for i in self._by_address]
        for item, who in counted:
            if not self._limiter.hit(item, *who):
                reset_at, _ = self._limiter.get_window_stats(item, *who)
                wait = max(wait, 1, math.ceil(reset_at - time.time()))
        return wait

    def forget(self, name: str, address: str) -> None:
        """Whoever has signed in is no guesser."""
        for item in self._by_name:
            self._limiter.clear(item, *_person(name, address))


class KnownKeys:
    """Remembers for a minute which bearer tokens were good secret keys, as hashes.

    It only decides who is counted by address; every request is still checked against the stored keys.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._seen: OrderedDict[bytes, float] = OrderedDict()
        self._now = now

    def remember(self, token: str) -> None:
        self._seen[_digest(token)] = self._now() + _KNOWN_SECONDS
        self._seen.move_to_end(_digest(token))
        while len(self._seen) > _KNOWN_KEYS:
            self._seen.popitem(last=False)

    def __contains__(self, token: str) -> bool:
        return self._seen.get(_digest(token), 0.0) > self._now()


class LimitsMiddleware:
    """Answers 429 to an address over its allowance and 503 to everyone while the server is full."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        limiter: RateLimiter | None,
        known_keys: KnownKeys,
        max_concurrency: int,
        on_refused: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.app = app
        self.limiter = limiter
        self.known_keys = known_keys
        self.max_concurrency = max_concurrency
        self.on_refused = on_refused
        self.in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or is_unlimited(scope["path"]):
            await self.app(scope, receive, send)
            return
        self._count(scope)
        if self.in_flight >= self.max_concurrency:
            self.on_refused("overloaded")
            raise ProblemError(
                ProblemDetails("overloaded", "Too many requests are being worked on. Try again shortly.")
            )
        self.in_flight += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self.in_flight -= 1

    def _count(self, scope: Scope) -> None:
        if self.limiter is None or bearer_token(Headers(scope=scope)) in self.known_keys:
            return
        allowance = self.limiter.hit(client_network(scope))
        context_of(scope).headers.update({"RateLimit-Policy": allowance.policy, "RateLimit": allowance.state})
        if allowance.retry_after:
            self.on_refused("rate_limited")
            raise ProblemError(
                ProblemDetails(
                    "rate_limited",
                    f"Too many requests from this address. Try again in {allowance.retry_after} s.",
                    headers={"Retry-After": str(allowance.retry_after)},
                )
            )


def is_unlimited(path: str) -> bool:
    return path in UNLIMITED_PATHS or path.startswith(UNLIMITED_PREFIXES)


def bearer_token(headers: Headers) -> str:
    """The bearer token of a request (RFC 6750), or an empty string."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def client_network(scope: Scope) -> str:
    """The caller's IPv4 address, or the /64 network of an IPv6 address: a home owns that many."""
    client = scope.get("client")
    host = client[0] if client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host or "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((int(address) >> 64 << 64, 64)))
    return str(address)


def _person(name: str, address: str) -> tuple[str, str]:
    # A hash: the counters need no names, and somebody may have typed the password there.
    return _digest(name.strip().casefold()).hex(), address


def _name(item: RateLimitItem) -> str:
    return f'"{item.amount}-in-{item.get_expiry()}s"'


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
