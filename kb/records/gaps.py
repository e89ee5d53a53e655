"""The owner's board: gaps with their people, questions, state and history."""

from __future__ import annotations

import base64
import binascii
import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from kb.errors import ConflictError, InvalidInputError, NotFoundError
from kb.gaps.vocabulary import Cause, GapMember, GapStatus, SignalKind
from kb.records.clock import DAY_MS, from_ms
from kb.records.database import Row, one, rows
from kb.records.rows import Gap, GapEvent, GapPage, GapQuestion, GapSummary
from kb.records.signals import add_history, refresh_causes, root_of, vector_of
from kb.types import Lang

PEOPLE_DAYS = 28
MAX_LABEL = 300  # code points

_WORKED_ON = (GapStatus.ASSIGNED, GapStatus.DRAFTED, GapStatus.RESOLVED, GapStatus.DISMISSED)
TRANSITIONS: Mapping[GapStatus, tuple[GapStatus, ...]] = {
    GapStatus.OPEN: _WORKED_ON,
    GapStatus.ASSIGNED: (GapStatus.OPEN, GapStatus.DRAFTED, GapStatus.RESOLVED, GapStatus.DISMISSED),
    GapStatus.DRAFTED: (GapStatus.ASSIGNED, GapStatus.RESOLVED, GapStatus.DISMISSED),
    GapStatus.RESOLVED: (GapStatus.VERIFIED, GapStatus.REOPENED),
    GapStatus.VERIFIED: (GapStatus.REOPENED,),
    GapStatus.REOPENED: _WORKED_ON,
    GapStatus.DISMISSED: (GapStatus.REOPENED,),
}

_BOARD = """
WITH recent AS (
    SELECT coalesce(g.merged_into, g.id) AS root,
           count(DISTINCT coalesce(s.visitor, s.conversation_id, s.id)) AS people,
           sum(s.kind = 'asked_for_person') AS requests
    FROM signals s JOIN gaps g ON g.id = s.gap_id
    WHERE s.at > :since
    GROUP BY root
), board AS (
    SELECT g.*, coalesce(r.people, 0) AS people, coalesce(r.requests, 0) AS requests
    FROM gaps g LEFT JOIN recent r ON r.root = g.id
    WHERE g.merged_into IS NULL
)
SELECT * FROM board WHERE {conditions}
"""
_HAS_SIGNALS = (
    "EXISTS (SELECT 1 FROM signals WHERE gap_id IN"
    " (SELECT id FROM gaps m WHERE m.id = board.id OR m.merged_into = board.id))"
)
# Of equals the older gap first: ids sort by time of creation.
_ORDER = " ORDER BY people DESC, requests DESC, id LIMIT :limit"
_BEHIND_CURSOR = (
    "(people < :people OR (people = :people AND (requests < :requests OR (requests = :requests AND id > :after))))"
)


def list_gaps(
    connection: sqlite3.Connection,
    *,
    status: Sequence[GapStatus],
    cause: Cause | None,
    owner: str | None,
    lang: Lang | None,
    limit: int,
    cursor: str | None,
    now: int,
) -> GapPage:
    """One page of gaps that have signals, most people first. ``owner=""`` means gaps that nobody owns."""
    conditions = [_HAS_SIGNALS]
    values: dict[str, Any] = {"since": now - PEOPLE_DAYS * DAY_MS, "limit": limit + 1}
    if status:
        conditions.append("status IN (SELECT value FROM json_each(:status))")
        values["status"] = orjson.dumps([GapStatus(s).value for s in status]).decode()
    if cause is not None:
        conditions.append("cause = :cause")
        values["cause"] = Cause(cause).value
    if owner is not None:
        conditions.append("coalesce(owner, '') = :owner")
        values["owner"] = owner
    if lang is not None:
        conditions.append("lang = :lang")
        values["lang"] = lang
    if cursor is not None:
        conditions.append(_BEHIND_CURSOR)
        values |= _read_cursor(cursor)
    found = rows(connection, _BOARD.format(conditions=" AND ".join(conditions)) + _ORDER, values)
    page = found[:limit]
    more = len(found) > limit
    return GapPage(tuple(_summaries(connection, page)), _write_cursor(page[-1]) if more else None)


def _write_cursor(row: Row) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([row["people"], row["requests"], row["id"]])).decode().rstrip("=")


def _read_cursor(cursor: str) -> dict[str, Any]:
    try:
        people, requests, after = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        counts = int(people), int(requests)
        if not all(0 <= count < 2**63 for count in counts):  # SQLite holds no larger integer
            raise ValueError("out of range")
        return {"people": counts[0], "requests": counts[1], "after": str(after)}
    except (ValueError, TypeError, OverflowError, binascii.Error) as error:
        raise InvalidInputError(
            "The cursor is not one that this list has given.", "Send next_cursor unchanged, or none.", "/cursor"
        ) from error


def _summaries(connection: sqlite3.Connection, page: Sequence[Row]) -> list[GapSummary]:
    counts = rows(
        connection,
        "SELECT coalesce(g.merged_into, g.id) AS root, s.kind, count(*) AS n, max(s.at) AS last_at"
        " FROM signals s JOIN gaps g ON g.id = s.gap_id"
        " WHERE g.id IN (SELECT value FROM json_each(:ids)) OR g.merged_into IN (SELECT value FROM json_each(:ids))"
        " GROUP BY root, s.kind",
        {"ids": orjson.dumps([row["id"] for row in page]).decode()},
    )
    kinds: defaultdict[str, dict[SignalKind, int]] = defaultdict(dict)
    last: defaultdict[str, int] = defaultdict(int)
    for row in counts:
        kinds[row["root"]][SignalKind(row["kind"])] = row["n"]
        last[row["root"]] = max(last[row["root"]], row["last_at"])
    return [
        GapSummary(
            id=row["id"],
            label=row["label"],
            lang=row["lang"],
            status=GapStatus(row["status"]),
            cause=Cause(row["cause"]),
            cause_evidence=row["cause_evidence"],
            owner=row["owner"],
            people=row["people"],
            person_requests=row["requests"],
            signals=sum(kinds[row["id"]].values()),
            kinds=kinds[row["id"]],
            created_at=from_ms(row["created_at"]),
            last_signal_at=from_ms(last[row["id"]] or row["created_at"]),
            merged_into=row["merged_into"],
        )
        for row in page
    ]


def get_gap(connection: sqlite3.Connection, gap_id: str, now: int) -> Gap:
    """The gap ``gap_id`` or the one it was merged into. Raises ``NotFoundError``."""
    root = root_of(connection, gap_id)
    key = {"gap": root, "since": now - PEOPLE_DAYS * DAY_MS}
    found = rows(connection, _BOARD.format(conditions="id = :gap"), key)
    if not found:
        raise NotFoundError(f"There is no gap {gap_id}.", "List the gaps to see their ids.")
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
        summary=_summaries(connection, found)[0],
        questions=tuple(
            GapQuestion(row["question"], row["lang"], row["n"], from_ms(row["first_at"]), from_ms(row["last_at"]))
            for row in questions
        ),
        articles=tuple((row["article_id"], row["n"]) for row in articles),
        history=tuple(
            GapEvent(from_ms(row["at"]), row["who"], row["field"], row["before"], row["after"], row["note"])
            for row in history
        ),
    )


def update_gap(
    connection: sqlite3.Connection,
    gap_id: str,
    *,
    who: str,
    status: GapStatus | None,
    owner: str | None,
    label: str | None,
    note: str,
    now: int,
) -> None:
    """Change what is not None (``owner=""`` clears it) and write down who did, and the note even if nothing changed.

    Raises ConflictError, NotFoundError.
    """
    root = root_of(connection, gap_id)
    row = one(connection, "SELECT status, owner, label FROM gaps WHERE id = ?", (root,))
    if row is None:
        raise NotFoundError(f"There is no gap {gap_id}.", "List the gaps to see their ids.")
    before = GapStatus(row["status"])
    if status is None and owner and before in (GapStatus.OPEN, GapStatus.REOPENED):
        status = GapStatus.ASSIGNED  # naming an owner is assigning
    if status is not None:
        _check_transition(before, GapStatus(status))
    if label is not None and not 0 < len(label.strip()) <= MAX_LABEL:
        raise InvalidInputError(f"A label has 1 to {MAX_LABEL} characters.", "Send a shorter one.", "/label")
    changes = {
        "status": None if status is None else GapStatus(status).value,
        "owner": owner,
        "label": None if label is None else label.strip(),
    }
    for field, after in changes.items():
        if after is not None and after != (row[field] or ""):
            stored = after or None
            connection.execute(f"UPDATE gaps SET {field} = ?, updated_at = ? WHERE id = ?", (stored, now, root))
            add_history(connection, root, now, who=who, field=field, before=row[field], after=stored, note=note)
            note = ""  # said once, with the first change
    if note:
        add_history(connection, root, now, who=who, field="note", note=note)


def _check_transition(before: GapStatus, after: GapStatus) -> None:
    if after != before and after not in TRANSITIONS[before]:
        allowed = ", ".join(status.value for status in TRANSITIONS[before])
        raise ConflictError(f"A gap that is {before.value} cannot become {after.value}.", f"It can become: {allowed}.")


def merge_gaps(connection: sqlite3.Connection, source: str, target: str, who: str, now: int) -> str:
    """Let ``target`` stand for ``source`` from now on; its id keeps working. Return the id of the gap that remains."""
    roots = [root_of(connection, gap_id) for gap_id in (source, target)]
    for gap_id in roots:
        if one(connection, "SELECT 1 FROM gaps WHERE id = ?", (gap_id,)) is None:
            raise NotFoundError(f"There is no gap {gap_id}.", "List the gaps to see their ids.")
    lost, kept = roots
    if lost == kept:
        raise ConflictError("A gap cannot be merged into itself.", "Name two different gaps.")
    # Those merged earlier are redirected too, so that one step always leads to the gap that stands.
    connection.execute(
        "UPDATE gaps SET merged_into = ?, updated_at = ? WHERE id = ? OR merged_into = ?", (kept, now, lost, lost)
    )
    add_history(connection, lost, now, who=who, field="merged_into", after=kept)
    refresh_causes(connection, [kept], now)
    return kept


def gap_members(connection: sqlite3.Connection) -> list[GapMember]:
    """Every representative, oldest first, with the gap that stands for it; those of dismissed gaps too: they absorb."""
    found = rows(
        connection,
        "SELECT coalesce(merged_into, id) AS root, terms, representative, lang, vector, encoder FROM gaps"
        " ORDER BY created_at, id",
    )
    return [
        GapMember(
            gap_id=row["root"],
            terms=tuple(orjson.loads(row["terms"])),
            question=row["representative"],
            lang=row["lang"],
            vector=vector_of(row["vector"]),
            encoder=row["encoder"],
        )
        for row in found
    ]
