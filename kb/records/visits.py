"""What visitors searched and which articles they opened: written like answers, through the journal."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

import orjson

from kb.ids import new_id
from kb.records.clock import DAY_MS
from kb.records.database import Database, rows
from kb.records.erasures import was_erased
from kb.records.harvests import QUIET_MS, watch
from kb.records.questions import question_key
from kb.records.rows import Signal
from kb.records.signals import signal_entry, store_signal
from kb.types import Lang

Entry = dict[str, Any]


class Visits:
    """Searches and openings. Noting one never raises; reading raises ``StorageError``."""

    def __init__(
        self, database: Database, now: Callable[[], int], log: Callable[[Entry], None], settle: Callable[[], None]
    ) -> None:
        """``log`` takes a journal entry; ``settle`` stores what was logged, if it can."""
        self._db = database
        self._now = now
        self._log = log
        self._settle = settle

    def log_search(
        self,
        text: str,
        *,
        lang: Lang,
        results: int,
        article_id: str | None,
        channel: str,
        visitor: str | None = None,
    ) -> str:
        """Write a search down and return its id. ``text``: masked. ``article_id``: the best of its ``results``."""
        search_id = new_id("srch")
        self._log(
            {
                "type": "search",
                "id": search_id,
                "at": self._now(),
                "visitor": visitor,
                "channel": channel,
                "lang": lang,
                "question": text,
                "results": results,
                "article_id": article_id,
            }
        )
        return search_id

    def log_opening(
        self,
        article_id: str,
        *,
        source_id: str | None,
        stale: bool,
        visitor: str | None = None,
        channel: str = "api",
        signals: Sequence[Signal] = (),
    ) -> str:
        """Write down that an article was opened and return the id of that. ``source_id``: the answer or search it came from.

        Once for each visitor, article and source: who reloads a page or comes back to it on the same day has opened it once.
        """
        opening_id = _opening_id(article_id, source_id, visitor) if visitor else new_id("opn")
        self._log(
            {
                "type": "opening",
                "id": opening_id,
                "at": self._now(),
                "visitor": visitor,
                "channel": channel,
                "article_id": article_id,
                "source_id": source_id,
                "stale": stale,
                "signals": [signal_entry(signal) for signal in signals],
            }
        )
        return opening_id

    def readers(self, days: int = 28) -> dict[str, int]:
        """People who opened each article's page in the last ``days``, by article id; who came again on another day counts again."""
        self._settle()
        with self._db.reading() as connection:
            found = rows(
                connection,
                "SELECT article_id, count(DISTINCT coalesce(visitor, id)) AS people FROM openings WHERE at > ?"
                " GROUP BY article_id",
                (self._now() - days * DAY_MS,),
            )
        return {row["article_id"]: row["people"] for row in found}


def _opening_id(article_id: str, source_id: str | None, visitor: str) -> str:
    name = orjson.dumps([article_id, source_id, visitor])
    return f"opn_{hashlib.sha256(name).hexdigest()[:26]}"


def store_search(connection: sqlite3.Connection, entry: Entry) -> set[str]:
    """Insert the search of a journal line, to be judged later. A known id changes nothing; no gap is touched yet."""
    at = int(entry["at"])
    if was_erased(connection, at, conversation_id=None, visitor=entry["visitor"]):
        return set()
    created = connection.execute(
        "INSERT OR IGNORE INTO searches (id, at, visitor, channel, lang, question, question_key, results, article_id)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            entry["id"],
            at,
            entry["visitor"],
            entry["channel"],
            entry["lang"],
            entry["question"],
            question_key(entry["question"]),
            int(entry["results"]),
            entry["article_id"],
        ),
    ).rowcount
    if created:
        watch(connection, "search", entry["id"], at + QUIET_MS)
    return set()


def store_opening(connection: sqlite3.Connection, entry: Entry) -> set[str]:
    """Insert the opening of a journal line with its signals; return the gaps that have a new signal."""
    at = int(entry["at"])
    if was_erased(connection, at, conversation_id=None, visitor=entry["visitor"]):
        return set()
    created = connection.execute(
        "INSERT OR IGNORE INTO openings (id, at, visitor, channel, article_id, source_id, stale)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            entry["id"],
            at,
            entry["visitor"],
            entry["channel"],
            entry["article_id"],
            entry["source_id"],
            bool(entry["stale"]),
        ),
    ).rowcount
    if not created:
        return set()
    return {
        store_signal(
            connection,
            signal,
            at=at,
            question_key=question_key(signal["question"]),
            answer_id=None,
            conversation_id=None,
            visitor=entry["visitor"],
            channel=entry["channel"],
        ).gap_id
        for signal in entry["signals"]
        # It quotes the question of an answer, which may belong to a conversation that was erased since.
        if not was_erased(connection, at, conversation_id=signal["conversation_id"], visitor=None)
    }
