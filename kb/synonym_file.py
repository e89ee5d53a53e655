"""The operator's ``synonyms.yaml`` beside the articles: a saved change counts at once, a broken file changes nothing."""

from __future__ import annotations

import errno
import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import structlog

from kb.text.synonym_yaml import FILE_NAME, MAX_BYTES, read_synonyms
from kb.text.synonyms import NO_SYNONYMS, Synonyms
from kb.types import Problem

# A look at the file's times costs microseconds, so a change counts well within a second.
_POLL_SECONDS = 0.2
_State = tuple[str, int, int, int]

_log = structlog.get_logger(__name__)


class SynonymFile:
    """The synonyms in force. Thread-safe; whoever asks keeps what ``current()`` gave them.

    ``folder`` gives the articles folder, None while none is known. ``copy``: where the last good file is kept, so
    that a program that starts beside a broken one goes on with the words that were in force before.
    """

    def __init__(self, folder: Callable[[], Path | None], copy: Path) -> None:
        self._folder = folder
        self._copy = copy
        self._synonyms: Synonyms | None = None
        self._problems: tuple[Problem, ...] = ()
        self._seen: _State | None = None
        self._reading = threading.Lock()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def current(self) -> Synonyms:
        """The synonyms in force; without ``follow``, the file is looked at now."""
        held = self._synonyms
        return held if held is not None and self._thread is not None else self.refresh()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the file as it is; with a fatal problem, the last good one is in force."""
        return self._problems

    def refresh(self) -> Synonyms:
        """Read the file if it is another than the one seen last. Raises nothing: problems are logged and kept."""
        with self._reading:
            folder = self._folder()
            if folder is None:
                return self._synonyms or NO_SYNONYMS
            path = folder / FILE_NAME
            state = _state(path)
            if self._synonyms is not None and state == self._seen:
                return self._synonyms
            self._seen = state
            if state is None and folder.is_dir():
                self._take(NO_SYNONYMS, (), None)  # taken away on purpose, not merely out of reach
            else:
                self._read(path)
            return self._synonyms or NO_SYNONYMS

    def follow(self) -> None:
        """Watch the file in a background thread until ``close``."""
        if self._thread is None:
            self.refresh()
            self._thread = threading.Thread(target=self._poll, name="synonym-follower", daemon=True)
            self._thread.start()

    def close(self) -> None:
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _poll(self) -> None:
        while not self._stopped.wait(_POLL_SECONDS):
            self.refresh()

    def _read(self, path: Path) -> None:
        raw = b""
        found: Synonyms | None = None
        problems: tuple[Problem, ...]
        try:
            raw = _read_bytes(path)
            found, problems = read_synonyms(raw)
        except OSError as error:
            problems = (_unreadable(error),)
        if found is not None:
            self._take(found, problems, raw)
            return
        self._problems = problems
        if self._synonyms is None:
            self._synonyms = self._last_good()
        for problem in problems:
            _log.error(
                "synonyms.not_used",
                path=str(path),
                line=problem.line,
                detail=problem.message,
                in_force=len(self._synonyms.entries),
            )

    def _take(self, synonyms: Synonyms, problems: tuple[Problem, ...], raw: bytes | None) -> None:
        changed = synonyms.entries != (self._synonyms or NO_SYNONYMS).entries
        self._synonyms, self._problems = synonyms, problems
        for problem in problems:
            _log.warning("synonyms.doubtful", line=problem.line, detail=problem.message)
        if changed:
            _log.info("synonyms.in_force", entries=len(synonyms.entries))
        try:
            _keep(self._copy, raw)
        except OSError as error:
            _log.warning("synonyms.copy_not_kept", path=str(self._copy), detail=str(error))

    def _last_good(self) -> Synonyms:
        try:
            return read_synonyms(_read_bytes(self._copy))[0] or NO_SYNONYMS
        except OSError:
            return NO_SYNONYMS


def check_synonyms(folder: Path) -> tuple[Problem, ...]:
    """What is wrong with the ``synonyms.yaml`` of an articles folder; nothing when there is none."""
    try:
        return read_synonyms(_read_bytes(folder / FILE_NAME))[1]
    except FileNotFoundError:
        return ()
    except OSError as error:
        return (_unreadable(error),)


def _unreadable(error: OSError) -> Problem:
    return Problem(FILE_NAME, 0, "unreadable", f"The file cannot be read: {error.strerror or error}.", True)


def _read_bytes(path: Path) -> bytes:
    """At most one byte more than may be read, which is enough to refuse it."""
    if not stat.S_ISREG(path.stat().st_mode):  # a pipe would never end
        raise OSError(errno.EINVAL, "Not a regular file")
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


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
