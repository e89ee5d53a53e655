"""One gap: its questions and history, and the states it goes through."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from kb.errors import ConflictError, InvalidInputError, NotFoundError
from kb.gaps.telling import read_told, worded
from kb.gaps.vocabulary import GapStatus
from kb.records.board import summary_of
from kb.records.checks import load_checks, load_found
from kb.records.clock import from_ms
from kb.records.database import one, rows
from kb.records.gap_values import FIRST_DUE, LAST_DUE, check_label, check_name, due_day
from kb.records.history import add_history, mark_reopened
from kb.records.rows import Gap, GapChange, GapEvent, GapQuestion
from kb.records.signals import root_of

# What a person may do. That a gap is verified is decided by its questions alone.
_WORKED_ON = (GapStatus.ASSIGNED, GapStatus.DRAFTED, GapStatus.RESOLVED, GapStatus.DISMISSED)
TRANSITIONS: Mapping[GapStatus, tuple[GapStatus, ...]] = {
    GapStatus.OPEN: _WORKED_ON,
    GapStatus.ASSIGNED: (GapStatus.OPEN, GapStatus.DRAFTED, GapStatus.RESOLVED, GapStatus.DISMISSED),
    GapStatus.DRAFTED: (GapStatus.ASSIGNED, GapStatus.RESOLVED, GapStatus.DISMISSED),
    GapStatus.RESOLVED: (GapStatus.REOPENED,),
    GapStatus.VERIFIED: (GapStatus.REOPENED,),
    GapStatus.REOPENED: _WORKED_ON,
    GapStatus.DISMISSED: (GapStatus.REOPENED,),
}


def get_gap(connection: sqlite3.Connection, gap_id: str, now: int) -> Gap:
    """The gap ``gap_id`` or the one it was merged into. Raises ``NotFoundError``."""
    root = root_of(connection, gap_id)
    summary = summary_of(connection, root, now)
    members = "(SELECT id FROM gaps WHERE id = :gap OR merged_into = :gap)"
    questions = rows(
        connection,
        "SELECT question_key, question, lang, sum(count) AS n, min(first_at) AS first_at, max(last_at) AS last_at"
        f" FROM gap_questions WHERE gap_id IN {members} GROUP BY question_key ORDER BY n DESC, last_at DESC, question",
        {"gap": root},
    )
    articles = rows(
        connection,
        f"SELECT article_id, count(*) AS n FROM signals WHERE gap_id IN {members} AND article_id IS NOT NULL"
        " GROUP BY article_id ORDER BY n DESC, article_id",
        {"gap": root},
    )
    history = rows(connection, f"SELECT * FROM gap_history WHERE gap_id IN {members} ORDER BY id", {"gap": root})
    return Gap(
        summary=summary,
        questions=tuple(
            GapQuestion(row["question"], row["lang"], row["n"], from_ms(row["first_at"]), from_ms(row["last_at"]))
            for row in questions
        ),
        articles=tuple((row["article_id"], row["n"]) for row in articles),
        history=tuple(
            GapEvent(
                from_ms(row["at"]),
                row["who"],
                row["field"],
                row["before"],
                row["after"],
                worded(row["note"]),
                read_told(row["note"]),
            )
            for row in history
        ),
        checks=tuple(load_checks(connection, root)),
        found=load_found(connection, root),
    )


def update_gap(connection: sqlite3.Connection, gap_id: str, change: GapChange, *, who: str, now: int) -> None:
    """Change what is not None and write down who did, and the note even if nothing changed.

    Raises ConflictError, NotFoundError, InvalidInputError.
    """
    root = root_of(connection, gap_id)
    row = one(connection, "SELECT * FROM gaps WHERE id = ?", (root,))
    if row is None:
        raise NotFoundError(f"There is no gap {gap_id}.", "List the gaps to see their ids.")
    before, status, note = GapStatus(row["status"]), change.status, change.note
    if status is None and (change.owner or change.assignee) and before in (GapStatus.OPEN, GapStatus.REOPENED):
        status = GapStatus.ASSIGNED  # naming somebody is assigning
    if status is not None:
        _check_transition(before, GapStatus(status))
    label = check_label(change.label)
    check_name(change.owner, "owner")
    check_name(change.assignee, "assignee")
    if change.due_on and due_day(change.due_on) is None:
        raise InvalidInputError(
            f"The date {change.due_on!r} cannot be used.", f"Send a day from {FIRST_DUE} to {LAST_DUE}.", "/due_on"
        )
    reason = change.dismissed_reason
    if status is not None and status is not GapStatus.DISMISSED:
        reason = ""  # it said why nothing is done, and now something is
    changes = {
        "status": None if status is None else GapStatus(status).value,
        "dismissed_reason": reason,
        "owner": change.owner,
        "assignee": change.assignee,
        "due_on": change.due_on,
        "label": label,
    }
    for field, after in changes.items():
        if after is not None and after != (row[field] or ""):
            stored = after or None
            connection.execute(f"UPDATE gaps SET {field} = ?, updated_at = ? WHERE id = ?", (stored, now, root))
            if field == "label":
                connection.execute("UPDATE gaps SET renamed = 1 WHERE id = ?", (root,))
            if field == "status":
                mark_reopened(connection, root, GapStatus(after), now, fresh=before is GapStatus.VERIFIED)
            add_history(connection, root, now, who=who, field=field, before=row[field], after=stored, note=note)
            note = ""  # said once, with the first change
    if note:
        add_history(connection, root, now, who=who, field="note", note=note)


def _check_transition(before: GapStatus, after: GapStatus) -> None:
    if after != before and after not in TRANSITIONS[before]:
        allowed = ", ".join(status.value for status in TRANSITIONS[before])
        if after is GapStatus.VERIFIED:
            raise ConflictError(
                "A gap becomes verified when its questions are answered from new text, and in no other way.",
                "Publish the text, then ask for a check; or set the status resolved, which is checked too.",
            )
        raise ConflictError(f"A gap that is {before.value} cannot become {after.value}.", f"It can become: {allowed}.")
