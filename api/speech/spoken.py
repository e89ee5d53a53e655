"""One spoken form of an answer, from which every door without a page of its own takes its words.

Input is the JSON that all doors share (``kb.documents.answer_document``), its addresses made absolute before. Nothing is decided
here: what is said follows from the outcome and its reason.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the command line reads this module before it knows what it will do
    from kb.types import Lang

_BY_REASON = {
    "unclear_question": "unclear",
    "needs_account_data": "account",
    "conflicting_sources": "conflict",
    "restricted": "restricted",
}


@dataclass(frozen=True, slots=True)
class Source:
    """A quoted place. ``n``: its number in the text. ``note``: what to know before relying on it, "" for nothing."""

    n: int
    title: str
    url: str
    quote: str
    note: str


@dataclass(frozen=True, slots=True)
class Choice:
    """An option of a question that was asked back."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Spoken:
    """What is said, in the order in which it is said.

    ``preface``: a word of sympathy or of opening hours before everything else, "" for none. ``text`` and ``markdown``: the
    answer with ``[n]`` behind what source n supports, or what is said instead of one. ``sources``: quoted in the text;
    ``nearest``: close to the question and not stated. ``person``: how to reach a person, "" when none was offered.
    """

    lang: Lang
    preface: str
    text: str
    markdown: str
    sources: tuple[Source, ...]
    nearest: tuple[Source, ...]
    choices: tuple[Choice, ...]
    links: tuple[Link, ...]
    person: str


def spoken(document: Mapping[str, Any]) -> Spoken:
    """Word ``document``, an answer as every door gives it.

    The words around the answer are in the language of the question; the answer itself is as the article has it.
    """
    lang: Lang = document["question"]["lang"]
    says = words(lang)
    answer = document["answer"]
    instead = "\n".join(_instead(document, says))
    return Spoken(
        lang=lang,
        preface=document.get("preface") or "",
        text=with_marks(answer["text"], document["citations"]) if answer else instead,
        markdown=answer["markdown"] if answer else instead,
        sources=_sources(document["citations"], lang, says),
        nearest=_sources(document["suggestions"], lang, says),
        choices=tuple(Choice(option["id"], option["label"]) for option in document["options"]),
        links=tuple(Link(action["label"], action["url"]) for action in document["actions"]),
        person=_person(document["handoff"], says),
    )


def as_text(said: Spoken) -> str:
    """All of it as plain text: the preface, the text, its sources, the choices, the links, the way to a person."""
    return "\n\n".join(part for part in (said.preface, said.text, *_rest(said)) if part)


def as_markdown(said: Spoken) -> str:
    """The same as CommonMark."""
    return "\n\n".join(part for part in (said.preface, said.markdown, *_rest(said, markdown=True)) if part)


def with_marks(text: str, citations: Sequence[Mapping[str, Any]]) -> str:
    """``text`` with `` [n]`` behind every part that citation n supports."""
    ends = sorted(((span["end"], c["n"]) for c in citations for span in c["answer_spans"]), reverse=True)
    for end, number in ends:
        text = f"{text[:end]} [{number}]{text[end:]}"
    return text


@cache
def words(lang: Lang) -> Mapping[str, str]:
    """The table of ``strings/{lang}.json``."""
    table: dict[str, str] = json.loads(files("api.speech").joinpath("strings", f"{lang}.json").read_text("utf-8"))
    return table


def _instead(document: Mapping[str, Any], says: Mapping[str, str]) -> Iterator[str]:
    """What is said where no answer is."""
    outcome, reason = document["outcome"], (document["reason"] or {}).get("code", "")
    if outcome == "clarify":
        yield says["clarify"]
    elif outcome == "handoff":
        yield says["handoff"]
    elif reason in _BY_REASON:
        yield says[_BY_REASON[reason]]
    else:
        yield says["suggested" if outcome == "suggested" else "no_answer"]
    if outcome == "no_answer" and document["gap_id"] is not None:
        yield says["recorded"]


def _sources(places: Sequence[Mapping[str, Any]], asked_in: Lang, says: Mapping[str, str]) -> tuple[Source, ...]:
    def note(place: Mapping[str, Any]) -> str:
        foreign = says[f"foreign_{place['lang']}"] if place["lang"] != asked_in else ""
        return ", ".join(part for part in (foreign, says["stale"] if place["stale"] else "") if part)

    return tuple(
        Source(p["n"], " › ".join(p["heading_path"]) or p["title"], p["highlight_url"] or p["url"], p["quote"], note(p))
        for p in places
    )


def _person(person: Mapping[str, Any], says: Mapping[str, str]) -> str:
    if not person["offered"]:
        return ""
    reached = says["person_at"].format(url=person["contact_url"]) if person.get("contact_url") else ""
    return person["message"] or reached or (says["person"] if person.get("accepts") else "")


def _rest(said: Spoken, *, markdown: bool = False) -> Iterator[str]:
    yield "\n".join(_line(source, markdown=markdown) for source in said.sources or said.nearest)
    yield "\n".join(f"- {choice.label}" for choice in said.choices)
    yield "\n".join(f"[{a.label}]({a.url})" if markdown else f"{a.label}: {a.url}" for a in said.links)
    yield said.person


def _line(source: Source, *, markdown: bool) -> str:
    title = f"[{_escaped(source.title)}]({source.url})" if markdown else f"{source.title} {source.url}"
    return f"[{source.n}] {title}" + (f" ({source.note})" if source.note else "")


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
