"""What the people of a gap were answered at the time, from the answers that were written down."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson

from kb.gaps.vocabulary import SignalKind
from kb.records.clock import from_ms
from kb.records.database import Row, rows
from kb.records.signals import root_of
from kb.types import Lang, Outcome

# Of a gap with thousands of answers the newest say what is answered now.
_READ = 300
_QUOTED = 50  # and fewer say what people have read
_ANSWERS = """
SELECT s.kind, q.id, q.at, q.question, q.lang, q.outcome, q.document
FROM signals s JOIN questions q ON q.id = s.answer_id
WHERE s.gap_id IN (SELECT id FROM gaps WHERE id = :gap OR merged_into = :gap)
ORDER BY s.at DESC, s.id LIMIT :read
"""


@dataclass(frozen=True, slots=True)
class GapAnswer:
    """Answers that said the same, shown by the newest one.

    ``article_id``, ``title``, ``heading`` and ``quote``: what was cited, else what was suggested first; "" for neither.
    ``kinds``: what happened after these answers. ``count``: how many of the newest 300 there were.
    """

    answer_id: str
    at: datetime
    question: str
    lang: Lang
    outcome: Outcome
    article_id: str
    title: str
    heading: str
    quote: str
    cited: bool
    kinds: tuple[SignalKind, ...]
    count: int = 1


def gap_answers(connection: sqlite3.Connection, gap_id: str, limit: int) -> tuple[GapAnswer, ...]:
    """The ``limit`` most frequent answers, of equals the newest; none for a gap of signals from outside."""
    found = rows(connection, _ANSWERS, {"gap": root_of(connection, gap_id), "read": _READ})
    said: dict[tuple[str, str, str], dict[str, GapAnswer]] = {}
    for row in found:
        answer = _answer(row)
        alike = said.setdefault((answer.outcome, answer.article_id, answer.quote), {})
        known = alike.get(answer.answer_id)
        # An answer can have several signals: unanswered, voted down, and then a request for a person.
        alike[answer.answer_id] = answer if known is None else replace(known, kinds=_joined((known, answer)))
    groups = [
        replace(next(iter(alike.values())), count=len(alike), kinds=_joined(alike.values())) for alike in said.values()
    ]
    return tuple(sorted(groups, key=lambda group: -group.count)[:limit])


def shown_quotes(connection: sqlite3.Connection, root: str) -> tuple[str, ...]:
    """All that was cited in the newest answers to the people of the gap ``root``, each quote once."""
    found = rows(connection, _ANSWERS, {"gap": root, "read": _QUOTED})
    documents = {row["id"]: row["document"] for row in found}
    cited = (citation for document in documents.values() for citation in orjson.loads(document).get("citations") or ())
    return tuple(dict.fromkeys(citation.get("quote", "") for citation in cited))


def _joined(answers: Iterable[GapAnswer]) -> tuple[SignalKind, ...]:
    return tuple(dict.fromkeys(kind for answer in answers for kind in answer.kinds))


def _answer(row: Row) -> GapAnswer:
    document: dict[str, Any] = orjson.loads(row["document"])
    cited, suggested = document.get("citations") or [], document.get("suggestions") or []
    source: dict[str, Any] = next(iter((*cited, *suggested)), {})
    path = source.get("heading_path") or [""]
    return GapAnswer(
        answer_id=row["id"],
        at=from_ms(row["at"]),
        question=row["question"],
        lang=row["lang"],
        outcome=Outcome(row["outcome"]),
        article_id=source.get("article_id", ""),
        title=source.get("title", ""),
        heading=path[-1] if len(path) > 1 else "",
        quote=source.get("quote", ""),
        cited=bool(cited),
        kinds=(SignalKind(row["kind"]),),
    )
