"""Delivers events to the receivers that the operator named: signed, again and again until they are taken, or given up.

Signatures follow Standard Webhooks (standardwebhooks.com). A receiver may get an event twice, always under the same
``webhook-id``, and in another order than events happened.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpcore
import orjson
import structlog

from api.guarded_http import GuardedBackend, tls_context
from kb.documents import timestamp
from kb.errors import InvalidInputError, KbError
from kb.records.events import Delivery

if TYPE_CHECKING:
    from standardwebhooks import Webhook

    from kb.records.events import Events
    from kb.settings import Settings

# After attempt n the next one comes in FIRST_RETRY * GROWTH ** (n - 1) seconds, at most LONGEST_RETRY, times a random
# factor between 0.5 and 1.5: 5 s, 20 s, 80 s, 5 min, 21 min, 85 min, 6 h, 12 h, 12 h. So an event is given up after
# about a day and a half, a night's outage included.
MAX_ATTEMPTS = 10
FIRST_RETRY, GROWTH, LONGEST_RETRY = 5.0, 4.0, 12 * 3600.0
TIMEOUT = 15.0  # seconds for a whole attempt; Standard Webhooks asks for 15 to 30
_LEASE = 4 * TIMEOUT
_POLL = 1.0
_MIN_SECRET, _MAX_SECRET = 24, 64  # bytes, by Standard Webhooks
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class WebhookOptions:
    """Where and how to deliver. ``signers``: one for each secret, so that a receiver can change over in its own time."""

    targets: tuple[str, ...]
    signers: tuple[Webhook, ...]
    allow_private: bool = False
    timeout: float = TIMEOUT


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an attempt failed. ``final``: the receiver wants no more of it; ``retry_after``: seconds it asks us to wait."""

    error: str
    final: bool = False
    retry_after: float = 0.0


def webhook_options(settings: Settings) -> WebhookOptions | None:
    """What the settings ask for; None without a receiver. Raises ``InvalidInputError``."""
    targets = tuple(dict.fromkeys(part for part in settings.webhook_urls.replace(",", " ").split()))
    if not targets:
        return None
    for target in targets:
        _check_target(target, settings.webhook_allow_private)
    secret = settings.webhook_secret.get_secret_value() if settings.webhook_secret else ""
    signers = tuple(_signer(part) for part in secret.replace(",", " ").split())
    if not signers:
        raise InvalidInputError(
            "KB_WEBHOOK_URLS is set and KB_WEBHOOK_SECRET is not.", "Make a secret with: kb events secret"
        )
    return WebhookOptions(targets, signers, settings.webhook_allow_private)


def _check_target(target: str, allow_private: bool) -> None:
    try:
        parts = urlsplit(target)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and target.isascii()
    except ValueError:
        usable = False
    if not usable:
        raise InvalidInputError(
            f"KB_WEBHOOK_URLS: {target!r} is no address.", "Write it like https://example.com/hook."
        )
    if parts.username is not None or parts.password is not None:
        raise InvalidInputError(
            "KB_WEBHOOK_URLS holds a password.", "Leave it out: receivers know us by the signature of each event."
        )
    if parts.scheme == "http" and not allow_private:
        raise InvalidInputError(
            f"KB_WEBHOOK_URLS: {target} is not encrypted.",
            "Use https, or set KB_WEBHOOK_ALLOW_PRIVATE=true for a receiver in your own network.",
        )


def _signer(secret: str) -> Webhook:
    from standardwebhooks import Webhook

    try:
        import base64

        size = len(base64.b64decode(secret.removeprefix("whsec_") + "==", validate=False))
        if not secret.startswith("whsec_") or not _MIN_SECRET <= size <= _MAX_SECRET:
            raise ValueError(size)
        return Webhook(secret)
    except ValueError:
        raise InvalidInputError(
            f"KB_WEBHOOK_SECRET is no secret of {_MIN_SECRET} to {_MAX_SECRET} bytes.",
            "Make one with: kb events secret",
        ) from None


def event_body(delivery: Delivery) -> bytes:
    """The body of an event, the same bytes in every attempt."""
    return orjson.dumps({"type": delivery.kind, "timestamp": timestamp(delivery.at), "data": delivery.payload})


def retry_delay(attempts: int, spread: float) -> float | None:
    """Seconds until the next attempt after ``attempts`` failed ones; None to give up. ``spread``: uniform in [0, 1).

    >>> [retry_delay(n, 0.5) for n in (1, 2, 8, 10)]
    [5.0, 20.0, 43200.0, None]
    """
    if attempts >= MAX_ATTEMPTS:
        return None
    return min(FIRST_RETRY * GROWTH ** (attempts - 1), LONGEST_RETRY) * (0.5 + spread)


def send(delivery: Delivery, options: WebhookOptions, now: datetime) -> Refusal | None:
    """Make one attempt; None when the receiver has taken the event (2xx). Redirects are not followed."""
    body = event_body(delivery)
    signatures = (signer.sign(delivery.event_id, now, body.decode()) for signer in options.signers)
    headers: dict[bytes | str, bytes | str] = {
        "Content-Type": "application/json",
        "User-Agent": _user_agent(),
        "webhook-id": delivery.event_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
    deadline = time.monotonic() + options.timeout
    backend = GuardedBackend(allow_private=options.allow_private, deadline=deadline)
    limits = dict.fromkeys(("connect", "read", "write", "pool"), options.timeout)
    try:
        with (
            httpcore.ConnectionPool(ssl_context=tls_context(), network_backend=backend) as pool,
            pool.stream(
                "POST", delivery.target, headers=headers, content=body, extensions={"timeout": limits}
            ) as response,
        ):
            return _judge(response.status, response.headers)
    except (httpcore.TimeoutException, TimeoutError):
        return Refusal(f"no answer within {options.timeout:g} s")
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol, OSError) as error:
        return Refusal(str(error) or type(error).__name__)


def _judge(status: int, headers: Iterable[tuple[bytes, bytes]]) -> Refusal | None:
    if 200 <= status < 300:
        return None
    given: Mapping[bytes, bytes] = {name.lower(): value for name, value in headers}
    seconds = given.get(b"retry-after", b"")
    wait = min(float(seconds), LONGEST_RETRY) if seconds.isdigit() else 0.0
    return Refusal(f"status {status}", final=status == 410, retry_after=wait)


class WebhookDeliverer:
    """One thread for each receiver, so that a slow one holds up nobody else. Start it once; close it."""

    def __init__(self, events: Events, options: WebhookOptions) -> None:
        self._events = events
        self._options = options
        self._stopped = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Raise ``StorageError`` when the receivers cannot be written down."""
        self._events.configure(self._options.targets)
        for target in self._options.targets:
            thread = threading.Thread(target=self._run, args=(target,), name="webhooks", daemon=True)
            thread.start()
            self._threads.append(thread)

    def close(self, timeout: float = 5.0) -> None:
        """Stop after the attempts that are running; one that takes longer than ``timeout`` seconds is left behind."""
        self._stopped.set()
        until = time.monotonic() + timeout
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _run(self, target: str) -> None:
        while not self._stopped.is_set():
            try:
                delivery = self._events.claim(target, _LEASE)
                if delivery is None:
                    self._stopped.wait(_POLL)
                else:
                    self._attempt(delivery)
            except Exception as error:  # noqa: BLE001 - the border of a thread: one odd event must not end it
                if not self._stopped.is_set():
                    _log.error(
                        "webhooks.stopped_for_now", error=str(error) if isinstance(error, KbError) else repr(error)
                    )
                self._stopped.wait(10 * _POLL)

    def _attempt(self, delivery: Delivery) -> None:
        try:
            refusal = send(delivery, self._options, datetime.now(UTC))
        except Exception as error:  # noqa: BLE001 - whatever a receiver does, its attempt ends and the next one is planned
            refusal = Refusal(repr(error))
        if refusal is None:
            self._events.delivered(delivery)
            return
        delay = None if refusal.final else retry_delay(delivery.attempts, random.random())
        self._events.failed(delivery, refusal.error, None if delay is None else max(delay, refusal.retry_after))
        if delay is None:
            _log.warning("webhooks.given_up", event_id=delivery.event_id, kind=delivery.kind, error=refusal.error)


@cache
def _user_agent() -> str:
    return f"kb-answers/{version('kb-answers')}"
