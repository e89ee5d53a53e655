"""What forms about gaps send, checked and said back in the page's language."""

from __future__ import annotations

from api.pages.session import Owner
from api.pages.wording import Words, readable
from kb.errors import ConflictError, NotAllowedError
from kb.gaps.vocabulary import GapStatus
from kb.records.gap_values import MAX_LABEL, MAX_NAME, due_day, unfit
from kb.records.gaps import TRANSITIONS
from kb.records.rows import MAX_COMMENT

MAX_REASON = 500  # code points
MAX_NOTE = MAX_COMMENT


class FormError(Exception):
    """What was typed cannot be taken; the text is in the page's language and stands beside the form."""


def may_write(owner: Owner, t: Words) -> None:
    """Raise ``NotAllowedError`` for somebody who may only read."""
    if not owner.may_write:
        raise NotAllowedError(t("owner.read_only"))


def new_name(typed: str, t: Words) -> str:
    """The name of an owner or assignee, "" for none."""
    return _line(typed, MAX_NAME, t)


def new_reason(typed: str, t: Words) -> str:
    """Why nothing is to be done; needed, because the next one who sees the gap asks."""
    reason = _line(typed, MAX_REASON, t)
    if not reason:
        raise FormError(t("gap.reason_missing"))
    return reason


def new_label(typed: str, t: Words) -> str:
    label = _line(typed, MAX_LABEL, t)
    if not label:
        raise FormError(t("gap.label_missing"))
    return label


def new_note(typed: str, t: Words) -> str:
    """A text of several lines, "" for none."""
    note = readable(typed).replace("\r\n", "\n").strip()
    if len(note) > MAX_NOTE:
        raise FormError(t("gap.too_long", n=len(note), max=MAX_NOTE))
    return note


def new_due(typed: str, t: Words) -> str:
    """An ISO 8601 date, "" for none. A day that is over is taken: somebody may have promised it."""
    text = typed.strip()
    if not text:
        return ""
    day = due_day(text)
    if day is None:
        raise FormError(t("gap.bad_date", typed=readable(text)[:40]))
    return day.isoformat()


def said(error: ConflictError, before: GapStatus, after: GapStatus, t: Words) -> str:
    """A change of status that makes no sense, in words of the page."""
    allowed = [t(f"status.{status}") for status in TRANSITIONS[before] if status is not GapStatus.VERIFIED]
    if after in TRANSITIONS[before]:
        return error.detail
    return t(
        "gap.no_way", before=t(f"status.{before}"), after=t(f"status.{after}"), allowed=t("list.comma").join(allowed)
    )


def _line(typed: str, longest: int, t: Words) -> str:
    line = "".join(
        c for c in " ".join(readable(typed).split()) if unfit(c) is None
    )  # what a name must not hold is left out
    if len(line) > longest:
        raise FormError(t("gap.too_long", n=len(line), max=longest))
    return line
