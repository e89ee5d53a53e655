"""The shape of the database, step by step. A step that was released is never edited: add the next one.

All times are integer milliseconds since 1970-01-01 UTC. Lists and documents are JSON text.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

from kb.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlite_utils import Database
    from sqlite_utils.migrations import Migrations

SCHEMA = Path(__file__).parent / "schema"
# Each step is one file, and its name orders it: 0002_gap_loop.sql comes after 0001_initial.sql.
STEPS: tuple[tuple[str, str], ...] = tuple(
    (file.stem, file.read_text(encoding="utf-8")) for file in sorted(SCHEMA.glob("*.sql"))
)


def migrate(db: Database) -> None:
    """Bring ``db`` to the newest shape inside one exclusive transaction.

    Raises ``StorageError`` for a database that a newer program has written.
    """
    migrations = _registered()
    known = {name for name, _ in STEPS}
    applied = {step.name for step in migrations.applied(db)}
    newer = sorted(applied - known)
    if newer:
        raise StorageError(
            f"The database was written by a newer version (it has {newer[-1]}, this program ends at {STEPS[-1][0]}).",
            "Run the newer version, or point --data at another folder.",
        )
    if applied == known:
        return
    # Immediate, so that of two processes that start at once the second waits and then finds nothing to do; each step
    # runs in a savepoint inside. Foreign keys stay as the connection set them: they cannot change in a transaction.
    db.execute("BEGIN IMMEDIATE")
    try:
        migrations.apply(db)
    except BaseException:
        db.rollback()
        raise
    db.commit()


def _registered() -> Migrations:
    from sqlite_utils.migrations import Migrations

    migrations = Migrations("kb.records")
    for name, sql in STEPS:

        def step(db: Database, sql: str = sql) -> None:
            for statement in _statements(sql):
                db.execute(statement)

        migrations(name=name)(step)
    return migrations


def _statements(sql: str) -> Iterator[str]:
    """One statement after another, triggers included; each ends with a line.

    The ``executescript`` of sqlite3 would commit what was begun, and that of sqlite-utils asks after every character.
    """
    begun = ""
    for line in sql.splitlines(keepends=True):
        begun += line
        if sqlite3.complete_statement(begun):
            yield begun
            begun = ""
    if begun.strip():
        yield begun
