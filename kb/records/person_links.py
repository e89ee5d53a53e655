"""That a person had a conversation, noted in the transaction that stores what was said in it."""

from __future__ import annotations

import sqlite3


def link_person(connection: sqlite3.Connection, person: str, conversation_id: str, at: int) -> None:
    """Note that ``person`` (``visitors.person_key``) had this conversation at ``at`` (ms)."""
    connection.execute(
        "INSERT INTO person_conversations (person, conversation_id, first_at, last_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET first_at = min(first_at, excluded.first_at), last_at = max(last_at, excluded.last_at)",
        (person, conversation_id, at, at),
    )
