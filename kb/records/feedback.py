"""Votes: one stands for each answer, every change is kept as an event."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

import orjson

from kb.errors import InvalidInputError, NotFoundError
from kb.gaps.vocabulary import SignalKind
from kb.records.clock import from_ms
from kb.records.database import one, rows
from kb.records.happenings import write_event
from kb.records.rows import DOWN_REASONS, MAX_COMMENT, UP_REASONS, RatedAnswer, Rating, Signal, Vote, VoteResult
from kb.records.signals import refresh_causes, root_of, signal_entry, store_signal


@dataclass(frozen=True, slots=True)
class Ballot:
    """A vote as it was cast. ``rating`` None withdraws. ``signal``: the gap that a down vote speaks for."""

    answer_id: str
    rating: Rating | None
    reasons: tuple[str, ...]
    comment: str
    resolved: bool | None
    signal: Signal | None

    def __post_init__(self) -> None:
        """Raise ``InvalidInputError`` for a tag that does not go with the rating or for a comment that is too long."""
        allowed = {"up": UP_REASONS, "down": DOWN_REASONS, None: ()}.get(self.rating)
        if allowed is None:
            raise InvalidInputError(f"{self.rating!r} is no rating.", 'Send "up", "down" or null.', "/rating")
        for position, reason in enumerate(self.reasons):
            if reason not in allowed:
                hint = f"Choose from: {', '.join(allowed)}." if allowed else "A withdrawn vote has no reasons."
                raise InvalidInputError(f"{reason!r} is no reason for this rating.", hint, f"/reasons/{position}")
        if len(self.comment) > MAX_COMMENT:
            raise InvalidInputError(
                f"The comment has {len(self.comment)} characters.", f"Send at most {MAX_COMMENT}.", "/comment"
            )


def store_vote(connection: sqlite3.Connection, ballot: Ballot, now: int) -> VoteResult:
    """Write down the event, let it stand, and keep the gap's down-vote signal in step. Raises ``NotFoundError``."""
    answer_id = ballot.answer_id
    if one(connection, "SELECT 1 FROM questions WHERE id = ?", (answer_id,)) is None:
        raise NotFoundError(f"There is no answer {answer_id}.", "It may have been erased; ask again.")
    voted_before = one(connection, "SELECT 1 FROM vote_events WHERE answer_id = ?", (answer_id,)) is not None
    tags = orjson.dumps(list(dict.fromkeys(ballot.reasons))).decode()
    event = connection.execute(
        "INSERT INTO vote_events (answer_id, at, rating, reasons, comment, resolved) VALUES (?, ?, ?, ?, ?, ?)",
        (answer_id, now, ballot.rating, tags, ballot.comment, ballot.resolved),
    ).lastrowid
    if ballot.rating is None:
        connection.execute("DELETE FROM votes WHERE answer_id = ?", (answer_id,))
    else:
        connection.execute(
            "INSERT OR REPLACE INTO votes (answer_id, event_id, at, rating, reasons, comment, resolved)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (answer_id, event, now, ballot.rating, tags, ballot.comment, ballot.resolved),
        )
    _keep_signal(connection, ballot, now)
    if ballot.rating is not None:
        payload = _event_payload(connection, ballot, created=not voted_before)
        write_event(connection, "feedback.created", payload, now)
    return VoteResult(created=not voted_before and ballot.rating is not None, rating=ballot.rating)


def _event_payload(connection: sqlite3.Connection, ballot: Ballot, *, created: bool) -> dict[str, Any]:
    """What other systems learn of a vote: nobody's words. ``created``: the first vote on this answer."""
    answer = one(connection, "SELECT lang, article_id, gap_id FROM questions WHERE id = ?", (ballot.answer_id,))
    assert answer is not None, "checked by the caller in the same transaction"
    return {
        "answer_id": ballot.answer_id,
        "rating": ballot.rating,
        "reasons": list(dict.fromkeys(ballot.reasons)),
        "created": created,
        **{name: answer[name] for name in ("lang", "article_id", "gap_id")},
    }


def _keep_signal(connection: sqlite3.Connection, ballot: Ballot, now: int) -> None:
    """A standing down vote is one signal; it goes when the vote changes and comes back with its new tags."""
    name = f"vote:{ballot.answer_id}"
    touched = {_withdraw_signal(connection, name)}
    if ballot.rating == "down":
        touched.add(_down_signal(connection, ballot, name, now))
    refresh_causes(connection, sorted(gap_id for gap_id in touched if gap_id is not None), now)


def _withdraw_signal(connection: sqlite3.Connection, name: str) -> str | None:
    row = one(connection, "SELECT gap_id, question_key FROM signals WHERE external_id = ?", (name,))
    if row is None:
        return None
    connection.execute("DELETE FROM signals WHERE external_id = ?", (name,))
    recount_wording(connection, row["gap_id"], row["question_key"])
    return root_of(connection, row["gap_id"])


def recount_wording(connection: sqlite3.Connection, gap_id: str, question_key: str) -> None:
    """Bring one wording of a gap in step with the signals that are left."""
    # Not deleted and made again: what belongs to a wording goes when the wording goes.
    connection.execute(
        "INSERT INTO gap_questions (gap_id, question_key, question, lang, count, first_at, last_at)"
        " SELECT gap_id, question_key, question, lang, count(*), min(at), max(at) FROM signals"
        " WHERE gap_id = ? AND question_key = ? GROUP BY gap_id, question_key"
        " ON CONFLICT DO UPDATE SET question = excluded.question, lang = excluded.lang, count = excluded.count,"
        " first_at = excluded.first_at, last_at = excluded.last_at",
        (gap_id, question_key),
    )
    connection.execute(
        "DELETE FROM gap_questions WHERE gap_id = :gap AND question_key = :key"
        " AND NOT EXISTS (SELECT 1 FROM signals WHERE gap_id = :gap AND question_key = :key)",
        {"gap": gap_id, "key": question_key},
    )


def _down_signal(connection: sqlite3.Connection, ballot: Ballot, name: str, now: int) -> str | None:
    question = one(connection, "SELECT * FROM questions WHERE id = ?", (ballot.answer_id,))
    assert question is not None, "checked by the caller in the same transaction"
    signal = ballot.signal
    if signal is None:
        if question["gap_id"] is None:
            return None
        signal = Signal(SignalKind.THUMBS_DOWN, question["gap_id"], question["question"], question["lang"])
    entry = signal_entry(signal) | {
        "kind": SignalKind.THUMBS_DOWN.value,
        "question": question["question"],
        "lang": question["lang"],
        "article_id": signal.article_id or question["article_id"],
        "tags": list(dict.fromkeys(ballot.reasons)),
        "external_id": name,
    }
    return store_signal(
        connection,
        entry,
        at=now,
        question_key=question["question_key"],
        answer_id=ballot.answer_id,
        conversation_id=question["conversation_id"],
        visitor=question["visitor"],
        channel=question["channel"],
    ).gap_id


def load_vote(connection: sqlite3.Connection, answer_id: str) -> Vote | None:
    """The vote that stands on an answer."""
    row = one(connection, "SELECT * FROM votes WHERE answer_id = ?", (answer_id,))
    if row is None:
        return None
    return Vote(
        answer_id=answer_id,
        rating=row["rating"],
        reasons=tuple(orjson.loads(row["reasons"])),
        comment=row["comment"],
        resolved=None if row["resolved"] is None else bool(row["resolved"]),
        at=from_ms(row["at"]),
    )


def load_rated(connection: sqlite3.Connection, limit: int) -> list[RatedAnswer]:
    """The newest ``limit`` votes on answers that showed a place and whose question is stored as it was asked."""
    found = rows(
        connection,
        "SELECT q.question, q.lang, s.article_id, v.rating, v.reasons FROM votes v JOIN questions q ON q.id = v.answer_id"
        " JOIN shown_passages s ON s.question_id = q.id AND s.position = 0 AND s.use IN ('cited', 'suggested')"
        " WHERE q.redactions = 0 ORDER BY v.at DESC, v.answer_id LIMIT ?",
        (limit,),
    )
    return [
        RatedAnswer(row["question"], row["lang"], row["article_id"], row["rating"], tuple(orjson.loads(row["reasons"])))
        for row in found
    ]
