"""Keeps the gaps true behind everybody's back: after every published snapshot their questions are asked again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import structlog

from kb.answering import Answerer
from kb.errors import KbError, StorageError
from kb.gaps.vocabulary import GapStatus
from kb.ids import new_id
from kb.index.live import LiveIndex
from kb.index.snapshot import Snapshot
from kb.proof.conflict import find_conflict
from kb.proof.findability import find_article
from kb.proof.verify import Verifier, record_publication
from kb.records import Records
from kb.records.clock import to_ms

_LEASE = "proof"
_BURST = 20  # publications that one check waits for at most
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class KeeperLimits:
    """``tick``: seconds between looks for work that nobody announces. ``settle``: seconds without another publication before one
    is checked, so that a burst of saved files is checked once. ``age``: milliseconds after which a new gap is tried. ``trials``:
    gaps whose findability is tried in one go. ``lease``: milliseconds for which another process is kept out.
    """

    tick: float = 2.0
    settle: float = 0.5
    age: int = 3000
    trials: int = 100
    lease: int = 60_000


DEFAULT_LIMITS = KeeperLimits()


class _StoppedError(Exception):
    """The keeper was told to stop while it was at work."""


class GapKeeper:
    """Verifies, reopens and tries gaps in one background thread. Thread-safe.

    Of several processes with the same data folder one works at a time. The thread rests after each question for as long as it took,
    so that visitors' questions always find the processor free half of the time.
    """

    def __init__(
        self, data: Path, live: LiveIndex, answerer: Answerer, records: Records, limits: KeeperLimits = DEFAULT_LIMITS
    ) -> None:
        self._data = data
        self._live = live
        self._answerer = answerer
        self._records = records
        self._limits = limits
        self._verifier = Verifier(answerer, records, pause=self._rest)
        self._holder = new_id("kpr")
        self._noticed: dict[str, int] = {}  # revision and when it was first served
        self._recorded = ""
        self._renew_at = 0.0
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def published(self, snapshot: Snapshot) -> None:
        """Take note of a newly served snapshot; returns at once."""
        self._noticed = {snapshot.revision: to_ms(self._records.proofs.now())}
        self._wake.set()

    def wake(self) -> None:
        """Look for work now."""
        self._wake.set()

    def start(self) -> None:
        """Work in a background thread until ``close``."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="kb-gap-keeper", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Stop after the question in hand; what was not decided is done again by the next process."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def work(self) -> bool:
        """Do what there is to do, in this thread; False when another process is at it. Raises ``StorageError``."""
        snapshot = self._live.held
        if snapshot is None:
            return True
        self._record(snapshot)
        if not self._has_work():
            return True
        if not self._lease():
            return False
        try:
            self._check_publication(snapshot)
            self._verify(snapshot, self._records.proofs.watched((GapStatus.RESOLVED,)))
            self._try(snapshot, self._records.findability.untried(self._limits.age, self._limits.trials))
        finally:
            self._renew_at = 0.0
            self._records.leases.release(_LEASE, self._holder)
        return True

    def verify(self, gap_id: str) -> None:
        """Ask every wording of a gap of the published snapshot now, whatever other processes do.

        Raises NotFoundError, StorageError, EncoderError and what ``LiveIndex.current`` raises.
        """
        self._records.flush()
        snapshot = self._live.current()
        self._record(snapshot)
        Verifier(self._answerer, self._records).verify(snapshot, gap_id, thorough=True)

    def verify_all(self) -> dict[str, tuple[GapStatus, GapStatus]]:
        """Ask the questions of all gaps that are watched, in this thread; return the states before and after of those that changed.

        Raises what ``verify`` raises.
        """
        self._records.flush()
        self._record(self._live.current())
        changed = {}
        for gap_id in self._records.proofs.watched():
            before = self._records.proofs.gap(gap_id).status
            self.verify(gap_id)
            after = self._records.proofs.gap(gap_id).status
            if after is not before:
                changed[gap_id] = (before, after)
        return changed

    def _record(self, snapshot: Snapshot) -> None:
        if snapshot.revision != self._recorded:
            record_publication(self._records, self._data, snapshot, self._noticed.get(snapshot.revision))
            self._recorded = snapshot.revision

    def _has_work(self) -> bool:
        return (
            self._records.publications.unchecked() is not None
            or bool(self._records.proofs.watched((GapStatus.RESOLVED,)))
            or bool(self._records.findability.untried(self._limits.age, 1))
        )

    def _check_publication(self, snapshot: Snapshot) -> None:
        publication = self._records.publications.unchecked()
        if publication is None or publication.revision != snapshot.revision:
            return
        self._verify(snapshot, self._records.proofs.watched())
        self._try(snapshot, self._records.findability.tried(snapshot.revision, self._limits.trials))
        self._records.publications.mark_checked(publication.seq)
        _log.info("gaps.checked", revision=snapshot.revision)

    def _verify(self, snapshot: Snapshot, gap_ids: Iterable[str]) -> None:
        self._each(gap_ids, lambda gap_id: self._verifier.verify(snapshot, gap_id))

    def _try(self, snapshot: Snapshot, gap_ids: Iterable[str]) -> None:
        def attempt(gap_id: str) -> None:
            # A gap may be written down after the article that answers it was published: ask it once in any case.
            self._verifier.verify(snapshot, gap_id)
            gap = self._records.proofs.gap(gap_id)
            found = None
            if gap.status is not GapStatus.VERIFIED:
                found = find_conflict(self._answerer, snapshot, gap) or find_article(self._answerer, snapshot, gap)
            self._records.findability.keep(gap_id, snapshot.revision, found)

        self._each(gap_ids, attempt)

    def _each(self, gap_ids: Iterable[str], work: Callable[[str], object]) -> None:
        """Do ``work`` on each gap; one that cannot be done must not keep the others from it."""
        for gap_id in gap_ids:
            if self._stop.is_set():
                raise _StoppedError
            self._lease()
            try:
                work(gap_id)
            except StorageError:
                raise
            except KbError as error:
                _log.warning("gap.not_checked", gap=gap_id, detail=error.detail)

    def _lease(self) -> bool:
        """Take the lease, or keep it: written down only when a good part of it is over."""
        now = time.monotonic()
        if now < self._renew_at:
            return True
        taken = self._records.leases.take(_LEASE, self._holder, self._limits.lease)
        self._renew_at = now + self._limits.lease / 4000 if taken else 0.0
        return taken

    def _rest(self, seconds: float) -> None:
        if self._stop.wait(min(seconds, 0.1)):
            raise _StoppedError

    def _run(self) -> None:
        while not self._stop.is_set():
            if self._wake.wait(self._limits.tick):
                self._calm_down()
            if self._stop.is_set():
                return
            try:
                self.work()
            except _StoppedError:
                return
            except StorageError as error:
                _log.warning("gaps.not_checked", detail=error.detail)
            except Exception as error:  # noqa: BLE001 - the border of a thread: it must live to try again
                _log.error("gaps.not_checked", error=type(error).__name__)

    def _calm_down(self) -> None:
        """Wait until publications stop coming, within reason."""
        for _ in range(_BURST):
            self._wake.clear()
            if self._stop.wait(self._limits.settle) or not self._wake.is_set():
                return
