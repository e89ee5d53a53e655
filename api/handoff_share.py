"""Whether more conversations go to a person than the policy expects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from api.composition import OpenService
    from kb.policy import ShareAlert
    from kb.records import Records


@dataclass(frozen=True, slots=True)
class HandoffShare:
    """``handed_over`` out of ``conversations`` of the last ``days`` days; ``above``: the share in [0, 1] that is watched, from
    ``least`` conversations on."""

    handed_over: int
    conversations: int
    days: int
    above: float
    least: int
    high: bool

    @property
    def share(self) -> float:
        return self.handed_over / self.conversations if self.conversations else 0.0

    @property
    def percent(self) -> int:
        return round(100 * self.share)

    @property
    def most_percent(self) -> float:
        """The share that is watched, in percent with one digit behind the point."""
        return round(100 * self.above, 1)

    @property
    def state(self) -> Literal["few", "within", "high"]:
        """ "few": too few conversations to tell."""
        return "high" if self.high else "few" if self.conversations < self.least else "within"

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
    return HandoffShare(found.count, found.of, watched.days, watched.above, watched.least, high)


def note_handoff_share(opened: OpenService) -> bool:
    """Write an event when the share is high and nobody was told of it lately."""
    watched = opened.policy.current().share
    found = opened.records.handed_over.share(watched.days)
    if found.of < watched.least or (found.rate or 0.0) <= watched.above:
        return False
    return opened.records.handed_over.note_high(found, above=watched.above, days=watched.days)
