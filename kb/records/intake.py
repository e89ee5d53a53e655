"""From the journal to the database, behind the answer's back."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from kb.errors import StorageError
from kb.records.journal import Journal, read_lines
from kb.records.rows import Health

Entry = dict[str, Any]
# Stores entries in one transaction, ignoring known ids; returns the positions of those it could not take.
Store = Callable[[Sequence[Entry]], Sequence[int]]


@dataclass(frozen=True, slots=True)
class IntakeLimits:
    """``pause``: seconds in which lines gather before they are stored. ``batch``: entries in one transaction.

    ``backlog``: entries kept in memory while the journal cannot be written. ``pending``: newest entries that can be
    read before they are stored; older ones wait in the journal alone. ``retry``: seconds between attempts after a
    failure.
    """

    pause: float = 0.1
    batch: int = 500
    backlog: int = 1000
    pending: int = 5000
    retry: float = 2.0


DEFAULT_LIMITS = IntakeLimits()


class Intake:
    """Takes entries in microseconds and hands them to ``store`` from one background thread. Thread-safe.

    An entry is a JSON object with a unique string ``id``. ``log`` never raises: what goes wrong is counted in
    ``health``.
    """

    def __init__(self, folder: Path, store: Store, limits: IntakeLimits = DEFAULT_LIMITS) -> None:
        self._journal = Journal(folder)
        self._store = store
        self._limits = limits
        self._lock = threading.Lock()
        self._storing = threading.Lock()
        self._pending: OrderedDict[str, Entry] = OrderedDict()
        self._backlog: deque[Entry] = deque()
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._dropped = self._rejected = self._journal_failures = self._database_failures = 0
        self._last_error = ""
        self._journal.adopt()
        if self._journal.seal():
            self._start()

    def log(self, entry: Entry) -> None:
        """Accept ``entry``: written to the journal when this returns, else kept in memory and counted as a failure."""
        try:
            line = orjson.dumps(entry)
        except TypeError as error:  # a lone surrogate or a value that is not JSON: no later attempt can succeed
            self._note("dropped", error)
            return
        with self._lock:  # first, so that storing it cannot come before it is known to wait
            self._pending[entry["id"]] = entry
            if len(self._pending) > self._limits.pending:
                self._pending.popitem(last=False)
        try:
            self._journal.append(line)
        except OSError as error:
            self._note("journal", error)
            self._keep_in_memory(entry)
        self._start()
        self._wake.set()

    def _keep_in_memory(self, entry: Entry) -> None:
        with self._lock:
            if len(self._backlog) < self._limits.backlog:
                self._backlog.append(entry)
            else:
                self._dropped += 1
                self._pending.pop(entry["id"], None)

    def pending(self, entry_id: str) -> Entry | None:
        """The entry with this id if it waits to be stored."""
        with self._lock:
            return self._pending.get(entry_id)

    def pending_of(self, key: str, value: str) -> list[Entry]:
        """Waiting entries whose ``key`` is ``value``, oldest first."""
        with self._lock:
            return [entry for entry in self._pending.values() if entry.get(key) == value]

    def flush(self) -> None:
        """Store everything logged by this process so far. Raises ``StorageError``; nothing is lost then."""
        with self._storing:
            try:
                for file in self._journal.seal():
                    self._store_lines(file.lines())
                    self._journal.done(file)
                self._store_backlog()
            except StorageError as error:
                self._note("database", error)
                raise
            except OSError as error:
                self._note("journal", error)
                raise StorageError(f"The journal cannot be read: {error}.", "Check the disk.") from error
            with self._lock:
                if not self._backlog:
                    self._last_error = ""

    def absorb(self) -> None:
        """Store what other processes have logged too: those that died are adopted, those alive are read along.

        Their own flush finds the ids known. Raises ``StorageError``.
        """
        self._journal.adopt()
        self.flush()
        with self._storing:
            for path in self._journal.others():
                self._store_lines(read_lines(path), theirs=True)

    def _store_lines(self, lines: Iterator[bytes], theirs: bool = False) -> None:
        while batch := list(islice(lines, self._limits.batch)):
            entries: list[Entry] = []
            kept: list[bytes] = []
            for line in batch:
                entry = _parse(line)
                if entry is not None:
                    entries.append(entry)
                    kept.append(line)
                elif not theirs:
                    self._reject(line)
            refused = self._store(entries)
            if not theirs:
                for position in refused:
                    self._reject(kept[position])
                self._forget(entries)

    def _store_backlog(self) -> None:
        with self._lock:
            entries = list(self._backlog)
        if entries:
            for position in self._store(entries):
                self._reject(orjson.dumps(entries[position]))
            with self._lock:
                for _ in entries:
                    self._backlog.popleft()
            self._forget(entries)

    def _forget(self, entries: Iterable[Entry]) -> None:
        with self._lock:
            for entry in entries:
                self._pending.pop(entry["id"], None)

    def _reject(self, line: bytes) -> None:
        with self._lock:
            self._rejected += 1
        self._journal.reject(line)

    def forget_rejected(self) -> None:
        self._journal.forget_rejected()

    def health(self) -> Health:
        with self._lock:
            return Health(
                ok=not (self._backlog or self._last_error),
                waiting=len(self._pending),
                backlog=len(self._backlog),
                dropped=self._dropped,
                rejected=self._rejected,
                journal_failures=self._journal_failures,
                database_failures=self._database_failures,
                last_error=self._last_error,
            )

    def _note(self, what: str, error: Exception) -> None:
        with self._lock:
            self._last_error = str(error)
            if what == "journal":
                self._journal_failures += 1
            elif what == "database":
                self._database_failures += 1
            else:
                self._dropped += 1

    def _start(self) -> None:
        with self._lock:
            if self._thread is None and not self._stop.is_set():
                self._thread = threading.Thread(target=self._run, name="kb-records-intake", daemon=True)
                self._wake.set()
                self._thread.start()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.wait()
            self._stop.wait(self._limits.pause)
            self._wake.clear()
            if self._stop.is_set():
                return
            try:
                self.flush()
            except Exception as error:  # noqa: BLE001 - the border of a thread: it must live to try again
                if not isinstance(error, StorageError):
                    self._note("database", error)
                self._wake.set()
                self._stop.wait(self._limits.retry)

    def close(self) -> None:
        """Store what waits if possible; what is not stored stays in the journal for the next start. Never raises."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
        try:
            self.flush()
        except StorageError:
            pass  # counted, and the journal files stay
        finally:
            self._journal.release()


def _parse(line: bytes) -> Entry | None:
    try:
        entry = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return entry if isinstance(entry, dict) and isinstance(entry.get("id"), str) else None
