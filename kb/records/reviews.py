"""What owners say of single answers, and how often answers of each confidence are right by that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from kb.errors import NotFoundError
from kb.records.clock import DAY_MS, from_ms
from kb.records.database import Database, Row, one, rows
from kb.records.figures import Share
from kb.types import Outcome

Verdict = Literal["right", "wrong"]


@dataclass(frozen=True, slots=True)
class Band:
    """A range ``[low, high)`` of the confidence; the last one holds 1 too."""

    low: float
    high: float


BANDS = (Band(0.0, 0.2), Band(0.2, 0.4), Band(0.4, 0.6), Band(0.6, 0.8), Band(0.8, 1.01))


@dataclass(frozen=True, slots=True)
class Review:
    """The mark that stands on an answer. ``drawn``: the answer was drawn by chance, so that the mark may be counted."""

    answer_id: str
    verdict: Verdict
    who: str
    at: datetime
    drawn: bool


@dataclass(frozen=True, slots=True)
class Precision:
    """How many of the reviewed answers of one outcome were right; ``band`` is None for all confidences together.

    ``expected``: what their confidences promise, the mean of the scores; None without a review.
    """

    outcome: Outcome
    band: Band | None
    right: Share
    expected: float | None


class Reviews:
    """Marks of owners. ``now``: milliseconds since 1970-01-01 UTC. Every method raises ``StorageError``."""

    def __init__(self, database: Database, now: Callable[[], int]) -> None:
        self._db = database
        self._now = now

    def mark(self, answer_id: str, verdict: Verdict | None, *, who: str, drawn: bool) -> None:
        """Let this mark stand on an answer, None withdraws it; committed when this returns. Raises ``NotFoundError``."""
        with self._db.writing() as connection:
            found = one(connection, "SELECT outcome, score, lang FROM questions WHERE id = ?", (answer_id,))
            if found is None:
                raise NotFoundError(f"There is no answer {answer_id}.", "It may have been erased; draw another sample.")
            if verdict is None:
                connection.execute("DELETE FROM reviews WHERE answer_id = ?", (answer_id,))
                return
            connection.execute(
                "INSERT OR REPLACE INTO reviews (answer_id, at, who, verdict, drawn, outcome, score, lang)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (answer_id, self._now(), who, verdict, drawn, found["outcome"], found["score"], found["lang"]),
            )

    def precision(self, days: int = 90) -> tuple[Precision, ...]:
        """Of the answers reviewed in the last ``days``: stated ones by band, then each outcome that was reviewed as a whole.

        Only answers that were drawn by chance count: those looked up by their vote would make any service look bad. A
        band is honest by itself; outcomes as a whole are not, because every band was drawn equally often, so for stated
        answers there is no line for all of them.
        """
        with self._db.reading() as connection:
            found = rows(
                connection,
                "SELECT outcome, score, verdict = 'right' AS right FROM reviews WHERE drawn AND at >= ?",
                (self._now() - days * DAY_MS,),
            )
        stated = [_precision(Outcome.ANSWERED, band, found) for band in BANDS]
        others = [_precision(outcome, None, found) for outcome in Outcome if outcome is not Outcome.ANSWERED]
        return tuple(line for line in (*stated, *others) if line.right.of or line.outcome is Outcome.ANSWERED)


def review_of(row: Row) -> Review | None:
    """The review in a joined row with ``id``, ``verdict``, ``who``, ``reviewed_at`` and ``drawn``; None without one."""
    if row["verdict"] is None:
        return None
    return Review(row["id"], row["verdict"], row["who"], from_ms(row["reviewed_at"]), bool(row["drawn"]))


def _precision(outcome: Outcome, band: Band | None, found: list[Row]) -> Precision:
    mine = [
        row
        for row in found
        if row["outcome"] == outcome.value and (band is None or band.low <= row["score"] < band.high)
    ]
    scores = [row["score"] for row in mine]
    right = Share(sum(row["right"] for row in mine), len(mine))
    return Precision(outcome, band, right, sum(scores) / len(scores) if scores and band is not None else None)
