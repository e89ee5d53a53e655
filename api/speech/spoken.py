"""One spoken form of an answer, from which every door without a page of its own takes its words.

Input is the JSON that all doors share (``kb.documents.answer_document``), its addresses made absolute before. Nothing is decided
here: what is said follows from the outcome and its reason.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from kb.text.script import is_traditional
from kb.text.script import traditional as in_traditional

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
class Part:
    """A stretch of the text, and the numbers of the sources that support it. ``before``: the white space in front of it."""

    before: str
    text: str
    numbers: tuple[int, ...]

    @property
    def marks(self) -> str:
        """What stands behind it: `` [1] [2]``."""
        return "".join(f" [{n}]" for n in self.numbers)


@dataclass(frozen=True, slots=True)
class Spoken:
    """What is said, in the order in which it is said.

    ``preface``: a word of sympathy or of opening hours before everything else, "" for none. ``text`` and ``markdown``: the
    answer with ``[n]`` behind what source n supports, or what is said instead of one. ``sources``: quoted in the text;
    ``nearest``: close to the question and not stated. ``person``: how to reach a person, "" when none was offered. ``parts``: all
    of ``text``, for who has to shorten it. ``says``: our own words around it, in the visitor's script.
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
    parts: tuple[Part, ...]
    says: Mapping[str, str]


def spoken(document: Mapping[str, Any], base: str = "") -> Spoken:
    """Word ``document``, an answer as every door gives it.

    The words around the answer are in the language of the question; the answer itself is as the article has it. ``base``: where
    our pages are, for doors without a button: the way to a person is then a link. Options are asked for alone, without the passages
    they were found with, so that there is one list to choose from.
    """
    lang: Lang = document["question"]["lang"]
    asked = document["question"]["text"]
    says = words(lang, traditional=lang == "zh" and is_traditional(asked))
    answer = document["answer"]
    instead = "\n".join(_instead(document, says))
    parts = tuple(_parts(answer["text"], document["citations"])) if answer else (Part("", instead, ()),)
    return Spoken(
        lang=lang,
        preface=document.get("preface") or "",
        text=_joined(parts),
        markdown=answer["markdown"] if answer else instead,
        sources=_sources(document["citations"], lang, says),
        nearest=() if document["options"] else _sources(document["suggestions"], lang, says),
        choices=tuple(Choice(option["id"], option["label"]) for option in document["options"]),
        links=tuple(Link(action["label"], action["url"]) for action in document["actions"]),
        person=_person(
            document["handoff"], says, document["outcome"], f"{base}/person?answer={document['id']}" if base else ""
        ),
        parts=parts,
        says=says,
    )


def as_text(said: Spoken) -> str:
    """All of it as plain text: the preface, the text, its sources, the choices, the links, the way to a person."""
    return "\n\n".join(part for part in (said.preface, said.text, *_rest(said)) if part)


def as_markdown(said: Spoken) -> str:
    """The same as CommonMark."""
    return "\n\n".join(part for part in (said.preface, said.markdown, *_rest(said, markdown=True)) if part)


def with_marks(text: str, citations: Sequence[Mapping[str, Any]]) -> str:
    """``text`` with `` [n]`` behind every part that citation n supports."""
    return _joined(_parts(text, citations))


def _joined(parts: Iterable[Part]) -> str:
    return "".join(f"{part.before}{part.text}{part.marks}" for part in parts)


@cache
def words(lang: Lang, *, traditional: bool = False) -> Mapping[str, str]:
    """The table of ``strings/{lang}.json``; ``traditional``: in traditional characters."""
    table: dict[str, str] = json.loads(files("api.speech").joinpath("strings", f"{lang}.json").read_text("utf-8"))
    return {key: in_traditional(text) for key, text in table.items()} if traditional else table


def _parts(text: str, citations: Sequence[Mapping[str, Any]]) -> Iterator[Part]:
    """``text`` cut behind every stretch that a citation supports, with nothing lost."""
    numbers: dict[int, list[int]] = {}
    for end, n in sorted((span["end"], c["n"]) for c in citations for span in c["answer_spans"]):
        numbers.setdefault(end, []).append(n)
    start = 0
    for end in sorted({*numbers, len(text)}):
        piece = text[start:end]
        stripped = piece.lstrip()
        if stripped or end in numbers:
            yield Part(piece[: len(piece) - len(stripped)], stripped, tuple(numbers.get(end, ())))
        start = end


def _instead(document: Mapping[str, Any], says: Mapping[str, str]) -> Iterator[str]:
    """What is said where no answer is; the nearest sources follow it."""
    outcome, reason = document["outcome"], (document["reason"] or {}).get("code", "")
    if outcome == "clarify":
        yield says["clarify"]
    elif outcome == "handoff":
        yield says["asked_for_person" if reason == "asked_for_person" else "handoff"]
    elif reason == "unclear_question" and _is_small_talk(document["question"]["text"]):
        yield says["small_talk"]
    elif reason in _BY_REASON:
        yield says[_BY_REASON[reason]]
    else:
        yield says["suggested" if outcome == "suggested" else "no_answer"]
    if outcome == "no_answer" and document["gap_id"] is not None:
        yield says["recorded"]
    if document["suggestions"] and outcome not in ("suggested", "clarify") and reason != "conflicting_sources":
        yield says["nearest"]


def _is_small_talk(question: str) -> bool:
    from kb.answer.manner import Manner, manner_of  # its patterns take a moment to compile, and few answers need them

    return manner_of(question) is Manner.SMALL_TALK


def _sources(places: Sequence[Mapping[str, Any]], asked_in: Lang, says: Mapping[str, str]) -> tuple[Source, ...]:
    def note(place: Mapping[str, Any]) -> str:
        foreign = says[f"foreign_{place['lang']}"] if place["lang"] != asked_in else ""
        return ", ".join(part for part in (foreign, says["stale"] if place["stale"] else "") if part)

    return tuple(
        Source(p["n"], " › ".join(p["heading_path"]) or p["title"], p["highlight_url"] or p["url"], p["quote"], note(p))
        for p in places
    )


def _person(person: Mapping[str, Any], says: Mapping[str, str], outcome: str, page: str) -> str:
    """The operator's own words first, then every way to a person that is known. ``page``: ours, where requests are taken."""
    if not person["offered"]:
        return ""
    ways = []
    address = person.get("contact_url") or (page if person.get("accepts") else "")
    if address:
        ways.append(says["person_at"].format(url=address))
    elif person.get("accepts"):
        ways.append(says["person_asked" if outcome == "handoff" else "person"])
    elif person["channels"]:
        ways.append(says["person_by"].format(channels=says["comma"].join(person["channels"])))
    if person["message"]:
        return "\n".join((person["message"], *(way for way in ways if address)))
    return "\n".join(ways) or says["person_none"]


def _rest(said: Spoken, *, markdown: bool = False) -> Iterator[str]:
    yield "\n".join(_line(source, markdown=markdown) for source in said.sources or said.nearest)
    yield "\n".join(f"{place}. {choice.label}" for place, choice in enumerate(said.choices, 1))
    yield "\n".join(
        f"[{_escaped(a.label)}]({_closed(a.url)})" if markdown else f"{a.label}: {a.url}" for a in said.links
    )
    yield said.person


def _line(source: Source, *, markdown: bool) -> str:
    title = f"[{_escaped(source.title)}]({_closed(source.url)})" if markdown else f"{source.title} {source.url}"
    return f"[{source.n}] {title}" + (f" ({source.note})" if source.note else "")


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")


def _closed(url: str) -> str:
    """``url`` without the characters that would end a link in Markdown."""
    return url.replace("(", "%28").replace(")", "%29").replace(" ", "%20")
