"""Articles and passages as JSON values, as a snapshot keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from kb.types import Action, Article, Block, BlockKind, Heading, Passage, Problem, Span

_TUPLES = ("tags", "audience", "questions", "synonyms", "resolves")
_DATES = ("last_reviewed_on", "review_due_on", "valid_from", "valid_until")
_PLAIN = (
    *("id", "path", "title", "lang", "text", "body_start", "content_hash", "category", "description", "owner"),
    *("policy", "url", "translation_of"),
)


def article_to_json(article: Article) -> dict[str, Any]:
    """Everything of ``article``; ``extra`` keeps only what JSON can hold."""
    values: dict[str, Any] = {name: getattr(article, name) for name in _PLAIN}
    values |= {name: list(getattr(article, name)) for name in _TUPLES}
    values |= {name: day.isoformat() if (day := getattr(article, name)) else None for name in _DATES}
    values["actions"] = [[action.label, action.url] for action in article.actions]
    values["headings"] = [[h.level, h.text, h.anchor, h.span.start, h.span.end, h.line] for h in article.headings]
    values["extra"] = {str(key): _jsonable(value) for key, value in article.extra.items()}
    return values


def article_from_json(values: Mapping[str, Any]) -> Article:
    """The inverse of ``article_to_json``. Raises ``KeyError`` or ``TypeError`` for values of another format."""
    fields: dict[str, Any] = {name: values[name] for name in _PLAIN}
    fields |= {name: tuple(values[name]) for name in _TUPLES}
    fields |= {name: date.fromisoformat(values[name]) if values[name] else None for name in _DATES}
    fields["actions"] = tuple(Action(label, url) for label, url in values["actions"])
    fields["headings"] = tuple(
        Heading(level, text, anchor, Span(start, end), line)
        for level, text, anchor, start, end, line in values["headings"]
    )
    return Article(**fields, extra=values["extra"])


def passage_to_json(passage: Passage) -> list[Any]:
    """``passage`` without its ``text``, which the article's text and the span give."""
    return [
        passage.id,
        passage.article_id,
        list(passage.heading_path),
        passage.anchor,
        [*passage.span, *passage.lines],
        passage.plain,
        [[block.kind.value, *block.span, block.lead_in] for block in passage.blocks],
    ]


_KINDS = {kind.value: kind for kind in BlockKind}


def passage_from_json(values: list[Any], article: Article) -> Passage:
    """The inverse of ``passage_to_json`` for a passage of ``article``."""
    passage_id, article_id, heading_path, anchor, (start, end, first, last), plain, blocks = values
    return Passage(
        id=passage_id,
        article_id=article_id,
        heading_path=tuple(heading_path),
        anchor=anchor,
        span=Span(start, end),
        lines=(first, last),
        text=article.text[start:end],
        plain=plain,
        blocks=tuple(Block(_KINDS[kind], Span(b, e), lead_in) for kind, b, e, lead_in in blocks),
    )


def problem_to_json(problem: Problem) -> list[Any]:
    return [problem.path, problem.line, problem.code, problem.message, problem.fatal]


def problem_from_json(values: list[Any]) -> Problem:
    return Problem(*values)


def _jsonable(value: Any) -> Any:
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    if isinstance(value, Mapping):
        return {str(key): _jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [_jsonable(item) for item in value]
    return str(value)
