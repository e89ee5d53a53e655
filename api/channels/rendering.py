"""Which renderer makes the message of which platform."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, get_args

from api.channels import dingtalk, feishu, plain, slack, teams, telegram, wecom
from api.channels.clicks import Sign
from api.channels.message import Button, Message, message_of

Channel = Literal["slack", "teams", "wecom", "feishu", "dingtalk", "telegram", "text"]
CHANNELS: tuple[Channel, ...] = get_args(Channel)
_RENDERERS: Mapping[str, Callable[[Message], tuple[list[dict[str, Any]], bool]]] = {
    "slack": slack.render,
    "teams": teams.render,
    "wecom": wecom.render,
    "feishu": feishu.render,
    "dingtalk": dingtalk.render,
    "telegram": telegram.render,
}


def render(
    channel: Channel,
    document: Mapping[str, Any],
    base: str,
    sign: Sign,
    *,
    limit: int | None = None,
    links: bool = True,
) -> dict[str, Any]:
    """``document`` as messages of ``channel``.

    ``base``: address of this help centre, without a slash at its end. ``limit`` and ``links`` are for "text" only. Returns
    ``{"channel", "messages": [JSON of the platform, in order], "cut": whether something was left out, "buttons": [{"label", "kind",
    "value", "call", "body", "url"}]}``.
    """
    message = message_of(document, base, sign)
    if channel == "text":
        messages, cut = plain.render(message, limit, links=links)
    else:
        messages, cut = _RENDERERS[channel](message)
    return {
        "channel": channel,
        "messages": messages,
        "cut": cut,
        "buttons": [_described(button) for button in message.buttons],
    }


def _described(button: Button) -> dict[str, Any]:
    """What a button means, for platforms whose buttons only send text back."""
    call = button.call or {}
    return {
        "kind": button.kind,
        "label": button.label,
        "value": button.short or None,
        "url": button.url or None,
        "call": call.get("call"),
        "body": call.get("body"),
    }
