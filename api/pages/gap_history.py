"""What happened to a gap, as sentences in the page's language instead of field names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from api.pages.wording import Words, date_text
from kb.records.history import SYSTEM
from kb.records.rows import GapEvent
from kb.types import Lang

LOCAL = "local"  # the name under which this machine's own browser works before the first user


@dataclass(frozen=True, slots=True)
class Entry:
    """What one person changed at one time. ``notes``: what was said about it, each with the language it is in if that is known."""

    at: datetime
    who: str
    sentences: tuple[str, ...]
    notes: tuple[tuple[str, str | None], ...]


def entries(history: Iterable[GapEvent], lang: Lang, t: Words) -> tuple[Entry, ...]:
    """``history`` oldest first; the entries come newest first, changes of one moment and person together."""
    groups: list[list[GapEvent]] = []
    for event in history:
        if groups and (groups[-1][-1].at, groups[-1][-1].who) == (event.at, event.who):
            groups[-1].append(event)
        else:
            groups.append([event])
    return tuple(_entry(group, lang, t) for group in reversed(groups))


def _entry(group: list[GapEvent], lang: Lang, t: Words) -> Entry:
    first = group[0]
    sentences = (sentence(event, lang, t) for event in group)
    return Entry(
        at=first.at,
        who={SYSTEM: t("history.system"), LOCAL: t("history.local")}.get(first.who, first.who),
        sentences=tuple(text for text in sentences if text),
        notes=tuple(_note(event, lang) for event in group if event.note),
    )


def _note(event: GapEvent, lang: Lang) -> tuple[str, str | None]:
    """What was said: by the service in the page's language, or in the English of an older version; by people as they said it."""
    if event.told is not None:
        return event.told.words(lang), None
    return event.note, "en" if event.who == SYSTEM else None


def sentence(event: GapEvent, lang: Lang, t: Words) -> str:
    """One change in words, "" for a note, which speaks for itself."""
    before, after = event.before or "", event.after or ""
    if event.field == "note":
        return ""
    if event.field in ("status", "cause"):
        values = {"before": t(f"{event.field}.{before}") if before else "–", "after": t(f"{event.field}.{after}")}
        return t(f"history.{event.field}", **values)
    if event.field == "due_on" and after:
        after = date_text(after, lang)
    if event.field in ("owner", "assignee", "due_on", "dismissed_reason", "label") and after:
        return t(f"history.{event.field}", after=after)
    if event.field in ("owner", "assignee", "due_on", "dismissed_reason"):
        return t(f"history.no_{event.field}")
    if event.field == "created":
        return t("history.split_off") if before else t("history.created")
    if event.field in ("merged_into", "split", "parted"):
        return t(f"history.{event.field}")
    return t("history.other", field=event.field, after=after or "–")
