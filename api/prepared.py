"""Results that take longer than a page may: made in a thread, kept, and renewed while the old one is shown."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog

_log = structlog.get_logger(__name__)
T = TypeVar("T")


@dataclass(slots=True)
class _Kept:
    value: Any
    at: float  # of time.monotonic


class Prepared:
    """A small store of results by key. Thread-safe; at most ``limit`` results are kept, those used last."""

    def __init__(self, limit: int = 64, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._working: dict[Hashable, Future[Any]] = {}

    def get(
        self,
        key: Hashable,
        make: Callable[[], T],
        *,
        fresh: float,
        wait: float | None = None,
        keep_from: float = 0.0,
    ) -> T | None:
        """The result for ``key``: one that is kept, else what ``make`` returns.

        A result older than ``fresh`` seconds is returned all the same while a thread makes the next one. ``wait``: how
        many seconds to wait for the first one, None for as long as it takes; when that is over, None. ``keep_from``: what
        is made in fewer seconds is not kept, because making it again is no burden. Raises what ``make`` raises.
        """
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None:
                self._kept.move_to_end(key)
            if kept is None or self._clock() - kept.at >= fresh:
                working = self._start(key, make, keep_from)
        if kept is not None:
            value: T = kept.value
            return value
        try:
            made: T = working.result(wait)
        except TimeoutError:
            if working.done():  # raised by ``make`` itself
                raise
            return None
        return made

    def _start(self, key: Hashable, make: Callable[[], Any], keep_from: float) -> Future[Any]:
        working = self._working.get(key)
        if working is None:
            working = self._working[key] = Future()
            threading.Thread(
                target=self._work, args=(key, make, keep_from, working), name="kb-prepare", daemon=True
            ).start()
        return working

    def _work(self, key: Hashable, make: Callable[[], Any], keep_from: float, working: Future[Any]) -> None:
        began = self._clock()
        try:
            value = make()
        except BaseException as error:  # noqa: BLE001 - handed to whoever waits, and logged: nobody may wait
            with self._lock:
                del self._working[key]
            _log.warning("prepare.failed", key=str(key), error=repr(error))
            working.set_exception(error)
            return
        with self._lock:
            self._kept.pop(key, None)
            if self._clock() - began >= keep_from:
                self._kept[key] = _Kept(value, self._clock())
            while len(self._kept) > self._limit:
                self._kept.popitem(last=False)
            del self._working[key]
        working.set_result(value)
