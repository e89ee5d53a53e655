"""Search results for people: articles, with the headings that match and a marked snippet."""

from __future__ import annotations

import html
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import islice

from kb.answer.expand import Expanded, stand_ins
from kb.answer.filters import allowed_rows
from kb.answer.fuse import Trust, mastery, trust, vector_weight
from kb.answer.links import article_url
from kb.answer.lookup import look_up
from kb.answer.retrieve import RetrievalParameters, retrieve
from kb.index.lexical import LexicalIndex
from kb.index.snapshot import Snapshot
from kb.text.tokenize import cached_terms, find_matches, normalize, tokenize
from kb.types import Filters, FloatArray, Hit, IndexInfo, Lang, SearchHeading, SearchPage, SearchResult, Span

_SNIPPET = 180  # code points
_LEAD = 40  # code points shown before the first match
_COMPLETIONS = 30  # words that an unfinished one may stand for
_HEADINGS = 3  # a result
_PASSAGES = 400  # passages from which articles are collected
_NEAR = 0.35  # cosine from which an article without any of the words is worth showing


def search_articles(
    snapshot: Snapshot,
    asked: Expanded,
    vector: FloatArray | None,
    *,
    skill: Mapping[str, float],
    filters: Filters,
    lang: Lang | None,
    prefix: bool,
    limit: int,
    offset: int,
    site_url: str,
    today: date,
) -> SearchPage:
    """Articles by their best passage, best first; ``prefix`` completes the last word instead of using ``vector``.

    What stands for an expression by the operator's synonyms is looked for beside it.
    """
    question = asked.question
    terms: Sequence[str] = question.content or question.terms
    if prefix:
        terms = _complete(question.text, terms, snapshot.lexical)
    written = lang or question.lang
    replaced = stand_ins(asked, snapshot, written)
    terms = [*terms, *dict.fromkeys(term for s in replaced for term in cached_terms(s.meant) if term not in terms)]
    allowed = allowed_rows(snapshot, filters, today, lang)
    trusted = trust(skill, question.lang, written) if vector is not None else Trust()
    weight = vector_weight(len(snapshot.passages)) if trusted else 0.0
    if trusted.passages and question.lang == written:
        weight *= mastery(skill, written)
    hits = retrieve(
        snapshot,
        look_up(snapshot.lexical, terms),
        vector,
        weight=weight,
        allowed=allowed,
        trust=trusted,
        limit=_PASSAGES,
        parameters=RetrievalParameters(_PASSAGES),
    )
    groups: dict[str, list[Hit]] = {}
    for hit in hits:
        if hit.lexical > 0.0 or max(hit.vector, hit.wording) >= _NEAR:
            groups.setdefault(hit.article.id, []).append(hit)
    # Articles in the language of the words come first; the order within a language is the score's.
    ranked = sorted(groups.values(), key=lambda group: group[0].article.lang != written)
    wanted = frozenset(terms)
    results = [_result(group, wanted, site_url) for group in islice(ranked, offset, offset + limit)]
    info = IndexInfo(snapshot.revision, snapshot.built_at)
    return SearchPage(tuple(results), len(ranked) > offset + limit, info, (*asked.corrections, *replaced))


def mark(text: str, terms: frozenset[str], start: int = 0, end: int | None = None) -> str:
    """``text[start:end]`` as escaped HTML with ``<mark>`` around what matches ``terms``."""
    end = len(text) if end is None else end
    parts: list[str] = []
    position = start
    for match in find_matches(text, terms):
        span = Span(max(match.start, start), min(match.end, end))
        if span.start >= span.end:
            continue
        parts.append(html.escape(text[position : span.start]))
        parts.append(f"<mark>{html.escape(text[span.start : span.end])}</mark>")
        position = span.end
    parts.append(html.escape(text[position:end]))
    return "".join(parts)


def _complete(text: str, terms: Sequence[str], index: LexicalIndex) -> list[str]:
    """``terms`` with the words that the last, perhaps unfinished word may become."""
    last = normalize(text).split()[-1:] or [""]
    word = last[0]
    if not word or not word.isascii() or not word.isalnum():
        return list(terms)
    kept = [term for term in terms if term not in tokenize(word)]
    return [*kept, *dict.fromkeys([*tokenize(word), *_with_prefix(word, index)])]


def _with_prefix(word: str, index: LexicalIndex) -> list[str]:
    terms = index.sorted_terms
    found: list[str] = []
    for position in range(bisect_left(terms, word), len(terms)):
        if not terms[position].startswith(word) or len(found) >= _COMPLETIONS:
            break
        found.append(terms[position])
    return found


def _result(group: Sequence[Hit], terms: frozenset[str], site_url: str) -> SearchResult:
    top = group[0]
    article = top.article
    headings: dict[str, SearchHeading] = {}
    for hit in group:
        if hit.passage.anchor and len(hit.passage.heading_path) > 1:
            heading = SearchHeading(
                hit.passage.heading_path[-1], hit.passage.anchor, article_url(article, site_url, hit.passage.anchor)
            )
            headings.setdefault(hit.passage.anchor, heading)
    return SearchResult(
        article_id=article.id,
        title=article.title,
        url=article_url(article, site_url),
        lang=article.lang,
        category=article.category,
        snippet_html=_snippet(top.passage.plain, terms),
        headings=tuple(headings.values())[:_HEADINGS],
        score=top.score,
    )


def _snippet(plain: str, terms: frozenset[str]) -> str:
    text = " ".join(plain.split())
    matches = find_matches(text, terms)
    start = max(0, matches[0].start - _LEAD) if matches else 0
    if start:
        space = text.find(" ", start, start + _LEAD)
        start = space + 1 if space >= 0 else start
    end = min(len(text), start + _SNIPPET)
    return ("…" if start else "") + mark(text, terms, start, end) + ("…" if end < len(text) else "")
