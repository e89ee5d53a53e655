"""Needs that somebody tells us of: a bot that could not answer, an owner who sees that an article needs work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kb.errors import NotFoundError
from kb.ids import new_id
from kb.records import Occurrence, Records, Signal, SignalKind, SignalResult
from kb.signals import Desk, Signals
from kb.text.redact import redact
from kb.types import Article, Lang


@dataclass(frozen=True, slots=True)
class Report:
    """One event from outside, about a ``question``, else about a stored answer, else about an article.

    ``visitor``: an already hashed key of the person. ``at``: None for now. ``tags``: those of a down vote. ``category``: whose
    business it is where no article came near.
    """

    kind: SignalKind
    external_id: str
    question: str | None = None
    lang: Lang | None = None
    channel: str = "api"
    at: datetime | None = None
    answer_id: str | None = None
    article_id: str | None = None
    category: str | None = None
    visitor: str | None = None
    tags: tuple[str, ...] = ()


def report(
    reports: Sequence[Report], records: Records, signals: Signals, articles: Mapping[str, Article]
) -> list[SignalResult]:
    """Count all of ``reports``, each once for its ``external_id``; committed when this returns.

    Raises ``NotFoundError`` for a report without words about an answer or article that is not there, and counts none then.
    """
    made = [_signal(each, records, signals, articles) for each in reports]
    return records.signals.add(
        [
            Occurrence(signal, each.channel, None if signal.kind is SignalKind.OWNER_FLAG else each.visitor, each.at)
            for signal, each in zip(made, reports, strict=True)
        ]
    )


def flag(
    records: Records,
    signals: Signals,
    articles: Mapping[str, Article],
    *,
    answer_id: str | None = None,
    article_id: str | None = None,
    note: str = "",
) -> SignalResult:
    """An owner marks an answer or an article as needing work; ``note`` says what for and names the need.

    Each call counts as one signal and as nobody affected. Raises ``NotFoundError``.
    """
    event = Report(
        SignalKind.OWNER_FLAG,
        new_id("flag"),
        question=note.strip() or None,
        answer_id=answer_id,
        article_id=article_id,
        channel="owner",
    )
    return report([event], records, signals, articles)[0]


def _signal(event: Report, records: Records, signals: Signals, articles: Mapping[str, Article]) -> Signal:
    document = records.get_answer(event.answer_id) if event.answer_id else None
    text, lang = _words(event, document, articles)
    flagged = event.kind is SignalKind.OWNER_FLAG  # not said by the person who was answered
    desk = signals.desk(event.article_id, event.category)
    if event.article_id is None and document is not None:
        desk = signals.desk_in(document)
    return signals.make(
        event.kind,
        signals.need_of(redact(text).text, lang),
        _with_category(desk, event.category),
        tags=event.tags,
        external_id=event.external_id,
        answer_id=event.answer_id,
        conversation_id=document["conversation_id"] if document and not flagged else None,
    )


def _words(
    event: Report, document: Mapping[str, Any] | None, articles: Mapping[str, Article]
) -> tuple[str, Lang | None]:
    if event.question is not None:
        return event.question, event.lang
    if document is not None:
        return document["question"]["text"], document["question"]["lang"]
    article = articles.get(event.article_id) if event.article_id else None
    if article is not None:
        return article.title, article.lang
    raise NotFoundError(
        f"Nothing is known of {event.answer_id or event.article_id!r}.", "Send the question in words beside it."
    )


def _with_category(desk: Desk, category: str | None) -> Desk:
    return desk if desk.category or category is None else Desk(desk.article_id, category, desk.owner)
