"""What may help a person who answers a visitor: passages of every article that staff may read, internal ones included."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kb.answer.compose import Place, cite
from kb.answer.find import find
from kb.answer.question import understand
from kb.answering import Answerer
from kb.errors import KbError
from kb.index.snapshot import Snapshot
from kb.text.markdown import to_plain
from kb.types import Article, Audience, Citation, Filters, Hit, Lang, Query

EVERYBODY: tuple[Audience, ...] = ("public", "bot", "agent")
_ASKED = 3  # wordings that are asked; more say the same
_MAX_TEXT = 900  # code points of a passage; the rest stands in its article
_LANGS: tuple[Lang, ...] = ("en", "zh")


@dataclass(frozen=True, slots=True)
class Passage:
    """A place that may answer. ``text``: as one reads it, whole or cut; ``answers``: it is what a visitor who may read it would be
    told. ``internal``: visitors may not read its article; ``url`` is "" unless the article has an address of its own then.
    """

    passage_id: str
    article_id: str
    title: str
    heading_path: tuple[str, ...]
    url: str
    text: str
    lang: Lang
    answers: bool
    internal: bool
    stale: bool


def assist(
    answerer: Answerer, snapshot: Snapshot | None, questions: Sequence[str], *, limit: int = 5
) -> tuple[Passage, ...]:
    """The best passages for what the visitor asked (``questions``, the most important first), best first.

    Writes nothing down. Empty without a snapshot, or when it cannot be asked.
    """
    if snapshot is None:
        return ()
    found: dict[str, Passage] = {}
    try:
        for text in list(dict.fromkeys(question for question in questions if question.strip()))[:_ASKED]:
            for passage in _for_question(answerer, snapshot, text[:1000]):
                known = found.get(passage.passage_id)
                if known is None or (passage.answers and not known.answers):
                    found[passage.passage_id] = passage
    except KbError:
        return ()
    ordered = sorted(found.values(), key=lambda passage: not passage.answers)
    return tuple(ordered[:limit])


def _for_question(answerer: Answerer, snapshot: Snapshot, text: str) -> Iterator[Passage]:
    filters = Filters(audience=EVERYBODY)
    draft = answerer.draft(snapshot, Query(text, filters=filters), rendered=False)
    for citation in draft.answer.citations:
        yield _quoted(citation, snapshot.articles[citation.article_id], answers=True)
    for citation in draft.answer.suggestions:
        yield _quoted(citation, snapshot.articles[citation.article_id], answers=False)
    # A policy may have kept the articles from being searched, and staff read both languages.
    for hit in (*draft.decision.hits[:3], *_hits(answerer, snapshot, text, filters)):
        yield _passage(hit, answerer)


def _hits(answerer: Answerer, snapshot: Snapshot, text: str, filters: Filters) -> list[Hit]:
    question = understand(text)
    if not question.content:
        return []
    hits: list[Hit] = []
    for written in sorted(_LANGS, key=lambda lang: lang != question.lang):
        found = find(
            snapshot,
            question,
            answerer.vectors.vector(snapshot, question, (written,)),
            skill=answerer.vectors.card(snapshot).skill,
            written=written,
            filters=filters,
            today=answerer.options.today(),
        )
        hits += found.hits[: 3 if written == question.lang else 1]
    return hits


def _passage(hit: Hit, answerer: Answerer) -> Passage:
    place = Place(hit.article, hit.passage, hit.passage.span)
    cited = cite(place, 1, (), answerer.options.site_url, answerer.options.today(), hit.passage.plain)
    return _quoted(cited, hit.article, answers=False)


def _quoted(citation: Citation, article: Article, *, answers: bool) -> Passage:
    internal = "public" not in article.audience
    text = to_plain(citation.quote).strip()
    return Passage(
        passage_id=citation.passage_id,
        article_id=citation.article_id,
        title=citation.title,
        heading_path=citation.heading_path,
        url="" if internal and not article.url else citation.url,
        text=text if len(text) <= _MAX_TEXT else f"{text[:_MAX_TEXT].rstrip()}…",
        lang=citation.lang,
        answers=answers,
        internal=internal,
        stale=citation.stale,
    )
