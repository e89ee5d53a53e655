"""Signals: one row for each event that shows an unmet need, in the gap it was assigned to."""

from __future__ import annotations

import base64
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import orjson

from kb.gaps.cause import decide_cause
from kb.gaps.telling import tell
from kb.gaps.vocabulary import FAILURES, Cause, GapEvidence, GapStatus, SignalKind
from kb.gaps.wordings import packed
from kb.ids import new_id
from kb.records.checks import load_found
from kb.records.clock import DAY_MS
from kb.records.database import one, rows
from kb.records.history import SYSTEM, Ruling, add_history, rule
from kb.records.rows import Signal, SignalResult

REOPENING_PEOPLE = 3  # who met the need of a verified gap again ...
REOPENING_DAYS = 7  # ... within so many days
_FAILURE_KINDS = orjson.dumps(sorted(kind.value for kind in FAILURES)).decode()


def signal_entry(signal: Signal) -> dict[str, Any]:
    """The JSON form of a signal, with its new id, for a journal line and for ``store_signal``."""
    vector = None
    if signal.vector is not None:
        vector = base64.b64encode(signal.vector.astype("<f4").tobytes()).decode()
    return {
        "id": new_id("sig"),
        "kind": signal.kind.value,
        "gap_id": signal.gap_id,
        "question": signal.question,
        "lang": signal.lang,
        "terms": list(signal.terms),
        "vector": vector,
        "encoder": signal.encoder,
        "owner": signal.owner,
        "category": signal.category,
        "article_id": signal.article_id,
        "reason": signal.reason,
        "tags": list(signal.tags),
        "external_id": signal.external_id,
        "answer_id": signal.answer_id,
        "conversation_id": signal.conversation_id,
        "cell": signal.cell,
    }


def store_signal(
    connection: sqlite3.Connection,
    signal: Mapping[str, Any],
    *,
    at: int,
    question_key: str,
    answer_id: str | None,
    conversation_id: str | None,
    visitor: str | None,
    channel: str,
) -> SignalResult:
    """Insert a signal unless its ``external_id`` is known; make its gap if there is none, count its wording.

    ``answer_id`` and ``conversation_id`` hold for a signal that names none of its own.
    """
    if signal["external_id"] is not None:
        known = one(connection, "SELECT id, gap_id FROM signals WHERE external_id = ?", (signal["external_id"],))
        if known is not None:
            return SignalResult(known["id"], root_of(connection, known["gap_id"]), created=False)
    cell = _ensure_place(connection, signal, question_key, at)
    root = root_of(connection, cell)
    connection.execute(
        "INSERT INTO signals (id, external_id, gap_id, kind, at, answer_id, conversation_id, visitor, channel, lang,"
        " question, question_key, article_id, reason, tags) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            signal["id"],
            signal["external_id"],
            cell,
            SignalKind(signal["kind"]).value,
            at,
            signal.get("answer_id") or answer_id,
            signal.get("conversation_id") or conversation_id,
            visitor,
            channel,
            signal["lang"],
            signal["question"],
            question_key,
            signal["article_id"],
            signal["reason"],
            orjson.dumps(signal["tags"]).decode(),
        ),
    )
    connection.execute(
        "INSERT INTO gap_questions (gap_id, question_key, question, lang, count, first_at, last_at)"
        " VALUES (:gap, :key, :text, :lang, 1, :at, :at) ON CONFLICT DO UPDATE SET count = count + 1,"
        " first_at = min(first_at, :at), last_at = max(last_at, :at)",
        {
            "gap": cell,
            "key": question_key,
            "text": signal["question"],
            "lang": signal["lang"],
            "at": at,
        },
    )
    _keep_wording(connection, signal, question_key)
    if SignalKind(signal["kind"]) in FAILURES:
        _reopen_verified(connection, root, at)
    return SignalResult(signal["id"], root, created=True)


def root_of(connection: sqlite3.Connection, gap_id: str) -> str:
    """The gap that stands for ``gap_id`` after merging; ``gap_id`` itself when it is unknown."""
    row = one(connection, "SELECT coalesce(merged_into, id) AS root FROM gaps WHERE id = ?", (gap_id,))
    return gap_id if row is None else str(row["root"])


def _ensure_place(connection: sqlite3.Connection, signal: Mapping[str, Any], question_key: str, at: int) -> str:
    """The gap, merged or not, that the signal's wording stands in.

    What the directory of gaps has chosen (``cell``) yields to where an owner has put the wording and to where it is by
    now, so that every wording is in exactly one gap: another process may have been faster. The gap that the signal has
    promised then leads there.
    """
    if signal.get("cell") is None:
        _ensure_gap(connection, signal, at)
        return str(signal["gap_id"])
    found = one(connection, "SELECT gap_id FROM gap_pins WHERE question_key = ?", (question_key,)) or one(
        connection, "SELECT gap_id FROM gap_questions WHERE question_key = ? ORDER BY gap_id", (question_key,)
    )
    cell = str(found["gap_id"] if found is not None else signal["cell"])
    if found is None:
        _ensure_gap(connection, {**signal, "gap_id": cell}, at)
    if cell != signal["gap_id"]:
        connection.execute(
            "INSERT OR IGNORE INTO gaps (id, label, lang, status, cause, cause_evidence, merged_into, representative,"
            " terms, created_at, updated_at, opened_at) VALUES (?, '', ?, ?, ?, '', ?, '', '[]', ?, ?, ?)",
            (
                signal["gap_id"],
                signal["lang"],
                GapStatus.OPEN.value,
                Cause.MISSING.value,
                root_of(connection, cell),
                at,
                at,
                at,
            ),
        )
    return cell


def _keep_wording(connection: sqlite3.Connection, signal: Mapping[str, Any], question_key: str) -> None:
    """What the wording is grouped by: of a vector and none the vector, of two models the newer."""
    vector = None
    if signal["vector"] is not None:
        vector = packed(np.frombuffer(base64.b64decode(signal["vector"]), dtype="<f4"))
    connection.execute(
        "INSERT INTO wordings (question_key, terms, vector, encoder) VALUES (?, ?, ?, ?) ON CONFLICT (question_key)"
        " DO UPDATE SET terms = excluded.terms, vector = excluded.vector, encoder = excluded.encoder"
        " WHERE excluded.vector IS NOT NULL AND wordings.encoder IS NOT excluded.encoder",
        (question_key, orjson.dumps(signal["terms"]).decode(), vector, signal["encoder"]),
    )


def _ensure_gap(connection: sqlite3.Connection, signal: Mapping[str, Any], at: int) -> None:
    gap_id = signal["gap_id"]
    vector = None if signal["vector"] is None else base64.b64decode(signal["vector"])
    created = connection.execute(
        "INSERT OR IGNORE INTO gaps (id, label, lang, status, cause, cause_evidence, owner, representative, terms,"
        " vector, encoder, created_at, updated_at, opened_at, category)"
        " VALUES (?, ?, ?, ?, ?, '', ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            gap_id,
            signal["question"],
            signal["lang"],
            GapStatus.OPEN.value,
            Cause.MISSING.value,
            signal["owner"],
            signal["question"],
            orjson.dumps(signal["terms"]).decode(),
            vector,
            signal["encoder"],
            at,
            at,
            at,
            signal.get("category"),
        ),
    ).rowcount
    if created:
        add_history(connection, gap_id, at, who=SYSTEM, field="created")


def _reopen_verified(connection: sqlite3.Connection, gap_id: str, at: int) -> None:
    """A verified gap whose need three people met again within a week was not closed after all; one may have mistyped."""
    gap = one(
        connection,
        "SELECT max(h.at) AS verified_at FROM gap_history h JOIN gaps g ON g.id = h.gap_id"
        " WHERE g.id = ? AND g.status = 'verified' AND h.field = 'status' AND h.after = 'verified'",
        (gap_id,),
    )
    if gap is None or gap["verified_at"] is None:
        return
    since = max(gap["verified_at"], at - REOPENING_DAYS * DAY_MS)
    found = one(
        connection,
        "SELECT count(DISTINCT coalesce(visitor, conversation_id, id)) AS people FROM signals"
        " WHERE gap_id IN (SELECT id FROM gaps WHERE id = :gap OR merged_into = :gap) AND at > :since AND at <= :at"
        " AND kind IN (SELECT value FROM json_each(:kinds))",
        {"gap": gap_id, "since": since, "at": at, "kinds": _FAILURE_KINDS},
    )
    people = 0 if found is None else found["people"]
    if people >= REOPENING_PEOPLE:
        note = tell("people_again", people=people, days=REOPENING_DAYS).kept()
        rule(connection, gap_id, GapStatus.VERIFIED, Ruling(GapStatus.REOPENED, note, fresh=True), at)


def refresh_causes(connection: sqlite3.Connection, gap_ids: Iterable[str], at: int) -> None:
    """Decide the causes of these gaps again from all their signals, merged ones included."""
    for gap_id in gap_ids:
        decision = decide_cause(gap_evidence(connection, gap_id))
        row = one(connection, "SELECT cause, cause_evidence FROM gaps WHERE id = ?", (gap_id,))
        if row is None or (row["cause"], row["cause_evidence"]) == (decision.cause.value, decision.told.kept()):
            continue
        connection.execute(
            "UPDATE gaps SET cause = ?, cause_evidence = ? WHERE id = ?",
            (decision.cause.value, decision.told.kept(), gap_id),
        )
        if row["cause"] != decision.cause.value and row["cause_evidence"]:
            before, after, note = row["cause"], decision.cause.value, decision.told.kept()
            add_history(connection, gap_id, at, who=SYSTEM, field="cause", before=before, after=after, note=note)


def gap_evidence(connection: sqlite3.Connection, gap_id: str) -> GapEvidence:
    """What is counted of the signals of a gap and of those merged into it."""
    found = rows(
        connection,
        "SELECT what, value, sum(count) AS n FROM gap_counts"
        " WHERE gap_id IN (SELECT id FROM gaps WHERE id = :gap OR merged_into = :gap) GROUP BY what, value",
        {"gap": gap_id},
    )
    counts: dict[str, dict[str, int]] = {"kind": {}, "reason": {}, "tag": {}, "article": {}}
    for row in found:
        counts[row["what"]][row["value"]] = row["n"]
    return GapEvidence(
        kinds={SignalKind(kind): count for kind, count in counts["kind"].items()},
        reasons=counts["reason"],
        tags=counts["tag"],
        with_article=sum(counts["article"].values()),
        found=load_found(connection, gap_id),
    )


def vector_of(blob: bytes | None) -> Any:
    """The float32 vector stored as ``blob``, or None."""
    return None if blob is None else np.frombuffer(blob, dtype="<f4").astype(np.float32)
