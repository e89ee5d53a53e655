"""The owner's board: which gaps there are, ranked by the people they affect, in one page at a time."""

from __future__ import annotations

import base64
import binascii
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson

from kb.errors import InvalidInputError, NotFoundError
from kb.gaps.alike import Representative, most_alike
from kb.gaps.telling import read_told, worded
from kb.gaps.vocabulary import Cause, GapStatus, SignalKind
from kb.records.clock import DAY_MS, from_ms
from kb.records.database import Database, Row, one, rows
from kb.records.gap_answers import GapAnswer, gap_answers
from kb.records.rows import GapPage, GapSummary
from kb.records.signals import root_of, vector_of
from kb.types import Lang

PEOPLE_DAYS = 28

# A person who is in several gaps that were merged counts once; only those gaps need the slower count. Of equals the
# older gap comes first: ids sort by time of creation.
_BOARD = """
WITH merged AS MATERIALIZED (
    SELECT id AS gap_id, coalesce(merged_into, id) AS root FROM gaps
    WHERE merged_into IS NOT NULL OR id IN (SELECT merged_into FROM gaps WHERE merged_into IS NOT NULL)
), counted AS (
    SELECT root, sum(people) AS people, sum(requests) AS requests FROM (
        SELECT gap_id AS root, count(*) AS people, 0 AS requests FROM gap_people
        WHERE last_at > :since AND gap_id NOT IN (SELECT gap_id FROM merged) GROUP BY gap_id
        UNION ALL
        SELECT m.root, count(DISTINCT p.person), 0 FROM merged m JOIN gap_people p ON p.gap_id = m.gap_id
        WHERE p.last_at > :since GROUP BY m.root
        UNION ALL
        SELECT coalesce(m.root, s.gap_id), 0, count(*) FROM signals s LEFT JOIN merged m ON m.gap_id = s.gap_id
        WHERE s.kind = 'asked_for_person' AND s.at > :since GROUP BY 1
    ) GROUP BY root
), chosen AS MATERIALIZED (
    SELECT g.id, coalesce(c.people, 0) AS people, coalesce(c.requests, 0) AS requests
    FROM gaps g LEFT JOIN counted c ON c.root = g.id
    WHERE g.merged_into IS NULL AND (
        EXISTS (SELECT 1 FROM gap_people e WHERE e.gap_id = g.id)
        OR EXISTS (SELECT 1 FROM merged m JOIN gap_people e ON e.gap_id = m.gap_id WHERE m.root = g.id))
        AND {conditions}
), ranked AS (
    SELECT *, (SELECT count(*) FROM chosen) AS total FROM chosen WHERE {behind}
    ORDER BY people DESC, requests DESC, id LIMIT :limit
)
SELECT r.people, r.requests, r.total, g.* FROM ranked r JOIN gaps g ON g.id = r.id
ORDER BY r.people DESC, r.requests DESC, r.id
"""
# A need may be asked for in both languages, under a name in one of them.
ASKED_IN = (
    "EXISTS (SELECT 1 FROM gap_questions l WHERE l.lang = :lang AND l.gap_id IN"
    " (SELECT id FROM gaps WHERE id = g.id OR merged_into = g.id))"
)
_BEHIND_CURSOR = (
    "(people < :people OR (people = :people AND (requests < :requests OR (requests = :requests AND id > :after))))"
)
_ONE = """
SELECT g.*,
       (SELECT count(DISTINCT person) FROM gap_people WHERE last_at > :since AND gap_id IN
           (SELECT id FROM gaps WHERE id = :gap OR merged_into = :gap)) AS people,
       (SELECT count(*) FROM signals WHERE kind = 'asked_for_person' AND at > :since AND gap_id IN
           (SELECT id FROM gaps WHERE id = :gap OR merged_into = :gap)) AS requests
FROM gaps g WHERE g.id = :gap
"""


@dataclass(frozen=True, slots=True)
class BoardQuery:
    """Which gaps to list; what is left empty does not limit.

    ``owner``: exact name, ``""`` for gaps that nobody owns. ``names``: gaps whose owner or assignee is one of them.
    ``lang``: some of its questions are in it. ``text``: is in the label or in a wording, upper and lower case alike.
    ``overdue_on``: due before that day.
    """

    status: tuple[GapStatus, ...] = ()
    causes: tuple[Cause, ...] = ()
    owner: str | None = None
    names: tuple[str, ...] = ()
    lang: Lang | None = None
    text: str = ""
    overdue_on: date | None = None


@dataclass(frozen=True, slots=True)
class BoardCounts:
    """How many gaps with signals there are of each status and cause, for the views of the board."""

    by_state: tuple[tuple[GapStatus, Cause, int], ...]

    def of(self, status: Iterable[GapStatus], causes: Iterable[Cause]) -> int:
        statuses, wanted = set(status), set(causes)
        return sum(n for state, cause, n in self.by_state if state in statuses and cause in wanted)


class Board:
    """Lists of gaps. ``now``: milliseconds since 1970-01-01 UTC; ``settle`` makes what was just logged readable."""

    def __init__(self, database: Database, now: Callable[[], int], settle: Callable[[], None]) -> None:
        self._db = database
        self._now = now
        self._settle = settle

    def page(self, query: BoardQuery, *, limit: int = 50, cursor: str | None = None) -> GapPage:
        """Gaps that have signals, most people first. Raises ``InvalidInputError`` for a made-up ``cursor``."""
        self._settle()
        with self._db.reading() as connection:
            return list_gaps(connection, query, limit=limit, cursor=cursor, now=self._now())

    def counts(self) -> BoardCounts:
        with self._db.reading() as connection:
            found = rows(
                connection,
                "SELECT status, cause, count(*) AS n FROM gaps g WHERE merged_into IS NULL AND EXISTS (SELECT 1 FROM"
                " gap_people p WHERE p.gap_id IN (SELECT id FROM gaps WHERE id = g.id OR merged_into = g.id))"
                " GROUP BY status, cause",
            )
        return BoardCounts(tuple((GapStatus(row["status"]), Cause(row["cause"]), row["n"]) for row in found))

    def answers(self, gap_id: str, limit: int = 8) -> tuple[GapAnswer, ...]:
        """What was answered to the people of a gap, the most frequent answers first."""
        self._settle()
        with self._db.reading() as connection:
            return gap_answers(connection, gap_id, limit)

    def alike(self, gap_id: str, limit: int = 10) -> tuple[GapSummary, ...]:
        """Gaps whose need is near that of ``gap_id``, the nearest first; () for an unknown one."""
        with self._db.reading() as connection:
            return similar(connection, gap_id, limit, self._now())

    def names(self) -> tuple[str, ...]:
        """Every owner and assignee of a gap, in order."""
        with self._db.reading() as connection:
            found = rows(
                connection,
                "SELECT owner AS name FROM gaps WHERE owner IS NOT NULL UNION SELECT assignee FROM gaps"
                " WHERE assignee IS NOT NULL ORDER BY 1",
            )
        return tuple(row["name"] for row in found)


def list_gaps(
    connection: sqlite3.Connection, query: BoardQuery, *, limit: int, cursor: str | None, now: int
) -> GapPage:
    """One page of gaps that have signals, most people first. Raises ``InvalidInputError`` for a made-up ``cursor``."""
    conditions, values = _conditions(query)
    values |= {"since": now - PEOPLE_DAYS * DAY_MS, "limit": limit + 1}
    if cursor is not None:
        values |= _read_cursor(cursor)
    behind = "1" if cursor is None else _BEHIND_CURSOR
    sql = _BOARD.format(conditions=" AND ".join(conditions) or "1", behind=behind)
    found = rows(connection, sql, values)
    page = found[:limit]
    more = len(found) > limit
    total = found[0]["total"] if found else 0
    return GapPage(tuple(summaries(connection, page)), _write_cursor(page[-1]) if more else None, total)


def summary_of(connection: sqlite3.Connection, root: str, now: int) -> GapSummary:
    """The row of one gap that was not merged into another. Raises ``NotFoundError``."""
    found = one(connection, _ONE, {"gap": root, "since": now - PEOPLE_DAYS * DAY_MS})
    if found is None:
        raise NotFoundError(f"There is no gap {root}.", "List the gaps to see their ids.")
    return summaries(connection, [found])[0]


def similar(connection: sqlite3.Connection, gap_id: str, limit: int, now: int) -> tuple[GapSummary, ...]:
    found = rows(
        connection, "SELECT id, terms, vector, encoder FROM gaps WHERE merged_into IS NULL AND representative <> ''"
    )
    known = {
        row["id"]: Representative(
            row["id"], frozenset(orjson.loads(row["terms"])), vector_of(row["vector"]), row["encoder"]
        )
        for row in found
    }
    own = known.pop(root_of(connection, gap_id), None)
    if own is None:
        return ()
    return tuple(summary_of(connection, other, now) for other in most_alike(own, list(known.values()), limit))


def _conditions(query: BoardQuery) -> tuple[list[str], dict[str, Any]]:
    conditions: list[str] = []
    values: dict[str, Any] = {}

    def one_of(column: str, name: str, allowed: Iterable[str]) -> str:
        values[name] = orjson.dumps([str(value) for value in allowed]).decode()
        return f"{column} IN (SELECT value FROM json_each(:{name}))"

    if query.status:
        conditions.append(one_of("status", "status", (GapStatus(status).value for status in query.status)))
    if query.causes:
        conditions.append(one_of("cause", "causes", (Cause(cause).value for cause in query.causes)))
    if query.owner is not None:
        conditions.append("coalesce(owner, '') = :owner")
        values["owner"] = query.owner
    if query.names:
        conditions.append(f"({one_of('owner', 'names', query.names)} OR {one_of('assignee', 'names', query.names)})")
    if query.lang is not None:
        conditions.append(ASKED_IN)
        values["lang"] = query.lang
    if query.overdue_on is not None:
        conditions.append("due_on < :overdue_on AND status NOT IN ('verified', 'dismissed')")
        values["overdue_on"] = query.overdue_on.isoformat()
    if query.text:
        conditions.append(
            "(label LIKE :text ESCAPE '\\' OR EXISTS (SELECT 1 FROM gap_questions q WHERE q.question LIKE :text ESCAPE"
            " '\\' AND q.gap_id IN (SELECT id FROM gaps m WHERE m.id = g.id OR m.merged_into = g.id)))"
        )
        escaped = query.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        values["text"] = f"%{escaped}%"
    return conditions, values


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


def summaries(connection: sqlite3.Connection, page: Sequence[Row]) -> list[GapSummary]:
    """``page``: rows of gaps with their ``people`` and ``requests``; what else a summary has is counted here."""
    counts = rows(
        connection,
        "WITH members AS (SELECT id AS gap_id, id AS root FROM gaps WHERE id IN (SELECT value FROM json_each(:ids))"
        " UNION ALL SELECT id, merged_into FROM gaps WHERE merged_into IN (SELECT value FROM json_each(:ids)))"
        " SELECT m.root, s.kind, count(*) AS n, max(s.at) AS last_at"
        " FROM members m JOIN signals s ON s.gap_id = m.gap_id GROUP BY m.root, s.kind",
        {"ids": orjson.dumps([row["id"] for row in page]).decode()},
    )
    kinds: defaultdict[str, dict[SignalKind, int]] = defaultdict(dict)
    last: defaultdict[str, int] = defaultdict(int)
    for row in counts:
        kinds[row["root"]][SignalKind(row["kind"])] = row["n"]
        last[row["root"]] = max(last[row["root"]], row["last_at"])
    return [_summary(row, kinds[row["id"]], last[row["id"]]) for row in page]


def _summary(row: Row, kinds: dict[SignalKind, int], last_at: int) -> GapSummary:
    return GapSummary(
        id=row["id"],
        label=row["label"],
        lang=row["lang"],
        status=GapStatus(row["status"]),
        cause=Cause(row["cause"]),
        cause_evidence=worded(row["cause_evidence"]),
        cause_told=read_told(row["cause_evidence"]),
        owner=row["owner"],
        people=row["people"],
        person_requests=row["requests"],
        signals=sum(kinds.values()),
        kinds=kinds,
        created_at=from_ms(row["created_at"]),
        last_signal_at=from_ms(last_at or row["created_at"]),
        merged_into=row["merged_into"],
        assignee=row["assignee"],
        due_on=None if row["due_on"] is None else date.fromisoformat(row["due_on"]),
        dismissed_reason=row["dismissed_reason"],
        opened_at=from_ms(row["opened_at"] or row["created_at"]),
    )
