"""Re-reading the articles in the background: one job at a time, each with a report to poll."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, Protocol

import structlog

from kb.errors import KbError
from kb.ids import new_id

if TYPE_CHECKING:
    from indexer.build import BuildReport

_KEPT_JOBS = 50
_log = structlog.get_logger(__name__)

Progress = Callable[[str, int, int], None]  # stage, done, total


class BuildIndex(Protocol):
    """Re-reads the articles and publishes the result."""

    def __call__(self, *, progress: Progress | None = None) -> BuildReport: ...


@dataclass(frozen=True, slots=True)
class IndexJob:
    """One re-reading. ``progress``: (stage, done, total) while running; ``report`` or ``error`` when it has ended."""

    id: str
    status: Literal["running", "succeeded", "failed"]
    created_at: datetime
    finished_at: datetime | None = None
    progress: tuple[str, int, int] | None = None
    report: BuildReport | None = None
    error: KbError | None = None


class IndexJobs:
    """Runs ``build`` in a thread of its own; the last jobs can be looked up. Thread-safe."""

    def __init__(self, build: BuildIndex) -> None:
        self._build = build
        self._lock = threading.Lock()
        self._jobs: OrderedDict[str, IndexJob] = OrderedDict()
        self._running: str | None = None
        self._rerun = False
        self._thread: threading.Thread | None = None

    def start(self) -> IndexJob:
        """Start a job, or return the one that is running: it is told to look once more before it ends.

        So whoever has just saved an article and calls this finds the edit in the job's report.
        """
        with self._lock:
            if self._running is not None:
                self._rerun = True
                return self._jobs[self._running]
            job = IndexJob(new_id("idx"), "running", datetime.now(UTC))
            self._jobs[job.id] = job
            while len(self._jobs) > _KEPT_JOBS:
                self._jobs.popitem(last=False)
            self._running, self._rerun = job.id, False
            self._thread = threading.Thread(target=self._run, args=(job.id,), name="index-job", daemon=True)
            self._thread.start()
            return job

    def get(self, job_id: str) -> IndexJob | None:
        with self._lock:
            return self._jobs.get(job_id)

    def close(self, timeout: float = 10.0) -> None:
        """Wait up to ``timeout`` seconds for a running job. One that goes on is cut off: publishing is atomic."""
        if self._thread is not None:
            self._thread.join(timeout)

    def _run(self, job_id: str) -> None:
        def progress(stage: str, done: int, total: int) -> None:
            self._change(job_id, progress=(stage, done, total))

        report: BuildReport | None = None
        while True:
            error: KbError | None = None
            try:
                report = _joined(report, self._build(progress=progress))
            except KbError as failure:
                error = failure
            except Exception as failure:  # noqa: BLE001 - the border of a thread: the job must end with a status
                _log.error("index.job_failed", job=job_id, error=repr(failure))
                error = KbError("Indexing failed unexpectedly.", "The log has the cause.")
            with self._lock:
                if self._rerun and error is None:
                    self._rerun = False
                    continue
                self._running = None
                self._jobs[job_id] = replace(
                    self._jobs[job_id],
                    status="failed" if error else "succeeded",
                    finished_at=datetime.now(UTC),
                    progress=None,
                    report=None if error else report,
                    error=error,
                )
            return

    def _change(self, job_id: str, *, progress: tuple[str, int, int]) -> None:
        with self._lock:
            self._jobs[job_id] = replace(self._jobs[job_id], progress=progress)


def _joined(earlier: BuildReport | None, later: BuildReport) -> BuildReport:
    """What two runs of one job did together."""
    if earlier is None:
        return later
    return replace(
        later,
        changed=earlier.changed or later.changed,
        embedded=earlier.embedded + later.embedded,
        reread=earlier.reread + later.reread,
        seconds=earlier.seconds + later.seconds,
    )
