"""The snapshot that questions are answered from now; a newly published one is picked up without a restart."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from pathlib import Path

import structlog

from kb.errors import KbError
from kb.index.revisions import current_revision
from kb.index.snapshot import Snapshot
from kb.index.storage import load_snapshot

# A look at the pointer file costs microseconds, so an edit is seen well within a second.
_POLL_SECONDS = 0.1

_log = structlog.get_logger(__name__)


class LiveIndex:
    """Holds the published snapshot of a data folder. Whoever asks keeps what ``current()`` gave them.

    ``tokenizer``: what the running code uses; a snapshot made with another is refused, and the one held serves on.
    ``encoder``: the model that the first snapshot must be made with. A later one may be of another model, which the operator
    chose by publishing it; it is used once ``before_switch`` has returned, and the one held serves on when that raises ``KbError``.
    ``on_change`` is called, in the thread that loaded it, with each snapshot after the first.
    """

    def __init__(
        self,
        data: Path,
        *,
        tokenizer: str | None = None,
        encoder: str | None = None,
        before_switch: Callable[[Snapshot], None] | None = None,
        on_change: Callable[[Snapshot], None] | None = None,
    ) -> None:
        self._data = data
        self._tokenizer = tokenizer
        self._encoder = encoder
        self._before_switch = before_switch
        self._on_change = on_change
        self._snapshot: Snapshot | None = None
        self._failure: KbError | None = None
        self._loading = threading.Lock()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def current(self) -> Snapshot:
        """The newest usable snapshot. Raises ``IndexMissingError``, ``IndexMismatchError`` or ``IndexCorruptError``."""
        return self._snapshot or self.refresh()

    @property
    def held(self) -> Snapshot | None:
        """The snapshot loaded last, without a look at the disk; None before the first."""
        return self._snapshot

    def refresh(self) -> Snapshot:
        """Load the published snapshot now if it is another than the one held.

        A published snapshot that cannot be loaded is an error only when there is no older one to go on with.
        """
        with self._loading:
            held = self._snapshot
            if held is not None and current_revision(self._data) == held.revision:
                return held
            try:
                expected = self._encoder if held is None else None
                loaded = load_snapshot(self._data, tokenizer=self._tokenizer, encoder=expected)
                loaded.prepare()
                if held is not None:
                    self._enter(held, loaded)
                self._snapshot = loaded
                self._failure = None
            except KbError as error:
                self._failure = error
                if held is None:
                    raise
                _log.error("index.not_loaded", detail=error.detail, hint=error.hint, serving=held.revision)
                return held
            _settle_memory(after=held)
        if held is not None and loaded.revision != held.revision and self._on_change is not None:
            self._on_change(loaded)
        return loaded

    def _enter(self, held: Snapshot, loaded: Snapshot) -> None:
        if self._before_switch is not None:
            self._before_switch(loaded)
        before, after = held.identity.model_name, loaded.identity.model_name
        if before != after:
            _log.warning(
                "index.other_model", before=before, now=after, hint=f"Start with KB_ENCODER={after} next time."
            )

    @property
    def failure(self) -> KbError | None:
        """Why the last published snapshot could not be loaded, or None."""
        return self._failure

    def follow(self) -> None:
        """Watch the pointer in a background thread until ``close``."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._poll, name="index-follower", daemon=True)
            self._thread.start()

    def close(self) -> None:
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        gc.unfreeze()  # what nobody holds any more may be collected

    def _poll(self) -> None:
        tried: str | None = None
        while not self._stopped.wait(_POLL_SECONDS):
            try:
                revision = current_revision(self._data)
                held = self._snapshot.revision if self._snapshot else None
                if revision in (None, held, tried):
                    continue
                tried = revision
                self.refresh()
            except (KbError, OSError) as error:
                _log.error("index.not_loaded", detail=str(error))


def _settle_memory(after: Snapshot | None) -> None:
    """Keep the collector from walking a snapshot again and again while questions are answered.

    It is hundreds of thousands of objects. What was set aside with the snapshot ``after`` which this one follows is looked at
    once more: whatever of it refers to itself in a circle would otherwise never be freed. The first one has nothing behind
    it, and a command that asks one question should not pay for a walk over everything that was imported.
    """
    if after is not None:
        gc.unfreeze()
        gc.collect()
    gc.freeze()
