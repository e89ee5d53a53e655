"""What every page of the help centre needs to know of the served articles, gathered once for a request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TypeVar

from fastapi import Request

from api.pages import articles as shelf
from api.pages.summary import summaries
from api.state import AppState, state_of
from kb.errors import KbError, NotFoundError
from kb.index.snapshot import Snapshot
from kb.types import Article

READER_DAYS = 28
_READERS_FRESH = 600.0  # seconds for which counts of readers are good enough
_WAIT = 0.05  # seconds that a page waits for what it can do without
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Shelf:
    """The snapshot, and its articles that a visitor may read on ``today``."""

    state: AppState
    snapshot: Snapshot
    articles: list[Article]
    today: date

    def article(self, article_id: str) -> Article:
        """Raises ``NotFoundError`` for an article that is not there for visitors."""
        for found in self.articles:
            if found.id == article_id:
                return found
        raise NotFoundError("There is no such article.")

    def summaries(self) -> Mapping[str, str]:
        """One or two sentences for every article, by its id."""
        made = self.state.prepared.get(
            ("summaries", self.snapshot.revision),
            lambda: summaries(self.snapshot.passages, self.snapshot.articles),
            fresh=float("inf"),
        )
        return made or {}

    def readers(self) -> Mapping[str, int]:
        """People who opened each article's page lately; empty while that is being counted, or cannot be."""
        visits = self.state.opened.records.visits
        return self._kept("readers", lambda: visits.readers(READER_DAYS), _READERS_FRESH)

    def changed(self) -> Mapping[str, date]:
        """The day of each article's last edit, as far as one was seen; empty when that cannot be read now."""
        uses = self.state.opened.records.article_uses

        def read() -> dict[str, date]:
            return {key: datetime.fromtimestamp(at / 1000, UTC).date() for key, at in uses.changed_at().items()}

        return self._kept(f"changed {self.snapshot.revision}", read, float("inf"))

    def _kept(self, name: str, make: Callable[[], Mapping[str, T]], fresh: float) -> Mapping[str, T]:
        try:
            return self.state.prepared.get(("shelf", name), make, fresh=fresh, wait=_WAIT) or {}
        except KbError:  # pages show articles without the database too
            return {}


def shelf_of(request: Request) -> Shelf:
    """The shelf of the index in use. Raises what keeps an index from being served."""
    state = state_of(request)
    snapshot = state.opened.live.current()
    today = datetime.now(UTC).date()
    return Shelf(state, snapshot, shelf.visible(snapshot.articles, today), today)
