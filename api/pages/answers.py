"""An answer document as the answer page and the permalink show it: one view for both.

Input is the JSON that every door returns and the records keep (``kb.documents.answer_document``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from api.pages.addresses import safe_link
from api.pages.articles import quote_html, scrollable
from api.pages.traces import traced
from api.pages.wording import HTML_LANG, Words
from kb.records.rows import DOWN_REASONS, MAX_COMMENT, UP_REASONS
from kb.types import Article, Lang

QuoteStatus = Literal["unchanged", "moved", "changed", "gone", ""]
Check = Callable[[str, str, str], QuoteStatus]

# Code points; about three lines on a phone in Chinese and four in English.
_LONG_QUOTE = 160
REASONS: Mapping[str, tuple[str, ...]] = {"up": UP_REASONS, "down": DOWN_REASONS}


@dataclass(frozen=True, slots=True)
class Source:
    """One citation or suggestion, ready to show.

    ``long``: worth folding where the answer above says the same. ``status``: "" when it has not been checked.
    """

    n: int
    article_id: str
    title: str
    trail: tuple[str, ...]
    url: str
    link: str
    html: str
    long: bool
    lang: Lang
    html_lang: str
    foreign: bool
    reviewed: str | None
    stale: bool
    status: QuoteStatus


@dataclass(frozen=True, slots=True)
class AnswerView:
    """Everything the answer template needs; ``given_on`` is set on a permalink only."""

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
    answer_html: str
    level: str
    sources: tuple[Source, ...]
    suggestions: tuple[Source, ...]
    options: tuple[Mapping[str, str], ...]
    actions: tuple[Mapping[str, str], ...]
    related: tuple[Mapping[str, str], ...]
    channels: tuple[str, ...]
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
    sources = tuple(_source(c, asked_in, articles, check) for c in document["citations"])
    suggestions = tuple(_source(c, asked_in, articles, check) for c in document["suggestions"])
    source_id = "" if check else document["id"]
    if not check:
        sources, suggestions = (
            tuple(replace(s, link=traced(s.link, articles.get(s.article_id), source_id)) for s in group)
            for group in (sources, suggestions)
        )
    headline, lead = _headline(document, t)
    answer = document["answer"]
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
        answer_html=scrollable(answer["html"]) if answer else "",
        level=document["confidence"]["level"],
        sources=sources,
        suggestions=suggestions,
        options=tuple(document["options"]),
        actions=tuple(document["actions"]),
        related=tuple(
            {**item, "url": traced(item["url"], articles.get(item["article_id"]), source_id)}
            for item in document["related"]
        ),
        channels=tuple(document["handoff"]["channels"]),
        given_on=document["created_at"] if check else None,
        revision=document["index"]["revision"],
        changed=any(s.status in ("changed", "gone") for s in sources + suggestions),
    )


def _source(
    citation: Mapping[str, Any], asked_in: Lang, articles: Mapping[str, Article], check: Check | None
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
        long=len(citation["quote"]) > _LONG_QUOTE,
        lang=lang,
        html_lang=HTML_LANG[lang],
        foreign=lang != asked_in,
        reviewed=citation["last_reviewed_on"],
        stale=citation["stale"],
        status=check(citation["article_id"], citation["content_hash"], citation["quote"]) if check else "",
    )


def _headline(document: Mapping[str, Any], t: Words) -> tuple[str, str]:
    """Heading and first sentence of what is not a plain answer."""
    outcome = document["outcome"]
    reason = (document["reason"] or {}).get("code", "")
    if outcome == "no_answer":
        if reason == "unclear_question":
            return t("answer.unclear"), t("answer.unclear_lead")
        recorded = "answer.no_answer_lead" if document["gap_id"] else "answer.no_answer_unrecorded"
        return t("answer.no_answer"), t(recorded)
    if outcome == "handoff":
        return t("answer.handoff"), document["handoff"]["message"] or t("answer.handoff_lead")
    if outcome == "answered":
        return t("answer.answered"), ""
    return t(f"answer.{outcome}"), t(f"answer.{outcome}_lead")
