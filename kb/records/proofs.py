"""What verification reads and decides: the watched gaps with their wordings, the checks, and the states they lead to."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from kb.errors import NotFoundError
from kb.gaps.telling import tell
from kb.gaps.vocabulary import OPEN, GapStatus
from kb.records.checks import MEMBERS, Check, load_checks, store_check
from kb.records.clock import DAY_MS, from_ms
from kb.records.database import Database, one, rows
from kb.records.gap_answers import shown_quotes
from kb.records.history import Ruling, rule
from kb.records.signals import root_of
from kb.types import Lang

# Dismissed gaps are nobody's business any more.
WATCHED = tuple(status for status in GapStatus if status is not GapStatus.DISMISSED)
UNPROVEN = tuple(status for status in WATCHED if status is not GapStatus.VERIFIED)
WORDINGS = 50
WORDING_DAYS = 90


@dataclass(frozen=True, slots=True)
class Wording:
    """One wording of a gap's need. ``gap_id``: the gap that it was stored with, which may have been merged since."""

    gap_id: str
    key: str
    text: str
    lang: Lang
    count: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class WatchedGap:
    """A gap as it is checked. ``text_since``: text counts as new from here on, in milliseconds since 1970-01-01 UTC.

    ``wordings``: the newest 50 of the last 90 days, or of all time when there are none, most asked first. ``checks``: the last
    ones by key of the wording. ``articles``: those that its signals name, most often named first.
    """

    id: str
    label: str
    status: GapStatus
    text_since: int
    wordings: tuple[Wording, ...]
    checks: Mapping[str, Check]
    articles: tuple[str, ...]


class Proofs:
    """Checks and what they decide. ``now``: milliseconds since 1970-01-01 UTC. Every method raises ``StorageError``."""

    def __init__(self, database: Database, now: Callable[[], int]) -> None:
        self._db = database
        self._now = now

    def now(self) -> datetime:
        """The time that checks are dated with."""
        return from_ms(self._now())

    def watched(self, statuses: Collection[GapStatus] = WATCHED) -> list[str]:
        """Ids of the gaps in one of ``statuses``: those that somebody claims to be solved first, then the verified ones,
        then the others, newest first."""
        with self._db.reading() as connection:
            found = rows(
                connection,
                "SELECT id FROM gaps WHERE merged_into IS NULL"
                f" AND status IN ({', '.join('?' * len(statuses))})"
                " ORDER BY status = 'resolved' DESC, status = 'verified' DESC, id DESC",
                [status.value for status in statuses],
            )
        return [row["id"] for row in found]

    def gap(self, gap_id: str) -> WatchedGap:
        """A gap, or the one it was merged into. Raises ``NotFoundError``."""
        with self._db.reading() as connection:
            return _load(connection, gap_id, self._now())

    def checks(self, gap_id: str) -> tuple[Check, ...]:
        """The last checks of a gap's wordings, most asked first; () for an unknown gap."""
        with self._db.reading() as connection:
            return tuple(load_checks(connection, root_of(connection, gap_id)))

    def shown(self, gap_id: str) -> tuple[str, ...]:
        """The quotes of the newest answers that the people of a gap were shown, each once; () for an unknown gap."""
        with self._db.reading() as connection:
            return shown_quotes(connection, root_of(connection, gap_id))

    def settle(self, gap: WatchedGap, checks: Sequence[Check], ruling: Ruling | None) -> bool:
        """Keep ``checks`` and let ``ruling`` stand unless somebody has changed the status meanwhile; all or nothing.

        Returns whether the status changed.
        """
        now = self._now()
        with self._db.writing() as connection:
            for check in checks:
                store_check(connection, check)
            if ruling is None:
                return False
            row = one(connection, "SELECT status FROM gaps WHERE id = ? AND merged_into IS NULL", (gap.id,))
            if row is None or row["status"] != gap.status.value:
                return False
            rule(connection, gap.id, gap.status, ruling, now)
            return True

    def claim(self, gap_id: str, article_id: str, revision: str) -> bool:
        """An article says that it resolves a gap; True when that was news. Unknown, dismissed and closed gaps stay."""
        now = self._now()
        with self._db.writing() as connection:
            root = root_of(connection, gap_id)
            row = one(connection, "SELECT status FROM gaps WHERE id = ?", (root,))
            if row is None or GapStatus(row["status"]) not in OPEN:
                return False
            note = tell("claimed", article=article_id, revision=revision).kept()
            rule(connection, root, GapStatus(row["status"]), Ruling(GapStatus.RESOLVED, note), now)
            return True


def _load(connection: sqlite3.Connection, gap_id: str, now: int) -> WatchedGap:
    root = root_of(connection, gap_id)
    row = one(
        connection,
        # A gap that was split off is younger than what it was opened for.
        "SELECT id, label, status, coalesce(text_since, min(created_at, coalesce(opened_at, created_at))) AS since"
        " FROM gaps WHERE id = ?",
        (root,),
    )
    if row is None:
        raise NotFoundError(f"There is no gap {gap_id}.", "List the gaps to see their ids.")
    articles = rows(
        connection,
        f"SELECT article_id, count(*) AS n FROM signals WHERE gap_id IN {MEMBERS} AND article_id IS NOT NULL"
        " GROUP BY article_id ORDER BY n DESC, article_id LIMIT 10",
        {"gap": root},
    )
    return WatchedGap(
        id=row["id"],
        label=row["label"],
        status=GapStatus(row["status"]),
        text_since=row["since"],
        wordings=_wordings(connection, root, now),
        checks={check.key: check for check in load_checks(connection, root)},
        articles=tuple(found["article_id"] for found in articles),
    )


def _wordings(connection: sqlite3.Connection, root: str, now: int) -> tuple[Wording, ...]:
    found = rows(
        connection,
        "SELECT min(gap_id) AS gap_id, question_key, question, lang, sum(count) AS n, max(last_at) AS last_at"
        f" FROM gap_questions WHERE gap_id IN {MEMBERS} GROUP BY question_key"
        " ORDER BY max(last_at) DESC, question_key LIMIT :most",
        {"gap": root, "most": WORDINGS},
    )
    recent = [row for row in found if row["last_at"] > now - WORDING_DAYS * DAY_MS] or found
    ordered = sorted(recent, key=lambda row: (-row["n"], -row["last_at"], row["question_key"]))
    return tuple(
        Wording(row["gap_id"], row["question_key"], row["question"], row["lang"], row["n"], from_ms(row["last_at"]))
        for row in ordered
    )
