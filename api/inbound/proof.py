"""Who calls the inbound doors: a secret that the platform repeats, or a signature that it makes."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time

from pydantic import SecretStr
from starlette.requests import Request

_AGE = 300  # seconds that a signature is good for, as in Standard Webhooks


def secrets_in(setting: SecretStr | None) -> tuple[str, ...]:
    """Several while changing, separated by commas or spaces."""
    return tuple(setting.get_secret_value().replace(",", " ").split()) if setting else ()


def repeats_secret(request: Request, secrets: tuple[str, ...]) -> bool:
    """Whether the request holds one of ``secrets``: as ``?token=``, ``X-KB-Token``, bearer token or Basic password."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    tokens = [request.query_params.get("token", ""), request.headers.get("x-kb-token", "")]
    if scheme.lower() == "bearer":
        tokens.append(given.strip())
    if scheme.lower() == "basic":
        tokens.append(_password(given))
    return any(token and _same(token, secret) for token in tokens for secret in secrets)


def chatwoot_signed(request: Request, body: bytes, secrets: tuple[str, ...], now: float | None = None) -> bool:
    """Whether Chatwoot signed ``body``: HMAC-SHA-256 of ``{timestamp}.{body}`` in hexadecimal behind ``sha256=``, in the header
    X-Chatwoot-Signature, with the Unix time in X-Chatwoot-Timestamp ("Verifying webhook signatures", Chatwoot's user guide)."""
    given, at = request.headers.get("x-chatwoot-signature", ""), request.headers.get("x-chatwoot-timestamp", "")
    if not (at.isascii() and at.isdecimal()) or abs((now or time.time()) - int(at[:12])) > _AGE:
        return False
    signed = at.encode() + b"." + body
    return any(_same(given, f"sha256={hmac.digest(s.encode(), signed, hashlib.sha256).hex()}") for s in secrets)


def _same(given: str, known: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), known.encode("utf-8", "surrogatepass"))


def _password(given: str) -> str:
    try:
        return base64.b64decode(given.strip(), validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""
