"""Journal lines to rows: each by its type, all in one transaction, and none lost to a bad one beside it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from kb.records.database import Database
from kb.records.intake import Entry
from kb.records.questions import store_question
from kb.records.signals import refresh_causes
from kb.records.visits import store_opening, store_search

# Journal lines by their type; those of the first version had none.
_STORES = {"answer": store_question, "search": store_search, "opening": store_opening}
# What a journal line raises that is JSON and yet no answer (written by another version, damaged).
_NOT_AN_ANSWER = (
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    OverflowError,
    sqlite3.IntegrityError,
    sqlite3.InterfaceError,
    sqlite3.ProgrammingError,
)


def store_entries(database: Database, entries: Sequence[Entry], now: int) -> list[int]:
    """Store journal entries; return the positions of those that are no answers. Raises ``StorageError``.

    ``now``: milliseconds since 1970-01-01 UTC.
    """
    refused: list[int] = []
    touched: set[str] = set()
    if not entries:
        return refused
    with database.writing() as connection:
        for position, entry in enumerate(entries):
            try:
                touched |= _in_savepoint(connection, entry)
            except _NOT_AN_ANSWER:
                refused.append(position)
        refresh_causes(connection, sorted(touched), now)
    return refused


def _in_savepoint(connection: sqlite3.Connection, entry: Entry) -> set[str]:
    """One bad line must not take the lines around it with it."""
    connection.execute("SAVEPOINT entry")
    try:
        return _STORES[entry.get("type", "answer")](connection, entry)
    except BaseException:
        connection.execute("ROLLBACK TO entry")
        raise
    finally:
        connection.execute("RELEASE entry")
