"""One SQLite database: one writing connection, as many reading ones as there are readers, errors in our own words.

Durability: write-ahead log with ``synchronous=FULL``. A commit is in the file system before the call returns, so it
survives ``kill -9``, and it was flushed to the disk, so it survives a power cut on a disk that honours flushes.
``NORMAL`` would lose the last commits in a power cut; the flush costs a fraction of a millisecond on a solid-state
disk, only votes and owners' changes wait for it (answers go through the journal), and those are rare.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kb.errors import StorageError
from kb.records.migrations import migrate

if TYPE_CHECKING:
    from sqlite_utils import Database as SqliteUtils

Row = sqlite3.Row
_IDLE_READERS = 8


class Database:
    """Thread-safe access to the database file at ``path``; made, and brought to the newest shape, when needed.

    ``busy_timeout``: seconds to wait for another process that is writing. Raises ``StorageError``.
    """

    def __init__(self, path: Path, busy_timeout: float = 5.0) -> None:
        self._path = path
        self._busy_timeout = busy_timeout
        self._write_lock = threading.RLock()
        self._pool_lock = threading.Lock()
        self._idle: list[sqlite3.Connection] = []
        self._closed = False
        with translated(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = self._connect()
            try:
                self._prepare()
            except BaseException:
                self._writer.close()
                raise

    def _prepare(self) -> None:
        from sqlite_utils import Database as SqliteUtils

        db: SqliteUtils = SqliteUtils(self._writer, recursive_triggers=False, execute_plugins=False)
        db.enable_wal()
        # Erased text is overwritten with zeros instead of waiting for its page to be reused.
        self._writer.execute("PRAGMA secure_delete = ON")
        self._writer.execute("PRAGMA foreign_keys = ON")
        migrate(db)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, timeout=self._busy_timeout, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA synchronous = FULL")
        return connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction on the only writing connection: committed at the end, rolled back on any exception."""
        with self._write_lock, translated(self._path):
            self._refuse_closed()
            # Immediate: the lock is taken before the first read, so a read-then-write cannot fail half way with "busy".
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one consistent state for the length of the block and cannot write."""
        with translated(self._path):
            connection = self._borrow()
            try:
                connection.execute("BEGIN")
                yield connection
            finally:
                self._give_back(connection)

    def _borrow(self) -> sqlite3.Connection:
        with self._pool_lock:
            self._refuse_closed()
            if self._idle:
                return self._idle.pop()
        connection = self._connect()
        connection.execute("PRAGMA query_only = ON")
        return connection

    def _give_back(self, connection: sqlite3.Connection) -> None:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        with self._pool_lock:
            if not self._closed and len(self._idle) < _IDLE_READERS:
                self._idle.append(connection)
                return
        connection.close()

    def forget(self) -> None:
        """Move everything out of the write-ahead log and empty it, so that erased text is not left there."""
        with self._write_lock, translated(self._path):
            self._refuse_closed()
            self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        with self._write_lock, self._pool_lock:
            self._closed = True
            for connection in self._idle:
                connection.close()
            self._idle.clear()
            self._writer.close()

    def _refuse_closed(self) -> None:
        if self._closed:
            raise StorageError("The records are closed.", "Open them again.")


def rows(connection: sqlite3.Connection, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> list[Row]:
    """Run a query and return all its rows, readable by column name."""
    cursor = connection.cursor()
    cursor.row_factory = sqlite3.Row
    return cursor.execute(sql, parameters).fetchall()


def one(connection: sqlite3.Connection, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> Row | None:
    """Run a query and return its first row, or None."""
    found = rows(connection, sql, parameters)
    return found[0] if found else None


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn the errors of SQLite and of the file system into ``StorageError`` with what to do about them."""
    try:
        yield
    except (sqlite3.OperationalError, sqlite3.DatabaseError, OSError) as error:
        if isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError):
            raise  # a mistake of ours, which no operator can repair
        raise StorageError(f"The database {path} cannot be used: {error}.", _hint(str(error))) from error


def _hint(message: str) -> str:
    text = message.lower()
    if "locked" in text or "busy" in text:
        return "Another process is writing to it for a long time: wait and try again, or stop that process."
    if "full" in text or "no space" in text:
        return "The disk is full: free some space and try again."
    if "readonly" in text or "read-only" in text or "permission" in text or "unable to open" in text:
        return "Make the data folder and the files in it writable for this user."
    if "malformed" in text or "not a database" in text:
        return "The file is damaged or is something else: restore a backup, or move it away to start with an empty one."
    return "Check the disk and the rights on the data folder, then try again."
