"""Microsoft Teams: an activity with an Adaptive Card.

Version 1.5 is the newest that Teams shows ("Adaptive Cards for bots", learn.microsoft.com). A message may have about 28 kB where a
connector or webhook sends it and more where a bot does ("Format your bot messages"), counted in UTF-16; the smaller holds here.
Texts are ``TextRun``, which knows no Markdown ("TextRun", adaptivecards.io/explorer).
"""

from __future__ import annotations

from typing import Any

import orjson

from api.channels.fitting import Fitted, fit
from api.channels.message import Button, Message, of_kind, shortened, utf16
from api.speech.spoken import Source

_BYTES = 28 * 1024
_LABEL = 80

Json = dict[str, Any]


def render(message: Message) -> tuple[list[Json], bool]:
    """An activity for "Send to conversation" or a webhook; and whether something was left out."""
    payload, cut = fit(message, _build, lambda built: 2 * utf16(orjson.dumps(built).decode()) <= _BYTES)
    return [payload], cut


def _build(fitted: Fitted) -> Json:
    body = [_line([_run(line)]) for text in (fitted.preface, fitted.body) for line in text.split("\n") if line.strip()]
    body += [_line(_source(source), spacing="None") for source in fitted.sources]
    if fitted.cut:
        body.append(_line([_run(fitted.cut, url=fitted.message.full_url)]))
    body += [_line([_run(line)]) for line in fitted.person.split("\n") if line.strip()]
    buttons = fitted.message.buttons
    for group in (of_kind(buttons, "option", "link"), of_kind(buttons, "up", "down", "person")):
        if group:
            body.append({"type": "ActionSet", "actions": [_action(button) for button in group]})
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.5",
        "lang": fitted.message.said.lang,
        "body": body,
    }
    return {
        "type": "message",
        "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": card}],
    }


def _line(inlines: list[Json], spacing: str = "Small") -> Json:
    return {"type": "RichTextBlock", "spacing": spacing, "inlines": inlines}


def _run(text: str, *, url: str = "", subtle: bool = False) -> Json:
    run: Json = {"type": "TextRun", "text": text}
    if url:
        run["selectAction"] = {"type": "Action.OpenUrl", "url": url}
    if subtle:
        run["isSubtle"] = True
    return run


def _source(source: Source) -> list[Json]:
    runs = [_run(f"[{source.n}] "), _run(source.title, url=source.url)]
    return [*runs, _run(f" ({source.note})", subtle=True)] if source.note else runs


def _action(button: Button) -> Json:
    title = shortened(button.label, _LABEL)
    if button.kind == "link":
        return {"type": "Action.OpenUrl", "title": title, "url": button.url}
    return {"type": "Action.Submit", "title": title, "data": {"kb": button.call}}
