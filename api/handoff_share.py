"""Whether more conversations go to a person than the policy expects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from api.composition import OpenService
    from kb.policy import ShareAlert
    from kb.records import Records


@dataclass(frozen=True, slots=True)
class HandoffShare:
    """``handed_over`` out of ``conversations`` of the last ``days`` days; ``above``: the share in [0, 1] that is watched."""

    handed_over: int
    conversations: int
    days: int
    above: float
    high: bool

    @property
    def share(self) -> float:
        return self.handed_over / self.conversations if self.conversations else 0.0

    @property
    def percent(self) -> int:
        return round(100 * self.share)

    def document(self) -> dict[str, Any]:
        return {
            "share": round(self.share, 4),
            "handed_over": self.handed_over,
            "conversations": self.conversations,
            "days": self.days,
            "above": self.above,
            "high": self.high,
        }


def handoff_share(records: Records, watched: ShareAlert) -> HandoffShare:
    """How it stands now. Raises ``StorageError``."""
    found = records.handed_over.share(watched.days)
    high = found.of >= watched.least and (found.rate or 0.0) > watched.above
    return HandoffShare(found.count, found.of, watched.days, watched.above, high)


def note_handoff_share(opened: OpenService) -> bool:
    """Write an event when the share is high and nobody was told of it lately."""
    watched = opened.policy.current().share
    found = opened.records.handed_over.share(watched.days)
    if found.of < watched.least or (found.rate or 0.0) <= watched.above:
        return False
    return opened.records.handed_over.note_high(found, above=watched.above, days=watched.days)
