"""Days and times as people type them."""

from __future__ import annotations

from datetime import UTC, datetime

from kb.errors import InvalidInputError


def moment(text: str) -> datetime:
    """``2026-11-22`` (midnight) or an ISO 8601 time, in UTC unless it says otherwise. Raises InvalidInputError."""
    try:
        parsed = datetime.fromisoformat(text)
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidInputError(f"{text!r} is no date.", "Write it as 2026-11-22.") from None
