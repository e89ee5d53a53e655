"""Sends events to the receivers that the operator named, signed.

Signatures follow Standard Webhooks (standardwebhooks.com). A receiver may get an event twice, always under the same
``webhook-id``, and in another order than events happened.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpcore
import orjson

from api.delivering import LONGEST_RETRY, TIMEOUT, Refusal, Sender
from api.guarded_http import GuardedBackend, tls_context
from kb.documents import timestamp
from kb.errors import InvalidInputError
from kb.records.events import Delivery

if TYPE_CHECKING:
    from standardwebhooks import Webhook

    from kb.settings import Settings

_MIN_SECRET, _MAX_SECRET = 24, 64  # bytes, by Standard Webhooks


@dataclass(frozen=True, slots=True)
class WebhookOptions:
    """Where and how to deliver. ``signers``: one for each secret, so that a receiver can change over in its own time."""

    targets: tuple[str, ...]
    signers: tuple[Webhook, ...]
    allow_private: bool = False
    timeout: float = TIMEOUT


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


def webhook_senders(options: WebhookOptions) -> dict[str, Sender]:
    """How to reach each receiver."""
    return {target: lambda delivery, now: send(delivery, options, now) for target in options.targets}


def event_body(delivery: Delivery) -> bytes:
    """The body of an event, the same bytes in every attempt."""
    return orjson.dumps({"type": delivery.kind, "timestamp": timestamp(delivery.at), "data": delivery.payload})


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


@cache
def _user_agent() -> str:
    return f"kb-answers/{version('kb-answers')}"
