"""What a gap is called: its most typical wording, unless an owner has given it a name."""

from __future__ import annotations

import sqlite3

import orjson

from kb.gaps.typical import Phrase, typical
from kb.gaps.wordings import unpacked
from kb.records.database import one, rows

_WORDINGS = """
SELECT q.question, q.lang, sum(q.count) AS n, w.terms, w.vector, w.encoder
FROM gap_questions q LEFT JOIN wordings w USING (question_key)
WHERE q.gap_id IN (SELECT id FROM gaps WHERE id = :gap OR merged_into = :gap)
GROUP BY q.question_key ORDER BY n DESC, q.question
"""


def relabel(connection: sqlite3.Connection, root: str) -> None:
    """Give ``root`` the label and language of its most typical wording; a name that an owner gave stays."""
    gap = one(connection, "SELECT label, lang, renamed FROM gaps WHERE id = ?", (root,))
    if gap is None:
        return
    found = rows(connection, _WORDINGS, {"gap": root})
    encoder = next((row["encoder"] for row in found if row["encoder"] is not None), None)
    phrase = typical(
        [
            Phrase(
                question=row["question"],
                lang=row["lang"],
                count=row["n"],
                terms=tuple(orjson.loads(row["terms"] or "[]")),
                vector=unpacked(row["vector"]) if row["vector"] is not None and row["encoder"] == encoder else None,
            )
            for row in found
        ]
    )
    # A gap whose wordings have all gone elsewhere has no name of its own left.
    words, lang = (phrase.question, phrase.lang) if phrase is not None else ("", gap["lang"])
    label = gap["label"] if gap["renamed"] else words
    if (label, lang) != (gap["label"], gap["lang"]):
        connection.execute("UPDATE gaps SET label = ?, lang = ? WHERE id = ?", (label, lang, root))


def represent(connection: sqlite3.Connection, gap_id: str) -> None:
    """Let the most frequent of the gap's own wordings stand for it when the one that did is gone."""
    gap = one(connection, "SELECT representative FROM gaps WHERE id = ?", (gap_id,))
    if gap is None:
        return
    best = one(
        connection,
        "SELECT q.question, w.terms FROM gap_questions q LEFT JOIN wordings w USING (question_key) WHERE q.gap_id = :gap"
        " ORDER BY q.question = :old DESC, q.count DESC, q.last_at DESC, q.question LIMIT 1",
        {"gap": gap_id, "old": gap["representative"]},
    )
    words, terms = (best["question"], best["terms"] or "[]") if best is not None else ("", "[]")
    if words != gap["representative"]:
        connection.execute(
            "UPDATE gaps SET representative = ?, terms = ?, vector = NULL, encoder = NULL WHERE id = ?",
            (words, terms, gap_id),
        )
