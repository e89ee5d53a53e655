"""What people have typed so far when they look for an article whose title or phrasing they know, and what a plain service finds."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from eval.datasets import Question
from kb.answer.question import is_frame
from kb.text.tokenize import normalize, stem_word
from kb.text.words import cut_words
from kb.types import Article, Lang

WHOLE = "whole"
LENGTHS = (1, 2, 3, 5, 8, WHOLE)
_LATIN = re.compile(r"[a-z]{5,}")
_OTHER_WORDS = frozenset({"old-title", "link-text"})
_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Aim:
    """An article that somebody looks for: a text its author knows it by, and the ids that would do (texts may be shared)."""

    text: str
    lang: Lang
    article_ids: frozenset[str]


def aims_of(articles: Mapping[str, Article], *, phrasings: bool = False) -> list[Aim]:
    """The titles of all articles that visitors may read, or their known phrasings, each once for each language."""
    return _aims(
        (text, article.lang, article.id)
        for article in articles.values()
        if "public" in article.audience
        for text in (article.questions if phrasings else (article.title,))
    )


def aims_in_other_words(questions: Iterable[Question]) -> list[Aim]:
    """What a set knows its articles by and the articles do not say: earlier titles, and words of links to them."""
    return _aims(
        (question.text, "en" if question.lang == "en" else "zh", gold.article_id)
        for question in questions
        if question.kind in _OTHER_WORDS and question.file == "questions"
        for gold in question.gold
    )


def _aims(texts: Iterable[tuple[str, Lang, str]]) -> list[Aim]:
    owners: dict[tuple[str, Lang], set[str]] = {}
    for text, lang, article_id in texts:
        owners.setdefault((normalize(text), lang), set()).add(article_id)
    return [Aim(text, lang, frozenset(ids)) for (text, lang), ids in owners.items()]


def some(aims: Sequence[Aim], limit: int) -> list[Aim]:
    """At most ``limit`` of ``aims``, the same on every machine."""
    return sorted(aims, key=lambda aim: hashlib.sha256(aim.text.encode()).digest())[:limit]


def telling_part(text: str, lang: Lang) -> str:
    """``text`` from its first word that does not only frame it: "reset a password" of "How do I reset a password"."""
    if lang == "en":
        words = _WORD.finditer(text)
        start = next((word.start() for word in words if not is_frame(stem_word(word.group().casefold()))), 0)
        return text[start:]
    place = 0
    for word in cut_words(text):
        if not is_frame(word) and word.strip():
            return text[place:]
        place += len(word)
    return text


def typed_so_far(text: str, length: int | str) -> str | None:
    """The first ``length`` characters, None when the text has no more than that."""
    if length == WHOLE:
        return text
    assert isinstance(length, int)
    return text[:length].strip() if len(text) > length else None


def with_error(text: str) -> str | None:
    """``text`` with one wrong key in a Latin word of five letters or more; None without one. Always the same for one text.

    Left out, doubled, swapped with the next, or the letter beside it in the alphabet, in equal shares; never the first letter.
    """
    words = list(_LATIN.finditer(text))
    if not words:
        return None
    digest = hashlib.sha256(text.encode()).digest()
    word = words[digest[0] % len(words)]
    place = word.start() + 1 + digest[1] % (len(word.group()) - 2)
    letter, following = text[place], text[place + 1]
    wrong = (following, letter * 2 + following, following + letter, chr(97 + (ord(letter) - 96) % 26) + following)
    changed = text[:place] + wrong[digest[2] % 4] + text[place + 2 :]
    return changed if changed != text else None


def plain_search(articles: Mapping[str, Article], typed: str) -> Iterator[str]:
    """What a plain service finds: ids of articles whose title contains the typed text, those that begin with it first."""
    wanted = normalize(typed)
    titles = [(normalize(article.title), article.id) for article in articles.values()]
    yield from (article_id for title, article_id in titles if title.startswith(wanted))
    yield from (article_id for title, article_id in titles if wanted in title and not title.startswith(wanted))
