"""What a served process does by itself, again and again, in one thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Round:
    """Something to do at the start and then every ``seconds``. When it fails it is logged and done again next time."""

    name: str
    seconds: float
    run: Callable[[], object]


class Rounds:
    """Makes each of ``rounds`` in turn until it is closed."""

    def __init__(self, rounds: Sequence[Round]) -> None:
        self._rounds = rounds
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="rounds", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self, timeout: float = 10.0) -> None:
        """Stop after the round that is running; one that takes longer than ``timeout`` seconds is left behind."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def _run(self) -> None:
        due = {each.name: time.monotonic() for each in self._rounds}
        while not self._stopped.is_set():
            for each in self._rounds:
                if due[each.name] <= time.monotonic() and not self._stopped.is_set():
                    _make(each)
                    due[each.name] = time.monotonic() + each.seconds
            self._stopped.wait(max(0.0, min(due.values()) - time.monotonic()) if due else None)


def _make(each: Round) -> None:
    try:
        each.run()
    except Exception as error:  # noqa: BLE001 - the border of a thread: the other rounds must go on
        _log.error("round.failed", round=each.name, error=repr(error))
