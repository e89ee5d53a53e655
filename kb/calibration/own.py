"""Questions that a help centre's own articles answer, and some that they cannot: calibration without labels.

A title, a listed phrasing, a description or a section's heading asks for its article. The same question with that article
hidden has no answer (leave one article out), and the shipped questions about nothing that a help centre explains have none.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

import orjson

from kb.answer.filters import refusal
from kb.answer.find import Findings
from kb.answer.question import understand
from kb.calibration.fit import Outcomes
from kb.index.snapshot import Snapshot
from kb.text.tokenize import normalize
from kb.types import Article, Filters, Lang

Kind = Literal["title", "phrasing", "description", "heading", "absent", "off_topic", "vote"]
Search = Callable[[str, frozenset[str]], Findings]

# Of ten questions that reach a help centre seven are taken to be answered in it, two are missing and one is about other things.
_ABSENT_PER_ANSWERED, _OFF_TOPIC_PER_ANSWERED = 2 / 7, 1 / 7
_LEAST_TERMS = 2  # a heading of one word ("Overview") asks for nothing


@dataclass(frozen=True, slots=True)
class OwnQuestion:
    """``article_id``: what answers it, None for nothing here. ``hidden``: articles that must not be found."""

    text: str
    kind: Kind
    article_id: str | None
    hidden: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Tried:
    """One question with the shipped model's probability for its first hit, and whether that hit was right."""

    kind: Kind
    score: float
    right: bool


def own_questions(snapshot: Snapshot, today: date, limit: int) -> list[OwnQuestion]:
    """At most ``limit`` answerable questions, the same ones every time, with their share of unanswerable ones."""
    articles = [a for a in snapshot.articles.values() if not refusal(a, Filters(), today) and a.policy == "answer"]
    asked = [question for article in articles for question in _of_article(article)]
    times = Counter(normalize(question.text) for question in asked)
    unique = [question for question in asked if times[normalize(question.text)] == 1]
    answered = sorted(unique, key=lambda question: _draw(question.text))[:limit]
    absent = answered[: round(len(answered) * _ABSENT_PER_ANSWERED)]
    family = _families(snapshot)
    missing = [OwnQuestion(q.text, "absent", None, family[q.article_id]) for q in absent if q.article_id]
    langs = {article.lang for article in articles}
    elsewhere = [OwnQuestion(text, "off_topic", None) for lang, text in off_topic_questions() if lang in langs]
    return [*answered, *missing, *elsewhere[: round(len(answered) * _OFF_TOPIC_PER_ANSWERED)]]


def try_questions(questions: list[OwnQuestion], search: Search, progress: Callable[[int], None]) -> list[Tried]:
    """Search for every question; one for which nothing is found says nothing about scores and is left out."""
    tried = []
    for number, question in enumerate(questions, start=1):
        findings = search(question.text, question.hidden)
        if findings.hits:
            right = findings.hits[0].article.id == question.article_id
            tried.append(Tried(question.kind, findings.score, right))
        progress(number)
    return tried


def outcomes_of(tried: list[Tried]) -> Outcomes:
    return Outcomes(tuple(t.score for t in tried), tuple(t.right for t in tried))


@cache
def off_topic_questions() -> tuple[tuple[Lang, str], ...]:
    """Questions that no help centre explains, both languages in turn, always in the same order."""
    stored = orjson.loads(Path(__file__).with_name("off_topic.json").read_bytes())
    pairs: list[tuple[Lang, str]] = [("en", text) for text in stored["en"]] + [("zh", text) for text in stored["zh"]]
    return tuple(sorted(pairs, key=lambda pair: _draw(pair[1])))


def _of_article(article: Article) -> Iterator[OwnQuestion]:
    wordings: list[tuple[Kind, str]] = [("title", article.title)]
    wordings += [("phrasing", text) for text in article.questions]
    wordings += [("description", article.description)] if article.description else []
    wordings += [("heading", heading.text) for heading in article.headings if heading.level > 1]
    for kind, text in wordings:
        if len(understand(text, article.lang).content) >= (_LEAST_TERMS if kind == "heading" else 1):
            yield OwnQuestion(text.strip()[:1000], kind, article.id)


def _families(snapshot: Snapshot) -> dict[str, frozenset[str]]:
    """Each article with its translations: hiding one of them would leave the answer in the other language."""
    members: dict[str, set[str]] = {}
    for article in snapshot.articles.values():
        members.setdefault(article.translation_of or article.id, set()).add(article.id)
    whole = {root: frozenset({root, *ids}) for root, ids in members.items()}
    return {article.id: whole[article.translation_of or article.id] for article in snapshot.articles.values()}


def _draw(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
