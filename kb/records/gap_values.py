"""What the fields of a gap may hold, whichever door they come through."""

from __future__ import annotations

import unicodedata
from datetime import date

from kb.errors import InvalidInputError

MAX_LABEL = 300  # code points
MAX_NAME = 200
# Dates outside are typing errors, and some programs cannot show them.
FIRST_DUE, LAST_DUE = date(2000, 1, 1), date(2999, 12, 31)
# They turn the order of what stands around them (UAX #9), so that a name could look like another one.
DIRECTIONS = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def unfit(text: str) -> str | None:
    """What a name of one line may not hold and ``text`` does, for "Has ..."; None for a fit one."""
    for at, character in enumerate(text):
        if character in _DIRECTIONS:
            return f"a mark of the direction of writing (U+{ord(character):04X}) at position {at}"
        if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp"):
            kind = "a line break" if character in "\n\r\u0085\u2028\u2029" else "a control character"
            return f"{kind} (U+{ord(character):04X}) at position {at}"
    return None


def check_name(value: str | None, field: str) -> None:
    """Raise ``InvalidInputError`` unless ``value`` is None or one line of at most 200 characters."""
    if value is None:
        return
    if len(value) > MAX_NAME:
        raise InvalidInputError(f"The {field} has more than {MAX_NAME} characters.", "Send a shorter one.", f"/{field}")
    found = unfit(value)
    if found is not None:
        raise InvalidInputError(f"The {field} has {found}.", "Send one line of readable text.", f"/{field}")


def check_label(value: str | None) -> str | None:
    """``value`` without white space around it. Raises ``InvalidInputError`` unless it is None or one line of 1-300 characters."""
    if value is None:
        return None
    label = value.strip()
    if not 0 < len(label) <= MAX_LABEL:
        raise InvalidInputError(f"A label has 1 to {MAX_LABEL} characters.", "Send a shorter one.", "/label")
    found = unfit(label)
    if found is not None:
        raise InvalidInputError(f"The label has {found}.", "Send one line of readable text.", "/label")
    return label


def due_day(text: str) -> date | None:
    """The day of ISO 8601 ``text``, from 2000 to 2999; None for anything else. One that is over may have been promised."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST_DUE <= day <= LAST_DUE else None
