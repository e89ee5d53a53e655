"""What an editor should look at although the articles can be indexed: never fatal."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import PurePosixPath
from urllib.parse import unquote

from indexer.passages import PassageLimits
from indexer.sources import SUFFIXES, article_id
from kb.text.markdown import Link, links, outline
from kb.types import Article, BlockKind, Passage, Problem

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")
_LANGUAGE_FOLDERS = {"en": re.compile(r"en([-_].*)?", re.IGNORECASE), "zh": re.compile(r"zh([-_].*)?", re.IGNORECASE)}


@dataclass(frozen=True, slots=True)
class LintLimits:
    """``paragraph``: width above which a paragraph is too long to read; for scale, 1200 is about 200 English words."""

    paragraph: int = 1200


_DEFAULT_LIMITS = LintLimits()


def lint(
    articles: Sequence[Article],
    passages: Iterable[Passage],
    *,
    today: date | None = None,
    limits: LintLimits = _DEFAULT_LIMITS,
) -> list[Problem]:
    """Return what is doubtful in ``articles``, by path and line; every problem has ``fatal=False``.

    Codes: ``duplicate_title``, ``duplicate_question``, ``dead_link``, ``dead_anchor``, ``no_review_date``, ``overdue_review``,
    ``no_translation``, ``unknown_translation``, ``skipped_level``, ``long_paragraph``, ``no_alt``, ``no_passage``.
    ``passages`` are those of ``articles``, in any order. ``today``: default the current UTC date.
    """
    today = today or datetime.now(UTC).date()
    quotable = {passage.article_id for passage in passages}
    known = {article.id: article for article in articles}
    problems: list[Problem] = []
    for article in articles:
        problems += _review(article, today)
        problems += _headings(article)
        problems += _links(article, known)
        problems += _paragraphs(article, limits)
        if article.id not in quotable:
            problems.append(_problem(article, 0, "no_passage", "No text below its headings: it can answer nothing."))
    problems += _titles(articles)
    problems += _questions(articles)
    problems += _translations(articles, known)
    return sorted(problems, key=lambda problem: (problem.path, problem.line, problem.code))


def dead_links(articles: Mapping[str, Article]) -> list[Problem]:
    """The links of ``articles`` (by id) that lead to no article or heading, by path and line."""
    found = [
        problem
        for article in articles.values()
        for link in _links_in(article.text, article.body_start)
        if not link.is_image and not _SCHEME.match(link.target)
        for problem in _dead_link(article, link.target, link.line, articles)
    ]
    return sorted(found, key=lambda problem: (problem.path, problem.line, problem.code))


@lru_cache(maxsize=2048)  # articles are parsed again only when they change
def _links_in(text: str, start: int) -> tuple[Link, ...]:
    return links(text, start)


def _problem(article: Article, line: int, code: str, message: str) -> Problem:
    return Problem(article.path, line, code, message, False)


def _key_line(article: Article, *keys: str) -> int:
    """Line of the first of ``keys`` in the front matter, 1 when none is there."""
    lines = article.text[: article.body_start].splitlines()
    pattern = re.compile(rf"(?:{'|'.join(map(re.escape, keys))})\s*[:=]", re.IGNORECASE)
    return next((number for number, line in enumerate(lines, start=1) if pattern.match(line)), 1)


def _review(article: Article, today: date) -> Iterator[Problem]:
    if article.review_due_on is not None and article.review_due_on < today:
        days = (today - article.review_due_on).days
        message = f"The review was due on {article.review_due_on}, {days} days ago."
        yield _problem(article, _key_line(article, "review_due_on", "review_in"), "overdue_review", message)
    elif article.last_reviewed_on is None and article.review_due_on is None:
        message = "No review date: write `last_reviewed_on: …` and `review_in: 6 months`."
        yield _problem(article, 1, "no_review_date", message)


def _headings(article: Article) -> Iterator[Problem]:
    level = 1  # the title
    for heading in article.headings:
        if heading.level > level + 1:
            message = f"{heading.text!r} is a heading of level {heading.level} below one of level {level}."
            yield _problem(article, heading.line, "skipped_level", message)
        level = heading.level


def _links(article: Article, known: Mapping[str, Article]) -> Iterator[Problem]:
    for link in links(article.text, article.body_start):
        if link.is_image:
            if not link.text.strip():
                yield _problem(
                    article, link.line, "no_alt", f"The image {link.target} has no text for who cannot see it."
                )
        elif not _SCHEME.match(link.target):
            yield from _dead_link(article, link.target, link.line, known)


def _dead_link(article: Article, target: str, line: int, known: Mapping[str, Article]) -> Iterator[Problem]:
    path, _, fragment = unquote(target).partition("#")
    path = path.partition("?")[0]
    if not path:
        if fragment and not _has_anchor(article, fragment):
            yield _problem(article, line, "dead_anchor", f"The article has no heading #{fragment}.")
        return
    if not path.lower().endswith(SUFFIXES) or path.startswith("/"):
        return  # a path of the site, not of the folder: what it leads to is not known here
    linked_id = article_id(posixpath.normpath(posixpath.join(posixpath.dirname(article.path), path)))
    linked = known.get(linked_id)
    if linked is None:
        yield _problem(article, line, "dead_link", f"The link {target} leads to no article ({linked_id}).")
    elif fragment and not _has_anchor(linked, fragment):
        yield _problem(article, line, "dead_anchor", f"The link {target}: {linked.path} has no heading #{fragment}.")


def _has_anchor(article: Article, fragment: str) -> bool:
    if any(heading.anchor == fragment for heading in article.headings):
        return True
    return re.search(rf"""\b(?:id|name)\s*=\s*["']?{re.escape(fragment)}(?![\w-])""", article.text) is not None


def _paragraphs(article: Article, limits: LintLimits) -> Iterator[Problem]:
    width = PassageLimits().width
    for block in outline(article.text, article.body_start).blocks:
        if block.kind is not BlockKind.PARAGRAPH:
            continue
        size = width(block.plain)
        if size > limits.paragraph:
            message = f"A paragraph of about {round(size / 6)} words is hard to read and to quote; divide it."
            yield _problem(article, block.lines[0], "long_paragraph", message)


def _titles(articles: Sequence[Article]) -> Iterator[Problem]:
    first: dict[tuple[str, str], Article] = {}
    for article in articles:
        other = first.setdefault((article.lang, " ".join(article.title.casefold().split())), article)
        if other is not article:
            line = _key_line(article, "title")
            yield _problem(article, line, "duplicate_title", f"{other.path} has the same title, {article.title!r}.")


def _questions(articles: Sequence[Article]) -> Iterator[Problem]:
    first: dict[str, Article] = {}
    for article in articles:
        for question in article.questions:
            other = first.setdefault(" ".join(question.casefold().split()).rstrip("?？"), article)
            if other is not article:
                message = f"The question {question!r} is also claimed by {other.path}; one article should answer it."
                yield _problem(article, _key_line(article, "questions", "faq"), "duplicate_question", message)


def _translations(articles: Sequence[Article], known: Mapping[str, Article]) -> Iterator[Problem]:
    """Report missing translations, when the folder holds both languages."""
    if len({article.lang for article in articles}) < 2:
        return
    translated = {article.translation_of for article in articles if article.translation_of}
    for article in articles:
        original = article.translation_of
        if original is not None and original not in known:
            message = f"translation_of: there is no article {original!r}."
            yield _problem(article, _key_line(article, "translation_of"), "unknown_translation", message)
        elif original is None and article.id not in translated and not _mirrored(article, known):
            other = "Chinese" if article.lang == "en" else "English"
            yield _problem(article, 0, "no_translation", f"There is no {other} version of this article.")


def _mirrored(article: Article, known: Mapping[str, Article]) -> bool:
    """Say whether the same path in another language's folder is an article."""
    parts = PurePosixPath(article.id).parts
    other = "zh" if article.lang == "en" else "en"
    for index, part in enumerate(parts[:-1]):
        if _LANGUAGE_FOLDERS[article.lang].fullmatch(part):
            candidates = (other, "zh-CN", "zh-cn", "zh-TW", "zh-Hans", "en-US", "en-us")
            return any("/".join((*parts[:index], name, *parts[index + 1 :])) in known for name in candidates)
    return False
