"""The weekly mail: a digest in the words of one language, as plain text and as HTML that needs nothing from outside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.digest import OPEN_SHOWN
from api.pages.addresses import article_path
from api.pages.rendering import fill
from api.pages.wording import HTML_LANG, Words, date_text, label, words
from kb.types import Lang

if TYPE_CHECKING:
    from api.digest import ArticleLine, Digest
    from kb.records.rows import GapSummary


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the mail. ``url``: absolute, or empty when the public address of the site is not known."""

    title: str
    lang: str
    url: str
    facts: str


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its lines; ``more``: what is not listed here, in words, or empty."""

    title: str
    items: tuple[Item, ...]
    more: str = ""


@dataclass(frozen=True, slots=True)
class MailText:
    """What a mail says."""

    subject: str
    text: str
    html: str


def digest_mail(digest: Digest, *, name: str, lang: Lang, site_name: str, site_url: str) -> MailText:
    """The mail for the user ``name``. ``site_url``: public base address without a trailing slash, may be empty."""
    t = words(lang)
    sections = tuple(_sections(digest, lang, site_url))
    values = {
        "html_lang": HTML_LANG[lang],
        "subject": t("mail.subject", site=site_name, n=digest.open_total),
        "hello": t("mail.hello", name=name),
        "lead": t("mail.lead", day=date_text(digest.since, lang)),
        "sections": sections,
        "board": f"{site_url}/owner" if site_url else "",
        "open_board": t("mail.board"),
        "footer": t("mail.footer"),
    }
    subject = " ".join(str(values["subject"]).split())  # a header has one line
    return MailText(subject, _text(values, sections), fill("digest_mail.html", values))


def _sections(digest: Digest, lang: Lang, site_url: str) -> Iterator[Section]:
    t = words(lang)
    hidden = digest.open_total - len(digest.open)
    for title, gaps in (
        (t("mail.reopened"), digest.reopened),
        (t("mail.overdue"), digest.overdue),
        (t("mail.due"), digest.due),
        (t("mail.new"), digest.new[:OPEN_SHOWN]),
    ):
        if gaps:
            yield Section(title, _gaps(gaps, lang, site_url))
    if digest.open:
        more = t("mail.more", n=hidden) if hidden else ""
        yield Section(t("mail.open"), _gaps(digest.open, lang, site_url), more)
    if digest.verified:
        yield Section(t("mail.verified"), _gaps(digest.verified[:OPEN_SHOWN], lang, site_url))
    if digest.stale:
        yield Section(t("mail.stale"), tuple(_articles(digest.stale, lang, site_url)))
    if digest.voted_down:
        yield Section(t("mail.voted_down"), tuple(_articles(digest.voted_down, lang, site_url)))


def _gaps(gaps: Sequence[GapSummary], lang: Lang, site_url: str) -> tuple[Item, ...]:
    t = words(lang)
    return tuple(
        Item(
            title=gap.label,
            lang=HTML_LANG[gap.lang],
            url=f"{site_url}/owner/gaps/{gap.id}" if site_url else "",
            facts=" · ".join(_facts(gap, lang, t)),
        )
        for gap in gaps
    )


def _facts(gap: GapSummary, lang: Lang, t: Words) -> Iterator[str]:
    yield t("mail.people", n=gap.people)
    yield label(lang, "status", gap.status)
    if gap.due_on is not None:
        yield t("mail.due_on", day=date_text(gap.due_on, lang))


def _articles(lines: Iterable[ArticleLine], lang: Lang, site_url: str) -> Iterator[Item]:
    t = words(lang)
    for line in lines:
        if line.review_due_on is not None:
            facts = t("mail.read", n=line.read, day=date_text(line.review_due_on, lang))
        else:
            facts = t("mail.votes", down=line.down, up=line.up)
        url = f"{site_url}{article_path(line.article_id)}" if site_url else ""
        yield Item(line.title, HTML_LANG[line.lang], url, facts)


def _text(values: Mapping[str, object], sections: Sequence[Section]) -> str:
    lines = [str(values["hello"]), "", str(values["lead"])]
    for section in sections:
        lines += ["", section.title, ""]
        for item in section.items:
            lines.append(f"- {' '.join(item.title.split())} ({item.facts})")
            if item.url:
                lines.append(f"  {item.url}")
        if section.more:
            lines.append(f"  {section.more}")
    if values["board"]:
        lines += ["", f"{values['open_board']}: {values['board']}"]
    return "\n".join([*lines, "", "-- ", str(values["footer"]), ""])
