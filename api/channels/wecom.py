"""WeCom: ``markdown``, and a ``template_card`` with the buttons.

Limits of "消息类型及数据格式" and "发送应用消息" (developer.work.weixin.qq.com/document): 4096 bytes of UTF-8 in
``markdown.content``; in a card of type ``button_interaction`` at most 6 buttons, 1024 bytes in a key, about 26 characters in its
title, 128 bytes in its ``task_id``. Robots of groups send the first message only; applications send both. The dialect of Markdown
has no escapes.
"""

from __future__ import annotations

from typing import Any

from api.channels.fitting import Fitted, fit
from api.channels.inert import closed_url, source_line, title_markup, without_markup
from api.channels.message import Button, Message, shortened

_BYTES = 4096
_BUTTONS, _LABEL, _TITLE = 6, 20, 26

Json = dict[str, Any]


def render(message: Message) -> tuple[list[Json], bool]:
    """One or two messages, in their order; and whether something was left out."""
    text, cut = fit(message, _build, lambda built: 0 < len(built.encode()) <= _BYTES)
    messages: list[Json] = [{"msgtype": "markdown", "markdown": {"content": text}}]
    pressed = [button for button in message.buttons if button.kind != "link"]
    return messages + ([_card(message, pressed)] if pressed else []), cut


def _build(fitted: Fitted) -> str:
    texts = [without_markup(text) for text in (fitted.preface, fitted.body) if text]
    texts += ["\n".join(source_line(source) for source in fitted.sources)] if fitted.sources else []
    if fitted.cut:
        texts.append(f"[{fitted.message.said.says['whole']}]({closed_url(fitted.message.full_url)})")
    links = [f"[{title_markup(b.label)}]({closed_url(b.url)})" for b in fitted.message.buttons if b.kind == "link"]
    texts += ["\n".join(f"- {without_markup(label)}" for label in fitted.choices), "\n".join(links), fitted.person]
    return "\n\n".join(text for text in texts if text)


def _card(message: Message, buttons: list[Button]) -> Json:
    title = "clarify" if any(button.kind == "option" for button in buttons) else "helped"
    # Votes last: of seven buttons the way to a person is worth more than one of them.
    kept = sorted(buttons, key=lambda button: button.kind in ("up", "down"))[:_BUTTONS]
    shown = [button for button in buttons if button in kept]
    return {
        "msgtype": "template_card",
        "template_card": {
            "card_type": "button_interaction",
            "main_title": {"title": shortened(message.said.says[title], _TITLE)},
            "task_id": message.answer_id,
            "button_list": [
                {"text": shortened(button.label, _LABEL), "style": 1 if button.kind == "up" else 2, "key": button.short}
                for button in shown
            ],
        },
    }
