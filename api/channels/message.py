"""A message before it takes the shape of a platform: what is said, and the buttons under it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urljoin, urlsplit

from api.channels.clicks import Click, Sign, call_of, short_value
from api.speech.spoken import Spoken, spoken


@dataclass(frozen=True, slots=True)
class Button:
    """``short``: the signed value for platforms with little room, ``call`` the whole call; ``url`` of a link, "" of others."""

    kind: Literal["up", "down", "option", "person", "link"]
    label: str
    url: str = ""
    short: str = ""
    call: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """``full_url``: the page of the whole answer. ``buttons``: in the order in which they are shown."""

    answer_id: str
    said: Spoken
    full_url: str
    buttons: tuple[Button, ...]


def message_of(document: Mapping[str, Any], base: str, sign: Sign) -> Message:
    """``document``: an answer with absolute addresses; ``base``: the address of this help centre, without a slash at its end."""
    said = spoken(document)
    buttons = (
        *_choices(document, sign),
        *_links(said, base),
        *_votes(document, said, sign),
        *_person(document, said, sign),
    )
    return Message(document["id"], said, f"{base}/a/{document['id']}", buttons)


def shortened(text: str, limit: int) -> str:
    """A label of at most ``limit`` UTF-16 units in one line: what platforms count a label's characters in.

    >>> shortened("How long does a refund take?", 12), shortened("退款多久到账", 12)
    ('How long do…', '退款多久到账')
    """
    line = " ".join(text.split())
    if utf16(line) <= limit:
        return line
    while utf16(line) > limit - 1:
        line = line[:-1]
    return f"{line.rstrip()}…"


def utf16(text: str) -> int:
    """Length in UTF-16 units."""
    return len(text) + sum(char > "\uffff" for char in text)


def _choices(document: Mapping[str, Any], sign: Sign) -> Iterator[Button]:
    for number, option in enumerate(document["options"]):
        yield _button("option", option["label"], Click("option", document["id"], number), document, sign)


def _links(said: Spoken, base: str) -> Iterator[Button]:
    for link in said.links:
        url = urljoin(f"{base}/", link.url)
        if urlsplit(url).scheme in ("http", "https"):
            yield Button("link", link.label, url)


def _votes(document: Mapping[str, Any], said: Spoken, sign: Sign) -> Iterator[Button]:
    """Only below what can help, and only with the token that lets this visitor vote."""
    if document["outcome"] in ("answered", "suggested") and document.get("feedback_token"):
        yield _button("up", said.says["yes"], Click("up", document["id"]), document, sign)
        yield _button("down", said.says["no"], Click("down", document["id"]), document, sign)


def _person(document: Mapping[str, Any], said: Spoken, sign: Sign) -> Iterator[Button]:
    """A request that reaches somebody, else the address where a person is. A request takes the conversation along, so only who got
    the answer itself, with its token, can send one."""
    person = document["handoff"]
    contact = person.get("contact_url") or ""
    if person.get("accepts") and document.get("feedback_token"):
        yield _button("person", said.says["talk"], Click("person", document["id"]), document, sign)
    elif urlsplit(contact).scheme in ("http", "https"):
        yield Button("link", said.says["talk"], contact)


def _button(
    kind: Literal["up", "down", "option", "person"], label: str, click: Click, document: Mapping[str, Any], sign: Sign
) -> Button:
    call = call_of(click, document, document.get("feedback_token") or "")
    return Button(kind, label, short=short_value(click, sign), call=call)


def of_kind(buttons: Sequence[Button], *kinds: str) -> tuple[Button, ...]:
    return tuple(button for button in buttons if button.kind in kinds)
