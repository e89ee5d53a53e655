"""Signals that come by themselves, not with an answer that is being written down: from bots, from owners."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kb.records.clock import to_ms
from kb.records.database import Database
from kb.records.questions import question_key
from kb.records.rows import Occurrence, SignalResult
from kb.records.signals import refresh_causes, signal_entry, store_signal
from kb.text.redact import redact


class SignalLog:
    """Stores signals at once. Every method raises ``StorageError``."""

    def __init__(self, database: Database, now: Callable[[], int]) -> None:
        self._db = database
        self._now = now

    def add(self, occurrences: Sequence[Occurrence]) -> list[SignalResult]:
        """Store all of them or none, committed when this returns.

        A known ``external_id`` changes nothing. Personal data in the questions is masked.
        """
        now = self._now()
        results: list[SignalResult] = []
        with self._db.writing() as connection:
            for occurrence in occurrences:
                entry = signal_entry(occurrence.signal)
                entry["question"] = redact(entry["question"]).text
                results.append(
                    store_signal(
                        connection,
                        entry,
                        at=now if occurrence.at is None else to_ms(occurrence.at),
                        question_key=question_key(entry["question"]),
                        answer_id=None,
                        conversation_id=None,
                        visitor=occurrence.visitor,
                        channel=occurrence.channel,
                    )
                )
            refresh_causes(connection, sorted({result.gap_id for result in results if result.created}), now)
        return results
