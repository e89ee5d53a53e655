"""Puts near gaps together in the background, takes apart what turned out to be two needs, and names gaps anew."""

from __future__ import annotations

import threading
import time

from kb.gaps.grouping import GapDirectory
from kb.gaps.regroup import regroup
from kb.ids import new_id
from kb.records import Records

_LEASE = "regroup"
_LEASE_MS = 600_000
_REST = (
    20.0  # a round rests this many times as long as the last one took, so that it takes no more than a 20th of a core
)


class Regrouper:
    """Looks at gaps again when questions have come. Of several processes one does it at a time."""

    def __init__(self, records: Records, gaps: GapDirectory) -> None:
        self._records = records
        self._gaps = gaps
        self._holder = new_id("prc")
        self._running = threading.Lock()
        self._seen = -1
        self._rested_at = 0.0

    def run(self, *, now: bool = False) -> int:
        """Regroup what is new; return how many gaps moved. ``now``: without the rest after a long round.

        Raises ``StorageError``.
        """
        with self._running:
            self._gaps.sync()
            waits = not now and time.monotonic() < self._rested_at
            if waits or self._gaps.changes == self._seen:
                return 0
            if not self._records.leases.take(_LEASE, self._holder, _LEASE_MS):
                return 0
            started = time.monotonic()
            try:
                moved = self._regroup()
            finally:
                self._rested_at = time.monotonic() + _REST * (time.monotonic() - started)
                self._records.leases.release(_LEASE, self._holder)
            self._gaps.sync()
            self._seen = self._gaps.changes
            return moved

    def _regroup(self) -> int:
        fresh = self._gaps.take_fresh()
        ruled = self._records.grouping.ruled()
        # After a change of the model, wordings that were not asked again have the old one's vectors: those are left alone.
        pictures = sorted(self._gaps.pictures().values(), key=lambda picture: int(picture.counts.sum()))
        moved = self._records.grouping.apply(regroup(pictures[-1], ruled), ruled) if pictures else 0
        self._records.grouping.relabel(fresh)
        return moved
