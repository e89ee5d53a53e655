"""Feishu and Lark: an interactive card, schema 2.0.

The request of a custom bot may have 20 KB ("自定义机器人使用指南", open.feishu.cn/document/client-docs/bot-v3/add-custom-bot), one
of the message API with a card 30 KB ("发送消息", open.feishu.cn/document/server-docs/im-v1/message/create). The smaller holds here,
counted as JSON with every character escaped, so that it fits however a bot sends it.

Texts of articles are ``plain_text``, in which nothing is markup; in the ``markdown`` component special characters are
written as HTML entities.
"""

from __future__ import annotations

import json
import re
from typing import Any

from api.channels.fitting import Fitted, fit
from api.channels.inert import closed_url
from api.channels.message import Button, Message, of_kind, shortened
from api.speech.spoken import Source

# The guide does not say which KB it means: the smaller. A bot with a signing secret adds `timestamp` and `sign` (83 bytes).
_BYTES = 20_000 - 100
_LABEL = 60
_SPECIAL = re.compile(r"[&<>\[\]()*_~`#!|\\$:@+\-\"']")

Json = dict[str, Any]


def render(message: Message) -> tuple[list[Json], bool]:
    """A message for a custom bot; its ``card`` is the ``content`` of the message API. And whether something was left out."""
    payload, cut = fit(message, _build, lambda built: len(json.dumps(built)) <= _BYTES)
    return [payload], cut


def escaped(text: str) -> str:
    """Text inside the ``markdown`` component."""
    return _SPECIAL.sub(lambda match: f"&#{ord(match.group())};", text)


def _build(fitted: Fitted) -> Json:
    elements = [_text(text) for text in (fitted.preface, fitted.body) if text]
    if fitted.sources:
        elements.append(_markdown("\n".join(_source(source) for source in fitted.sources)))
    elements += [_text(text) for text in (fitted.cut, fitted.person) if text]
    buttons = fitted.message.buttons
    if fitted.cut:
        buttons = (*buttons, Button("link", fitted.message.said.says["whole"], fitted.message.full_url))
    for group in (of_kind(buttons, "option", "link"), of_kind(buttons, "up", "down", "person")):
        if group:
            columns = [{"tag": "column", "width": "auto", "elements": [_button(button)]} for button in group]
            elements.append({"tag": "column_set", "flex_mode": "flow", "columns": columns})
    card = {"schema": "2.0", "config": {"update_multi": True}, "body": {"elements": elements}}
    return {"msg_type": "interactive", "card": card}


def _text(text: str) -> Json:
    return {"tag": "div", "text": {"tag": "plain_text", "content": text}}


def _markdown(text: str) -> Json:
    return {"tag": "markdown", "content": text}


def _source(source: Source) -> str:
    note = f" {escaped(f'({source.note})')}" if source.note else ""
    return f"[{source.n}] [{escaped(source.title)}]({closed_url(source.url)}){note}"


def _button(button: Button) -> Json:
    doing: Json = (
        {"type": "open_url", "default_url": button.url}
        if button.kind == "link"
        else {"type": "callback", "value": {"kb": button.call}}
    )
    text = {"tag": "plain_text", "content": shortened(button.label, _LABEL)}
    return {"tag": "button", "text": text, "type": "default", "behaviors": [doing]}
