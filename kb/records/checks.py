"""What asking the wordings of a gap has found: checks against published snapshots, and the article that answers when tried."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime

import orjson

from kb.gaps.vocabulary import Found
from kb.records.clock import from_ms, to_ms
from kb.records.database import Row, one, rows
from kb.types import Lang, Outcome

# A gap with those that were merged into it.
MEMBERS = "(SELECT id FROM gaps WHERE id = :gap OR merged_into = :gap)"


@dataclass(frozen=True, slots=True)
class Check:
    """What a snapshot said to one wording.

    ``answered``: stated with confidence in the wording's language. ``new_text``: from text that is newer than the gap.
    ``article_id`` and ``quote``: what was stated, else what was suggested first.
    """

    gap_id: str
    key: str
    question: str
    lang: Lang
    at: datetime
    revision: str
    outcome: Outcome
    reason: str | None
    score: float
    answered: bool
    new_text: bool
    article_id: str | None = None
    passage_id: str | None = None
    content_hash: str | None = None
    quote: str | None = None

    @property
    def passed(self) -> bool:
        return self.answered and self.new_text


def store_check(connection: sqlite3.Connection, check: Check) -> None:
    """Replace the last check of a wording; nothing when the wording was erased meanwhile."""
    connection.execute(
        "INSERT OR REPLACE INTO gap_checks (gap_id, question_key, at, revision, outcome, reason, score, answered,"
        " new_text, article_id, passage_id, content_hash, quote)"
        " SELECT gap_id, question_key, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM gap_questions"
        " WHERE gap_id = ? AND question_key = ?",
        (
            to_ms(check.at),
            check.revision,
            check.outcome.value,
            check.reason,
            check.score,
            check.answered,
            check.new_text,
            check.article_id,
            check.passage_id,
            check.content_hash,
            check.quote,
            check.gap_id,
            check.key,
        ),
    )


def load_checks(connection: sqlite3.Connection, root: str) -> list[Check]:
    """The last check of each wording of the gap ``root``, most asked first."""
    found = rows(
        connection,
        "SELECT c.*, q.question, q.lang FROM gap_checks c JOIN gap_questions q USING (gap_id, question_key)"
        f" WHERE gap_id IN {MEMBERS} ORDER BY q.count DESC, q.last_at DESC, question_key",
        {"gap": root},
    )
    newest: dict[str, Row] = {}  # a wording that was in two gaps before they were merged may have two
    for row in found:
        if row["question_key"] not in newest or row["at"] > newest[row["question_key"]]["at"]:
            newest[row["question_key"]] = row
    return [_check(row) for row in newest.values()]


def _check(row: Row) -> Check:
    return Check(
        gap_id=row["gap_id"],
        key=row["question_key"],
        question=row["question"],
        lang=row["lang"],
        at=from_ms(row["at"]),
        revision=row["revision"],
        outcome=Outcome(row["outcome"]),
        reason=row["reason"],
        score=row["score"],
        answered=bool(row["answered"]),
        new_text=bool(row["new_text"]),
        article_id=row["article_id"],
        passage_id=row["passage_id"],
        content_hash=row["content_hash"],
        quote=row["quote"],
    )


def load_found(connection: sqlite3.Connection, root: str) -> Found | None:
    """The article that answered the gap ``root`` when it was tried last; None for none, or before."""
    row = one(connection, "SELECT findable FROM gaps WHERE id = ?", (root,))
    found = None if row is None or row["findable"] is None else orjson.loads(row["findable"])["found"]
    return None if found is None else Found(**found)
