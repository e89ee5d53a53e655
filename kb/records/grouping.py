"""What grouping is made of, in the database: the wordings of every gap, what changed in them, and who belongs to whom."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import orjson

from kb.gaps.regroup import Move, Ruled
from kb.gaps.vocabulary import GapStatus
from kb.gaps.wordings import Cell, GapNews, GapWording, unpacked
from kb.records.database import Database, Row, one, rows
from kb.records.history import SYSTEM, add_history
from kb.records.labels import relabel
from kb.records.signals import refresh_causes, root_of

_CLOSED = (GapStatus.RESOLVED, GapStatus.VERIFIED, GapStatus.DISMISSED)
_KEPT_CHANGES = 100_000  # who has seen less reads everything again
_WORDINGS = """
SELECT q.gap_id, q.question_key, q.lang, w.terms, w.vector, w.encoder
FROM gap_questions q JOIN gaps g ON g.id = q.gap_id LEFT JOIN wordings w USING (question_key)
WHERE {condition} ORDER BY q.gap_id, q.question <> g.representative, q.first_at, q.question_key
"""


class Grouping:
    """Gaps as the directory of gaps sees them. ``now``: milliseconds since 1970-01-01 UTC.

    ``settle`` makes what was just logged readable. Every method raises ``StorageError``.
    """

    def __init__(self, database: Database, now: Callable[[], int], settle: Callable[[], None]) -> None:
        self._db = database
        self._now = now
        self._settle = settle

    def news(self, since: int) -> GapNews:
        """What has changed after ``since``, the ``until`` of an earlier answer; everything for a negative one."""
        if since < 0:
            self._settle()
        with self._db.reading() as connection:
            return read_news(connection, since)

    def ruled(self) -> Ruled:
        """What owners have decided, for ``kb.gaps.regroup``."""
        with self._db.reading() as connection:
            return _ruled(connection)

    def apply(self, moves: Sequence[Move], ruled: Ruled) -> int:
        """Let every cell belong to the gap that ``moves`` name, with the reason in the history; return how many moved.

        None does when an owner has decided something since ``ruled`` was read, or a cell is elsewhere by now.
        """
        if not moves:
            return 0
        self._settle()
        with self._db.writing() as connection:
            if _ruled(connection) != ruled or not _still_hold(connection, moves):
                return 0
            _move(connection, moves, self._now())
            connection.execute(
                "DELETE FROM gap_changes WHERE id <= (SELECT max(id) FROM gap_changes) - ?", (_KEPT_CHANGES,)
            )
        return len(moves)

    def relabel(self, gap_ids: Iterable[str]) -> None:
        """Name gaps after their most typical wordings of today."""
        with self._db.writing() as connection:
            for gap_id in gap_ids:
                relabel(connection, root_of(connection, gap_id))


def read_news(connection: sqlite3.Connection, since: int) -> GapNews:
    """See ``Grouping.news``."""
    changes = rows(connection, "SELECT * FROM gap_changes WHERE id > ? ORDER BY id", (since,)) if since >= 0 else []
    pruned = bool(changes) and changes[0]["id"] > since + 1  # older ones were thrown away
    if since < 0 or pruned:
        last = one(connection, "SELECT max(id) AS id FROM gap_changes")
        until = (last["id"] if last is not None else None) or 0
        return GapNews(until, complete=True, cells=_cells(connection, None))
    if not changes:
        return GapNews(since)
    again = {row["gap_id"] for row in changes if row["question_key"] is None}
    cells = _cells(connection, sorted(again))
    gone = again - {cell.gap_id for cell in cells}
    added = [(row["gap_id"], row["question_key"]) for row in changes if row["gap_id"] not in again]
    found = rows(
        connection,
        _WORDINGS.format(
            condition="(q.gap_id, q.question_key) IN (SELECT value ->> 0, value ->> 1 FROM json_each(:added))"
        ),
        {"added": orjson.dumps(added).decode()},
    )
    fresh = tuple(_wording(row) for row in found)
    return GapNews(changes[-1]["id"], cells=cells, gone=sorted(gone), wordings=fresh)


def _cells(connection: sqlite3.Connection, gap_ids: Sequence[str] | None) -> list[Cell]:
    """The cells with these ids, oldest first; None for all."""
    chosen = "1" if gap_ids is None else "{column} IN (SELECT value FROM json_each(:ids))"
    values: dict[str, Any] = {"ids": orjson.dumps(list(gap_ids or ())).decode()}
    wordings: defaultdict[str, list[GapWording]] = defaultdict(list)
    for row in rows(connection, _WORDINGS.format(condition=chosen.format(column="q.gap_id")), values):
        wordings[row["gap_id"]].append(_wording(row))
    found = rows(
        connection,
        "SELECT id, coalesce(merged_into, id) AS root FROM gaps"
        f" WHERE {chosen.format(column='id')} ORDER BY created_at, id",
        values,
    )
    return [Cell(row["id"], row["root"], tuple(wordings[row["id"]])) for row in found]


def _wording(row: Row) -> GapWording:
    return GapWording(
        key=row["question_key"],
        gap_id=row["gap_id"],
        terms=tuple(orjson.loads(row["terms"] or "[]")),
        lang=row["lang"],
        vector=None if row["vector"] is None else unpacked(row["vector"]),
        encoder=row["encoder"],
    )


def _ruled(connection: sqlite3.Connection) -> Ruled:
    held = rows(
        connection,
        "SELECT coalesce(g.merged_into, g.id) AS id FROM gap_history h JOIN gaps g ON g.id = h.gap_id"
        " WHERE h.who <> :system UNION"
        " SELECT id FROM gaps WHERE merged_into IS NULL AND (status <> 'open' OR renamed)",
        {"system": SYSTEM},
    )
    closed = rows(
        connection,
        "SELECT id FROM gaps WHERE merged_into IS NULL AND status IN (SELECT value FROM json_each(?))",
        (orjson.dumps([status.value for status in _CLOSED]).decode(),),
    )
    return Ruled(frozenset(row["id"] for row in held), frozenset(row["id"] for row in closed))


def _still_hold(connection: sqlite3.Connection, moves: Sequence[Move]) -> bool:
    known = {
        row["id"]: row["root"]
        for row in rows(
            connection,
            "SELECT id, coalesce(merged_into, id) AS root FROM gaps WHERE id IN (SELECT value FROM json_each(?))",
            (orjson.dumps(sorted({name for move in moves for name in (move.cell, move.root)})).decode(),),
        )
    }
    return all(known.get(move.cell) == move.before and move.root in known for move in moves)


def _move(connection: sqlite3.Connection, moves: Sequence[Move], now: int) -> None:
    for move in moves:
        target = None if move.root == move.cell else move.root
        connection.execute("UPDATE gaps SET merged_into = ?, updated_at = ? WHERE id = ?", (target, now, move.cell))
    # What was not looked at, for want of wordings, follows the gap it belonged to: one step leads to the gap that stands.
    connection.execute(
        "UPDATE gaps SET merged_into = (SELECT t.merged_into FROM gaps t WHERE t.id = gaps.merged_into)"
        " WHERE merged_into IN (SELECT id FROM gaps WHERE merged_into IS NOT NULL)"
    )
    for move in moves:
        if move.before != move.cell:  # it leaves a gap that goes on
            add_history(connection, move.before, now, who=SYSTEM, field="parted", before=move.cell, note=move.note)
        before = None if move.before == move.cell else move.before
        after = None if move.root == move.cell else move.root
        add_history(
            connection, move.cell, now, who=SYSTEM, field="merged_into", before=before, after=after, note=move.note
        )
    touched = sorted({root_of(connection, gap_id) for move in moves for gap_id in (move.before, move.root)})
    refresh_causes(connection, touched, now)
    for root in touched:
        relabel(connection, root)
