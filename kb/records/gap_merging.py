"""What owners decide about which questions are one need: merging gaps and splitting them. Grouping is bound by both."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence

import orjson

from kb.errors import ConflictError, InvalidInputError, NotFoundError
from kb.gaps.telling import tell
from kb.gaps.vocabulary import OPEN, GapStatus
from kb.ids import new_id
from kb.records.database import Database, Row, one, rows
from kb.records.gap_values import check_label
from kb.records.gaps import get_gap
from kb.records.history import Ruling, add_history, rule
from kb.records.labels import relabel, represent
from kb.records.questions import question_key
from kb.records.rows import Gap
from kb.records.signals import refresh_causes, root_of

_UNKNOWN = "List the gaps to see their ids."


class GapMerging:
    """Merging and splitting. ``now``: milliseconds since 1970-01-01 UTC. Every method raises ``StorageError``."""

    def __init__(self, database: Database, now: Callable[[], int], settle: Callable[[], None]) -> None:
        self._db = database
        self._now = now
        self._settle = settle

    def merge(self, sources: Sequence[str], target: str, *, who: str) -> Gap:
        """Let ``target`` stand for ``sources`` from now on; their ids keep working. Return the gap that remains.

        A verified gap that takes in an open one is open until the questions of both are asked again. Raises
        NotFoundError, ConflictError (nothing to merge).
        """
        self._settle()
        with self._db.writing() as connection:
            kept = _existing(connection, target)
            lost = [root for root in dict.fromkeys(_existing(connection, gap_id) for gap_id in sources) if root != kept]
            if not lost:
                raise ConflictError("A gap cannot be merged into itself.", "Name two different gaps.")
            opened = [root for root in lost if _is_open(connection, root)]
            for root in lost:
                _merge(connection, root, kept, who, self._now())
            if opened:
                _reopen(connection, kept, opened, self._now())
            refresh_causes(connection, [kept], self._now())
            relabel(connection, kept)
            return get_gap(connection, kept, self._now())

    def split(self, gap_id: str, questions: Sequence[str], *, who: str, label: str | None = None) -> Gap:
        """Make a gap of its own of some ``questions`` of a gap, for good; return the new one.

        ``label``: its name, else its most typical wording. The new gap is open and has the owner of the old one. Raises
        NotFoundError, InvalidInputError (not a question of this gap, an unusable label), ConflictError (it would take
        all).
        """
        name = check_label(label)
        self._settle()
        with self._db.writing() as connection:
            root = _existing(connection, gap_id)
            keys = _chosen(connection, root, questions)
            new = _split(connection, root, keys, name, who, self._now())
            return get_gap(connection, new, self._now())


def _existing(connection: sqlite3.Connection, gap_id: str) -> str:
    root = root_of(connection, gap_id)
    if one(connection, "SELECT 1 FROM gaps WHERE id = ?", (root,)) is None:
        raise NotFoundError(f"There is no gap {gap_id}.", _UNKNOWN)
    return root


def _merge(connection: sqlite3.Connection, lost: str, kept: str, who: str, now: int) -> None:
    # Those merged earlier are redirected too, so that one step always leads to the gap that stands.
    connection.execute(
        "UPDATE gaps SET merged_into = ?, updated_at = ? WHERE id = ? OR merged_into = ?", (kept, now, lost, lost)
    )
    add_history(connection, lost, now, who=who, field="merged_into", after=kept)


def _is_open(connection: sqlite3.Connection, gap_id: str) -> bool:
    row = one(connection, "SELECT status FROM gaps WHERE id = ?", (gap_id,))
    return row is not None and GapStatus(row["status"]) in OPEN


def _reopen(connection: sqlite3.Connection, kept: str, opened: Sequence[str], now: int) -> None:
    """Nobody knows yet whether what verified the gap answers those that were open as well.

    Where people had said that the text of the time did not help them, only newer text closes the whole.
    """
    row = one(connection, "SELECT status, coalesce(text_since, created_at) AS since FROM gaps WHERE id = ?", (kept,))
    if row is None or row["status"] != GapStatus.VERIFIED.value:
        return
    note = tell("took_in_open").kept()
    rule(connection, kept, GapStatus.VERIFIED, Ruling(GapStatus.REOPENED, note), now)
    connection.execute(
        "UPDATE gaps SET findable = NULL, text_since = coalesce((SELECT max(text_since) FROM gaps"
        " WHERE id IN (SELECT value FROM json_each(:opened)) AND text_since > :since), text_since) WHERE id = :kept",
        {"kept": kept, "opened": orjson.dumps(list(opened)).decode(), "since": row["since"]},
    )


def _chosen(connection: sqlite3.Connection, root: str, questions: Sequence[str]) -> list[str]:
    """The keys of ``questions``, all of them of this gap and not all that it has."""
    family = "SELECT id FROM gaps WHERE id = :gap OR merged_into = :gap"
    known = {
        row["question_key"]
        for row in rows(connection, f"SELECT question_key FROM gap_questions WHERE gap_id IN ({family})", {"gap": root})
    }
    keys = {question_key(question): position for position, question in enumerate(questions)}
    for key, position in keys.items():
        if key not in known:
            raise InvalidInputError(
                "This is not a question of the gap.",
                f"Send questions as GET /v1/gaps/{root} lists them.",
                f"/questions/{position}",
            )
    if not keys:
        raise InvalidInputError("No question is named.", "Name at least one question of the gap.", "/questions")
    if len(keys) == len(known):
        raise ConflictError("Nothing would be left of the gap.", "Leave it a question, or rename it instead.")
    return sorted(keys)


def _split(
    connection: sqlite3.Connection, root: str, keys: Sequence[str], label: str | None, who: str, now: int
) -> str:
    old = one(connection, "SELECT * FROM gaps WHERE id = ?", (root,))
    assert old is not None, "checked by the caller in the same transaction"
    new = new_id("gap")
    _open_beside(connection, old, new, label, now)
    places = [
        row["id"]
        for row in rows(connection, "SELECT id FROM gaps WHERE id = :gap OR merged_into = :gap", {"gap": root})
    ]
    for key in keys:
        _move_wording(connection, key, places, new)
        connection.execute(
            "INSERT OR REPLACE INTO gap_pins (question_key, gap_id, at, who) VALUES (?, ?, ?, ?)", (key, new, now, who)
        )
    for gap_id in (*places, new):
        represent(connection, gap_id)
    relabel(connection, root)
    relabel(connection, new)  # before anybody is told of it
    note = tell("questions", n=len(keys)).kept()
    add_history(connection, root, now, who=who, field="split", after=new, note=note)
    add_history(connection, new, now, who=who, field="created", before=root, note=note)
    refresh_causes(connection, [root, new], now)
    return new


def _open_beside(connection: sqlite3.Connection, old: Row, new: str, label: str | None, now: int) -> None:
    """A gap that is open since the old one was: what closes it must be newer than that."""
    kept = ("lang", "owner", "category", "opened_at", "text_since")
    values = {name: old[name] for name in kept}
    values |= {
        "id": new,
        "label": label or "",
        "renamed": int(label is not None),
        "status": "open",
        "cause": old["cause"],
        "cause_evidence": "",
        "representative": "",
        "terms": "[]",
        "created_at": now,
        "updated_at": now,
    }
    connection.execute(
        f"INSERT INTO gaps ({', '.join(values)}) VALUES ({', '.join(f':{name}' for name in values)})", values
    )


def _move_wording(connection: sqlite3.Connection, key: str, places: Sequence[str], new: str) -> None:
    """Move one wording with its signals; what the index said to it is asked again in its new gap."""
    chosen = {"key": key, "new": new, "places": orjson.dumps(list(places)).decode()}
    here = "question_key = :key AND gap_id IN (SELECT value FROM json_each(:places))"
    connection.execute(
        "INSERT INTO gap_questions (gap_id, question_key, question, lang, count, first_at, last_at)"
        " SELECT :new, question_key, question, lang, sum(count), min(first_at), max(last_at) FROM gap_questions"
        f" WHERE {here} GROUP BY question_key",
        chosen,
    )
    connection.execute(f"UPDATE signals SET gap_id = :new WHERE {here}", chosen)
    connection.execute(f"DELETE FROM gap_questions WHERE {here}", chosen)
