"""What became of a gap, and who said so: one line for each change, written in the transaction of the change."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from kb.gaps.telling import worded
from kb.gaps.vocabulary import GapStatus
from kb.records.happenings import write_gap_event

SYSTEM = "system"  # who changed it, when nobody did


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a gap becomes without a person, and the sentence that says why, as it is kept (``kb.gaps.telling``).

    ``fresh``: what closed it before has not helped, so only text that is newer than this ruling closes it again.
    """

    status: GapStatus
    note: str
    fresh: bool = False


def add_history(
    connection: sqlite3.Connection,
    gap_id: str,
    at: int,
    *,
    who: str,
    field: str,
    before: str | None = None,
    after: str | None = None,
    note: str = "",
) -> None:
    connection.execute(
        "INSERT INTO gap_history (gap_id, at, who, field, before, after, note) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (gap_id, at, who, field, before, after, note),
    )
    write_gap_event(connection, gap_id, at, who=who, field=field, after=after, note=worded(note))


def rule(connection: sqlite3.Connection, gap_id: str, before: GapStatus, ruling: Ruling, at: int) -> None:
    """Let ``ruling`` stand for a gap that is ``before`` now."""
    after = ruling.status
    if after is before:
        return
    connection.execute("UPDATE gaps SET status = ?, updated_at = ? WHERE id = ?", (after.value, at, gap_id))
    mark_reopened(connection, gap_id, after, at, fresh=ruling.fresh)
    values = {"before": before.value, "after": after.value, "note": ruling.note}
    add_history(connection, gap_id, at, who=SYSTEM, field="status", **values)


def mark_reopened(connection: sqlite3.Connection, gap_id: str, status: GapStatus, at: int, *, fresh: bool) -> None:
    """A gap that was reopened counts as open since then; ``fresh``: and what closes it must be newer than that."""
    if status is GapStatus.REOPENED:
        connection.execute("UPDATE gaps SET opened_at = ? WHERE id = ?", (at, gap_id))
        if fresh:
            connection.execute("UPDATE gaps SET text_since = ? WHERE id = ?", (at, gap_id))
