"""Taking out what must not be kept: by age, by conversation, by visitor."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

import orjson

from kb.records.article_votes import remove_article_votes
from kb.records.database import one, rows
from kb.records.feedback import recount_wording
from kb.records.handoffs import remove_handoffs
from kb.records.happenings import forget_gap_words
from kb.records.labels import relabel, represent
from kb.records.rollups import roll_up, roll_up_gap
from kb.records.rows import Removed
from kb.records.signals import refresh_causes, root_of

_SPOKEN_FOR = (
    "SELECT 1 FROM signals WHERE gap_id IN (SELECT id FROM gaps WHERE id = :gap OR merged_into = :gap) LIMIT 1"
)


def purge(connection: sqlite3.Connection, before: int, now: int) -> Removed:
    """Remove every question and signal older than ``before``, and gaps that have no signal left; reports keep what
    ``rollups.py`` says."""
    roll_up(connection, before)
    removed = _remove(connection, "at < :limit", {"limit": before}, now)
    connection.execute("DELETE FROM erasures WHERE at < ?", (before,))
    connection.execute("DELETE FROM person_conversations WHERE last_at < ?", (before,))
    return removed


def erase(connection: sqlite3.Connection, column: str, value: str, now: int) -> Removed:
    """Remove what belongs to a ``conversation_id`` or a ``visitor``, and refuse journal lines of it that come later."""
    return erase_all(connection, column, [value], now, remembered=[value])


def erase_all(
    connection: sqlite3.Connection, column: str, values: Sequence[str], now: int, *, remembered: Sequence[str]
) -> Removed:
    """Remove what belongs to any of ``values``, conversations or visitors; lines of those ``remembered`` are refused later."""
    kind = {"conversation_id": "conversation", "visitor": "visitor"}[column]
    connection.executemany(
        "INSERT OR REPLACE INTO erasures (kind, key, at) VALUES (?, ?, ?)", [(kind, value, now) for value in remembered]
    )
    chosen = orjson.dumps(list(values)).decode()
    removed = _remove(connection, f"{column} IN (SELECT value FROM json_each(:values))", {"values": chosen}, now)
    if column == "conversation_id":
        connection.execute(
            "DELETE FROM person_conversations WHERE conversation_id IN (SELECT value FROM json_each(?))", (chosen,)
        )
    return removed


def _remove(connection: sqlite3.Connection, condition: str, values: dict[str, Any], now: int) -> Removed:
    # A vote's signal can be younger than its question; it quotes it, so it goes with it.
    chosen = f"({condition}) OR answer_id IN (SELECT id FROM questions WHERE {condition})"
    touched = rows(connection, f"SELECT DISTINCT gap_id, question_key, question FROM signals WHERE {chosen}", values)
    signals = connection.execute(f"DELETE FROM signals WHERE {chosen}", values).rowcount
    votes = connection.execute(
        f"DELETE FROM votes WHERE answer_id IN (SELECT id FROM questions WHERE {condition})", values
    ).rowcount
    votes += remove_article_votes(connection, condition, values)
    searches, openings = _remove_visits(connection, condition, values)
    handoffs = remove_handoffs(connection, chosen, values)  # it quotes its answers as well
    questions = connection.execute(f"DELETE FROM questions WHERE {condition}", values).rowcount
    for row in touched:
        recount_wording(connection, row["gap_id"], row["question_key"])
    gap_ids = sorted({row["gap_id"] for row in touched})
    forget_gap_words(connection, sorted({*gap_ids, *(root_of(connection, gap_id) for gap_id in gap_ids)}))
    gone = _remove_empty_gaps(connection, gap_ids)
    left = [gap_id for gap_id in gap_ids if gap_id not in gone]
    for gap_id in left:
        _forget_words(connection, gap_id, [row["question"] for row in touched])
    refresh_causes(connection, {root_of(connection, gap_id) for gap_id in left}, now)
    return Removed(
        questions=questions,
        votes=votes,
        signals=signals,
        gaps=len(gone),
        searches=searches,
        openings=openings,
        handoffs=handoffs,
    )


def _remove_visits(connection: sqlite3.Connection, condition: str, values: dict[str, Any]) -> tuple[int, int]:
    """Remove searches and openings, while the questions they belong to are still there; return how many of each."""
    if condition.startswith("conversation_id"):  # a search belongs to none; an opening to that of its answer
        openings = connection.execute(
            f"DELETE FROM openings WHERE source_id IN (SELECT id FROM questions WHERE {condition})", values
        ).rowcount
        return 0, openings
    searches = connection.execute(f"DELETE FROM searches WHERE {condition}", values).rowcount
    return searches, connection.execute(f"DELETE FROM openings WHERE {condition}", values).rowcount


def _remove_empty_gaps(connection: sqlite3.Connection, gap_ids: Sequence[str]) -> set[str]:
    """Delete those of the gaps that nothing speaks for any more. One that stands for others stays while they do."""
    gone: set[str] = set()
    for gap_id in gap_ids:
        root = root_of(connection, gap_id)
        family = [row["id"] for row in rows(connection, "SELECT id FROM gaps WHERE merged_into = ?", (root,))]
        spoken = one(connection, _SPOKEN_FOR, {"gap": root}) is not None
        for candidate in dict.fromkeys((gap_id, root) if spoken else (*family, root)):
            empty = one(
                connection,
                "SELECT 1 FROM gaps WHERE id = :gap AND NOT EXISTS (SELECT 1 FROM signals WHERE gap_id = :gap)"
                " AND NOT EXISTS (SELECT 1 FROM gaps WHERE merged_into = :gap)",
                {"gap": candidate},
            )
            if empty is not None:
                roll_up_gap(connection, candidate)
                connection.execute("DELETE FROM gaps WHERE id = ?", (candidate,))
                gone.add(candidate)
    return gone


def _forget_words(connection: sqlite3.Connection, gap_id: str, gone: Sequence[str]) -> None:
    """A gap must not keep the words of questions that are gone: not as its name, its history or its representative."""
    represent(connection, gap_id)
    root = root_of(connection, gap_id)
    for row in rows(connection, "SELECT id FROM gaps WHERE id = :gap OR merged_into = :gap", {"gap": root}):
        relabel(connection, row["id"])
    for side in ("before", "after"):
        connection.execute(
            f"UPDATE gap_history SET {side} = NULL WHERE field = 'label' AND {side} IN (SELECT value FROM json_each(?))"
            f" AND {side} NOT IN (SELECT question FROM gap_questions WHERE question = {side})"
            f" AND NOT EXISTS (SELECT 1 FROM gaps g WHERE g.id = gap_history.gap_id AND g.renamed AND g.label = {side})",
            (orjson.dumps(sorted(gone)).decode(),),
        )
    _forget_quoted(connection, root, gone)


def _forget_quoted(connection: sqlite3.Connection, root: str, gone: Sequence[str]) -> None:
    """Take questions that nobody else has asked out of the notes that say why a gap was verified or reopened."""
    # As it stands in a sentence, and as it is written inside kept values (``kb.gaps.telling``).
    forms = {(question, text) for question in gone for text in (question, orjson.dumps(question).decode()[1:-1])}
    for question, text in sorted(forms):
        connection.execute(
            "UPDATE gap_history SET note = replace(note, :quoted, '“[removed]”')"
            " WHERE gap_id IN (SELECT id FROM gaps WHERE id = :gap OR merged_into = :gap) AND instr(note, :quoted)"
            " AND NOT EXISTS (SELECT 1 FROM gap_questions WHERE question = :question AND gap_id IN"
            " (SELECT id FROM gaps WHERE id = :gap OR merged_into = :gap))",
            {"gap": root, "question": question, "quoted": f"“{text}”"},
        )
