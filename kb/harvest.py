"""Signals that nobody sends: suggestions not taken, searches that led nowhere, questions asked again in other words.

They are made in the background from what is written down, a few minutes after the fact, and not while somebody waits.
"""

from __future__ import annotations

import threading

import structlog

from kb.answer.manner import Manner, manner_of
from kb.answering import Need
from kb.errors import StorageError
from kb.gaps.rephrasing import Wording, is_rephrasing
from kb.records import Records, SignalKind
from kb.records.harvests import Quiet, Verdict
from kb.signals import Signals

_BATCH = 100  # lines judged in one transaction
_MOST = 1000  # lines judged in one sweep: the rest waits for the next
_PAUSE = 5.0  # seconds between sweeps
_log = structlog.get_logger(__name__)


class Harvester:
    """Judges what has been quiet for a while. Thread-safe; several processes may sweep the same records."""

    def __init__(self, records: Records, signals: Signals) -> None:
        self._records = records
        self._signals = signals
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def sweep(self) -> int:
        """Judge what is due, a thousand lines at most; return how many signals came of it. Raises ``StorageError``."""
        self._records.flush()
        created = 0
        for _ in range(_MOST // _BATCH):
            harvest = self._records.harvests.due(_BATCH)
            if not harvest.due:
                break
            verdicts = {quiet.line: verdict for quiet in harvest.quiet if (verdict := self._judge(quiet))}
            created += self._records.harvests.settle(harvest, verdicts)
            if len(harvest.due) < _BATCH or self._stop.is_set():
                break
        return created

    def start(self) -> None:
        """Sweep in a background thread until ``close``."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="kb-harvest", daemon=True)
            self._thread.start()

    def close(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        while not self._stop.wait(_PAUSE):
            try:
                self.sweep()
            except StorageError as error:
                _log.warning("harvest.postponed", detail=error.detail)  # the queue is kept
            except Exception as error:  # noqa: BLE001 - the border of a thread: it must live to try again
                _log.error("harvest.failed", error=type(error).__name__)

    def _judge(self, quiet: Quiet) -> Verdict | None:
        task, line_id = quiet.line
        if task == "again":
            return self._again(quiet)
        kind = SignalKind.SUGGESTED_NOT_TAKEN if task == "suggested" else SignalKind.SEARCH_WITHOUT_CLICK
        asked = quiet.asked
        need = self._signals.need_of(asked.question, asked.lang)
        if not need.question.content:
            return None
        signal = self._signals.make(
            kind, need, self._signals.desk(asked.article_id), reason=asked.reason, external_id=f"quiet:{line_id}"
        )
        return Verdict(signal, asked)

    def _again(self, quiet: Quiet) -> Verdict | None:
        """The newest earlier question that was asked again in other words: that one was not answered as it was meant."""
        if manner_of(quiet.asked.question, in_conversation=True) is not Manner.QUESTION:
            return None
        later = self._signals.need_of(quiet.asked.question, quiet.asked.lang)
        for asked in quiet.earlier:
            earlier = self._signals.need_of(asked.question, asked.lang)
            if is_rephrasing(_wording(earlier), _wording(later), answered=asked.outcome == "answered"):
                signal = self._signals.make(
                    SignalKind.REPHRASED,
                    earlier,
                    self._signals.desk(asked.article_id),
                    external_id=f"again:{asked.id}",
                )
                return Verdict(signal, asked)
        return None


def _wording(need: Need) -> Wording:
    return Wording(need.question.content, need.vector, need.encoder)
