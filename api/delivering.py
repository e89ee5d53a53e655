"""Delivers events: each again and again until its receiver has taken it, or until it is given up.

A receiver may get an event twice, always under the same id, and in another order than events happened.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import structlog

from kb.errors import KbError, StorageError
from kb.records.events import Delivery

if TYPE_CHECKING:
    from kb.records.events import Events

# After attempt n the next one comes in FIRST_RETRY * GROWTH ** (n - 1) seconds, at most LONGEST_RETRY, times a random
# factor between 0.5 and 1.5: 5 s, 20 s, 80 s, 5 min, 21 min, 85 min, 6 h, 12 h, 12 h. So an event is given up after
# about a day and a half, a night's outage included.
MAX_ATTEMPTS = 10
FIRST_RETRY, GROWTH, LONGEST_RETRY = 5.0, 4.0, 12 * 3600.0
TIMEOUT = 15.0  # seconds for a whole attempt; Standard Webhooks asks for 15 to 30
_LEASE = 4 * TIMEOUT
_POLL = 1.0
_START_TRIES = 5  # each waits as long as a writer waits for another process, 5 s
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an attempt failed. ``final``: the receiver wants no more of it; ``retry_after``: seconds it asks us to wait."""

    error: str
    final: bool = False
    retry_after: float = 0.0


# Makes one attempt at a time; None when the receiver has taken the event.
Sender = Callable[[Delivery, datetime], Refusal | None]


def retry_delay(attempts: int, spread: float) -> float | None:
    """Seconds until the next attempt after ``attempts`` failed ones; None to give up. ``spread``: uniform in [0, 1).

    >>> [retry_delay(n, 0.5) for n in (1, 2, 8, 10)]
    [5.0, 20.0, 43200.0, None]
    """
    if attempts >= MAX_ATTEMPTS:
        return None
    return min(FIRST_RETRY * GROWTH ** (attempts - 1), LONGEST_RETRY) * (0.5 + spread)


class Deliverer:
    """One thread for each receiver, so that a slow one holds up nobody else. Start it once; close it."""

    def __init__(
        self,
        events: Events,
        senders: Mapping[str, Sender],
        payload: Callable[[Delivery], Mapping[str, Any]] = lambda delivery: delivery.payload,
    ) -> None:
        """``senders``: by receiver. ``payload``: what is really sent, where that is not written down with the event."""
        self._events = events
        self._senders = dict(senders)
        self._payload = payload
        self._stopped = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Raise ``StorageError`` when the receivers cannot be written down, also after waiting for who holds the database."""
        for tries in range(_START_TRIES, 0, -1):
            try:
                self._events.configure(tuple(self._senders))
                break
            except StorageError as error:  # a backup may hold the database for longer than one writer waits
                if tries == 1:
                    raise
                _log.warning("deliveries.waiting_for_database", error=str(error))
        for target in self._senders:
            thread = threading.Thread(target=self._run, args=(target,), name="deliveries", daemon=True)
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
                        "deliveries.stopped_for_now", error=str(error) if isinstance(error, KbError) else repr(error)
                    )
                self._stopped.wait(10 * _POLL)

    def _attempt(self, delivery: Delivery) -> None:
        try:
            filled = replace(delivery, payload=self._payload(delivery))
            refusal = self._senders[delivery.target](filled, datetime.now(UTC))
        except Exception as error:  # noqa: BLE001 - whatever a receiver does, its attempt ends and the next one is planned
            refusal = Refusal(repr(error))
        if refusal is None:
            self._events.delivered(delivery)
            return
        delay = None if refusal.final else retry_delay(delivery.attempts, random.random())
        self._events.failed(delivery, refusal.error, None if delay is None else max(delay, refusal.retry_after))
        if delay is None:
            _log.warning("deliveries.given_up", event_id=delivery.event_id, kind=delivery.kind, error=refusal.error)
