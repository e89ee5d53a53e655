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


def handoff_mail(packet: Mapping[str, Any], *, site_name: str, site_url: str, ticket: bool = False) -> MailText:
    """The letter for ``packet`` (see ``packet_document``), in the visitor's language, which is that of what it quotes.

    ``ticket``: it is read in a ticket system, where nobody answers by mail.
    """
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
        "message": "" if " ".join(packet["message"].split()) == question else packet["message"],
        "facts": list(_facts(packet, t, lang)),
        "turns": [_turn(turn, t, lang) for turn in packet["turns"]],
        "lines": [(t(f"handoff.role_{line['role']}"), line["text"]) for line in packet["transcript"]],
        "links": list(_links(packet, t)) if site_url else [],
        "asked": t("handoff.conversation"),
        "told": t("handoff.transcript"),
        "footer": t("handoff.ticket_footer" if ticket else "handoff.mail_footer"),
    }
    subject = " ".join(str(values["subject"]).split())  # a header has one line
    return MailText(subject, "\n".join(_text(values)), fill("handoff_mail.html", values))


def _links(packet: Mapping[str, Any], t: Words) -> Iterator[tuple[str, str]]:
    """The one that opens everything without signing in, and the desk's."""
    if packet.get("agent_url"):
        yield t("agent.mail_open"), packet["agent_url"]
    yield t("handoff.mail_open"), packet["url"]


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
    if packet.get("team"):
        yield t("handoff.team"), " · ".join(name for name in (packet["team"], packet.get("topic")) if name)
    if packet["urgency"] == "high":
        reasons = [t(f"handoff.because_{reason}") for reason in packet["urgency_reasons"]]
        yield t("handoff.urgent"), t("list.comma").join(reasons)
    if packet.get("mood", "calm") != "calm":
        signs = t("list.comma").join(packet.get("mood_signs", ()))
        mood = t(f"handoff.mood_{packet['mood']}")
        yield t("handoff.mood"), f"{mood} {t('handoff.mood_signs', signs=signs)}" if signs else mood
    if packet["page_url"]:
        yield t("handoff.page"), packet["page_url"]
    if packet["rewordings"]:
        yield t("handoff.rewordings"), " / ".join(packet["rewordings"])
    if packet["opened"]:
        yield t("handoff.opened"), ", ".join(dict.fromkeys(line["article_id"] for line in packet["opened"]))


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
    if values["links"]:
        yield from ("", *(f"{name}: {url}" for name, url in values["links"]))
    yield from ("", "-- ", values["footer"])
