"""What was erased stays erased, also where a line of it was still waiting in a journal."""

from __future__ import annotations

import sqlite3

from kb.records.database import one


def was_erased(
    connection: sqlite3.Connection,
    at: int,
    *,
    conversation_id: str | None,
    visitor: str | None,
    person: str | None = None,
) -> bool:
    """Whether the conversation, the visitor or the person was erased at or after ``at``."""
    found = one(
        connection,
        "SELECT 1 FROM erasures WHERE at >= ?"
        " AND ((kind = 'conversation' AND key = ?) OR (kind = 'visitor' AND key = ?) OR (kind = 'person' AND key = ?))",
        (at, conversation_id, visitor, person),
    )
    return found is not None
