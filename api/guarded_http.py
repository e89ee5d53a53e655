"""Outgoing connections that lead to no private network and end at a deadline, whatever the other side does."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import Any

import httpcore

MAX_REPLY = 1024 * 1024  # bytes read of what a receiver answers
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Whether an IP address may be called without KB_WEBHOOK_ALLOW_PRIVATE: nobody's loopback, local or private network.

    >>> [is_public(a) for a in ("93.184.215.14", "10.0.0.1", "::ffff:127.0.0.1", "64:ff9b::a00:1", "169.254.169.254")]
    [True, False, False, False, False]
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast


class GuardedBackend(httpcore.NetworkBackend):
    """Connects to the very address it has checked, so that a name cannot mean another one a moment later."""

    def __init__(self, *, allow_private: bool, deadline: float) -> None:
        self._inner = httpcore.SyncBackend()
        self._allow_private = allow_private
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        allowed = [address for address in dict.fromkeys(found) if self._allow_private or is_public(address)]
        if not allowed:
            raise httpcore.ConnectError(
                f"{host} is an address of a private network; KB_WEBHOOK_ALLOW_PRIVATE=true allows it"
            )
        return _DeadlineStream(self._first(allowed, port, socket_options), self._deadline)

    def _first(
        self, addresses: Sequence[str], port: int, socket_options: Iterable[httpcore.SOCKET_OPTION] | None
    ) -> httpcore.NetworkStream:
        for address in addresses[:-1]:
            try:
                return self._inner.connect_tcp(address, port, _left(self._deadline) / 2, socket_options=socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return self._inner.connect_tcp(addresses[-1], port, _left(self._deadline), socket_options=socket_options)


class _DeadlineStream(httpcore.NetworkStream):
    """A stream that ends at a time, whatever the other side trickles."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: float) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(self._deadline))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _DeadlineStream(
            self._inner.start_tls(ssl_context, server_hostname, _left(self._deadline)), self._deadline
        )

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


@dataclass(frozen=True, slots=True)
class HttpReply:
    """What a receiver answered. ``headers``: by lower-case name. ``body``: at most ``MAX_REPLY`` bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class ExchangeError(Exception):
    """No answer came; whether the request was carried out is not known, unless ``sent`` is False."""

    def __init__(self, reason: str, *, sent: bool) -> None:
        super().__init__(reason)
        self.sent = sent


def exchange(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    content: bytes | None = None,
    allow_private: bool,
    deadline: float,
    body_wanted: bool = True,
) -> HttpReply:
    """One request and its answer before ``deadline`` (of ``time.monotonic``); its body only if that is wanted.

    Redirects are not followed: a receiver that may not be private must not send us to one that is. Raises ``ExchangeError``.
    """
    backend = GuardedBackend(allow_private=allow_private, deadline=deadline)
    limits = dict.fromkeys(("connect", "read", "write", "pool"), max(0.001, deadline - time.monotonic()))
    sent = {"User-Agent": _user_agent(), **headers}
    try:
        with (
            httpcore.ConnectionPool(ssl_context=tls_context(), network_backend=backend) as pool,
            pool.stream(
                method,
                url,
                headers=[(name.encode(), value.encode()) for name, value in sent.items()],
                content=content,
                extensions={"timeout": limits},
            ) as response,
        ):
            return HttpReply(
                response.status,
                {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers},
                _read(response) if body_wanted else b"",
            )
    except (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.UnsupportedProtocol) as error:
        raise ExchangeError(str(error) or type(error).__name__, sent=False) from error
    except (httpcore.TimeoutException, TimeoutError) as error:
        raise ExchangeError("no answer in time", sent=True) from error
    except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
        raise ExchangeError(str(error) or type(error).__name__, sent=True) from error


def _read(response: httpcore.Response) -> bytes:
    body = b""
    for part in response.iter_stream():
        body += part
        if len(body) >= MAX_REPLY:
            break
    return body[:MAX_REPLY]


@cache
def _user_agent() -> str:
    return f"kb-answers/{version('kb-answers')}"


@cache
def tls_context() -> ssl.SSLContext:
    """What certificates of servers are checked by, made once."""
    return httpcore.default_ssl_context()
