"""Answered questions: what is written down of each, and reading it back."""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import orjson

from kb.records.clock import from_ms, to_ms
from kb.records.database import one, rows
from kb.records.erasures import was_erased
from kb.records.harvests import watch_question
from kb.records.person_links import link_person
from kb.records.rows import Signal
from kb.records.signals import signal_entry, store_signal
from kb.types import Outcome, Turn

Entry = dict[str, Any]
_WORDS = re.compile(r"\w+")


def question_key(text: str) -> str:
    """What two spellings of one question share: compatibility forms, case, spaces and punctuation do not count."""
    words = _WORDS.findall(unicodedata.normalize("NFKC", text).casefold())
    return " ".join(words) or text.strip()


def question_entry(
    document: Mapping[str, Any],
    *,
    channel: str,
    visitor: str | None,
    page_url: str | None,
    category: str | None,
    passage_ids: Sequence[str],
    terms: Sequence[str],
    signals: Sequence[Signal],
    person: str | None = None,
    request: tuple[str, str] | None = None,
) -> Entry:
    """The journal line of one answer. The feedback token is left out: who may read an answer may not vote on it."""
    return {
        "id": document["id"],
        "at": to_ms(datetime.fromisoformat(document["created_at"])),
        "conversation_id": document["conversation_id"],
        "visitor": visitor,
        "channel": channel,
        "page_url": without_query(page_url),
        "category": category,
        "passage_ids": list(passage_ids),
        "terms": list(dict.fromkeys(terms)),
        "signals": [signal_entry(signal) for signal in signals],
        "document": {**document, "feedback_token": ""},
        **({} if person is None else {"person": person}),
        **({} if request is None else {"request_key": request[0], "request_hash": request[1]}),
    }


def without_query(url: str | None) -> str | None:
    """Queries and fragments of a page's address can name a person; the page itself is enough. None for what is no web page."""
    if url is None:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme not in ("", "http", "https"):  # who reads it may open it
        return None
    return parts._replace(query="", fragment="", netloc=parts.netloc.rpartition("@")[2]).geturl()


def store_question(connection: sqlite3.Connection, entry: Entry) -> set[str]:
    """Insert the answer of a journal line with its signals; return the gaps that have a new signal.

    A known id changes nothing. Raises ``KeyError``, ``TypeError``, ``ValueError`` or ``sqlite3.IntegrityError`` for a
    line that cannot be an answer.
    """
    document = entry["document"]
    person = entry.get("person")
    if was_erased(
        connection, entry["at"], conversation_id=entry["conversation_id"], visitor=entry["visitor"], person=person
    ):
        return set()
    values = _columns(entry, document)
    names = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    if not connection.execute(f"INSERT OR IGNORE INTO questions ({names}) VALUES ({marks})", values).rowcount:
        return set()
    _store_passages(connection, entry, document)
    _store_caller(connection, entry)
    watch_question(connection, values)
    return {
        store_signal(
            connection,
            signal,
            at=entry["at"],
            question_key=question_key(signal["question"]),
            answer_id=entry["id"],
            conversation_id=entry["conversation_id"],
            visitor=entry["visitor"],
            channel=entry["channel"],
        ).gap_id
        for signal in entry["signals"]
    }


def _store_caller(connection: sqlite3.Connection, entry: Entry) -> None:
    """Whose question it was, and under which key of the caller's it may be sent again."""
    if entry.get("person"):
        link_person(connection, entry["person"], entry["conversation_id"], int(entry["at"]))
    if entry.get("request_key"):
        connection.execute(
            "INSERT OR IGNORE INTO answer_requests (request_key, request_hash, answer_id) VALUES (?, ?, ?)",
            (entry["request_key"], entry["request_hash"], entry["id"]),
        )


def _columns(entry: Entry, document: Mapping[str, Any]) -> dict[str, Any]:
    citations = document["citations"]
    text = document["question"]["text"]
    return {
        "id": entry["id"],
        "at": int(entry["at"]),
        "conversation_id": entry["conversation_id"],
        "visitor": entry["visitor"],
        "channel": entry["channel"],
        "lang": document["question"]["lang"],
        "answer_lang": document["lang"],
        "question": text,
        "question_key": question_key(text),
        "terms": orjson.dumps(entry["terms"]).decode(),
        "redactions": document["question"]["redactions"],
        "outcome": Outcome(document["outcome"]).value,
        "reason": document["reason"]["code"] if document["reason"] else None,
        "score": document["confidence"]["score"],
        "level": document["confidence"]["level"],
        "article_id": citations[0]["article_id"] if citations else None,
        "category": entry["category"],
        "gap_id": document["gap_id"],
        "index_revision": document["index"]["revision"],
        "embed_ms": document["timings_ms"]["embed"],
        "retrieve_ms": document["timings_ms"]["retrieve"],
        "answer_ms": document["timings_ms"]["answer"],
        "total_ms": document["timings_ms"]["total"],
        "page_url": entry["page_url"],
        "document": orjson.dumps(document).decode(),
    }


def _store_passages(connection: sqlite3.Connection, entry: Entry, document: Mapping[str, Any]) -> None:
    shown: dict[str, tuple[str, str]] = {}
    for use, citations in (("cited", document["citations"]), ("suggested", document["suggestions"])):
        for citation in citations:
            shown.setdefault(citation["passage_id"], (citation["article_id"], use))
    for passage_id in entry["passage_ids"]:
        shown.setdefault(passage_id, (passage_id.rpartition("#")[0] or passage_id, "considered"))
    connection.executemany(
        "INSERT INTO shown_passages (question_id, passage_id, article_id, use, position) VALUES (?, ?, ?, ?, ?)",
        [
            (entry["id"], passage_id, article_id, use, position)
            for position, (passage_id, (article_id, use)) in enumerate(shown.items())
        ],
    )


def load_document(connection: sqlite3.Connection, answer_id: str) -> dict[str, Any] | None:
    row = one(connection, "SELECT document FROM questions WHERE id = ?", (answer_id,))
    return None if row is None else orjson.loads(row["document"])


def load_request(connection: sqlite3.Connection, request_key: str) -> tuple[str, dict[str, Any]] | None:
    """What was sent under a key (hashed), and the answer that was given; None when the key is not known."""
    row = one(
        connection,
        "SELECT r.request_hash, q.document FROM answer_requests r JOIN questions q ON q.id = r.answer_id WHERE r.request_key = ?",
        (request_key,),
    )
    return None if row is None else (row["request_hash"], orjson.loads(row["document"]))


def load_turns(connection: sqlite3.Connection, conversation_id: str, limit: int) -> dict[str, Turn]:
    """The newest ``limit`` turns of a conversation by answer id, oldest first."""
    found = rows(
        connection,
        "SELECT id, question, lang, outcome, at, coalesce(article_id, CASE outcome WHEN 'suggested' THEN"
        " (SELECT p.article_id FROM shown_passages p WHERE p.question_id = questions.id ORDER BY p.position LIMIT 1) END)"
        " AS article_id FROM questions WHERE conversation_id = ? ORDER BY at DESC, id DESC LIMIT ?",
        (conversation_id, limit),
    )
    return {
        row["id"]: Turn(row["question"], row["lang"], Outcome(row["outcome"]), row["article_id"], from_ms(row["at"]))
        for row in reversed(found)
    }


def waiting_turn(entry: Entry) -> Turn:
    """The turn of an entry that is not stored yet."""
    document = entry["document"]
    outcome = Outcome(document["outcome"])
    shown = document["suggestions"] if outcome is Outcome.SUGGESTED else document["citations"]
    return Turn(
        question=document["question"]["text"],
        lang=document["question"]["lang"],
        outcome=outcome,
        article_id=shown[0]["article_id"] if shown else None,
        at=from_ms(entry["at"]),
    )
