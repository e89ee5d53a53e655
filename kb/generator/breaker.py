"""Whether an endpoint that keeps failing is asked again: a circuit breaker (M. Nygard, Release It!, 2007)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Breaker:
    """Closed after a success; opens after ``failures`` in a row; lets one call try again after a pause that doubles. Thread-safe.

    ``pause`` and ``longest`` are seconds; ``clock`` is monotonic.
    """

    def __init__(
        self,
        *,
        failures: int = 3,
        pause: float = 30.0,
        longest: float = 600.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit, self._first, self._longest, self._clock = failures, pause, longest, clock
        self._lock = threading.Lock()
        self._in_a_row = 0
        self._pause = pause
        self._open_until = 0.0

    def allows(self) -> bool:
        """Whether a call may be made now. The first one after a pause holds the others back until it is judged."""
        with self._lock:
            if self._in_a_row < self._limit:
                return True
            if self._clock() < self._open_until:
                return False
            self._open_until = self._clock() + self._pause
            return True

    def succeeded(self) -> None:
        with self._lock:
            self._in_a_row, self._pause = 0, self._first

    def failed(self) -> None:
        with self._lock:
            self._in_a_row += 1
            if self._in_a_row < self._limit:
                return
            if self._in_a_row > self._limit:
                self._pause = min(2 * self._pause, self._longest)
            self._open_until = self._clock() + self._pause

    @property
    def paused_for(self) -> float:
        """Seconds until the next try; 0 while calls are made."""
        with self._lock:
            return max(0.0, self._open_until - self._clock()) if self._in_a_row >= self._limit else 0.0
