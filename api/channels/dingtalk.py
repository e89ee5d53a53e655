"""DingTalk: an ``actionCard``, or ``markdown`` where there is nothing to press.

The body of a custom robot's request may have 20,000 bytes: the platform refuses a larger one with error 460101, "message too long,
exceed 20000 bytes", "body 大小不合法"; what its documents say of the types is "自定义机器人发送消息的消息类型"
(open.dingtalk.com/document). It is counted whole, as JSON with every character escaped; `at` is left room for. Buttons only open
addresses; ``dtmd://dingtalkclient/sendMessage?content=…`` ("消息链接说明") lets the person who presses it send that text to the
robot. The dialect of Markdown has no escapes.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from api.channels.fitting import Fitted, fit
from api.channels.inert import closed_url, source_line, without_markup
from api.channels.message import Button, Message, shortened

_BYTES = 20_000 - 500  # a bot may add `at` with some telephone numbers
_TITLE, _LABEL = 64, 40

Json = dict[str, Any]


def render(message: Message) -> tuple[list[Json], bool]:
    """A robot's message; and whether something was left out."""
    payload, cut = fit(message, _build, lambda built: len(json.dumps(built)) <= _BYTES)
    return [payload], cut


def _build(fitted: Fitted) -> Json:
    texts = [_lines(without_markup(text)) for text in (fitted.preface, fitted.body) if text]
    texts += [_lines("\n".join(source_line(source) for source in fitted.sources))] if fitted.sources else []
    if fitted.cut:
        texts.append(f"[{fitted.message.said.says['whole']}]({closed_url(fitted.message.full_url)})")
    texts += [_lines(fitted.person)] if fitted.person else []
    content = {"title": shortened(fitted.body or fitted.cut, _TITLE), "text": "\n\n".join(texts)}
    buttons = [{"title": shortened(b.label, _LABEL), "actionURL": _address(b)} for b in fitted.message.buttons]
    if not buttons:
        return {"msgtype": "markdown", "markdown": content}
    return {"msgtype": "actionCard", "actionCard": {**content, "btnOrientation": "0", "btns": buttons}}


def _lines(text: str) -> str:
    """One line break is white space in this dialect, as in Markdown's own."""
    return text.replace("\n", "  \n")


def _address(button: Button) -> str:
    if button.kind == "link":
        return button.url
    return f"dtmd://dingtalkclient/sendMessage?content={quote(button.label, safe='')}"
