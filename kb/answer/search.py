"""Search results for people: articles, with the headings that match and a marked snippet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import islice

from kb.answer.expand import Expanded, stand_ins
from kb.answer.filters import allowed_rows
from kb.answer.fuse import Trust, mastery, trust, vector_weight
from kb.answer.links import article_url
from kb.answer.lookup import look_up
from kb.answer.marks import Wanted, mark, snippet
from kb.answer.retrieve import RetrievalParameters, retrieve
from kb.index.snapshot import Snapshot
from kb.text.tokenize import cached_terms
from kb.types import Filters, FloatArray, Hit, IndexInfo, Lang, SearchHeading, SearchPage, SearchResult

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
    limit: int,
    offset: int,
    site_url: str,
    today: date,
) -> SearchPage:
    """Articles by their best passage, best first.

    What stands for an expression by the operator's synonyms is looked for beside it.
    """
    question = asked.question
    terms: Sequence[str] = question.content or question.terms
    written = lang or question.lang
    replaced = stand_ins(asked.uses, snapshot, written)
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
    wanted = Wanted(frozenset(terms))
    results = [_result(group, wanted, site_url) for group in islice(ranked, offset, offset + limit)]
    info = IndexInfo(snapshot.revision, snapshot.built_at)
    return SearchPage(tuple(results), len(ranked) > offset + limit, info, (*asked.corrections, *replaced))


def _result(group: Sequence[Hit], wanted: Wanted, site_url: str) -> SearchResult:
    top = group[0]
    article = top.article
    return SearchResult(
        article_id=article.id,
        title=article.title,
        url=article_url(article, site_url),
        lang=article.lang,
        category=article.category,
        snippet_html=snippet(top.passage.plain, wanted),
        headings=tuple(islice(_headings(group, wanted, site_url), _HEADINGS)),
        score=top.score,
        title_html=mark(article.title, wanted),
    )


def _headings(group: Sequence[Hit], wanted: Wanted, site_url: str) -> Iterator[SearchHeading]:
    """The headings that have a word of the search, or whose text has one, best passage first.

    The title's words count for every passage of an article, so that a passage may be found without any of its own.
    """
    seen: set[str] = set()
    for hit in group:
        passage = hit.passage
        if not passage.anchor or len(passage.heading_path) < 2 or passage.anchor in seen:
            continue
        text = passage.heading_path[-1]
        if wanted.is_in(text) or wanted.is_in(passage.plain):
            seen.add(passage.anchor)
            url = article_url(hit.article, site_url, passage.anchor)
            yield SearchHeading(text, passage.anchor, url, mark(text, wanted))
