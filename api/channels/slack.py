"""Slack: Block Kit.

Limits of "Block Kit reference" (docs.slack.dev/reference/block-kit): 50 blocks in a message, 3000 characters in the text of a
section, 10 elements in a context, 25 in an actions block, 75 characters on a button, 2000 in its value. Texts of articles are
``plain_text``, in which nothing is markup; in ``mrkdwn`` the characters & < > are escaped ("Formatting message text").
"""

from __future__ import annotations

from typing import Any

import orjson

from api.channels.fitting import Fitted, fit
from api.channels.inert import closed_url, without_markup
from api.channels.message import Button, Message, of_kind, shortened, utf16
from api.speech.spoken import Source

_TEXT, _BLOCKS, _CONTEXT, _LABEL, _VALUE = 3000, 50, 10, 75, 2000

Json = dict[str, Any]


def render(message: Message) -> tuple[list[Json], bool]:
    """The body of ``chat.postMessage`` without ``channel``; and whether something was left out."""
    payload, cut = fit(message, _build, _fits)
    return [payload], cut


def escaped(text: str) -> str:
    """Text inside ``mrkdwn``."""
    return without_markup(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _build(fitted: Fitted) -> Json:
    buttons = fitted.message.buttons
    said = [text for text in (fitted.preface, fitted.body) if text]
    blocks: list[Json] = [_section("plain_text", text) for text in said]
    lines = [_source(source) for source in fitted.sources]
    for start in range(0, len(lines), _CONTEXT):
        blocks.append({"type": "context", "elements": [_markup(line) for line in lines[start : start + _CONTEXT]]})
    blocks += [_section("mrkdwn", _linked(text)) for text in (fitted.cut, fitted.person) if text]
    for group in (of_kind(buttons, "option", "link"), of_kind(buttons, "up", "down", "person")):
        if group:
            blocks.append({"type": "actions", "elements": [_button(each, n) for n, each in enumerate(group)]})
    return {"text": escaped(shortened(" ".join(said) or fitted.cut, 1000)), "blocks": blocks}


def _fits(payload: Json) -> bool:
    texts = [block["text"]["text"] for block in payload["blocks"] if block["type"] == "section"]
    texts += [e["text"] for block in payload["blocks"] if block["type"] == "context" for e in block["elements"]]
    return len(payload["blocks"]) <= _BLOCKS and all(0 < utf16(text) <= _TEXT for text in texts)


def _section(kind: str, text: str) -> Json:
    plain = {"emoji": False} if kind == "plain_text" else {"verbatim": False}
    return {"type": "section", "text": {"type": kind, "text": text, **plain}}


def _markup(text: str) -> Json:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _source(source: Source) -> str:
    note = f" ({escaped(source.note)})" if source.note else ""
    return f"[{source.n}] <{closed_url(source.url).replace('&', '&amp;')}|{escaped(source.title)}>{note}"


def _linked(text: str) -> str:
    """Our own words and the operator's, whose addresses become links."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _button(button: Button, number: int) -> Json:
    text = {"type": "plain_text", "text": shortened(button.label, _LABEL), "emoji": False}
    element = {"type": "button", "text": text, "action_id": f"kb_{button.kind}_{number}"}
    if button.kind == "link":
        return {**element, "url": button.url}
    value = orjson.dumps(button.call).decode()
    return {**element, "value": value if utf16(value) <= _VALUE else button.short}
