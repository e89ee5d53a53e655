"""An answer document as the answer page and the permalink show it: one view for both.

Input is the JSON that every door returns and the records keep (``kb.documents.answer_document``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from api.pages.addresses import safe_link
from api.pages.articles import quote_html, scrollable
from api.pages.pieces import with_pieces
from api.pages.traces import traced
from api.pages.wording import HTML_LANG, Words
from kb.records.rows import DOWN_REASONS, MAX_COMMENT, UP_REASONS
from kb.text.language import count_han
from kb.text.markdown import to_plain
from kb.types import Article, Lang

QuoteStatus = Literal["unchanged", "moved", "changed", "gone", ""]
Check = Callable[[str, str, str], QuoteStatus]

# Code points, of which one of Chinese counts as two; about four lines on a phone.
_LONG_QUOTE = 160
_EXCERPT = 110
_ENOUGH = 36
_TABLE_HEAD = re.compile(r"^\|(.*)\|[ \t]*\n\|[ :|-]+\|[ \t]*$", re.MULTILINE)
REASONS: Mapping[str, tuple[str, ...]] = {"up": UP_REASONS, "down": DOWN_REASONS}


@dataclass(frozen=True, slots=True)
class Source:
    """One citation or suggestion, ready to show.

    ``excerpt``: how a quote that is worth folding begins, "" for a short one. ``piece``: the number of the first piece of the
    answer that it supports, 0 where there is none. ``status``: "" when it has not been checked.
    """

    n: int
    article_id: str
    title: str
    trail: tuple[str, ...]
    url: str
    link: str
    html: str
    excerpt: str
    piece: int
    lang: Lang
    html_lang: str
    foreign: bool
    reviewed: str | None
    stale: bool
    status: QuoteStatus


@dataclass(frozen=True, slots=True)
class AnswerView:
    """Everything the answer template needs.

    ``given_on``: set on a permalink only. ``recorded``: the question lies with the owners as a gap. ``accepts``: a request for a
    person that is sent here reaches somebody; ``contact``: where else one is reached. ``account``: the answer depends on the
    visitor's own data. ``copy_text``: the answer and its sources as plain text, their links without a base. ``preface``: a word of
    sympathy before the answer; ``hours``: when somebody is there again, "" on a permalink, where it would tell of the past.
    """

    id: str
    conversation_id: str
    question: str
    question_html_lang: str
    redactions: int
    outcome: str
    lang: Lang
    html_lang: str
    foreign: bool
    headline: str
    lead: str
    recorded: bool
    reason: str
    answer_html: str
    copy_text: str
    level: str
    sources: tuple[Source, ...]
    suggestions: tuple[Source, ...]
    options: tuple[Mapping[str, str], ...]
    actions: tuple[Mapping[str, str], ...]
    related: tuple[Mapping[str, str], ...]
    channels: tuple[str, ...]
    accepts: bool
    contact: str
    preface: str
    hours: str
    given_on: str | None
    revision: str
    changed: bool


@dataclass(frozen=True, slots=True)
class VoteState:
    """Where the visitor stands with the vote; ``state``: "" | "noted" | "withdrawn"."""

    token: str
    rating: str = ""
    state: str = ""
    max_comment: int = MAX_COMMENT


def answer_view(
    document: Mapping[str, Any], t: Words, articles: Mapping[str, Article], *, check: Check | None = None
) -> AnswerView:
    """Read ``document``; with ``check`` (article id, content hash, quote to status) as a permalink of the past.

    Who follows a link of a permalink is not the visitor who was answered, so only those of a new answer are traced.
    """
    asked_in: Lang = document["question"]["lang"]
    answer = document["answer"]
    titles = {c["n"]: c["title"] for c in document["citations"]}
    html, first = with_pieces(
        answer["html"] if answer else "", lambda n: t("answer.source_title", n=n, title=titles.get(n, ""))
    )
    sources = tuple(_source(c, asked_in, articles, check, first.get(c["n"], 0)) for c in document["citations"])
    suggestions = tuple(_source(c, asked_in, articles, check) for c in document["suggestions"])
    source_id = "" if check else document["id"]
    if not check:
        sources, suggestions = (
            tuple(replace(s, link=traced(s.link, articles.get(s.article_id), source_id)) for s in group)
            for group in (sources, suggestions)
        )
    headline, lead = _headline(document, t)
    person = document["handoff"]
    return AnswerView(
        id=document["id"],
        conversation_id=document["conversation_id"],
        question=document["question"]["text"],
        question_html_lang=HTML_LANG[asked_in],
        redactions=document["question"]["redactions"],
        outcome=document["outcome"],
        lang=document["lang"],
        html_lang=HTML_LANG[document["lang"]],
        foreign=document["lang"] != asked_in,
        headline=headline,
        lead=lead,
        recorded=document["outcome"] == "no_answer" and document["gap_id"] is not None,
        reason=(document["reason"] or {}).get("code", ""),
        answer_html=scrollable(html),
        copy_text=_copy_text(document, t) if answer else "",
        level=document["confidence"]["level"],
        sources=sources,
        suggestions=suggestions,
        options=tuple(document["options"]),
        actions=tuple(document["actions"]),
        related=tuple(
            {**item, "url": traced(item["url"], articles.get(item["article_id"]), source_id)}
            for item in document["related"]
        ),
        channels=tuple(person["channels"]),
        accepts=person.get("accepts", False),
        contact=safe_link(person.get("contact_url") or ""),
        preface=document.get("preface") or "",
        hours="" if check or not person["offered"] else person["message"],
        given_on=document["created_at"] if check else None,
        revision=document["index"]["revision"],
        changed=any(s.status in ("changed", "gone") for s in sources + suggestions),
    )


def _source(
    citation: Mapping[str, Any],
    asked_in: Lang,
    articles: Mapping[str, Article],
    check: Check | None,
    piece: int = 0,
) -> Source:
    trail = tuple(citation["heading_path"]) or (citation["title"],)
    if trail[0] != citation["title"]:
        trail = (citation["title"], *trail)
    lang: Lang = citation["lang"]
    return Source(
        n=citation["n"],
        article_id=citation["article_id"],
        title=citation["title"],
        trail=trail,
        url=safe_link(citation["url"]),
        link=safe_link(citation["highlight_url"]),
        html=quote_html(citation["quote"], articles.get(citation["article_id"]), articles),
        excerpt=excerpt(citation["quote"]),
        piece=piece,
        lang=lang,
        html_lang=HTML_LANG[lang],
        foreign=lang != asked_in,
        reviewed=citation["last_reviewed_on"],
        stale=citation["stale"],
        status=check(citation["article_id"], citation["content_hash"], citation["quote"]) if check else "",
    )


def excerpt(quote: str) -> str:
    """How a long ``quote`` begins, cut at a line or a word, as readable text; "" for one that is short enough to be shown."""
    if _width(quote) <= _LONG_QUOTE:
        return ""
    text = ""
    # The names of a table's columns say nothing; its first rows do.
    heads = {" | ".join(cell.strip() for cell in row.split("|")) for row in _TABLE_HEAD.findall(quote)}
    for line in (line.strip() for line in to_plain(quote).splitlines()):
        if line in heads:
            continue
        text = f"{text} {line.replace(' | ', ' · ')}".strip()
        if _width(text) >= _ENOUGH:
            break
    width = 0
    for position, character in enumerate(text):
        width += _width(character)
        if width > _EXCERPT:
            blank = text.rfind(" ", max(0, position - 20), position)
            text = text[: blank if blank > 0 else position]
            break
    return text.rstrip(" .,:;·。，：；、") + "…"


def _width(text: str) -> int:
    return len(text) + count_han(text)


def _copy_text(document: Mapping[str, Any], t: Words) -> str:
    """Question, answer and sources as they are pasted into a mail or a chat."""
    sources = [f"[{c['n']}] {' › '.join(c['heading_path'])}\n{c['url']}" for c in document["citations"]]
    return "\n\n".join((document["question"]["text"], document["answer"]["text"], t("answer.sources"), *sources))


def _headline(document: Mapping[str, Any], t: Words) -> tuple[str, str]:
    """Heading and first sentence of what is not a plain answer."""
    outcome = document["outcome"]
    reason = (document["reason"] or {}).get("code", "")
    if outcome == "handoff":
        asked = "answer.handoff_asked" if reason == "asked_for_person" else "answer.handoff_lead"
        return t("answer.handoff"), t(asked)
    if outcome == "answered":
        return t("answer.answered"), ""
    if reason == "needs_account_data":
        return t("answer.account"), t("answer.account_lead")
    if outcome == "no_answer":
        if reason == "unclear_question":
            return t("answer.unclear"), t("answer.unclear_lead")
        return t("answer.no_answer"), t("answer.no_answer_lead")
    if outcome == "suggested" and reason == "conflicting_sources":
        return t("answer.suggested"), t("answer.conflict_lead")
    return t(f"answer.{outcome}"), t(f"answer.{outcome}_lead")
