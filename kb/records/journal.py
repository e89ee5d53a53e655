"""Append-only files that hold what was logged until the database has it.

A line is one ``write`` to a file opened with ``O_APPEND``: once the call returns, the line is the operating system's
and survives ``kill -9`` (a power cut may take the lines of the last moments: nothing is flushed here, an answer does
not wait for a disk). A file is written by one process, which holds a ``flock`` on it for as long as it lives. When the
lines are to move to the database the file is sealed, the next line opens a new one, and the sealed file is deleted
after the commit. A crash between commit and deletion leaves lines that are already stored; whoever stores them again
must ignore known ids.

A file whose lock can be had belongs to a process that died: its lines are adopted by the next process that looks.
"""

from __future__ import annotations

import errno
import fcntl
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kb.ids import new_id

_SUFFIX = ".jsonl"
REJECTED = "rejected.txt"  # another suffix, so that it is never taken for a journal


@dataclass(slots=True)
class JournalFile:
    """One journal file this process holds the lock of."""

    path: Path
    descriptor: int
    size: int

    def lines(self) -> Iterator[bytes]:
        """The complete lines, without their line ends; a torn last line is left out."""
        return read_lines(self.path)


class Journal:
    """The journal files in ``folder``: one of this process's own to append to, those sealed, those adopted. Thread-
    safe."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._current: JournalFile | None = None
        self._sealed: list[JournalFile] = []

    def append(self, line: bytes) -> None:
        """Add ``line`` (without a line end). Raises ``OSError`` with nothing of it left (disk full, read-only)."""
        record = line + b"\n"
        with self._lock:
            if self._current is None:
                self._current = self._create()
            current = self._current
            try:
                if os.write(current.descriptor, record) != len(record):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            except OSError:
                self._take_back(current)
                raise
            current.size += len(record)

    def _take_back(self, current: JournalFile) -> None:
        try:
            os.ftruncate(current.descriptor, current.size)
        except OSError:
            # Half a line may stay at the end, where it does no harm: nothing is appended behind it.
            self._sealed.append(current)
            self._current = None

    def _create(self) -> JournalFile:
        self._folder.mkdir(parents=True, exist_ok=True)
        while True:
            path = self._folder / f"{new_id('jrn')}{_SUFFIX}"
            descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600)
            # Between creating and locking another process may have taken the empty file for an orphan and deleted it.
            if _try_lock(descriptor) and os.fstat(descriptor).st_nlink == 1:
                return JournalFile(path, descriptor, 0)
            os.close(descriptor)

    def seal(self) -> list[JournalFile]:
        """Close the current file to new lines and return all files that wait to be stored, oldest first."""
        with self._lock:
            if self._current is not None:
                self._sealed.append(self._current)
                self._current = None
            return list(self._sealed)

    def done(self, file: JournalFile) -> None:
        """Delete a sealed file: its lines are stored."""
        with self._lock:
            self._sealed.remove(file)
        file.path.unlink(missing_ok=True)
        os.close(file.descriptor)  # after deleting: who gets the lock must find the file gone

    def adopt(self) -> None:
        """Take over the files of processes that died; they come out of the next ``seal``."""
        for path in self.others():
            try:
                descriptor = os.open(path, os.O_RDWR)
            except FileNotFoundError:
                continue
            if _try_lock(descriptor) and os.fstat(descriptor).st_nlink == 1:
                with self._lock:
                    self._sealed.append(JournalFile(path, descriptor, os.fstat(descriptor).st_size))
            else:
                os.close(descriptor)

    def others(self) -> list[Path]:
        """Files in the folder that this process does not hold: of living processes and of dead ones."""
        with self._lock:
            own = {file.path for file in self._sealed}
            if self._current is not None:
                own.add(self._current.path)
        try:
            names = sorted(os.listdir(self._folder))
        except FileNotFoundError:
            return []
        return [path for name in names if name.endswith(_SUFFIX) and (path := self._folder / name) not in own]

    def reject(self, line: bytes) -> None:
        """Keep a line that the database would not take. Raises ``OSError``."""
        self._folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._folder / REJECTED, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, line + b"\n")
        finally:
            os.close(descriptor)

    def forget_rejected(self) -> None:
        """Delete the rejected lines."""
        (self._folder / REJECTED).unlink(missing_ok=True)

    def release(self) -> None:
        """Give up the locks and leave the files, for the next process to adopt."""
        with self._lock:
            for file in [*self._sealed, *([self._current] if self._current else [])]:
                os.close(file.descriptor)
            self._sealed.clear()
            self._current = None


def read_lines(path: Path) -> Iterator[bytes]:
    """The complete lines of a journal file, without line ends; nothing when the file is gone."""
    try:
        stream = path.open("rb")
    except FileNotFoundError:
        return
    with stream:
        for line in stream:
            if line.endswith(b"\n"):
                yield line[:-1]


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
