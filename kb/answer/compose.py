"""An extractive answer: verbatim pieces, each with the citation that proves it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from kb.answer.filters import is_stale
from kb.answer.links import article_url, highlight_url, link_resolver, marked_words, with_resolved_links
from kb.answer.units import continues_table
from kb.text.markdown import to_html, to_plain
from kb.types import AnswerText, Article, BlockKind, Citation, Passage, Span

# Stands for "[n]" while Markdown is rendered: private-use characters that no renderer touches.
_MARK_OPEN, _MARK_CLOSE = "\ue000", "\ue001"
_OWN_LINE = (BlockKind.TABLE, BlockKind.CODE, BlockKind.HTML, BlockKind.QUOTE)


@dataclass(frozen=True, slots=True)
class Place:
    """A slice of a passage that is to be quoted."""

    article: Article
    passage: Passage
    span: Span  # in the article's file


def compose(
    places: Sequence[Place], articles: Mapping[str, Article], site_url: str, today: date, *, rendered: bool = True
) -> tuple[AnswerText, tuple[Citation, ...]]:
    """Put ``places`` together in their order; piece ``n`` is citation ``n``. ``rendered``: make HTML, else leave it empty.

    ``text`` is the pieces' readable text, one below the other, and every citation's ``answer_spans`` cover its piece.
    """
    texts: list[str] = []
    markdowns: list[str] = []
    html: list[str] = []
    citations: list[Citation] = []
    position = 0
    for group in _groups(places):
        numbers: list[int] = []
        for place in group:
            plain = to_plain(_source(place))
            if not plain.strip():
                continue
            numbers.append(len(citations) + 1)
            span = Span(position, position + len(plain))
            texts.append(plain)
            position = span.end + 2  # the blank line between two pieces
            citations.append(cite(place, numbers[-1], (span,), site_url, today, plain))
        if numbers:
            source = "\n".join(_source(place) for place in group)
            marks = "".join(f"[{n}]" for n in numbers)
            markdowns.append(_with_mark(group[-1], _read_away(group[-1], source, articles, site_url), marks))
            if rendered:
                html.append(_html(group[-1], source, numbers, articles, site_url))
    return AnswerText("\n\n".join(markdowns), "\n".join(html), "\n\n".join(texts)), tuple(citations)


def _read_away(place: Place, source: str, articles: Mapping[str, Article], site_url: str) -> str:
    """``source`` with links that lead somewhere outside of its article; what stands in code is no link."""
    if any(block.kind is BlockKind.CODE and block.span.start < place.span.end for block in place.passage.blocks):
        return source
    return with_resolved_links(source, link_resolver(place.article, articles, site_url))


def _groups(places: Sequence[Place]) -> list[list[Place]]:
    """Places that are rendered together: a row goes into the table whose header stands right before it."""
    groups: list[list[Place]] = []
    for place in places:
        before = groups[-1][-1] if groups else None
        if before is not None and before.passage is place.passage and continues_table(_source(before), _source(place)):
            groups[-1].append(place)
        else:
            groups.append([place])
    return groups


def _html(place: Place, source: str, numbers: Sequence[int], articles: Mapping[str, Article], site_url: str) -> str:
    # An article must not be able to write our mark: it becomes markup after sanitising.
    unmarked = source.replace(_MARK_OPEN, "").replace(_MARK_CLOSE, "")
    marks = "".join(f"{_MARK_OPEN}{n}{_MARK_CLOSE}" for n in numbers)
    rendered = to_html(
        _with_mark(place, unmarked, marks),
        resolve_link=link_resolver(place.article, articles, site_url),
        anchors=False,
    )
    for n in numbers:
        link = f'<sup class="citation"><a href="#source-{n}">{n}</a></sup>'
        rendered = rendered.replace(f"{_MARK_OPEN}{n}{_MARK_CLOSE}", link)
    return rendered


def cite(
    place: Place, n: int, answer_spans: tuple[Span, ...], site_url: str, today: date, plain: str | None = None
) -> Citation:
    """The citation of one place. ``plain``: its readable text, if known already."""
    article, passage = place.article, place.passage
    quote = article.text[place.span.start : place.span.end]
    url = article_url(article, site_url, passage.anchor)
    words = _opening(place) if plain is None else plain
    return Citation(
        n=n,
        article_id=article.id,
        passage_id=passage.id,
        title=article.title,
        heading_path=passage.heading_path,
        url=url,
        highlight_url=highlight_url(url, *marked_words(quote, words)),
        quote=quote,
        source_span=place.span,
        answer_spans=answer_spans,
        content_hash=article.content_hash,
        lang=article.lang,
        owner=article.owner,
        last_reviewed_on=article.last_reviewed_on,
        stale=is_stale(article, today),
    )


def _opening(place: Place) -> str:
    """Readable words at the start of a place: those of the passage where both start together, else of its first line."""
    passage = place.passage
    if place.span.start == passage.span.start:
        return passage.plain
    source = _source(place).lstrip()
    lines = 3 if source.startswith("|") else 1  # a row says more than the head of a table
    return to_plain("\n".join(source.split("\n", lines)[:lines]))


def _source(place: Place) -> str:
    return place.article.text[place.span.start : place.span.end]


def _with_mark(place: Place, source: str, mark: str) -> str:
    """``source`` with its citation mark: at the end of the text, or below a block that a mark inside would break."""
    last = next((b for b in reversed(place.passage.blocks) if b.span.start < place.span.end), None)
    separator = "\n\n" if last is not None and last.kind in _OWN_LINE else " "
    return f"{source.rstrip()}{separator}{mark}"
