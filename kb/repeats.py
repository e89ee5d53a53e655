"""A question that is sent twice under one key of its caller is answered once: the second time with what is stored."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from kb.errors import ConflictError
from kb.records import Records

Document = dict[str, Any]


class Repeats:
    """Finds the answer to a question that was sent before. Thread-safe. ``sign`` makes the feedback token of an answer."""

    def __init__(self, records: Records, sign: Callable[[str], str]) -> None:
        self._records = records
        self._sign = sign
        self._lock = threading.Lock()
        self._asking: dict[str, tuple[threading.Lock, int]] = {}  # by key: who holds it, and how many hold or wait

    def find(self, request: tuple[str, str] | None) -> Document | None:
        """The document of the answer that was given to ``request`` (``request_of``); None: it is asked for the first time.

        Raises ``ConflictError`` when its key was used for another question.
        """
        found = None if request is None else self._records.repeated(request[0])
        if request is None or found is None:
            return None
        was_sent, document = found
        if was_sent != request[1]:
            raise ConflictError(
                "This Idempotency-Key was used for another question.", "Make a new key for every new question."
            )
        return {**document, "feedback_token": self._sign(document["id"])}

    @contextmanager
    def alone(self, request: tuple[str, str] | None) -> Iterator[None]:
        """Let one at a time ask under a key: who comes while the first is still being answered waits for that answer."""
        if request is None:
            yield
            return
        key = request[0]
        with self._lock:
            held, count = self._asking.get(key, (threading.Lock(), 0))
            self._asking[key] = (held, count + 1)
        try:
            with held:
                yield
        finally:
            with self._lock:
                _, count = self._asking[key]
                if count == 1:
                    del self._asking[key]
                else:
                    self._asking[key] = (held, count - 1)


def request_of(scope: str, key: str, sent: str) -> tuple[str, str]:
    """What is kept of a caller's key: its hash within ``scope``, because two callers may choose the same one, and ``sent``, a hash
    of what was sent under it."""
    return hashlib.sha256(f"{len(scope)}:{scope}{key}".encode("utf-8", "surrogatepass")).hexdigest(), sent
