"""A request for a person as a ticket system shows it: one text with everything, and the few fields it files it by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.pages.handoff_mail import handoff_mail

_MAX_SUBJECT = 150  # code points; Zendesk takes them all and shows so many
_MAX_TEXT = 60_000  # bytes; Zendesk takes a comment of 64 kB


def is_erased(packet: Mapping[str, Any]) -> bool:
    """Whether there is nothing left to tell: what the event stands for was erased meanwhile."""
    return "turns" not in packet


def text_of(packet: Mapping[str, Any], *, site_name: str, site_url: str) -> tuple[str, str]:
    """Subject and text, in the visitor's language, the request's id among them."""
    letter = handoff_mail(packet, site_name=site_name, site_url=site_url, ticket=True)
    text = f"{letter.text}\n\n{packet['handoff_id']}\n"
    return letter.subject[:_MAX_SUBJECT], text.encode()[:_MAX_TEXT].decode(errors="ignore")


def visitor_words(packet: Mapping[str, Any]) -> str:
    """What the visitor said last, in their own words."""
    said = (packet["question"], packet["message"])
    return "\n\n".join(text for text in dict.fromkeys(said) if text) or packet["handoff_id"]


def tags_of(packet: Mapping[str, Any]) -> list[str]:
    """Words to file it by: team, topic, category, language, channel, and how the visitor feels; letters and digits only."""
    parts = (
        ("", "kb"),
        ("team", packet.get("team")),
        ("topic", packet.get("topic")),
        ("category", packet["category"]),
        ("lang", packet["lang"]),
        ("channel", packet["channel"]),
        ("mood", None if packet.get("mood") == "calm" else packet.get("mood")),
    )
    return ["_".join(word for word in (name, _word(value)) if word) for name, value in parts if value]


def _word(value: str) -> str:
    return "".join(c if c.isalnum() else "_" for c in value.lower())
