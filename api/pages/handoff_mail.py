"""The letter about a request for a person: plain text, and HTML that needs nothing from outside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.pages.digest_mail import MailText
from api.pages.rendering import fill
from api.pages.wording import HTML_LANG, Words, label, words
from kb.types import Lang

_MAX_SUBJECT = 120  # code points of the question in the subject


@dataclass(frozen=True, slots=True)
class LetterTurn:
    """One question of the conversation, what was said to it, and where from."""

    question: str
    outcome: str
    said: str
    sources: tuple[str, ...]


def handoff_mail(packet: Mapping[str, Any], *, site_name: str, site_url: str) -> MailText:
    """The letter for ``packet`` (see ``packet_document``), in the visitor's language, which is that of what it quotes."""
    lang: Lang = packet["lang"]
    t = words(lang)
    question = " ".join(packet["question"].split()) or t("handoff.no_question")
    short = question if len(question) <= _MAX_SUBJECT else f"{question[:_MAX_SUBJECT]}…"
    urgent = packet["urgency"] == "high"
    values = {
        "html_lang": HTML_LANG[lang],
        "subject": t(
            "handoff.mail_subject_urgent" if urgent else "handoff.mail_subject", question=short, site=site_name
        ),
        "lead": t("handoff.mail_lead"),
        "question": question,
        "message": packet["message"],
        "facts": list(_facts(packet, t, lang)),
        "turns": [_turn(turn, t, lang) for turn in packet["turns"]],
        "lines": [(t(f"handoff.role_{line['role']}"), line["text"]) for line in packet["transcript"]],
        "url": packet["url"] if site_url else "",
        "open": t("handoff.mail_open"),
        "asked": t("handoff.conversation"),
        "told": t("handoff.transcript"),
        "footer": t("handoff.mail_footer"),
    }
    subject = " ".join(str(values["subject"]).split())  # a header has one line
    return MailText(subject, "\n".join(_text(values)), fill("handoff_mail.html", values))


def _facts(packet: Mapping[str, Any], t: Words, lang: Lang) -> Iterator[tuple[str, str]]:
    contact = packet["contact"] or {}
    for name in ("name", "email", "phone"):
        if contact.get(name):
            yield t(f"handoff.{name}"), contact[name]
    if not contact:
        yield t("handoff.contact"), t("handoff.no_contact")
    yield t("handoff.channel"), label(lang, "channel", packet["channel"])
    if packet["category"]:
        yield t("handoff.category"), label(lang, "category", packet["category"])
    if packet["page_url"]:
        yield t("handoff.page"), packet["page_url"]


def _turn(turn: Mapping[str, Any], t: Words, lang: Lang) -> LetterTurn:
    said = turn["answer"] or (t(f"handoff.why_{turn['reason']['code']}") if turn["reason"] else "")
    places = (*turn["shown"], *turn["suggested"])
    sources = tuple(dict.fromkeys(f"{place['title']}: {place['url']}" for place in places))
    return LetterTurn(turn["question"], label(lang, "report", turn["outcome"]), said, sources)


def _text(values: Mapping[str, Any]) -> Iterator[str]:
    yield from (values["lead"], "", values["question"])
    if values["message"]:
        yield from ("", values["message"])
    yield ""
    yield from (f"{name}: {value}" for name, value in values["facts"])
    turns: Sequence[LetterTurn] = values["turns"]
    if turns:
        yield from ("", values["asked"])
    for turn in turns:
        yield from ("", f"> {turn.question}", f"[{turn.outcome}] {turn.said}".rstrip())
        yield from (f"  - {source}" for source in turn.sources)
    if values["lines"]:
        yield from ("", values["told"], *(f"{who}: {text}" for who, text in values["lines"]))
    if values["url"]:
        yield from ("", f"{values['open']}: {values['url']}")
    yield from ("", "-- ", values["footer"])
