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
