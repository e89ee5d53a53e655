"""How much one address and all callers together may ask for: rate limits and the concurrency gate.

Headers follow draft-ietf-httpapi-ratelimit-headers-10 (structured fields ``RateLimit`` and ``RateLimit-Policy``).
"""

from __future__ import annotations

import ipaddress
import math
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.known_keys import KnownKeys
from api.problems import ProblemDetails, ProblemError
from api.requests import context_of
from kb.errors import InvalidInputError

if TYPE_CHECKING:
    from limits import RateLimitItem

# Probes must answer when everything else is refused; a page must not use up a visitor's allowance with its style sheet.
UNLIMITED_PATHS = frozenset({"/livez", "/readyz", "/metrics", "/openapi.json", "/favicon.ico", "/robots.txt"})
UNLIMITED_PREFIXES = ("/static/", "/widget/")
PLATFORM_PREFIX = "/v1/inbound/"  # a platform sends what all its visitors say from one address, and proves who it is
SEND_SECONDS = 30.0  # in which a client has to make room for the next piece of its response


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left after one request; ``retry_after`` is 0 when it was allowed, else whole seconds to wait."""

    retry_after: int
    policy: str
    state: str


class RateLimiter:
    """Counts requests of each caller in fixed windows (limits package), in the memory of this process."""

    def __init__(self, notation: str, *, setting: str = "KB_RATE_LIMIT", label: str = "") -> None:
        """Take limits as the package of that name writes them: ``120/minute``. Raises ``InvalidInputError``.

        ``label``: begins the names of the policies, where one response reports several limiters.
        """
        # Here, not above: importing the application should not cost what only a running one needs.
        from limits import parse_many
        from limits.storage import MemoryStorage
        from limits.strategies import FixedWindowRateLimiter

        try:
            self._items: tuple[RateLimitItem, ...] = tuple(parse_many(notation))
        except ValueError:
            raise InvalidInputError(
                f"{setting} is {notation!r}, which is no rate limit.", "Write it like 120/minute."
            ) from None
        self._storage = MemoryStorage()
        self._limiter = FixedWindowRateLimiter(self._storage)
        self._label = label
        self._policy = ", ".join(f"{self._name(i)};q={i.amount};w={i.get_expiry()}" for i in self._items)

    def hit(self, caller: str) -> Allowance:
        """Count one request of ``caller``, an address or a key, against every window."""
        retry_after = 0
        states = []
        for item in self._items:
            allowed = self._limiter.hit(item, caller)
            reset_at, remaining = self._limiter.get_window_stats(item, caller)
            seconds = max(1, math.ceil(reset_at - time.time()))
            states.append(f"{self._name(item)};r={max(0, remaining)};t={seconds}")
            if not allowed:
                retry_after = max(retry_after, seconds)
        return Allowance(retry_after, self._policy, ", ".join(states))

    def give_back(self, caller: str) -> None:
        """Take one request of ``caller`` out of every window again."""
        for item in self._items:
            self._storage.decr(item.key_for(caller))

    def _name(self, item: RateLimitItem) -> str:
        return f'"{self._label}{item.amount}-in-{item.get_expiry()}s"'


class KeyLimits:
    """Counts the requests of each key: against its own limit, else against the one for all keys."""

    def __init__(self, everyone: str) -> None:
        """``everyone``: notation of the limit for keys that have none of their own; "" for none. Raises ``InvalidInputError``."""
        self._everyone = everyone
        self._limiters = {everyone: self._limiter(everyone, "KB_KEY_RATE_LIMIT")} if everyone else {}

    def hit(self, key_id: str, own: str | None) -> Allowance | None:
        """Count one request; None for a key without any limit. ``own``: the notation that is stored with the key."""
        notation = own or self._everyone
        if not notation:
            return None
        limiter = self._limiters.get(notation)
        if limiter is None:
            limiter = self._limiters.setdefault(notation, self._limiter(notation, "The limit of this key"))
        return limiter.hit(key_id)

    @staticmethod
    def _limiter(notation: str, setting: str) -> RateLimiter:
        return RateLimiter(notation, setting=setting, label="key-")


@dataclass(frozen=True, slots=True)
class Tighter:
    """A limit of its own for calls that visitors make rarely and abusers often: ``path`` matches the whole path of a POST.

    ``accepted_only``: a request that is refused costs nothing of it, so that mistakes keep no good request out.
    """

    path: re.Pattern[str]
    limiter: RateLimiter
    accepted_only: bool = False


@dataclass(slots=True)
class Cost:
    """What one request of ``network`` has taken from limits that refused requests cost nothing of."""

    network: str = ""
    limiters: Sequence[RateLimiter] = ()

    def give_back(self) -> None:
        """Once; later calls do nothing."""
        for limiter in self.limiters:
            limiter.give_back(self.network)
        self.limiters = ()


VOTES = re.compile(r"/v1/feedback|/answers/[^/]+/vote|/articles/.+/vote")
HANDOFFS = re.compile(r"/v1/handoffs|/person")


def report(scope: Scope, allowance: Allowance) -> None:
    """Add what is left to the headers of whatever response follows."""
    headers = context_of(scope).headers
    for name, value in (("RateLimit-Policy", allowance.policy), ("RateLimit", allowance.state)):
        headers[name] = f"{headers[name]}, {value}" if name in headers else value


def refused(allowance: Allowance, whose: str) -> ProblemError:
    """The 429 for a caller over its allowance; ``whose``: "this address", "this key"."""
    detail = f"Too many requests from {whose}. Try again in {allowance.retry_after} s."
    return ProblemError(ProblemDetails("rate_limited", detail, headers={"Retry-After": str(allowance.retry_after)}))


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
        tighter: Sequence[Tighter] = (),
    ) -> None:
        self.app = app
        self.limiter = limiter
        self.tighter = tighter
        self.known_keys = known_keys
        self.max_concurrency = max_concurrency
        self.on_refused = on_refused
        self.in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or is_unlimited(scope["path"]):
            await self.app(scope, receive, send)
            return
        cost = await self._count(scope)
        entered = False

        async def send_counted(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] >= 400:
                cost.give_back()
            await send(message)

        def enter() -> None:
            nonlocal entered
            if self.in_flight >= self.max_concurrency:
                self.on_refused("overloaded")
                raise ProblemError(
                    ProblemDetails("overloaded", "Too many requests are being worked on. Try again shortly.")
                )
            entered = True
            self.in_flight += 1

        async def receive_whole() -> Message:
            message = await receive()
            if not entered and message["type"] == "http.request" and not message.get("more_body", False):
                enter()
            return message

        # Who sends a body takes a place once it is here: a few that trickle in must not keep everybody else out.
        try:
            if not _has_body(scope):
                enter()
            await self.app(
                scope, receive if entered else receive_whole, _timely(send_counted if cost.limiters else send)
            )
        except Exception:
            cost.give_back()
            raise
        finally:
            self.in_flight -= entered

    async def _count(self, scope: Scope) -> Cost:
        """Count the request; what it has cost of the limits for accepted ones. Raises ``ProblemError``."""
        if self.limiter is None or scope["path"].startswith(PLATFORM_PREFIX):
            return Cost()
        if await self.known_keys.knows(bearer_token(Headers(scope=scope))):
            return Cost()
        network = client_network(scope)
        rules = [rule for rule in self.tighter if scope["method"] == "POST" and rule.path.fullmatch(scope["path"])]
        allowances = [limiter.hit(network) for limiter in (self.limiter, *(rule.limiter for rule in rules))]
        for allowance in allowances:
            report(scope, allowance)
        # Counted first and given back later: many at the same time are not let through because none is answered yet.
        cost = Cost(network, [rule.limiter for rule in rules if rule.accepted_only])
        worst = max(allowances, key=lambda allowance: allowance.retry_after)
        if worst.retry_after:
            cost.give_back()
            self.on_refused("rate_limited")
            raise refused(worst, "this address")
        return cost


def _has_body(scope: Scope) -> bool:
    """Whether a body is announced (RFC 9112, 6.3)."""
    headers = Headers(scope=scope)
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


def _timely(send: Send) -> Send:
    """``send`` that gives up on a client which does not read, and so frees what its response holds."""

    async def send_timely(message: Message) -> None:
        with anyio.move_on_after(SEND_SECONDS) as waiting:
            await send(message)
        if waiting.cancelled_caught:
            raise OSError("The client does not read its response.")

    return send_timely


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
