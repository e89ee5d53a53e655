"""How often somebody may try to sign in."""

from __future__ import annotations

import hashlib
import math
import time


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


def _person(name: str, address: str) -> tuple[str, str]:
    # A hash: the counters need no names, and somebody may have typed the password there.
    return hashlib.sha256(name.strip().casefold().encode("utf-8", "surrogatepass")).hexdigest(), address
