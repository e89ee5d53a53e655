"""What a report is about: a span of time and a choice of language, channel and category."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kb.records.clock import DAY_MS, to_ms
from kb.types import Lang

FILTERS = ("lang", "channel", "category")


@dataclass(frozen=True, slots=True)
class Period:
    """``[start, end)``. None means no restriction. ``utc_offset``: minutes east of UTC for the heat map."""

    start: datetime
    end: datetime
    lang: Lang | None = None
    channel: str | None = None
    category: str | None = None
    utc_offset: int = 0

    def where(self) -> tuple[str, dict[str, Any]]:
        """The SQL condition on questions under the alias ``q``, and its parameters."""
        conditions = ["q.at >= :start", "q.at < :end"]
        values = self.times()
        for name in FILTERS:
            if getattr(self, name) is not None:
                conditions.append(f"q.{name} = :{name}")
                values[name] = getattr(self, name)
        return " AND ".join(conditions), values

    def times(self) -> dict[str, int]:
        """``start`` and ``end`` in milliseconds."""
        return {"start": to_ms(self.start), "end": to_ms(self.end)}

    def cell(self) -> dict[str, Any]:
        """What roll-ups are looked up by: the days that begin in the period, and the filters in their form there."""
        chosen = {f"in_{name}": "" if getattr(self, name) is None else f"={getattr(self, name)}" for name in FILTERS}
        # Rounded up: a day that began before the period is not in it.
        days = {
            name: -(-at // DAY_MS) for name, at in zip(("first_day", "end_day"), self.times().values(), strict=True)
        }
        return chosen | days

    def before(self) -> Period:
        """The equally long period that ends where this one starts."""
        length = self.end - self.start
        return Period(self.start - length, self.start, self.lang, self.channel, self.category, self.utc_offset)
