"""Plain text: for SMS, telephones and whatever knows no markup.

Characters are counted in UTF-16 units, as SMS does for all that is not in its seven-bit alphabet (3GPP TS 23.038).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from api.channels.fitting import Fitted, fit
from api.channels.message import Message, utf16

MIN_LIMIT = 160  # one SMS; below it not even the way to the whole answer fits
_ADDRESS = re.compile(r"(?i)\b(?:https?://|mailto:|tel:)\S+")


def render(message: Message, limit: int | None = None, *, links: bool = True) -> tuple[list[dict[str, Any]], bool]:
    """``limit``: most characters, at least ``MIN_LIMIT``; None for any number. ``links``: else sources have titles only."""

    def build(fitted: Fitted) -> str:
        return "\n\n".join(_paragraphs(fitted, links=links))

    text, cut = fit(message, build, lambda built: limit is None or utf16(built) <= limit, urls=links)
    return [{"text": text}], cut


def _paragraphs(fitted: Fitted, *, links: bool) -> Iterator[str]:
    yield from (text for text in (fitted.preface, fitted.body, fitted.cut) if text)
    if fitted.sources:
        yield "\n".join(
            f"[{s.n}] {s.title}{f' {s.url}' if s.url else ''}{f' ({s.note})' if s.note else ''}" for s in fitted.sources
        )
    if fitted.choices:
        # Numbered, so that a digit can choose.
        yield "\n".join(f"{n}. {label}" for n, label in enumerate(fitted.choices, start=1))
    if links and fitted.body:
        addresses = [
            f"{b.label}: {b.url}" for b in fitted.message.buttons if b.kind == "link" and b.url not in fitted.person
        ]
        if addresses:
            yield "\n".join(addresses)
    if links:
        yield from [fitted.person] if fitted.person else []
    elif fitted.person:
        lines = [line for line in fitted.person.split("\n") if not _ADDRESS.search(line)]
        yield "\n".join(lines) or fitted.message.said.says["person"]
