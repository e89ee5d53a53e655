"""Telegram: a message in HTML with an inline keyboard.

Limits of the "Bot API" (core.telegram.org/bots/api): 1-4096 characters after entities parsing (``sendMessage``), 1-64 bytes of
``callback_data`` (``InlineKeyboardButton``); in ``parse_mode`` HTML the characters < > & are written as entities.
"""

from __future__ import annotations

import html
import re
from typing import Any

from api.channels.fitting import Fitted, fit
from api.channels.inert import closed_url
from api.channels.message import Button, Message, of_kind, shortened, utf16
from api.speech.spoken import Source

_TEXT = 4096  # counted in UTF-16 units, as the offsets of entities are
_LABEL = 64
_TAG = re.compile(r"</?a(?: href=\"[^\"]*\")?>")

Json = dict[str, Any]


def render(message: Message) -> tuple[list[Json], bool]:
    """The body of ``sendMessage`` without ``chat_id``; and whether something was left out."""
    payload, cut = fit(message, _build, lambda built: 0 < shown_length(built["text"]) <= _TEXT)
    return [payload], cut


def shown_length(text: str) -> int:
    """What Telegram counts: UTF-16 units of the text without its tags."""
    return utf16(html.unescape(_TAG.sub("", text)))


def _build(fitted: Fitted) -> Json:
    texts = (fitted.preface, fitted.body, fitted.cut)
    sources = "\n".join(_source(source) for source in fitted.sources)
    parts = [*(html.escape(text, quote=False) for text in texts), sources, html.escape(fitted.person, quote=False)]
    payload: Json = {
        "text": "\n\n".join(part for part in parts if part),
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": True},
    }
    rows = _rows(fitted.message.buttons)
    return {**payload, "reply_markup": {"inline_keyboard": rows}} if rows else payload


def _rows(buttons: tuple[Button, ...]) -> list[list[Json]]:
    votes = of_kind(buttons, "up", "down")
    rows = [[_button(button)] for button in of_kind(buttons, "option", "link")]
    rows += [[_button(button) for button in votes]] if votes else []
    return rows + [[_button(button)] for button in of_kind(buttons, "person")]


def _button(button: Button) -> Json:
    text = shortened(button.label, _LABEL)
    return {"text": text, "url": button.url} if button.kind == "link" else {"text": text, "callback_data": button.short}


def _source(source: Source) -> str:
    title, url = html.escape(source.title, quote=False), html.escape(closed_url(source.url))
    note = f" ({html.escape(source.note, quote=False)})" if source.note else ""
    return f'[{source.n}] <a href="{url}">{title}</a>{note}'
