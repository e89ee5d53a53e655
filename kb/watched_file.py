"""An operator's file beside the articles: a saved change counts at once, a broken file changes nothing."""

from __future__ import annotations

import errno
import os
import stat
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import structlog

from kb.types import Problem

# A look at the file's times costs microseconds, so a change counts well within a second.
_POLL_SECONDS = 0.2
_State = tuple[str, int, int, int]
T = TypeVar("T")

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """What a file says, and how it is read.

    ``read``: from bytes to a value, None with a fatal problem, and what is wrong; at most ``max_bytes + 1`` bytes are given to it.
    ``nothing``: what is in force without a file. ``what``: its name in the log, in the plural.
    """

    file_name: str
    max_bytes: int
    read: Callable[[bytes], tuple[T | None, tuple[Problem, ...]]]
    nothing: T
    what: str


class WatchedFile(Generic[T]):
    """The value in force. Thread-safe; whoever asks keeps what ``current()`` gave them.

    ``folder`` gives the articles folder, None while none is known. ``copy``: where the last good file is kept, so
    that a program that starts beside a broken one goes on with what was in force before.
    """

    def __init__(self, kind: Kind[T], folder: Callable[[], Path | None], copy: Path) -> None:
        self._kind = kind
        self._folder = folder
        self._copy = copy
        self._value: T | None = None
        self._problems: tuple[Problem, ...] = ()
        self._seen: _State | None = None
        self._reading = threading.Lock()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def current(self) -> T:
        """The value in force; without ``follow``, the file is looked at now."""
        held = self._value
        return held if held is not None and self._thread is not None else self.refresh()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the file as it is; with a fatal problem, the last good one is in force."""
        return self._problems

    def refresh(self) -> T:
        """Read the file if it is another than the one seen last. Raises nothing: problems are logged and kept."""
        with self._reading:
            folder = self._folder()
            if folder is None:
                return self._held()
            path = folder / self._kind.file_name
            state = _state(path)
            if self._value is not None and state == self._seen:
                return self._value
            self._seen = state
            if state is None and folder.is_dir():
                self._take(self._kind.nothing, (), None)  # taken away on purpose, not merely out of reach
            else:
                self._read(path)
            return self._held()

    def follow(self) -> None:
        """Watch the file in a background thread until ``close``."""
        if self._thread is None:
            self.refresh()
            self._thread = threading.Thread(target=self._poll, name=f"{self._kind.what}-follower", daemon=True)
            self._thread.start()

    def close(self) -> None:
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _held(self) -> T:
        return self._kind.nothing if self._value is None else self._value

    def _poll(self) -> None:
        while not self._stopped.wait(_POLL_SECONDS):
            self.refresh()

    def _read(self, path: Path) -> None:
        raw = b""
        found: T | None = None
        problems: tuple[Problem, ...]
        try:
            raw = read_bytes(path, self._kind.max_bytes)
            found, problems = self._kind.read(raw)
        except OSError as error:
            problems = (_unreadable(self._kind.file_name, error),)
        if found is not None:
            self._take(found, problems, raw)
            return
        self._problems = problems
        if self._value is None:
            self._value = self._last_good()
        for problem in problems:
            _log.error(f"{self._kind.what}.not_used", path=str(path), line=problem.line, detail=problem.message)

    def _take(self, value: T, problems: tuple[Problem, ...], raw: bytes | None) -> None:
        changed = value != self._held()
        self._value, self._problems = value, problems
        for problem in problems:
            _log.warning(f"{self._kind.what}.doubtful", line=problem.line, detail=problem.message)
        if changed:
            _log.info(f"{self._kind.what}.in_force", file=self._kind.file_name)
        try:
            _keep(self._copy, raw)
        except OSError as error:
            _log.warning(f"{self._kind.what}.copy_not_kept", path=str(self._copy), detail=str(error))

    def _last_good(self) -> T:
        try:
            found, _ = self._kind.read(read_bytes(self._copy, self._kind.max_bytes))
        except OSError:
            found = None
        return self._kind.nothing if found is None else found


def check_file(kind: Kind[T], path: Path) -> tuple[Problem, ...]:
    """What is wrong with the file at ``path``; nothing when there is none."""
    try:
        return kind.read(read_bytes(path, kind.max_bytes))[1]
    except FileNotFoundError:
        return ()
    except OSError as error:
        return (_unreadable(kind.file_name, error),)


def read_bytes(path: Path, most: int) -> bytes:
    """At most one byte more than may be read, which is enough to refuse it. Raises ``OSError``."""
    if not stat.S_ISREG(path.stat().st_mode):  # a pipe would never end
        raise OSError(errno.EINVAL, "Not a regular file")
    with path.open("rb") as file:
        return file.read(most + 1)


def _unreadable(name: str, error: OSError) -> Problem:
    return Problem(name, 0, "unreadable", f"The file cannot be read: {error.strerror or error}.", True)


def _state(path: Path) -> _State | None:
    """What changes whenever the file does; None without one."""
    try:
        status = path.stat()
    except OSError:
        return None
    return (str(path), status.st_mtime_ns, status.st_size, status.st_ino)


def _keep(copy: Path, raw: bytes | None) -> None:
    """Make ``copy`` hold ``raw`` by one rename; without ``raw``, remove it."""
    if raw is None:
        copy.unlink(missing_ok=True)
        return
    if copy.is_file() and copy.read_bytes() == raw:
        return
    temporary = copy.with_name(f"{copy.name}.{os.getpid()}.new")
    temporary.write_bytes(raw)
    temporary.replace(copy)
