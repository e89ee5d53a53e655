"""An extractive answer: verbatim pieces, each with the citation that proves it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from kb.answer.filters import is_stale
from kb.answer.links import article_url, highlight_url, link_resolver
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
    places: Sequence[Place], articles: Mapping[str, Article], site_url: str, today: date
) -> tuple[AnswerText, tuple[Citation, ...]]:
    """Put ``places`` together in their order; piece ``n`` is citation ``n``.

    ``text`` is the pieces' readable text, one below the other, and every citation's ``answer_spans`` cover its piece.
    """
    texts: list[str] = []
    markdowns: list[str] = []
    html: list[str] = []
    citations: list[Citation] = []
    position = 0
    for place in places:
        source = place.article.text[place.span.start : place.span.end]
        plain = to_plain(source)
        if not plain.strip():
            continue
        n = len(citations) + 1
        span = Span(position, position + len(plain))
        texts.append(plain)
        position = span.end + 2  # the blank line between two pieces
        markdowns.append(_with_mark(place, source, f"[{n}]"))
        # An article must not be able to write our mark: it becomes markup after sanitising.
        unmarked = source.replace(_MARK_OPEN, "").replace(_MARK_CLOSE, "")
        rendered = to_html(
            _with_mark(place, unmarked, f"{_MARK_OPEN}{n}{_MARK_CLOSE}"),
            resolve_link=link_resolver(place.article, articles, site_url),
            anchors=False,
        )
        html.append(
            rendered.replace(_MARK_OPEN, '<sup class="citation"><a href="#source-').replace(
                f"{_MARK_CLOSE}", f'">{n}</a></sup>'
            )
        )
        citations.append(cite(place, n, (span,), site_url, today, plain))
    return AnswerText("\n\n".join(markdowns), "\n".join(html), "\n\n".join(texts)), tuple(citations)


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
        highlight_url=highlight_url(url, words),
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
    source = place.article.text[place.span.start : place.span.end]
    return to_plain(source.lstrip().split("\n", 1)[0])


def _with_mark(place: Place, source: str, mark: str) -> str:
    """``source`` with its citation mark: at the end of the text, or below a block that a mark inside would break."""
    last = next((b for b in reversed(place.passage.blocks) if b.span.start < place.span.end), None)
    separator = "\n\n" if last is not None and last.kind in _OWN_LINE else " "
    return f"{source.rstrip()}{separator}{mark}"
