"""Sends events to the receivers that the operator named, signed.

Signatures follow Standard Webhooks (standardwebhooks.com). A receiver may get an event twice, always under the same
``webhook-id``, and in another order than events happened.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import orjson

from api.delivering import LONGEST_RETRY, TIMEOUT, Refusal, Sender
from api.guarded_http import ExchangeError, HttpReply, exchange
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
    return replace(signing_options(settings), targets=targets)


def signing_options(settings: Settings) -> WebhookOptions:
    """How events are signed, for receivers that are named elsewhere. Raises ``InvalidInputError``."""
    secret = settings.webhook_secret.get_secret_value() if settings.webhook_secret else ""
    signers = tuple(_signer(part) for part in secret.replace(",", " ").split())
    if not signers:
        raise InvalidInputError(
            "KB_WEBHOOK_URLS is set and KB_WEBHOOK_SECRET is not.", "Make a secret with: kb events secret"
        )
    return WebhookOptions((), signers, settings.webhook_allow_private)


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
    return post_signed(delivery.target, delivery, options, now)


def post_signed(url: str, delivery: Delivery, options: WebhookOptions, now: datetime) -> Refusal | None:
    """Send an event to ``url`` as ``send`` does; for a receiver whose address is not the name of its deliveries."""
    body = event_body(delivery)
    signatures = (signer.sign(delivery.event_id, now, body.decode()) for signer in options.signers)
    headers = {
        "Content-Type": "application/json",
        "webhook-id": delivery.event_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
    deadline = time.monotonic() + options.timeout
    try:
        reply = exchange(
            "POST",
            url,
            headers=headers,
            content=body,
            allow_private=options.allow_private,
            deadline=deadline,
            body_wanted=False,  # the status says all
        )
    except ExchangeError as error:
        return Refusal(str(error))
    return refusal_of(reply)


def refusal_of(reply: HttpReply) -> Refusal | None:
    """What an answer means for a delivery: None for 2xx; 410 says that the receiver is gone for good."""
    if 200 <= reply.status < 300:
        return None
    seconds = reply.headers.get("retry-after", "")
    wait = min(float(seconds), LONGEST_RETRY) if seconds.isdecimal() and seconds.isascii() else 0.0
    return Refusal(f"status {reply.status}", final=reply.status == 410, retry_after=wait)
