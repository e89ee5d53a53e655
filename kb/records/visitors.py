"""A key that counts people without knowing them."""

from __future__ import annotations

import hashlib
import hmac
from datetime import date


def visitor_key(secret: bytes, address: str, user_agent: str, day: date) -> str:
    """Return 32 hex digits that are equal for the same address and browser on the same ``day`` only.

    HMAC-SHA256 (RFC 2104) under a key derived from ``secret`` and the day: without the secret the address cannot be
    found by trying them all, and keys of different days cannot be joined.
    """
    daily = hmac.digest(secret, b"visitor:" + day.isoformat().encode(), hashlib.sha256)
    # The length in front keeps ("a", "bc") and ("ab", "c") apart.
    message = f"{len(address)}:{address}{user_agent}".encode("utf-8", "surrogatepass")
    return hmac.digest(daily, message, hashlib.sha256).hex()[:32]


def person_key(secret: bytes, ref: str) -> str:
    """Return 64 hex digits for the person whom a trusted caller calls ``ref``: the same on every day and in every channel.

    HMAC-SHA256 (RFC 2104) under a key derived from ``secret``: names, addresses and numbers are easily tried one by one, but not
    without the secret. Cannot be joined with the visitor keys, which change daily.
    """
    return hmac.digest(hmac.digest(secret, b"person.v1", hashlib.sha256), _bytes(ref), hashlib.sha256).hex()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
